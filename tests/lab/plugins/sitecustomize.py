"""Python reads this at each start of a service. It saves processor time, of which a lab has little, and changes no answer:

- the garbage collector runs far less often: every object is looked at again at each full run;
- rows that belong to a row are loaded as later releases do (`selectin`): SQLAlchemy's `subquery` builds the same
  statement again for every row, a third of all that Zed's neutron does, a sixth of its nova;
- services don't ask the database whether it is there each time that they take a connection.
"""
import gc
import importlib.util
import sys

gc.set_threshold(500_000, 50, 1000)


class After:
    """Finds a module as everybody does, and changes it when it has been loaded."""

    def __init__(self, name, change):
        self.name, self.change = name, change

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            self.change(module)

        spec.loader.exec_module = exec_module
        return spec


def load_as_later_releases(module):
    relationship = module.relationships.RelationshipProperty
    strategies = relationship._all_strategies[relationship]
    strategies[('lazy', 'subquery'),] = strategies[('lazy', 'selectin'),]


def take_connections_as_they_are(module):
    module._connect_ping_listener = lambda connection, branch: None    # of Zed; later releases let SQLAlchemy ask


def take_drivers_connections_as_they_are(module):
    module.MySQLDialect_pymysql.do_ping = lambda dialect, connection: True


sys.meta_path.insert(0, After('sqlalchemy.dialects.mysql.pymysql', take_drivers_connections_as_they_are))
sys.meta_path.insert(0, After('sqlalchemy.orm.strategies', load_as_later_releases))
if sys.prefix == '/usr':
    sys.meta_path.insert(0, After('oslo_db.sqlalchemy.engines', take_connections_as_they_are))
