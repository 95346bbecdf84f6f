# shellcheck shell=bash disable=SC2034
# ministack: EC2, S3 and other APIs of Amazon's, kept in memory. Sourced.
unit ministack
P_MINISTACK=17002

serve() {
  mkdir -p "$RUN" "$LOG" "$DATA"
  pip_install "$LAB/ministack/requirements.lock"
  # without these it would listen on all interfaces, and on a port for MQTT
  memory_server ministack "$P_MINISTACK" env HOME="$S" TMPDIR="$DATA" BIND_HOST="$IP" GATEWAY_PORT="$P_MINISTACK" \
    MINISTACK_HOST="$IP" IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 "$S/venv/bin/ministack"
}
