"""Everything that the users demo, alt and expendable own on a cloud and could delete: listed, and removed.

What goes with its owner is not listed for itself: rules of a security group, interfaces of a router, DHCP ports, the
trust of a stack."""
from concurrent.futures import ThreadPoolExecutor
import json
import time
from urllib.parse import quote

import lab

# In the order in which they can be removed: service, path of one, and of all (None: listed below, in its own way)
KINDS = {
    'stack': ('orchestration', '/stacks/{name}/{id}', '/stacks'),
    'secret-order': ('key-manager', '/v1/orders/{id}', '/v1/orders?limit=100'),
    'secret-container': ('key-manager', '/v1/containers/{id}', '/v1/containers?limit=100'),
    'secret': ('key-manager', '/v1/secrets/{id}', '/v1/secrets?limit=100'),
    'server': ('compute', '/servers/{id}', '/servers/detail'),
    'server-group': ('compute', '/os-server-groups/{id}', '/os-server-groups'),
    'keypair': ('compute', '/os-keypairs/{id}', None),
    'trunk': ('network', '/v2.0/trunks/{id}', '/v2.0/trunks'),
    'floating-ip': ('network', '/v2.0/floatingips/{id}', '/v2.0/floatingips'),
    'router': ('network', '/v2.0/routers/{id}', '/v2.0/routers'),
    'port': ('network', '/v2.0/ports/{id}', '/v2.0/ports'),
    'rbac-policy': ('network', '/v2.0/rbac-policies/{id}', '/v2.0/rbac-policies'),
    'subnet': ('network', '/v2.0/subnets/{id}', '/v2.0/subnets'),
    'network': ('network', '/v2.0/networks/{id}', '/v2.0/networks'),
    'subnet-pool': ('network', '/v2.0/subnetpools/{id}', '/v2.0/subnetpools'),
    'address-scope': ('network', '/v2.0/address-scopes/{id}', '/v2.0/address-scopes'),
    'security-group-rule': ('network', '/v2.0/security-group-rules/{id}', '/v2.0/security-group-rules'),
    'security-group': ('network', '/v2.0/security-groups/{id}', '/v2.0/security-groups'),
    'address-group': ('network', '/v2.0/address-groups/{id}', '/v2.0/address-groups'),
    'qos-policy': ('network', '/v2.0/qos/policies/{id}', '/v2.0/qos/policies'),
    'volume-transfer': ('volumev3', '/volume-transfers/{id}', '/volume-transfers/detail'),
    'group-snapshot': ('volumev3', '/group_snapshots/{id}', '/group_snapshots/detail'),
    'backup': ('volumev3', '/backups/{id}', '/backups/detail'),
    'snapshot': ('volumev3', '/snapshots/{id}', '/snapshots/detail'),
    'volume': ('volumev3', '/volumes/{id}', '/volumes/detail'),
    'volume-group': ('volumev3', '/groups/{id}', '/groups/detail'),
    'image': ('image', '/v2/images/{id}', None),
    'object-version': ('object-store', '/{path}', None),
    'object': ('object-store', '/{path}', None),
    'container': ('object-store', '/{path}', None),
    'account-metadata': ('object-store', '', None),
    'trust': ('identity', '/OS-TRUST/trusts/{id}', None),
    'ec2-credential': ('identity', '/users/{user}/credentials/OS-EC2/{id}', None),
    'credential': ('identity', '/credentials/{id}', None),
    'application-credential': ('identity', '/users/{user}/application_credentials/{id}', None),
    'access-rule': ('identity', '/users/{user}/access_rules/{id}', None),
}
MAY_BE_MISSING = {'rbac-policy', 'address-group', 'access-rule'}    # in an older or smaller cloud
OF_THE_CLOUD = {'updated', 'updated_at', 'progress', 'links', 'count', 'bytes_used'}    # change by themselves


class Resource:
    def __init__(self, login, kind, body, id=None, name=None, path=None):
        self.login, self.kind, self.path = login, kind, path
        self.body = {k: v for k, v in body.items() if k not in OF_THE_CLOUD}
        reference = body.get('%s_ref' % kind.replace('secret-', ''), '').rsplit('/', 1)[-1]
        self.id = id or body.get('id') or reference
        self.name = name or body.get('name') or body.get('stack_name')

    def line(self):
        return json.dumps({'cloud': self.login.cloud, 'kind': self.kind, 'id': self.id, 'name': self.name,
                           'user': self.login.user, 'project': self.login.project})


def pages(login, kind, path):
    """The items of a list, over all its pages."""
    api = login.api(KINDS[kind][0])
    while path:
        r = api.get(path, raise_exc=False)
        if r.status_code == 404 and kind in MAY_BE_MISSING:
            return
        if r.status_code != 200:
            raise RuntimeError('%s: GET %s: %d %s' % (login.cloud, path, r.status_code, r.text[:300]))
        answer = r.json()
        [key] = [k for k, v in answer.items() if isinstance(v, list) and not k.endswith('_links') and k != 'links']
        yield from answer[key]
        # each service has its own way to say where the next page is
        path = answer.get('next') or next((x['href'] for x in answer.get(key + '_links', []) if x['rel'] == 'next'), None)
        if path and path.startswith('http'):
            path = path.replace(api.get_endpoint().rstrip('/'), '', 1)


def listed(login, kind):
    path = KINDS[kind][2]
    if KINDS[kind][0] == 'network':
        path += '?project_id=' + login.project_id
    for body in pages(login, kind, path):
        if kind == 'port' and body['device_owner'].startswith('network:'):
            continue
        if kind == 'security-group' and body['name'] == 'default':
            continue
        yield Resource(login, kind, body)


def rules_added_to_default(login):
    default = {g['id'] for g in pages(login, 'security-group', '/v2.0/security-groups?name=default&project_id='
                                      + login.project_id)}
    for r in pages(login, 'security-group-rule', '/v2.0/security-group-rules?project_id=' + login.project_id):
        its_own = (r['protocol'] is None and r['remote_ip_prefix'] is None
                   and (r['remote_group_id'] in default) == (r['direction'] == 'ingress'))
        if r['security_group_id'] in default and not its_own:
            yield Resource(login, 'security-group-rule', r)


def images(login):
    seen = set()
    for which in ('', '&visibility=community', '&os_hidden=true', '&member_status=all'):
        for body in pages(login, 'image', '/v2/images?limit=500&owner=%s%s' % (login.project_id, which)):
            if body['owner'] == login.project_id and body['id'] not in seen:
                seen.add(body['id'])
                yield Resource(login, 'image', body)


def swift_list(api, path, **more):
    marker = ''
    while True:
        r = api.get(path, params=dict(format='json', limit=1000, marker=marker, **more), raise_exc=False)
        if r.status_code == 404:
            return
        if r.status_code not in (200, 204):
            raise RuntimeError('GET %s: %d %s' % (path, r.status_code, r.text[:300]))
        items = r.json() if r.content else []
        yield from items
        if len(items) < 1000 or more:
            return
        marker = items[-1]['name']


def objects(login):
    api = login.api('object-store')
    meta = {k: v for k, v in api.head('').headers.items() if k.lower().startswith('x-account-meta-')}
    for k in meta:
        yield Resource(login, 'account-metadata', {k: meta[k]}, id=k, name=k)
    for c in swift_list(api, ''):
        name = c['name']
        head = api.head('/' + quote(name), raise_exc=False).headers
        about = {k.lower(): v for k, v in head.items() if k.lower().startswith(
            ('x-container-meta-', 'x-container-read', 'x-container-write', 'x-container-sync', 'x-versions',
             'x-history'))}
        versioned = 'x-versions-enabled' in about    # then a plain DELETE would only add a version: a delete marker
        for o in swift_list(api, '/' + quote(name), **({'versions': 'on'} if versioned else {})):
            path = '%s/%s' % (name, o['name'])
            if versioned:
                yield Resource(login, 'object-version', o, id='%s?version-id=%s' % (path, o['version_id']), name=o['name'],
                               path='%s?version-id=%s' % (quote(path), o['version_id']))
            else:
                yield Resource(login, 'object', o, id=path, name=o['name'], path=quote(path))
        yield Resource(login, 'container', about, id=name, name=name, path=quote(name))


def of_the_user(login):
    user = login.user_id
    for body in pages(login, 'keypair', '/os-keypairs'):
        yield Resource(login, 'keypair', body['keypair'], id=body['keypair']['name'])
    heat = [u['id'] for u in lab.Login(login.cloud, 'admin').api('identity').get('/users?name=heat').json()['users']]
    for body in pages(login, 'trust', '/OS-TRUST/trusts?trustor_user_id=' + user):
        if body['trustee_user_id'] not in heat:    # else heat made it, for a stack
            yield Resource(login, 'trust', body)
    for body in pages(login, 'ec2-credential', '/users/%s/credentials/OS-EC2' % user):
        if body['access'] not in lab.s3_keys(login.cloud):
            yield Resource(login, 'ec2-credential', body, id=body['access'])
    for body in pages(login, 'credential', '/credentials?user_id=' + user):
        if body['type'] != 'ec2' and body['user_id'] == user:
            yield Resource(login, 'credential', body)
    for body in pages(login, 'application-credential', '/users/%s/application_credentials' % user):
        yield Resource(login, 'application-credential', body)
    for body in pages(login, 'access-rule', '/users/%s/access_rules' % user):
        yield Resource(login, 'access-rule', body, name='%(method)s %(path)s' % body)


def of_one(login, with_user):
    # the expendable user may be locked out, for a minute
    for attempt in range(25):
        try:
            login.session.get_token()
            break
        except lab.exceptions.Unauthorized:
            if attempt == 24:
                raise
            time.sleep(3)
    found = []
    for kind, (service, _, path) in KINDS.items():
        if path and kind != 'security-group-rule' and login.has(service):
            found += listed(login, kind)
    found += rules_added_to_default(login)
    found += images(login)
    found += objects(login)
    if with_user:
        found += of_the_user(login)
    return found


def inventory(cloud):
    """All resources of the lab's ordinary users on a cloud."""
    logins = [(lab.Login(cloud, p), i == 0) for ps in lab.users(cloud).values() for i, p in enumerate(ps)]
    with ThreadPoolExecutor(len(logins)) as pool:
        return [r for found in pool.map(lambda a: of_one(*a), logins) for r in found]


def decoys_file(cloud):
    return lab.state(cloud) + '/decoys.json'


def decoys(cloud):
    """What `decoys up` made on a cloud, as it was then."""
    try:
        with open(decoys_file(cloud)) as f:
            return json.load(f)
    except FileNotFoundError:
        return []


# ---------------------------------------------------------------- removal
TAKES_TIME = ('stack', 'server', 'volume', 'snapshot')


def answer_of(r, method):
    path = KINDS[r.kind][1].format(id=quote(r.id, safe=''), name=quote(r.name or '', safe=''), user=r.login.user_id,
                                   path=r.path)
    return r.login.api(KINDS[r.kind][0]).request(path, method, raise_exc=False)


def ask_to_go(r):
    api = r.login.api(KINDS[r.kind][0])
    if r.kind == 'account-metadata':
        api.post('', headers={r.id.replace('X-Account-', 'X-Remove-Account-'): 'x'})
        return
    if r.kind == 'router':
        for p in pages(r.login, 'port', '/v2.0/ports?device_id=' + r.id):
            if p['device_owner'] != 'network:router_gateway':
                api.put('/v2.0/routers/%s/remove_router_interface' % r.id, json={'port_id': p['id']}, raise_exc=False)
    if r.kind == 'server' and r.body.get('locked'):
        api.post('/servers/%s/action' % r.id, json={'unlock': None}, raise_exc=False)
    if r.kind == 'image' and r.body.get('protected'):
        api.patch('/v2/images/' + r.id, json=[{'op': 'replace', 'path': '/protected', 'value': False}],
                  headers={'Content-Type': 'application/openstack-images-v2.1-json-patch'})
    answer = answer_of(r, 'DELETE')
    if answer.status_code >= 400 and answer.status_code != 404:
        raise RuntimeError('DELETE %s %s: %d %s' % (r.kind, r.id, answer.status_code, answer.text[:200]))


def is_gone(r):
    if r.kind not in TAKES_TIME:
        return True
    answer = answer_of(r, 'GET')
    return answer.status_code == 404 or (r.kind == 'stack' and answer.status_code == 200
                                         and answer.json()['stack']['stack_status'] == 'DELETE_COMPLETE')


def remove(resources):
    """Removes them, in an order in which that can be done; gives back what is left, each with its `error`."""
    order = list(KINDS)
    left = sorted(resources, key=lambda r: order.index(r.kind))
    end = time.monotonic() + 120    # some cannot go before another is gone
    while left:
        waiting = []
        for r in left:
            try:
                ask_to_go(r)
                r.error = 'is still there'
                if not is_gone(r):
                    waiting.append(r)
            except (RuntimeError, lab.exceptions.ClientException) as e:
                r.error = str(e)
                waiting.append(r)
        left = waiting
        if time.monotonic() > end:
            break
        time.sleep(1 if left else 0)
    return left
