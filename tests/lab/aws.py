"""How the lab's programs speak to its servers of Amazon's APIs, and what the lab's users own there: listed, and removed.

aws.py SERVER: remembers what its users have from the first (a default VPC and what belongs to it). That is never
counted as left over.

Runs on Debian's python3 with python3-boto3."""
import json
import os
import subprocess
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import inventory as openstack
import lab

ENDPOINT = {'moto': 'http://127.0.0.1:17001', 'ministack': 'http://127.0.0.1:17002', 'ec2': 'http://127.0.0.1:15788'}
# moto takes any key for one account; ministack takes twelve digits for the account of that number
KEYS = {'moto': {'demo': ('lab-demo', 'lab-demo')},
        'ministack': {'demo': ('100000000001', 'lab-demo'), 'alt': ('100000000002', 'lab-alt')}}
# kinds that a server does not have, and says so in a way that could be a failure: moto with a 500 that is no XML,
# ec2-api with neutron's 404 (it has no VPN service)
ABSENT = {'moto': {'placement-group'}, 'ec2': {'vpn-connection'}}
UNKNOWN_ACTION = {'InvalidAction', 'InvalidRequest', 'NotImplemented', 'UnsupportedOperation'}


def users(server):
    return list(KEYS.get(server) or lab.users(server))


def services(server):
    """The S3 API of the cloud that `ec2` is a part of is the clouds' own."""
    return ('ec2',) if server == 'ec2' else ('ec2', 's3')


def client(server, service, user='demo'):
    access, secret = KEYS.get(server, {}).get(user) or [
        subprocess.run([os.path.join(os.path.dirname(os.path.realpath(__file__)), 's3-keys'), server, user, half],
                       check=True, capture_output=True, text=True).stdout.strip() for half in ('access', 'secret')]
    return boto3.client(service, endpoint_url=ENDPOINT[server], aws_access_key_id=access, aws_secret_access_key=secret,
                        region_name='RegionOne' if server == 'ec2' else 'us-east-1',
                        config=Config(proxies={}, s3={'addressing_style': 'path'}, read_timeout=120,
                                      retries={'max_attempts': 2}))


# ---------------------------------------------------------------- what there is in EC2
def attached(thing):
    return bool(thing.get('Attachment'))


def of_the_main(thing):
    return any(a.get('Main') for a in thing.get('Associations', []))


def delete_internet_gateway(ec2, thing):
    for a in thing.body.get('Attachments', []):
        ec2.detach_internet_gateway(InternetGatewayId=thing.id, VpcId=a['VpcId'])
    ec2.delete_internet_gateway(InternetGatewayId=thing.id)


def delete_volume(ec2, thing):
    if thing.body.get('Attachments'):
        ec2.detach_volume(VolumeId=thing.id, InstanceId=thing.body['Attachments'][0]['InstanceId'])
    ec2.delete_volume(VolumeId=thing.id)


def release_address(ec2, thing):
    if thing.body.get('AssociationId'):
        ec2.disassociate_address(AssociationId=thing.body['AssociationId'])
    if thing.id == thing.body.get('PublicIp'):
        ec2.release_address(PublicIp=thing.id)
    else:
        ec2.release_address(AllocationId=thing.id)


def delete_route_table(ec2, thing):
    for a in thing.body.get('Associations', []):
        ec2.disassociate_route_table(AssociationId=a['RouteTableAssociationId'])
    ec2.delete_route_table(RouteTableId=thing.id)


def by(call, argument, many=False):
    return lambda ec2, thing: getattr(ec2, call)(**{argument: [thing.id] if many else thing.id})


# In the order in which they can be removed: the call that lists, its arguments, where the list is, what the id is
# called, which of them are not listed, and how one is removed
EC2 = {
    'instance': ('describe_instances', {}, 'Reservations', 'InstanceId',
                 lambda t: t['State']['Name'] == 'terminated', by('terminate_instances', 'InstanceIds', True)),
    'launch-template': ('describe_launch_templates', {}, 'LaunchTemplates', 'LaunchTemplateId', None,
                        by('delete_launch_template', 'LaunchTemplateId')),
    'placement-group': ('describe_placement_groups', {}, 'PlacementGroups', 'GroupName',
                        lambda t: t['State'] == 'deleted', by('delete_placement_group', 'GroupName')),
    'key-pair': ('describe_key_pairs', {}, 'KeyPairs', 'KeyName', None, by('delete_key_pair', 'KeyName')),
    'address': ('describe_addresses', {}, 'Addresses', 'AllocationId', None, release_address),
    'nat-gateway': ('describe_nat_gateways', {}, 'NatGateways', 'NatGatewayId', lambda t: t['State'] == 'deleted',
                    by('delete_nat_gateway', 'NatGatewayId')),
    'vpc-endpoint': ('describe_vpc_endpoints', {}, 'VpcEndpoints', 'VpcEndpointId', lambda t: t['State'] == 'deleted',
                     by('delete_vpc_endpoints', 'VpcEndpointIds', True)),
    'network-interface': ('describe_network_interfaces', {}, 'NetworkInterfaces', 'NetworkInterfaceId', attached,
                          by('delete_network_interface', 'NetworkInterfaceId')),
    'volume': ('describe_volumes', {}, 'Volumes', 'VolumeId', None, delete_volume),
    'image': ('describe_images', {'Owners': ['self']}, 'Images', 'ImageId', None, by('deregister_image', 'ImageId')),
    'snapshot': ('describe_snapshots', {'OwnerIds': ['self']}, 'Snapshots', 'SnapshotId', None,
                 by('delete_snapshot', 'SnapshotId')),
    'vpn-connection': ('describe_vpn_connections', {}, 'VpnConnections', 'VpnConnectionId',
                       lambda t: t['State'] == 'deleted', by('delete_vpn_connection', 'VpnConnectionId')),
    'vpn-gateway': ('describe_vpn_gateways', {}, 'VpnGateways', 'VpnGatewayId', lambda t: t['State'] == 'deleted',
                    by('delete_vpn_gateway', 'VpnGatewayId')),
    'customer-gateway': ('describe_customer_gateways', {}, 'CustomerGateways', 'CustomerGatewayId',
                         lambda t: t['State'] == 'deleted', by('delete_customer_gateway', 'CustomerGatewayId')),
    'peering': ('describe_vpc_peering_connections', {}, 'VpcPeeringConnections', 'VpcPeeringConnectionId',
                lambda t: t['Status']['Code'] in ('deleted', 'rejected', 'failed', 'expired'),
                by('delete_vpc_peering_connection', 'VpcPeeringConnectionId')),
    'internet-gateway': ('describe_internet_gateways', {}, 'InternetGateways', 'InternetGatewayId', None,
                         delete_internet_gateway),
    'network-acl': ('describe_network_acls', {}, 'NetworkAcls', 'NetworkAclId', lambda t: t['IsDefault'],
                    by('delete_network_acl', 'NetworkAclId')),
    'subnet': ('describe_subnets', {}, 'Subnets', 'SubnetId', None, by('delete_subnet', 'SubnetId')),
    'route-table': ('describe_route_tables', {}, 'RouteTables', 'RouteTableId', of_the_main, delete_route_table),
    'security-group': ('describe_security_groups', {}, 'SecurityGroups', 'GroupId',
                       lambda t: t['GroupName'] == 'default', by('delete_security_group', 'GroupId')),
    'vpc': ('describe_vpcs', {}, 'Vpcs', 'VpcId', None, by('delete_vpc', 'VpcId')),
    'dhcp-options': ('describe_dhcp_options', {}, 'DhcpOptions', 'DhcpOptionsId', None,
                     by('delete_dhcp_options', 'DhcpOptionsId')),
}


def default_rules(ec2):
    """The rules of a default VPC's default security group: a rule that was added is left over, the group is not."""
    vpcs = {v['VpcId'] for v in ec2.describe_vpcs()['Vpcs'] if v['IsDefault']}
    for group in ec2.describe_security_groups()['SecurityGroups']:
        if group['GroupName'] != 'default' or group.get('VpcId') not in vpcs:
            continue
        for direction, rules in (('ingress', group['IpPermissions']), ('egress', group['IpPermissionsEgress'])):
            for rule in rules:
                body = {'GroupId': group['GroupId'], 'IpPermissions': [rule]}
                yield direction, body, '%s %s %s' % (group['GroupId'], direction, json.dumps(rule, sort_keys=True))


class Thing:
    def __init__(self, server, user, api, kind, id, body, remove, name=None):
        self.server, self.user, self.api, self.kind, self.id = server, user, api, kind, id
        self.body, self.remove, self.error = body, remove, None
        tags = {t['Key']: t['Value'] for t in body.get('Tags') or []}
        self.name = name or body.get('GroupName') or body.get('Name') or tags.get('Name') or None

    def line(self):
        return json.dumps({'cloud': self.server, 'kind': self.kind, 'id': self.id, 'name': self.name,
                           'user': self.user})


def of_ec2(server, user):
    ec2 = client(server, 'ec2', user)
    for kind, (call, arguments, key, id, skip, remove) in EC2.items():
        if kind in ABSENT.get(server, ()):
            continue
        try:
            answer = getattr(ec2, call)(**arguments)
            listed = list(answer[key])
            while answer.get('NextToken'):
                answer = getattr(ec2, call)(NextToken=answer['NextToken'], **arguments)
                listed += answer[key]
        except ClientError as e:
            if e.response['Error']['Code'] in UNKNOWN_ACTION:    # then there is none
                continue
            raise RuntimeError('%s: %s: %s' % (server, call, e))
        for body in [i for r in listed for i in r['Instances']] if kind == 'instance' else listed:
            if not skip or not skip(body):
                # ec2-api has none for an address that was made by neutron alone
                yield Thing(server, user, ec2, kind, body.get(id) or body.get('PublicIp', ''), body, remove)
    for direction, body, id in default_rules(ec2):
        yield Thing(server, user, ec2, 'default-rule', id, body,
                    lambda api, t, call='revoke_security_group_' + direction: getattr(api, call)(**t.body))


# ---------------------------------------------------------------- what there is in S3
def delete_version(s3, thing):
    where = {'Bucket': thing.body['Bucket'], 'Key': thing.body['Key'], 'VersionId': thing.body['VersionId']}
    try:
        s3.put_object_legal_hold(LegalHold={'Status': 'OFF'}, **where)
    except ClientError:    # no lock in this bucket, or a delete marker
        pass
    try:
        s3.delete_object(BypassGovernanceRetention=True, **where)
    except ClientError:
        s3.delete_object(**where)


def abort(s3, thing):
    s3.abort_multipart_upload(Bucket=thing.body['Bucket'], Key=thing.body['Key'], UploadId=thing.body['UploadId'])


def of_s3(server, user):
    s3 = client(server, 's3', user)
    for bucket in [b['Name'] for b in s3.list_buckets()['Buckets']]:
        for page in s3.get_paginator('list_multipart_uploads').paginate(Bucket=bucket):
            for u in page.get('Uploads', []):
                yield Thing(server, user, s3, 'upload', '%s/%s?uploadId=%s' % (bucket, u['Key'], u['UploadId']),
                            dict(u, Bucket=bucket), abort, u['Key'])
        for page in s3.get_paginator('list_object_versions').paginate(Bucket=bucket):
            for v in page.get('Versions', []) + page.get('DeleteMarkers', []):
                yield Thing(server, user, s3, 'version', '%s/%s?versionId=%s' % (bucket, v['Key'], v['VersionId']),
                            dict(v, Bucket=bucket), delete_version, v['Key'])
        yield Thing(server, user, s3, 'bucket', bucket, {}, by('delete_bucket', 'Bucket'), bucket)


# ---------------------------------------------------------------- both
def belongings_file(server):
    return lab.state(server) + '/belongings.json'


def belongings(unit):
    """What its users have from the first, by kind and id."""
    try:
        with open(belongings_file(unit)) as f:
            return {tuple(x) for x in json.load(f)}
    except FileNotFoundError:
        return set()


def everything(server):
    found = []
    for user in users(server):
        for service in services(server):
            found += (of_s3 if service == 's3' else of_ec2)(server, user)
    return found


def inventory(server):
    """All that the lab's users made on a server, in the order in which it can be removed."""
    theirs = belongings(server)
    return [t for t in everything(server) if (t.kind, t.id) not in theirs]


def remove(things):
    """Removes them; gives back what is left, each with its `error`."""
    end = time.monotonic() + 120    # some cannot go before another is gone
    while things:
        for t in things:
            try:
                t.remove(t.api, t)
                t.error = 'is still there'
            except ClientError as e:
                t.error = str(e)
        servers = {t.server for t in things}
        now = {(t.server, t.kind, t.id): t for server in servers for t in inventory(server)}
        things = [t for t in things if (t.server, t.kind, t.id) in now]
        if time.monotonic() > end:
            break
        time.sleep(1 if things else 0)
    return things


if __name__ == '__main__':
    [server] = sys.argv[1:]
    ids = {(t.kind, t.id) for t in everything(server)}
    if server == 'ec2':    # what its default VPCs are in OpenStack
        ids |= {(r.kind, r.id) for r in openstack.inventory(server)}
    with open(belongings_file(server) + '.new', 'w') as f:
        json.dump(sorted(ids), f)
    os.rename(belongings_file(server) + '.new', belongings_file(server))
