"""A paste filter for ec2-api: its own EC2KeystoneAuth, but asking keystone as the service user.

ec2-api sends a request's signature to keystone's /v3/ec2tokens without any token. Since Launchpad bug 2119646 was
mended (November 2025) keystone answers that only to a service or an administrator: every request was refused."""
import requests

from ec2api import api
from ec2api import clients


class AsService:
    """Stands for the module `requests` in ec2api.api, which uses nothing else of it."""

    @staticmethod
    def request(method, url, headers, **rest):
        token = clients.get_os_admin_session().get_token()
        return requests.request(method, url, headers=dict(headers, **{'X-Auth-Token': token}), **rest)


api.requests = AsService
filter_factory = api.EC2KeystoneAuth.factory
