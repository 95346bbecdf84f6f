"""accounts.py [image]: makes on the zed cloud what its EC2 API needs: the service's user, and users of its own; or
prints the id of the image.

They are not the users demo and alt: everyone whom the EC2 API meets gets a default VPC (router, network, security
group), and nova would use that network for demo's servers that name none."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import lab    # noqa: E402

admin = lab.Login('zed', 'admin')
keystone = admin.api('identity')


def find(plural, name):
    return next((x['id'] for x in keystone.get('/%s?name=%s' % (plural, name)).json()[plural]), None)


def ensure(plural, single, name, **body):
    return find(plural, name) or keystone.post('/' + plural, json={
        single: dict(body, name=name, domain_id='default')}).json()[single]['id']


def account(user, project, *roles):
    u = ensure('users', 'user', user, password=os.environ['PW'])
    p = ensure('projects', 'project', project)
    for role in roles:
        keystone.put('/projects/%s/users/%s/roles/%s' % (p, u, find('roles', role)))
    return p


if sys.argv[1:] == ['image']:
    [image] = admin.api('image').get('/v2/images?name=cirros').json()['images']
    print(image['id'])
else:
    account('ec2api', 'service', 'admin', 'service')
    for user in lab.users('ec2'):
        project = account('ec2-' + user, 'ec2-' + user, 'member')
        # each VPC is a router and has a security group
        admin.api('network').put('/v2.0/quotas/' + project, json={
            'quota': {'security_group': 100, 'router': 50}})
