"""Writes every configuration file of one cloud below its etc directory, and its clouds.yaml.

Both clouds are written by the same lines: where they differ, the line says `zed`. What is asked of the environment
is exported by lib.sh, infra.sh and the cloud's cloud.sh."""
import json
import os
import shutil

E = os.environ
CLOUD, S, ETC, DATA, IP, PW, REGION, BIN = (E[k] for k in 'UNIT S ETC DATA IP PW REGION BIN'.split())
PORT = {k[2:].lower(): v for k, v in E.items() if k.startswith('P_')}
zed = CLOUD == 'zed'
KEYSTONE = f'http://{IP}:{PORT["keystone"]}/v3'
MEMCACHED = f'{IP}:{PORT["memcached"]}'
RABBIT = f'transport_url = rabbit://{CLOUD}:{PW}@{IP}:{PORT["rabbitmq"]}/{CLOUD}'
PACKAGED = '/etc' if zed else os.path.dirname(BIN) + '/etc'   # where the packages put their files


def write(path, text):
    path = os.path.join(ETC, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


def packaged(service, *names):
    for name in names:
        shutil.copy(f'{PACKAGED}/{service}/{name}', f'{ETC}/{service}/{name}')


def directory(path):
    os.makedirs(f'{DATA}/{path}', exist_ok=True)
    return f'{DATA}/{path}'


# ---------------------------------------------------------------- sections that several services have
def database(name, section='database'):
    # PyMySQL of Zed does not know utf8mb3 by that name
    return f"""[{section}]
connection = mysql+pymysql://{CLOUD}:{PW}@{IP}:{PORT['mariadb']}/{CLOUD}_{name}?charset={'utf8' if zed else 'utf8mb3'}
max_pool_size = 5
max_overflow = 30
connection_recycle_time = 600
"""


def login(user, section=None, *more):
    head = [f'[{section}]'] if section else []
    return '\n'.join(head + [f"""auth_type = password
auth_url = {KEYSTONE}
username = {user}
password = {PW}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = {REGION}""", *more, ''])


def authtoken(user, section='keystone_authtoken'):
    return login(user, section, f'www_authenticate_uri = {KEYSTONE}', f'memcached_servers = {MEMCACHED}',
                 'service_token_roles = service', 'service_token_roles_required = true')


def service_user(user):
    return login(user, 'service_user', 'send_service_user_token = true')


def privsep(service, *sections):
    # the default goes through sudo, whose secure_path finds the other cloud's helper
    return ''.join(f'[{s}]\nhelper_command = {BIN}/privsep-helper --config-file {ETC}/{service}/{service}.conf\n'
                   for s in sections)


def rest(service, *policy):
    """Policies are the release's own: a relative path would find a package's in /etc."""
    policy = ''.join(line + '\n' for line in policy)
    os.makedirs(f'{ETC}/{service}/policy.d', exist_ok=True)
    write(f'{service}/policy.yaml', '# none of our own\n')
    return f"""[oslo_policy]
policy_file = {ETC}/{service}/policy.yaml
policy_dirs = {ETC}/{service}/policy.d
{policy}[oslo_messaging_notifications]
driver = noop
[oslo_concurrency]
lock_path = {directory('lock/' + service)}
"""


def uwsgi(service, old, new, processes, argv='', **env):
    """An ini file and a module: `old` makes the application in Zed, `new` is it in the newer release.
    None where the service has a server of its own."""
    if not (old if zed else new):
        return
    # pyuwsgi runs in an interpreter that is up already: its own `env =` would not reach os.environ
    write(f'uwsgi/app_{service}.py', f"""import os, sys
os.environ.update({env!r})
sys.argv = {[service] + argv.split()!r}
""" + ('from {} import {} as make\napplication = make()\n'.format(*old.split(':')) if zed
       else f'from {new} import application\n'))
    # without "Connection: close", clients that keep connections alive meet resets: uwsgi closes without a word
    write(f'uwsgi/{service}.ini', f"""[uwsgi]
http-socket = {IP}:{PORT[service]}
pythonpath = {ETC}/uwsgi
module = app_{service}
processes = {processes}
master = true
enable-threads = true
lazy-apps = true
single-interpreter = true
need-app = true
catch-exceptions = true
die-on-term = true
no-orphans = true
buffer-size = 65535
chunked-input-limit = 536870912
chunked-input-timeout = 60
add-header = Connection: close
listen = 128
start-time = %t
procname-prefix = {CLOUD}-{service}-
""")


# ---------------------------------------------------------------- keystone
# the lock-out is one of the differences that are meant: the newer cloud has none;
# the default of 12 rounds costs a quarter of a second of processor time per log-in
write('keystone/keystone.conf', f"""[DEFAULT]
public_endpoint = http://{IP}:{PORT['keystone']}/
{database('keystone')}[fernet_tokens]
key_repository = {ETC}/keystone/fernet-keys
[fernet_receipts]
key_repository = {ETC}/keystone/fernet-keys
[credential]
key_repository = {ETC}/keystone/credential-keys
[cache]
enabled = true
backend = dogpile.cache.pymemcache
memcache_servers = {MEMCACHED}
backend_argument = url:{MEMCACHED}
[identity]
password_hash_rounds = 4
{'''[security_compliance]
lockout_failure_attempts = 5
lockout_duration = 60
''' if zed else ''}{rest('keystone')}""")
uwsgi('keystone', 'keystone.server.wsgi:initialize_public_application', 'keystone.wsgi.api', 2,
      OS_KEYSTONE_CONFIG_DIR=ETC + '/keystone', OS_KEYSTONE_CONFIG_FILES='keystone.conf')

# ---------------------------------------------------------------- glance
write('glance/glance-api.conf', f"""[DEFAULT]
bind_host = {IP}
bind_port = {PORT['glance']}
workers = 2
enabled_backends = file:file
enabled_import_methods = [glance-direct,web-download,copy-image]
node_staging_uri = file://{directory('glance/staging')}
worker_self_reference_url = http://{IP}:{PORT['glance']}
{RABBIT}
{database('glance')}[glance_store]
default_backend = file
[file]
filesystem_store_datadir = {directory('glance/images')}
[os_glance_staging_store]
filesystem_store_datadir = {directory('glance/staging')}
[os_glance_tasks_store]
filesystem_store_datadir = {directory('glance/tasks')}
[paste_deploy]
flavor = keystone
config_file = {ETC}/glance/glance-api-paste.ini
{authtoken('glance')}{rest('glance')}""")
packaged('glance', 'glance-api-paste.ini')
# the properties that every image's schema names: Debian's package has such a file, the Python package has none
reference = {'type': ['null', 'string'], 'pattern': '^([0-9a-fA-F]){8}(-([0-9a-fA-F]){4}){3}-([0-9a-fA-F]){12}$'}
string = {'type': 'string'}
write('glance/schema-image.json', json.dumps({
    'kernel_id': reference, 'ramdisk_id': reference, 'instance_uuid': string, 'architecture': string,
    'os_distro': string, 'os_version': string, 'description': string, 'cinder_encryption_key_id': string,
    'cinder_encryption_key_deletion_policy': {'type': 'string', 'enum': ['on_image_deletion', 'do_not_delete']}}))
uwsgi('glance', None, 'glance.wsgi.api', 2, OS_GLANCE_CONFIG_DIR=ETC + '/glance')

# ---------------------------------------------------------------- placement
write('placement/placement.conf', f"""[DEFAULT]
{database('placement', 'placement_database')}{authtoken('placement')}{rest('placement')}""")
uwsgi('placement', 'placement.wsgi:init_application', 'placement.wsgi.api', 2,
      OS_PLACEMENT_CONFIG_DIR=ETC + '/placement')

# ---------------------------------------------------------------- neutron
write('neutron/neutron.conf', f"""[DEFAULT]
bind_host = {IP}
bind_port = {PORT['neutron']}
api_workers = 2
rpc_workers = 1
rpc_state_report_workers = 0
api_paste_config = {ETC}/neutron/api-paste.ini
core_plugin = ml2
service_plugins = router,qos,trunk,port_forwarding
state_path = {directory('neutron')}
host = {CLOUD}-network-1
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
send_events_interval = 1
rpc_response_timeout = 20
agent_down_time = 150
{RABBIT}
{database('neutron')}{login('nova', 'nova')}{login('placement', 'placement')}[agent]
root_helper =
{authtoken('neutron')}{rest('neutron')}""")
write('neutron/ml2_conf.ini', """[ml2]
type_drivers = flat,vlan,vxlan
tenant_network_types = vxlan
mechanism_drivers = openvswitch
extension_drivers = port_security,qos
[ml2_type_flat]
flat_networks = physnet1
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:199
[ml2_type_vxlan]
vni_ranges = 1000:1999
[securitygroup]
enable_security_group = true
""")
packaged('neutron', 'api-paste.ini')
uwsgi('neutron', None, 'neutron.wsgi.api', 2,
      OS_NEUTRON_CONFIG_DIR=ETC + '/neutron', OS_NEUTRON_CONFIG_FILES='neutron.conf;ml2_conf.ini')

# ---------------------------------------------------------------- nova
write('nova/nova.conf', f"""[DEFAULT]
{RABBIT}
my_ip = {IP}
host = {CLOUD}-controller
state_path = {directory('nova')}
instances_path = {directory('nova/instances')}
compute_driver = labfake.LabDriver
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
allow_resize_to_same_host = true
force_raw_images = false
image_cache_manager_interval = -1
service_down_time = 120
{database('nova_api', 'api_database')}{database('nova')}[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 60
[wsgi]
api_paste_config = {ETC}/nova/api-paste.ini
[vnc]
enabled = true
server_listen = {IP}
novncproxy_base_url = http://{IP}:{int(PORT['nova']) + 5}/vnc_auto.html
{login('nova', 'glance', f"endpoint_override = http://{IP}:{PORT['glance']}")}{login('neutron', 'neutron')}\
{login('placement', 'placement')}\
{login('nova', 'cinder', f'os_region_name = {REGION}', 'catalog_info = volumev3::publicURL')}\
{service_user('nova')}{privsep('nova', 'nova_sys_admin', 'privsep_osbrick', 'vif_plug_ovs_privileged')}\
{authtoken('nova')}{rest('nova')}""")
for host in E['COMPUTES'].split():
    write(f'nova/{host}.conf', f"""[DEFAULT]
host = {host}
state_path = {directory('nova/' + host)}
instances_path = {directory(f'nova/{host}/instances')}
""")
packaged('nova', 'api-paste.ini')
# uWSGI's workers serve a request after the other: green threads would only cost, at every query
uwsgi('nova', 'nova.api.openstack.compute.wsgi:init_application', 'nova.wsgi.osapi_compute', 2,
      OS_NOVA_CONFIG_DIR=ETC + '/nova', OS_NOVA_DISABLE_EVENTLET_PATCHING='1')

# ---------------------------------------------------------------- cinder
write('cinder/cinder.conf', f"""[DEFAULT]
{RABBIT}
my_ip = {IP}
host = {CLOUD}-storage-1
state_path = {directory('cinder')}
api_paste_config = {ETC}/cinder/api-paste.ini
resource_query_filters_file = {ETC}/cinder/resource_filters.json
enabled_backends = lab
default_volume_type = lab
glance_api_servers = http://{IP}:{PORT['glance']}
image_conversion_dir = {directory('cinder/conversion')}
[lab]
volume_driver = labvolume.LocalFileDriver
volume_backend_name = lab
lab_volume_dir = {directory('cinder/volumes')}
[coordination]
backend_url = file://{directory('cinder/coordination')}
{database('cinder')}{login('cinder', 'nova', 'interface = public')}{'' if zed else login('cinder', 'glance')}\
{service_user('cinder')}{privsep('cinder', 'cinder_sys_admin', 'privsep_osbrick')}\
{authtoken('cinder')}{rest('cinder')}""")
packaged('cinder', 'api-paste.ini', 'resource_filters.json')
uwsgi('cinder', 'cinder.wsgi.wsgi:initialize_application', 'cinder.wsgi.api', 2,
      f'--config-file {ETC}/cinder/cinder.conf')

# ---------------------------------------------------------------- heat, barbican
if zed:
    write('heat/heat.conf', f"""[DEFAULT]
{RABBIT}
host = {CLOUD}-orchestration
num_engine_workers = 1
stack_user_domain_name = heat
stack_domain_admin = heat_domain_admin
stack_domain_admin_password = {PW}
auth_encryption_key = 0123456789abcdef0123456789abcdef
region_name_for_services = {REGION}
heat_metadata_server_url = http://{IP}:{PORT['heat']}
heat_waitcondition_server_url = http://{IP}:{PORT['heat']}/v1/waitcondition
environment_dir = /etc/heat/environment.d
template_dir = /etc/heat/templates
[paste_deploy]
api_paste_config = {ETC}/heat/api-paste.ini
{database('heat')}{login('heat', 'trustee')}[clients_keystone]
auth_uri = {KEYSTONE}
{authtoken('heat')}{rest('heat')}""")
    packaged('heat', 'api-paste.ini')
    uwsgi('heat', 'heat.httpd.heat_api:init_application', None, 2, f'--config-file {ETC}/heat/heat.conf')
    # by the old defaults a plain member could not use barbican at all (it asked for a role "creator");
    # under wsgi, barbican finds its configuration nowhere but in the home directory
    write('home/.barbican/barbican.conf', f"""[DEFAULT]
host_href = http://{IP}:{PORT['barbican']}
db_auto_create = false
sql_connection = {database('barbican').split()[3]}
{RABBIT}
{database('barbican')}[queue]
enable = false
[secretstore]
enabled_secretstore_plugins = store_crypto
[crypto]
enabled_crypto_plugins = simple_crypto
[simple_crypto_plugin]
kek = dGhpcnR5X3R3b19ieXRlX2tleWJsYWhibGFoYmxhaGg=
{authtoken('barbican')}{rest('barbican', 'enforce_new_defaults = true', 'enforce_scope = true')}""")
    uwsgi('barbican', 'barbican.api.app:get_api_wsgi_script', None, 2, HOME=ETC + '/home')

# ---------------------------------------------------------------- swift
SWIFT = f'swift_dir = {ETC}/swift\nuser = root\nlog_level = INFO\n'
RECON = f"recon_cache_path = {directory('swift/recon')}\n"
CACHE = f'[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = {MEMCACHED}\n'
PROXY = '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nallow_account_management = true\n'
PIPELINE = ('catch_errors gatekeeper healthcheck proxy-logging cache etag-quoter listing_formats container_sync bulk '
            'tempurl ratelimit formpost authtoken s3api s3token keystoneauth staticweb copy container-quotas '
            'account-quotas slo dlo versioned_writes symlink proxy-logging').split()
# authtoken must come before s3token: after it, it would strip the identity that s3token has just set
OPTIONS = {
    'cache': f'memcache_servers = {MEMCACHED}\n',
    's3api': f's3_acl = false\nlocation = {REGION}\n',
    's3token': f'reseller_prefix = AUTH_\ndelay_auth_decision = true\nauth_uri = {KEYSTONE}\nhttp_timeout = 10.0\n'
               + 'secret_cache_duration = 60\n'
               + login('swift'),
    'keystoneauth': 'reseller_prefix = AUTH\noperator_roles = admin, member\nreseller_admin_role = ResellerAdmin\n',
    'versioned_writes': 'allow_versioned_writes = true\nallow_object_versioning = true\n',
}


def filters(names):
    text = ''
    for name in dict.fromkeys(names):
        if name == 'authtoken':
            text += (authtoken('swift', 'filter:authtoken') + 'delay_auth_decision = true\ncache = swift.cache\n'
                     'paste.filter_factory = keystonemiddleware.auth_token:filter_factory\n')
        else:
            egg = 'memcache' if name == 'cache' else name.replace('-', '_')
            text += f'[filter:{name}]\nuse = egg:swift#{egg}\n{OPTIONS.get(name, "")}'
    return text


write('swift/swift.conf', f"""[swift-hash]
swift_hash_path_suffix = {CLOUD}lab
swift_hash_path_prefix = {CLOUD}lab
[storage-policy:0]
name = Policy-0
default = yes
""")
write('swift/container-sync-realms.conf', '')
write('swift/proxy-server.conf', f"""[DEFAULT]
bind_ip = {IP}
bind_port = {PORT['swift']}
workers = 2
{SWIFT}[pipeline:main]
pipeline = {' '.join(PIPELINE)} proxy-server
{PROXY}{filters(PIPELINE)}""")
internal = 'catch_errors proxy-logging cache symlink'.split()
write('swift/internal-client.conf', f"""[DEFAULT]
{SWIFT}[pipeline:main]
pipeline = {' '.join(internal)} proxy-server
{PROXY}{filters(internal)}""")
write('swift/object-expirer.conf', f"""[DEFAULT]
{SWIFT}[object-expirer]
interval = 20
internal_client_conf_path = {ETC}/swift/internal-client.conf
{RECON}[pipeline:main]
pipeline = {' '.join(internal)} proxy-server
{PROXY}{filters(internal)}""")
directory('swift/node/d1')
for kind, daemon, interval in (('account', 'reaper', 60), ('container', 'updater', 180), ('object', 'updater', 120)):
    write(f'swift/{kind}-server.conf', f"""[DEFAULT]
bind_ip = {IP}
bind_port = {PORT['swift_' + kind]}
workers = 1
devices = {DATA}/swift/node
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
{SWIFT}[pipeline:main]
pipeline = healthcheck recon {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:recon]
use = egg:swift#recon
{RECON}[{kind}-replicator]
{RECON}[{kind}-auditor]
{RECON}[{kind}-{daemon}]
interval = {interval}
concurrency = 1
slowdown = 0
account_suppression_time = 5
{RECON}""")

# ---------------------------------------------------------------- for the seed and for clients
URL = 'http://' + IP + ':{}'
write('catalog', ''.join(f'{user} {kind} {URL.format(PORT[user])}{path}\n' for user, kind, path in [
    ('glance', 'image', ''),
    ('placement', 'placement', ''),
    ('neutron', 'network', ''),
    ('nova', 'compute', '/v2.1'),
    ('cinder', 'volumev3', '/v3/%(project_id)s'),
    ('swift', 'object-store', '/v1/AUTH_%(project_id)s'),
] + ([('heat', 'orchestration', '/v1/%(project_id)s'), ('barbican', 'key-manager', '')] if zed
     else [('cinder', 'block-storage', '/v3')])))
with open(S + '/clouds.yaml', 'w') as f:
    print('clouds:', file=f)
    for user, project in [('admin', 'admin'), ('demo', 'demo'), ('demo', 'demo-2'), ('alt', 'alt'), ('alt', 'alt-2'),
                          ('expendable', 'expendable')]:
        print(f"""  {CLOUD}-{project}:
    auth:
      auth_url: {KEYSTONE}
      username: {user}
      password: {PW}
      project_name: {project}
      user_domain_name: Default
      project_domain_name: Default
    region_name: {REGION}
    identity_api_version: 3""", file=f)
