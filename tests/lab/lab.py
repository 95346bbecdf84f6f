"""What the lab's Python programs share: which clouds there are, who their users are, and how to speak to OpenStack.

Runs on Debian's python3 with python3-keystoneauth1 and python3-yaml."""
import json
import logging
import os
import sys
import time

from keystoneauth1 import adapter
from keystoneauth1 import exceptions
from keystoneauth1 import session
from keystoneauth1.identity import v3
import yaml

CLOUDS = ('zed', 'new')
SERVERS = ('moto', 'ministack', 'ec2')    # of Amazon's APIs; ec2 is OpenStack's own, with users of its own on zed
USERS = {'demo': ('demo', 'demo-2'), 'alt': ('alt', 'alt-2'), 'expendable': ('expendable',)}
# nova's and cinder's newest in Zed, so that both clouds are asked for the same
VERSIONS = {'compute': 'compute 2.93', 'volumev3': 'volume 3.70'}
for variable in list(os.environ):    # the clouds are on this machine
    if variable.lower().endswith('_proxy') or variable in ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
        del os.environ[variable]
logging.getLogger('keystoneauth').setLevel(logging.CRITICAL)


def users(cloud):
    """A cloud's ordinary users, and the projects of each."""
    return {'demo': ('demo',), 'alt': ('alt',)} if cloud == 'ec2' else USERS


def state(cloud):
    return '/var/lib/lab-' + cloud


def s3_keys_file(cloud):
    return state(cloud) + '/s3-keys.json'


def s3_keys(cloud):
    """Access keys that the lab made for its users: not theirs to be listed."""
    try:
        with open(s3_keys_file(cloud)) as f:
            return {key['access'] for key in json.loads(f.read() or '{}').values()}
    except FileNotFoundError:
        return set()


def chosen(arguments, among=CLOUDS):
    """Those that the arguments name, or all."""
    wrong = [a for a in arguments if a not in among]
    if wrong:
        raise SystemExit('not known: %s (there are: %s)' % (wrong[0], ' '.join(among)))
    return [c for c in among if not arguments or c in arguments]


class Login:
    """One user in one project of one cloud; `login.api('compute')` has get, post, put, delete and so on."""

    def __init__(self, cloud, project, user=None):
        try:
            with open(state(cloud) + '/clouds.yaml') as f:
                entry = yaml.safe_load(f)['clouds']['%s-%s' % (cloud, project)]
        except FileNotFoundError:
            raise SystemExit('the %s cloud was never up' % cloud)
        auth = entry['auth']
        self.cloud, self.user, self.project, self.region = cloud, auth['username'], project, entry['region_name']
        self.identity = auth['auth_url']
        self.session = session.Session(v3.Password(**auth), timeout=120)

    def api(self, service):
        headers = {'OpenStack-API-Version': VERSIONS[service]} if service in VERSIONS else {}
        where = {'endpoint_override': self.identity} if service == 'identity' else {'service_type': service}
        return adapter.Adapter(self.session, interface='public', region_name=self.region, connect_retries=3,
                               additional_headers=headers, **where)

    def has(self, service):
        try:
            return bool(self.api(service).get_endpoint())
        except exceptions.EndpointNotFound:
            return False

    @property
    def user_id(self):
        return self.session.get_user_id()

    @property
    def project_id(self):
        return self.session.get_project_id()


def until(what, check, seconds=120, every=0.5):
    """Waits until `check` returns something true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError('%s: not within %d s' % (what, seconds))
        time.sleep(every)
