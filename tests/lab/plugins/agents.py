"""agents.py NETWORK-HOST COMPUTE-HOST,... NEUTRON-OPTION...: stands for neutron's agents, without a dataplane.

It says over neutron's own RPC what the Open vSwitch, L3 and DHCP agents say: heartbeats; ports are up; routers are
served; floating IPs are active; networks have their DHCP port. Real agents are told of changes; this one looks in
the database whether anything changed.
"""
import sys
import time

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_log import log as logging
import pymysql
from sqlalchemy.engine import make_url

from neutron.agent.dhcp.agent import DhcpPluginApi
from neutron.agent.l3.agent import L3PluginApi
from neutron.agent import rpc as agent_rpc
from neutron.common import config
from neutron.common import utils as n_utils
from neutron.conf.agent import common as agent_conf
from neutron_lib.agent import topics
from neutron_lib import constants
from neutron_lib import context

LOG = logging.getLogger('agents')
CONF = cfg.CONF
LOOK, HEARTBEAT = 0.4, 30    # seconds


def states(network_host, computes):
    for host in [network_host] + computes:
        yield {'binary': 'neutron-openvswitch-agent', 'host': host, 'topic': 'N/A', 'start_flag': True,
               'agent_type': constants.AGENT_TYPE_OVS,
               'configurations': {'bridge_mappings': {'physnet1': 'br-ex'}, 'tunnel_types': ['vxlan'],
                                  'tunneling_ip': '127.0.0.1', 'l2_population': False, 'extensions': ['qos'],
                                  'integration_bridge': 'br-int', 'datapath_type': 'system',
                                  'ovs_capabilities': {'datapath_types': ['system'], 'iface_types': ['system']},
                                  'ovs_hybrid_plug': False, 'vhostuser_socket_dir': '/var/run/openvswitch',
                                  'in_distributed_mode': False, 'arp_responder_enabled': False,
                                  'enable_distributed_routing': False, 'log_agent_heartbeats': False}}
    yield {'binary': 'neutron-l3-agent', 'host': network_host, 'topic': topics.L3_AGENT, 'start_flag': True,
           'agent_type': constants.AGENT_TYPE_L3, 'availability_zone': 'nova',
           'configurations': {'agent_mode': 'legacy', 'handle_internal_only_routers': True, 'extensions': [],
                              'interface_driver': 'openvswitch', 'log_agent_heartbeats': False}}
    yield {'binary': 'neutron-dhcp-agent', 'host': network_host, 'topic': topics.DHCP_AGENT, 'start_flag': True,
           'agent_type': constants.AGENT_TYPE_DHCP, 'availability_zone': 'nova',
           'configurations': {'dhcp_driver': 'neutron.agent.linux.dhcp.Dnsmasq', 'dhcp_lease_duration': 86400,
                              'log_agent_heartbeats': False}}


class Agents:
    def __init__(self, network_host, computes):
        self.host = network_host
        self.ctx = context.get_admin_context_without_session()
        self.report = agent_rpc.PluginReportStateAPI(topics.REPORTS)
        self.l2 = agent_rpc.PluginApi(topics.PLUGIN)
        self.l3 = L3PluginApi(topics.L3PLUGIN, self.host)
        self.dhcp = DhcpPluginApi(topics.PLUGIN, self.host)
        self.states = list(states(network_host, computes))
        self.connection = None

    def query(self, sql):
        if self.connection is None:
            u = make_url(CONF.database.connection)
            self.connection = pymysql.connect(host=u.host, port=u.port, user=u.username, password=u.password,
                                              database=u.database, autocommit=True)
        try:
            with self.connection.cursor() as c:
                c.execute(sql)
                return c.fetchall()
        except pymysql.MySQLError:
            self.connection = None
            raise

    def heartbeat(self):
        for s in self.states:
            self.report.report_state(self.ctx, dict(s), use_call=True)
            s.pop('start_flag', None)

    def ports(self):
        rows = self.query(
            "SELECT p.id, b.host, p.admin_state_up FROM ports p JOIN ml2_port_bindings b ON b.port_id = p.id "
            "WHERE b.status = 'ACTIVE' AND b.vif_type = 'ovs' "
            "AND ((p.admin_state_up AND p.status <> 'ACTIVE') OR (NOT p.admin_state_up AND p.status = 'ACTIVE'))")
        for port, host, up in rows:
            self.l2.get_device_details(self.ctx, port, 'ovs-agent-' + host, host)
            tell = self.l2.update_device_up if up else self.l2.update_device_down
            tell(self.ctx, port, 'ovs-agent-' + host, host)
        return len(rows)

    def routers(self):
        done = 0
        if self.query("SELECT id FROM routers WHERE admin_state_up AND id NOT IN "
                      "(SELECT router_id FROM routerl3agentbindings)"):
            self.l3.get_router_ids(self.ctx)    # gives us routers that have no agent
        # asking for a router is what binds its ports to this host
        unbound = self.query(
            "SELECT DISTINCT p.device_id FROM ports p JOIN ml2_port_bindings b ON b.port_id = p.id "
            "JOIN routers r ON r.id = p.device_id JOIN routerl3agentbindings a ON a.router_id = r.id "
            "WHERE r.admin_state_up AND p.device_owner IN ('network:router_interface', 'network:router_gateway') "
            "AND b.host <> '%s'" % self.host)
        if unbound:
            self.l3.get_routers(self.ctx, [row[0] for row in unbound])
            done += 1
        tell = {}
        for router, floating, fixed in self.query(
                "SELECT COALESCE(f.router_id, f.last_known_router_id), f.id, f.fixed_port_id FROM floatingips f "
                "JOIN routers r ON r.id = COALESCE(f.router_id, f.last_known_router_id) WHERE r.admin_state_up "
                "AND f.status <> IF(f.fixed_port_id IS NULL, 'DOWN', 'ACTIVE')"):
            status = constants.FLOATINGIP_STATUS_ACTIVE if fixed else constants.FLOATINGIP_STATUS_DOWN
            tell.setdefault(router, {})[floating] = status
        for router, statuses in tell.items():
            self.l3.update_floatingip_statuses(self.ctx, router, statuses)
        return done + len(tell)

    def networks(self):
        want, have = {}, {}
        for network, subnet in self.query(
                "SELECT s.network_id, s.id FROM subnets s JOIN networks n ON n.id = s.network_id "
                "JOIN networkdhcpagentbindings b ON b.network_id = n.id WHERE s.enable_dhcp AND n.admin_state_up"):
            want.setdefault(network, set()).add(subnet)
        for network, subnet in self.query(
                "SELECT p.network_id, a.subnet_id FROM ports p LEFT JOIN ipallocations a ON a.port_id = p.id "
                "WHERE p.device_owner = 'network:dhcp'"):
            have.setdefault(network, set()).update([subnet] if subnet else [])
        done = 0
        for id in want.keys() | have.keys():
            if want.get(id, set()) != have.get(id, set()):
                done += self.network(id)
        waiting = self.query("SELECT p.id FROM provisioningblocks b JOIN ports p "
                             "ON p.standard_attr_id = b.standard_attr_id WHERE b.entity = 'DHCP'")
        if waiting:
            self.dhcp.dhcp_ready_on_ports([row[0] for row in waiting])
        return done + len(waiting)

    def network(self, id):
        n = self.dhcp.get_network_info(id)
        if not n:
            return 0
        device = n_utils.get_dhcp_agent_device_id(n.id, self.host)
        mine = [p for p in n.ports if p.device_id == device]
        want = {s.id for s in n.subnets if s.enable_dhcp}
        have = {ip.subnet_id: ip.ip_address for ip in mine[0].fixed_ips} if mine else {}
        if want == set(have):
            return 0
        if not want:
            self.dhcp.release_dhcp_port(n.id, device)
        elif mine:
            self.dhcp.update_dhcp_port(mine[0].id, {'port': {'network_id': n.id, 'fixed_ips': [
                dict({'subnet_id': s}, **({'ip_address': have[s]} if s in have else {})) for s in sorted(want)]}})
        else:
            self.dhcp.create_dhcp_port({'port': {
                'name': '', 'admin_state_up': True, 'device_id': device, 'network_id': n.id,
                'tenant_id': n.get('project_id') or n.get('tenant_id'),
                'fixed_ips': [{'subnet_id': s} for s in sorted(want)]}})
        return 1

    def mark(self):
        """Something else as soon as something changes: the interfaces of a router change the router, too."""
        return self.query("SELECT COUNT(*), MAX(updated_at), SUM(revision_number) FROM standardattributes "
                          "WHERE resource_type IN ('ports', 'subnets', 'networks', 'routers', 'floatingips')")

    def run(self):
        told, seen = -HEARTBEAT, None
        while True:
            try:
                if time.monotonic() - told > HEARTBEAT:
                    self.heartbeat()
                    self.dhcp.get_active_networks_info(enable_dhcp_filter=True)    # gives us networks that have no agent
                    told, seen = time.monotonic(), None
                mark = self.mark()
                if mark != seen and not self.ports() + self.networks() + self.routers():
                    seen = mark
                time.sleep(LOOK)
            except Exception:
                LOG.exception('failed; again in 3 s')
                time.sleep(3)


def main():
    network_host, computes = sys.argv[1], sys.argv[2].split(',')
    config.register_common_config_options()
    agent_conf.register_agent_state_opts_helper(CONF)
    try:
        CONF.register_opts(db_options.database_opts, 'database')
    except cfg.DuplicateOptError:
        pass
    config.init(sys.argv[3:])
    config.setup_logging()
    Agents(network_host, computes).run()


main()
