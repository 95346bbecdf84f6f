"""nova's fake driver, and what a client of the API sees of a real one: snapshots have bytes, servers outlive a
restart of nova-compute, the console log names its server, a server can be resized on the host where it is."""
import io

from oslo_log import log as logging

from nova.compute import power_state
from nova.compute import task_states
from nova import context as nova_context
from nova import exception
from nova.image import glance
from nova import objects
from nova.virt import fake

LOG = logging.getLogger(__name__)


# The newer release wants a node that keeps its identity; Zed has only the plain driver.
class LabDriver(getattr(fake, 'FakeDriverWithoutFakeNodes', fake.FakeDriver)):
    capabilities = dict(fake.FakeDriver.capabilities, supports_migrate_to_same_host=True, supports_bfv_rescue=True)
    vcpus = 64
    memory_mb = 262144
    local_gb = 4000

    def init_host(self, host):
        super().init_host(host)
        for i in objects.InstanceList.get_by_host(nova_context.get_admin_context(), host):
            state = i.power_state or power_state.RUNNING
            self.instances[i.uuid] = fake.FakeInstance(i.name, state, i.uuid)
            self.resources.claim(i.vcpus, i.memory_mb, i.root_gb)

    def detach_interface(self, context, instance, vif):
        self._interfaces.setdefault(vif['id'], vif)    # attached before a restart
        super().detach_interface(context, instance, vif)

    def get_console_output(self, context, instance):
        return ('[    0.000000] Linux version 0.0-lab\n'
                'instance %s\n%s login: \n' % (instance.uuid, instance.hostname))

    def snapshot(self, context, instance, image_id, update_task_state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        api = glance.API()
        data, disk_format = io.BytesIO(), 'raw'
        if instance.image_ref:
            try:
                api.download(context, instance.image_ref, data=data)    # without `data`, Zed gives an empty iterator
                disk_format = instance.image_meta.disk_format or 'raw'
            except Exception:
                LOG.exception('the image it was made from cannot be read: its snapshot is zeros', instance=instance)
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
        # purge_props, the default, would have glanceclient send a JSON-patch "move", which glance refuses
        api.update(context, image_id, {
            'status': 'active', 'name': api.get(context, image_id)['name'],
            'disk_format': disk_format, 'container_format': 'bare',
            'properties': {'image_location': 'snapshot', 'image_state': 'available',
                           'owner_id': instance.project_id}}, io.BytesIO(data.getvalue() or b'\0' * 1048576), purge_props=False)
