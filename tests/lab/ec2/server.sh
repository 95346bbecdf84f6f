# shellcheck shell=bash disable=SC2034
# OpenStack's own EC2 API, on the zed cloud: its port, its packages, its process. Sourced.
unit ec2
PW=zedlab P_EC2=15788 P_KEYSTONE=15000
export PW P_EC2 P_KEYSTONE
# the libraries are the release's own; what of the Python package's requirements is missing here, it never imports
PACKAGES="python3-botocore python3-cinderclient python3-glanceclient python3-keystoneclient python3-migrate
 python3-neutronclient python3-novaclient python3-oslo.cache python3-oslo.db python3-oslo.service python3-paste
 python3-pastedeploy python3-routes"

databases() {
  sql <<Q
CREATE DATABASE IF NOT EXISTS zed_ec2api CHARACTER SET utf8mb3;
GRANT ALL ON zed_ec2api.* TO 'zed'@'%' IDENTIFIED BY '$PW';
Q
}
schema() { "$S/venv/bin/ec2-api-manage" --config-file "$ETC/ec2api.conf" db_sync; }
accounts() { /usr/bin/python3 -B "$LAB/ec2/accounts.py"; }
# ids are drawn by chance: a profile could not name the image
image() {
  local image
  image=$(/usr/bin/python3 -B "$LAB/ec2/accounts.py" image) &&
    sql -e "INSERT IGNORE INTO zed_ec2api.items (id, os_id) VALUES ('ami-0000c155', '$image')"
}

serve() {
  mkdir -p "$RUN" "$LOG" "$ETC" "$DATA/lock" "$DONE"
  (unit zed; alive keystone) || die "it needs the zed cloud, which is not up"
  apt_install "$PACKAGES"
  pip_install "$LAB/ec2/requirements.lock" --system-site-packages
  cp "$LAB/ec2/asservice.py" "$S/"
  /usr/bin/python3 -B "$LAB/ec2/configure.py"
  once databases databases
  once schema schema
  once accounts accounts
  once image image
  daemon ec2-api env HOME="$S" PYTHONPATH="$S" "$S/venv/bin/ec2-api" --config-file "$ETC/ec2api.conf"
  wait_port ec2-api "$P_EC2"
  belongings "$P_EC2"
}
