# shellcheck shell=bash disable=SC2034,SC2153
# The newest release: its ports, its packages, and the processes that Zed has otherwise. Sourced.
unit new
PW=newlab REGION=RegionOne
P_KEYSTONE=16000 P_GLANCE=16010 P_PLACEMENT=16020 P_NEUTRON=16040 P_NOVA=16030 P_CINDER=16050
P_SWIFT=16060 P_SWIFT_ACCOUNT=16061 P_SWIFT_CONTAINER=16062 P_SWIFT_OBJECT=16063 P_MEMCACHED=16090
COMPUTES="new-compute-1"
DATABASES="keystone glance placement neutron nova_api nova_cell0 nova cinder"
VENV=$S/venv
BIN=$VENV/bin PYTHON=$VENV/bin/python UWSGI=$VENV/bin/uwsgi
export PW REGION COMPUTES PYTHON BIN P_KEYSTONE P_GLANCE P_PLACEMENT P_NEUTRON P_NOVA P_CINDER P_SWIFT \
  P_SWIFT_ACCOUNT P_SWIFT_CONTAINER P_SWIFT_OBJECT P_MEMCACHED

install() { pip_install "$LAB/new/requirements.lock"; }

glance_api() { uwsgi_api glance; }
neutron_api() {
  uwsgi_api neutron
  daemon neutron-rpc neutron-rpc-server "${NEUTRON[@]}"
  daemon neutron-periodic neutron-periodic-workers "${NEUTRON[@]}"
}
