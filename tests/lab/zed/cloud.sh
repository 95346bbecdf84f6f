# shellcheck shell=bash disable=SC2034,SC2153
# The Zed cloud: its ports, its packages, and the processes that the newer release has otherwise. Sourced.
unit zed
PW=zedlab REGION=RegionOne
P_KEYSTONE=15000 P_GLANCE=15292 P_PLACEMENT=15778 P_NEUTRON=15696 P_NOVA=15774 P_CINDER=15776 P_HEAT=15004
P_BARBICAN=15311 P_SWIFT=15080 P_SWIFT_OBJECT=15200 P_SWIFT_CONTAINER=15201 P_SWIFT_ACCOUNT=15202 P_MEMCACHED=15211
COMPUTES="zed-compute-1 zed-compute-2"
DATABASES="keystone glance placement neutron nova_api nova_cell0 nova cinder heat barbican"
PYTHON=/usr/bin/python3 BIN=/usr/bin UWSGI=/usr/bin/uwsgi_python3
export PW REGION COMPUTES PYTHON BIN P_KEYSTONE P_GLANCE P_PLACEMENT P_NEUTRON P_NOVA P_CINDER P_HEAT P_BARBICAN \
  P_SWIFT P_SWIFT_OBJECT P_SWIFT_CONTAINER P_SWIFT_ACCOUNT P_MEMCACHED
PACKAGES="keystone glance-api placement-api neutron-api neutron-rpc-server nova-api nova-conductor nova-scheduler
 cinder-api cinder-scheduler swift-object-expirer swift-proxy swift-account swift-container swift-object heat-api
 heat-engine barbican-api python3-memcache python3-pymemcache python3-pymysql
 python3-sqlalchemy-ext"

install() { apt_install "$PACKAGES"; }

# glance runs under eventlet: Debian's uwsgi cannot read chunked uploads. neutron-server is API and RPC in one.
glance_api() { daemon glance glance-api --config-file "$ETC/glance/glance-api.conf"; }
neutron_api() { daemon neutron neutron-server "${NEUTRON[@]}"; }
