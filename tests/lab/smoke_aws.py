"""What `smoke` does on a server of Amazon's APIs: uses S3 and each part of EC2 once, as the user demo."""
import os

from botocore.exceptions import ClientError

import aws
import lab

FLAVOR = {'ec2': 'm1.tiny'}
CHECKS = []


def check(f):
    CHECKS.append(f)
    return f


class Smoke:
    def __init__(self, server):
        self.server, self.tag = server, 'smoke-%d' % os.getpid()
        self.ec2 = aws.client(server, 'ec2')
        self.made = set()

    def keep(self, kind, id):
        self.made.add((kind, id))
        return id

    def state(self, instance):
        try:
            [r] = self.ec2.describe_instances(InstanceIds=[instance])['Reservations']
        except ClientError as e:
            if e.response['Error']['Code'] == 'InvalidInstanceID.NotFound':
                return 'terminated'    # and forgotten
            raise
        return r['Instances'][0]['State']['Name']

    def volume_is(self, volume, state):
        def now():
            return self.ec2.describe_volumes(VolumeIds=[volume])['Volumes'][0]['State'] == state
        lab.until('%s %s' % (volume, state), now, 180)

    def instance_is(self, state):
        lab.until('%s %s' % (self.instance, state), lambda: self.state(self.instance) == state, 180)

    def take_away(self):
        mine = [t for t in aws.inventory(self.server)
                if (t.kind, t.id) in self.made or self.tag in str(t.id) + str(t.name)]
        left = aws.remove(mine)
        assert not left, [(t.kind, t.id, t.error) for t in left]
        return '%d things' % len(mine)


@check
def s3(t):
    if 's3' not in aws.services(t.server):
        return 'not here'
    s3, bucket = aws.client(t.server, 's3'), t.keep('bucket', t.tag)
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key='a/b', Body=b'one')
    assert s3.get_object(Bucket=bucket, Key='a/b')['Body'].read() == b'one'
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
    s3.put_object(Bucket=bucket, Key='a/b', Body=b'two')
    assert len(s3.list_object_versions(Bucket=bucket)['Versions']) == 2
    return 'put, get, versions'


@check
def offers(t):
    t.zone = t.ec2.describe_availability_zones()['AvailabilityZones'][0]['ZoneName']
    t.image = sorted(i['ImageId'] for i in t.ec2.describe_images()['Images'])[0]
    [vpc] = [v for v in t.ec2.describe_vpcs()['Vpcs'] if v['IsDefault']]
    return '%s, %s, %s' % (t.zone, t.image, vpc['CidrBlock'])


@check
def key_pair(t):
    assert t.ec2.create_key_pair(KeyName=t.keep('key-pair', t.tag))['KeyMaterial'].startswith('-----BEGIN')
    return 'made'


@check
def security_group(t):
    t.group = t.keep('security-group', t.ec2.create_security_group(GroupName=t.tag, Description='smoke')['GroupId'])
    t.ec2.authorize_security_group_ingress(GroupId=t.group, IpPermissions=[
        {'IpProtocol': 'tcp', 'FromPort': 22, 'ToPort': 22, 'IpRanges': [{'CidrIp': '10.0.0.0/8'}]}])
    [group] = t.ec2.describe_security_groups(GroupIds=[t.group])['SecurityGroups']
    assert group['IpPermissions'][0]['FromPort'] == 22
    return 'one rule'


@check
def instance(t):
    [made] = t.ec2.run_instances(
        ImageId=t.image, InstanceType=FLAVOR.get(t.server, 't2.micro'), MinCount=1, MaxCount=1, KeyName=t.tag,
        SecurityGroupIds=[t.group])['Instances']
    t.instance = t.keep('instance', made['InstanceId'])
    t.instance_is('running')
    t.ec2.create_tags(Resources=[t.instance], Tags=[{'Key': 'Name', 'Value': t.tag}])
    [r] = t.ec2.describe_instances(Filters=[{'Name': 'tag:Name', 'Values': [t.tag]}])['Reservations']
    assert r['Instances'][0]['InstanceId'] == t.instance
    for disk in r['Instances'][0].get('BlockDeviceMappings', []):    # ministack keeps it when the instance goes
        t.keep('volume', disk['Ebs']['VolumeId'])
    return 'running, found by its tag'


@check
def volume(t):
    volume = t.keep('volume', t.ec2.create_volume(Size=1, AvailabilityZone=t.zone)['VolumeId'])
    t.volume_is(volume, 'available')
    t.ec2.attach_volume(VolumeId=volume, InstanceId=t.instance, Device='/dev/vdb')
    t.volume_is(volume, 'in-use')
    # moto wants the instance to be named, and ec2-api says that it does not know the parameter
    t.ec2.detach_volume(VolumeId=volume, **({} if t.server == 'ec2' else {'InstanceId': t.instance}))
    t.volume_is(volume, 'available')
    snapshot = t.keep('snapshot', t.ec2.create_snapshot(VolumeId=volume, Description='smoke')['SnapshotId'])
    lab.until('snapshot', lambda: t.ec2.describe_snapshots(SnapshotIds=[snapshot])['Snapshots'][0]['State'] == 'completed')
    return 'attached, detached, snapshot'


@check
def address(t):
    address = t.keep('address', t.ec2.allocate_address(Domain='vpc')['AllocationId'])
    t.ec2.associate_address(AllocationId=address, InstanceId=t.instance)
    [a] = t.ec2.describe_addresses(AllocationIds=[address])['Addresses']
    assert a['InstanceId'] == t.instance
    t.ec2.disassociate_address(AssociationId=a['AssociationId'])
    return 'with the instance'


@check
def instance_actions(t):
    t.ec2.stop_instances(InstanceIds=[t.instance])
    t.instance_is('stopped')
    t.ec2.start_instances(InstanceIds=[t.instance])
    t.instance_is('running')
    t.ec2.terminate_instances(InstanceIds=[t.instance])
    t.instance_is('terminated')
    return 'stop, start, terminate'


@check
def vpc(t):
    vpc = t.keep('vpc', t.ec2.create_vpc(CidrBlock='10.66.0.0/16')['Vpc']['VpcId'])
    t.keep('subnet', t.ec2.create_subnet(VpcId=vpc, CidrBlock='10.66.1.0/24')['Subnet']['SubnetId'])
    t.keep('route-table', t.ec2.create_route_table(VpcId=vpc)['RouteTable']['RouteTableId'])
    gateway = t.keep('internet-gateway', t.ec2.create_internet_gateway()['InternetGateway']['InternetGatewayId'])
    t.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for group in t.ec2.describe_security_groups(Filters=[{'Name': 'vpc-id', 'Values': [vpc]}])['SecurityGroups']:
        t.keep('security-group', group['GroupId'])
    return 'subnet, routes, gateway'
