"""Python reads this at each start of a service. It saves processor time, of which a lab has little, and changes no answer:

- the garbage collector looks at a hundred times as many objects before it goes through all of them;
- Zed's neutron loads the rows that belong to a row as later releases do (`selectin`): with SQLAlchemy 1.4, `subquery`
  builds the same statement again for every row, a third of all that neutron does.
"""
import gc
import importlib.util
import sys

gc.set_threshold(100_000, 50, 100)


class Relations:
    """Finds `sqlalchemy.orm.relationships` as everybody does, and has it take the one word for the other."""

    def find_spec(self, name, path=None, target=None):
        if name != 'sqlalchemy.orm.relationships':
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            init = module.RelationshipProperty.__init__

            def __init__(self, *arguments, **named):
                init(self, *arguments, **named)
                # `lazy` stays: by that word neutron-lib knows what to load for a new object, before its session ends
                if self.lazy == 'subquery':
                    self.strategy_key = (('lazy', 'selectin'),)

            module.RelationshipProperty.__init__ = __init__

        spec.loader.exec_module = exec_module
        return spec


if 'neutron-server' in ' '.join(sys.orig_argv) and sys.prefix == '/usr':
    sys.meta_path.insert(0, Relations())
