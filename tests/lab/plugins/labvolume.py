"""A cinder driver whose volumes and snapshots are sparse files: the bytes are real (image to volume to image,
snapshot, clone), and nothing is exported, since nova's fake driver never opens a device."""
import os
import subprocess

from oslo_config import cfg

from cinder import exception
from cinder.image import image_utils
from cinder import interface
from cinder.volume import configuration
from cinder.volume import driver
from cinder.volume import volume_utils

opts = [cfg.StrOpt('lab_volume_dir', help='Directory of the volume files')]
cfg.CONF.register_opts(opts, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class LocalFileDriver(driver.VolumeDriver):
    VERSION = '1.0'
    CI_WIKI_NAME = 'none'

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(opts)

    @staticmethod
    def get_driver_options():
        return opts

    def do_setup(self, context):
        os.makedirs(self.configuration.lab_volume_dir, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def local_path(self, ref):
        return os.path.join(self.configuration.lab_volume_dir, ref['name'])

    def _size(self, path, gb):
        with open(path, 'ab') as f:
            f.truncate(gb * 1024 ** 3)

    def _cp(self, src, dst):
        if not os.path.exists(src):
            raise exception.VolumeBackendAPIException(data='no file ' + src)
        subprocess.run(['cp', '--sparse=always', '--reflink=auto', src, dst], check=True)

    def _rm(self, path):
        if os.path.exists(path):
            os.unlink(path)

    def create_volume(self, volume):
        self._size(self.local_path(volume), volume['size'])

    def delete_volume(self, volume):
        self._rm(self.local_path(volume))

    def create_snapshot(self, snapshot):
        self._cp(self.local_path(snapshot.volume), self.local_path(snapshot))

    def delete_snapshot(self, snapshot):
        self._rm(self.local_path(snapshot))

    def create_volume_from_snapshot(self, volume, snapshot):
        self._cp(self.local_path(snapshot), self.local_path(volume))
        self._size(self.local_path(volume), volume['size'])

    def create_cloned_volume(self, volume, src_vref):
        self._cp(self.local_path(src_vref), self.local_path(volume))
        self._size(self.local_path(volume), volume['size'])

    def revert_to_snapshot(self, context, volume, snapshot):
        self._cp(self.local_path(snapshot), self.local_path(volume))
        self._size(self.local_path(volume), volume['size'])

    def extend_volume(self, volume, new_size):
        self._size(self.local_path(volume), new_size)

    def copy_image_to_volume(self, context, volume, image_service, image_id, **sparse):    # Zed knows no sparse
        image_utils.fetch_to_raw(context, image_service, image_id, self.local_path(volume),
                                 self.configuration.volume_dd_blocksize, size=volume['size'],
                                 run_as_root=False, **sparse)
        self._size(self.local_path(volume), volume['size'])

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        volume_utils.upload_volume(context, image_service, image_meta, self.local_path(volume),
                                   volume, run_as_root=False)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        return {'driver_volume_type': 'local', 'data': {'device_path': self.local_path(volume)}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def _update_volume_stats(self):
        self._stats = {
            'volume_backend_name': self.configuration.safe_get('volume_backend_name') or 'lab',
            'vendor_name': 'Lab', 'driver_version': self.VERSION, 'storage_protocol': 'file',
            'pools': [{
                'pool_name': 'lab', 'total_capacity_gb': 1000, 'free_capacity_gb': 900,
                'allocated_capacity_gb': 0, 'reserved_percentage': 0, 'QoS_support': False,
                'thin_provisioning_support': True, 'thick_provisioning_support': False,
                'max_over_subscription_ratio': 20.0, 'provisioned_capacity_gb': 0,
                'multiattach': True, 'location_info': '', 'filter_function': None,
                'goodness_function': None, 'online_extend_support': True,
            }],
        }
