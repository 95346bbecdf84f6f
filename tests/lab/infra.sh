# shellcheck shell=bash
# MariaDB and RabbitMQ, which both clouds use; they are the lab's own, beside any of the system's. Sourced.
P_MARIADB=15306 P_RABBITMQ=15567 P_RABBITMQ_DIST=15568 P_EPMD=15369
export P_MARIADB P_RABBITMQ
# shellcheck disable=SC2034 # used in up
INFRA_PACKAGES="mariadb-server-core mariadb-client-core rabbitmq-server memcached curl qemu-utils attr liberasurecode1
 python3-venv python3-keystoneauth1 python3-yaml python3-boto3 python3-pymysql"

sql() { mariadb --no-defaults -uroot -S /var/lib/lab-zed/infra/mariadb.sock "$@"; }

infra_start() {
  local i
  unit infra
  mkdir -p "$RUN" "$LOG" "$ETC" "$DATA" "$DONE" "$S/home"
  once mariadb-files mariadb-install-db --no-defaults --user=root --datadir="$DATA/mariadb" --skip-test-db \
    --skip-name-resolve --force
  # no fsync, nothing in files per table: this data may be lost, and a schema of 200 tables is made in seconds
  daemon mariadb mariadbd --no-defaults --user=root --datadir="$DATA/mariadb" --socket="$S/mariadb.sock" \
    --pid-file="$S/mariadb.pid" --bind-address="$IP" --port=$P_MARIADB --skip-name-resolve --max-connections=2000 \
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-doublewrite=0 --innodb-file-per-table=0 \
    --innodb-buffer-pool-size=512M --character-set-server=utf8mb3 --collation-server=utf8mb3_general_ci
  rabbitmq
  wait_port mariadb $P_MARIADB
  for ((i = 0; i < 100; i++)); do sql -e 'SELECT 1' >/dev/null 2>&1 && break; sleep 0.2; done
  sql -e 'SELECT 1' >/dev/null || die "MariaDB does not answer"
  wait_port rabbitmq $P_RABBITMQ
}

rabbitmq() {
  # users, virtual hosts and rights are read at each start
  cat >"$ETC/definitions.json" <<J
{"users": [{"name": "zed", "password": "zedlab", "tags": ""}, {"name": "new", "password": "newlab", "tags": ""}],
 "vhosts": [{"name": "zed"}, {"name": "new"}],
 "permissions": [{"user": "zed", "vhost": "zed", "configure": ".*", "write": ".*", "read": ".*"},
                 {"user": "new", "vhost": "new", "configure": ".*", "write": ".*", "read": ".*"}]}
J
  cat >"$ETC/rabbitmq.conf" <<C
listeners.tcp.1 = $IP:$P_RABBITMQ
load_definitions = $ETC/definitions.json
vm_memory_high_watermark.absolute = 2GB
disk_free_limit.absolute = 100MB
C
  : >"$ETC/none"
  echo '[].' >"$ETC/plugins"
  daemon epmd epmd -port $P_EPMD -address "$IP"
  wait_port epmd $P_EPMD
  # its own script, not the wrapper in /usr/sbin, which changes user
  daemon rabbitmq env HOME="$S/home" ERL_EPMD_PORT=$P_EPMD ERL_EPMD_ADDRESS="$IP" RABBITMQ_NODENAME="lab@$IP" \
    RABBITMQ_USE_LONGNAME=true ERL_CRASH_DUMP="$LOG/erlang-crash" \
    RABBITMQ_CONF_ENV_FILE="$ETC/none" RABBITMQ_CONFIG_FILE="$ETC/rabbitmq.conf" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$ETC/plugins" RABBITMQ_MNESIA_BASE="$DATA/rabbitmq" RABBITMQ_LOGS=- \
    RABBITMQ_DIST_PORT=$P_RABBITMQ_DIST RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}
