"""seed.py CLOUD accounts|resources|ready: a new cloud's accounts and catalog; its flavors, image, volume type and
external network; or, with the time of the last start of a process, waits until what answers can also do the work.
Every step looks before it makes, so it can run again."""
import os
import sys
import time

import lab
from lab import USERS, Login

CLOUD = sys.argv[1]
admin = Login(CLOUD, 'admin')
keystone = admin.api('identity')


def ensure(plural, single, name, **body):
    where = {'name': name, **({'domain_id': body['domain_id']} if 'domain_id' in body else {})}
    found = keystone.get('/' + plural, params=where).json()[plural]
    if not found:
        found = [keystone.post('/' + plural, json={single: dict(body, name=name)}).json()[single]]
    return found[0]['id']


def accounts():
    password = admin.session.auth.auth_methods[0].password
    with open(lab.state(CLOUD) + '/etc/catalog') as f:
        catalog = [line.split() for line in f]
    role = {name: ensure('roles', 'role', name)
            for name in ('admin', 'member', 'service', 'ResellerAdmin', 'heat_stack_user')}

    def account(user, projects, *roles):
        u = ensure('users', 'user', user, domain_id='default', password=password)
        for project in projects:
            p = ensure('projects', 'project', project, domain_id='default')
            for r in roles:
                keystone.put('/projects/%s/users/%s/roles/%s' % (p, u, role[r]))

    for service in dict.fromkeys(line[0] for line in catalog):
        account(service, ['service'], 'admin', 'service')
    for user, projects in USERS.items():
        account(user, projects, 'member')
    if CLOUD == 'zed':    # where heat keeps the users of stacks
        heat = ensure('domains', 'domain', 'heat')
        u = ensure('users', 'user', 'heat_domain_admin', domain_id=heat, password=password)
        keystone.put('/domains/%s/users/%s/roles/%s' % (heat, u, role['admin']))
    services = {s['type']: s['id'] for s in keystone.get('/services').json()['services']}
    have = {(e['service_id'], e['interface']) for e in keystone.get('/endpoints').json()['endpoints']}
    for name, kind, url in catalog:
        if kind not in services:
            services[kind] = keystone.post('/services', json={'service': {'name': name, 'type': kind}}).json()['service']['id']
        for interface in ('public', 'internal', 'admin'):
            if (services[kind], interface) not in have:
                keystone.post('/endpoints', json={'endpoint': {
                    'service_id': services[kind], 'interface': interface, 'region_id': admin.region, 'url': url}})


def resources():
    nova, neutron, glance, cinder = (admin.api(s) for s in ('compute', 'network', 'image', 'volumev3'))
    have = {f['name'] for f in nova.get('/flavors').json()['flavors']}
    for number, name, ram, cpus, disk in (('1', 'm1.tiny', 512, 1, 1), ('2', 'm1.small', 2048, 1, 20),
                                          ('3', 'm1.medium', 4096, 2, 40)):
        if name not in have:
            nova.post('/flavors', json={'flavor': {'id': number, 'name': name, 'ram': ram, 'vcpus': cpus, 'disk': disk}})
    images = glance.get('/v2/images?name=cirros').json()['images']
    if not images:
        images = [glance.post('/v2/images', json={'name': 'cirros', 'disk_format': 'raw', 'container_format': 'bare',
                                                  'visibility': 'public'}).json()]
    if images[0]['status'] == 'queued':
        glance.put('/v2/images/%s/file' % images[0]['id'], data=os.urandom(1 << 20),
                   headers={'Content-Type': 'application/octet-stream'})
    if 'lab' not in [t['name'] for t in cinder.get('/types').json()['volume_types']]:
        cinder.post('/types', json={'volume_type': {'name': 'lab', 'extra_specs': {'volume_backend_name': 'lab'}}})
    networks = neutron.get('/v2.0/networks?name=public').json()['networks']
    if not networks:
        networks = [neutron.post('/v2.0/networks', json={'network': {
            'name': 'public', 'router:external': True, 'provider:network_type': 'flat',
            'provider:physical_network': 'physnet1'}}).json()['network']]
    if not networks[0]['subnets']:
        neutron.post('/v2.0/subnets', json={'subnet': {
            'name': 'public-v4', 'network_id': networks[0]['id'], 'cidr': '203.0.113.0/24', 'ip_version': 4,
            'enable_dhcp': False, 'gateway_ip': '203.0.113.1',
            'allocation_pools': [{'start': '203.0.113.10', 'end': '203.0.113.250'}]}})


def late(since):
    """What cannot work yet: it has not reported since then."""
    for s in admin.api('compute').get('/os-services').json()['services']:
        if s['state'] != 'up' or (s['updated_at'] or '') < since:
            yield '%(binary)s on %(host)s' % s
    if not admin.api('volumev3').get('/scheduler-stats/get_pools').json()['pools']:
        yield 'cinder-volume'
    agents = admin.api('network').get('/v2.0/agents').json()['agents']
    if not agents or any(a['heartbeat_timestamp'].replace(' ', 'T') < since for a in agents):
        yield 'neutron agents'
    if CLOUD == 'zed':
        if not any(s['status'] == 'up' for s in admin.api('orchestration').get('/services').json()['services']):
            yield 'heat-engine'
        admin.api('key-manager').get('/v1/secrets')
    admin.api('image').get('/v2/images')
    admin.api('object-store').get('')


def ready():
    since = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(int(sys.argv[3])))

    def check():
        try:
            waiting = list(late(since))
        except lab.exceptions.ClientException as e:    # a service that does not answer yet
            waiting = [type(e).__name__ + ' ' + str(e)[:200]]
        print('waiting for:', ', '.join(waiting), flush=True)
        return not waiting

    lab.until('ready', check, 420, 1)


def with_patience(step):
    for attempt in range(40):
        try:
            return step()
        except lab.exceptions.ClientException as e:    # a service that does not answer yet
            print(type(e).__name__, e, flush=True)
            time.sleep(1.5)
    return step()


with_patience({'accounts': accounts, 'resources': resources, 'ready': ready}[sys.argv[2]])
