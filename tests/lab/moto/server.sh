# shellcheck shell=bash disable=SC2034
# moto: EC2, S3 and other APIs of Amazon's, kept in memory. Sourced.
unit moto
P_MOTO=17001

serve() {
  mkdir -p "$RUN" "$LOG" "$DATA"
  pip_install "$LAB/moto/requirements.lock"
  memory_server moto "$P_MOTO" env HOME="$S" TMPDIR="$DATA" "$S/venv/bin/moto_server" -H "$IP" -p "$P_MOTO"
}
