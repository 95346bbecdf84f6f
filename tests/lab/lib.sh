# shellcheck shell=bash
# What the lab's commands share: whose files are meant (unit), processes with pid files, steps done once.
# Sourced, never run.
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
IP=127.0.0.1
# Debian's own tools: a python3 from elsewhere has none of the modules
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
LAB_BEGAN=${LAB_BEGAN:-$(date +%s)}
export LAB IP LAB_BEGAN
cd / || exit 1

say() { printf '%4d s  %-9s %s\n' $(($(date +%s) - LAB_BEGAN)) "${UNIT:-lab}" "$*"; }
die() { say "$*" >&2; exit 1; }

UNITS="zed new moto ministack ec2"    # two clouds, two servers of Amazon's APIs, and OpenStack's own EC2 API on zed

unit() {                        # unit infra|zed|new|...: from here on, that one's state
  UNIT=$1
  case $1 in
    infra) S=/var/lib/lab-zed/infra ;;
    *) S=/var/lib/lab-$1 ;;
  esac
  RUN=$S/run LOG=$S/log ETC=$S/etc DATA=$S/data DONE=$S/done
  export UNIT S RUN LOG ETC DATA DONE
}

# ---------------------------------------------------------------- processes
# A pid file holds the pid and the start time of the process: pids are used again, the two together are not.

started_at() {                  # started_at PID: its start time in clock ticks; fails for a zombie too
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] && echo "${fields[19]}"
}

pid_of() {                      # pid_of NAME: its pid, if the process that we started still runs
  local pid at
  { read -r pid at <"$RUN/$1.pid"; } 2>/dev/null || return 1
  [ "$(started_at "$pid")" = "$at" ] && echo "$pid"
}

alive() { pid_of "$1" >/dev/null; }

daemon() {                      # daemon NAME COMMAND...: start it, in a session of its own, unless it runs
  local name=$1 pid
  shift
  if alive "$name"; then return 0; fi
  say "start $name"
  (
    for fd in /proc/"$BASHPID"/fd/*; do    # nothing of the caller's stays open: it may be waiting for us to end
      fd=${fd##*/}
      if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
    done
    exec setsid "$@"
  ) >>"$LOG/$name.log" 2>&1 </dev/null &
  pid=$!
  echo "$pid $(started_at $pid)" >"$RUN/$name.pid"
  date +%s >"$RUN/last-start"
}

stop() {                        # stop SECONDS NAME...: ask all, wait, then kill what is left of each one's session
  local name pid pids=() i tenths=$(($1 * 10))
  shift
  for name in "$@"; do
    pid=$(pid_of "$name") && { kill -TERM "$pid"; pids+=("$pid"); }
  done
  for ((i = 0; i < tenths; i += 2)); do
    for name in "$@"; do alive "$name" && { sleep 0.2; continue 2; }; done
    break
  done
  for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null; done
  for name in "$@"; do rm -f "$RUN/$name.pid"; done
  say "stopped ${#pids[@]} processes"
}

names() {                       # the processes of this unit that have a pid file
  local f
  for f in "$RUN"/*.pid; do [ ! -e "$f" ] || basename "$f" .pid; done
}

wait_port() {                   # wait_port NAME PORT: until it listens; fails when the process is gone, or after 120 s
  local i
  for ((i = 0; i < 600; i++)); do
    (exec 3<>"/dev/tcp/$IP/$2") 2>/dev/null && return 0
    alive "$1" || { tail -n 15 "$LOG/$1.log" >&2; die "$1 ended (see $LOG/$1.log)"; }
    sleep 0.2
  done
  die "$1 does not listen on port $2 (see $LOG/$1.log)"
}

# ---------------------------------------------------------------- steps
once() {                        # once NAME COMMAND...: do it, and remember that it succeeded
  local name=$1
  shift
  [ ! -e "$DONE/$name" ] || return 0
  say "do $name"
  "$@" >>"$LOG/do-$name.log" 2>&1 || { tail -n 15 "$LOG/do-$name.log" >&2; die "failed: $name (see $LOG/do-$name.log)"; }
  touch "$DONE/$name"
}

pip_install() {                 # pip_install LOCK [OPTION OF venv]...: $S/venv, made anew when the lock has changed
  local lock=$1 venv=$S/venv
  shift
  cmp -s "$lock" "$venv/requirements.lock" && return
  say "pip install ($(wc -l <"$lock") packages)"
  rm -rf "$venv"
  python3 -m venv "$@" "$venv"
  # a lock is complete: nothing is looked for beside it
  "$venv/bin/pip" install --disable-pip-version-check --no-deps -r "$lock" >>"$LOG/pip.log" 2>&1 ||
    { tail -n 15 "$LOG/pip.log" >&2; die "pip install failed (see $LOG/pip.log)"; }
  cp "$lock" "$venv/"
}

memory_server() {               # memory_server NAME PORT COMMAND...: a server that begins empty at each start
  local name=$1 port=$2
  shift 2
  alive "$name" || rm -f "$S/belongings.json"
  daemon "$name" "$@"
  wait_port "$name" "$port"
  belongings "$port"
}

belongings() {                  # belongings PORT: what a user of Amazon's APIs has from the first: it is not counted as left over
  [ -e "$S/belongings.json" ] || /usr/bin/python3 -B "$LAB/aws.py" "$UNIT" >"$LOG/belongings.log" 2>&1 ||
    { tail -n 3 "$LOG/belongings.log" >&2; die "does not answer as it should (see $LOG/belongings.log)"; }
  say "up: http://$IP:$1"
}

units_of() {                    # units_of ARGUMENT...: the units named, or all; in their order
  local name all=() known=0
  for name in $UNITS; do
    if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then all+=("$name"); ((++known)); fi
  done
  [ $# = 0 ] || [ $# = "$known" ] || die "not a part of the lab: one of '$*' (there are: $UNITS)"
  echo "${all[@]}"
}
