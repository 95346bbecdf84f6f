"""Writes the configuration of OpenStack's EC2 API and, for the lab's own programs, the clouds.yaml of its users."""
import os

E = os.environ
S, ETC, DATA, IP, PW = (E[k] for k in 'S ETC DATA IP PW'.split())
KEYSTONE = 'http://%s:%s/v3' % (IP, E['P_KEYSTONE'])


def write(path, text):
    with open(path, 'w') as f:
        f.write(text)


write(ETC + '/ec2api.conf', f"""[DEFAULT]
ec2api_listen = {IP}
ec2api_listen_port = {E['P_EC2']}
ec2api_workers = 2
my_ip = {IP}
ec2_port = {E['P_EC2']}
api_paste_config = {ETC}/api-paste.ini
state_path = {DATA}
keystone_ec2_tokens_url = {KEYSTONE}/ec2tokens
external_network = public
disable_ec2_classic = true
default_flavor = m1.tiny
[keystone_authtoken]
auth_type = password
auth_url = {KEYSTONE}
username = ec2api
password = {PW}
project_name = service
user_domain_name = Default
project_domain_name = Default
[database]
connection = mysql+pymysql://zed:{PW}@{IP}:{E['P_MARIADB']}/zed_ec2api?charset=utf8
connection_recycle_time = 600
[oslo_concurrency]
lock_path = {DATA}/lock
""")
# the package's own pipeline, but for the filter that asks keystone; the package does not bring the file
write(ETC + '/api-paste.ini', """[composite:ec2api]
use = egg:Paste#urlmap
/: ec2apicloud
[composite:ec2apicloud]
use = call:ec2api.api.auth:pipeline_factory
keystone = ec2apifaultwrap logrequest ec2apikeystoneauth cloudrequest ec2apiexecutor
[filter:ec2apifaultwrap]
paste.filter_factory = ec2api.api:FaultWrapper.factory
[filter:logrequest]
paste.filter_factory = ec2api.api:RequestLogging.factory
[filter:ec2apikeystoneauth]
paste.filter_factory = asservice:filter_factory
[filter:cloudrequest]
paste.filter_factory = ec2api.api:Requestify.factory
[app:ec2apiexecutor]
paste.app_factory = ec2api.api:Executor.factory
""")
clouds = 'clouds:\n'
for entry, name in (('admin', 'admin'), ('demo', 'ec2-demo'), ('alt', 'ec2-alt')):
    clouds += f"""  ec2-{entry}:
    auth:
      auth_url: {KEYSTONE}
      username: {name}
      password: {PW}
      project_name: {name}
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
"""
write(S + '/clouds.yaml', clouds)
