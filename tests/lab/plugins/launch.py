"""launch.py PROGRAM ARGUMENT...: starts a service's program where the program alone would miss something of ours.

- nova-compute, cinder-volume: not in Debian's python3-nova and python3-cinder (the packages that have them want
  libvirt and LVM); their code is. nova looks for drivers below nova.virt only.
- swift's programs (in Zed all, in the newer release those that are no servers) read /etc/swift/swift.conf, whatever
  `swift_dir` says. If only some of them had their hash prefix from there, the container updater would find no
  account for any container, and put away each container's database as damaged.
"""
import os
import runpy
import shutil
import sys

sys.argv = sys.argv[1:]
program = os.path.basename(sys.argv[0])
here = os.path.dirname(os.path.abspath(__file__))
if program == 'nova-compute':
    from nova.cmd.compute import main
    import nova.virt
    nova.virt.__path__.append(here)
    sys.exit(main())
elif program == 'cinder-volume':
    from cinder.cmd.volume import main
    sys.exit(main())
else:
    from swift.common.utils import set_swift_dir
    set_swift_dir(os.path.dirname(sys.argv[1]))
    runpy.run_path(shutil.which(program), run_name='__main__')
