"""Writes python2.legacy.pth as torch.save of PyTorch 0.4.1 did under Python 2.7. Run with Python 2.7: python2 write_python2.py [FOLDER]

PyTorch for Python 2 is hard to come by: torch and numpy are stand-ins of the same names that reduce to the same calls. What is pickled, and
in which order, is as in torch/serialization.py of 0.4.1, and cPickle is Python's own.

The file is committed; this script says how it came to be.
"""
import cPickle
import collections
import os
import struct
import sys
import types

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))


def module(name, **members):
    made = types.ModuleType(name)
    sys.modules[name] = made
    for key, member in members.items():
        member.__module__ = name
        setattr(made, key, member)
    return made


def _rebuild_tensor_v2():
    pass


def scalar():
    pass


class FloatStorage(object):
    kind = "f"

    def __init__(self, address, values):
        self.address, self.values = address, values


class LongStorage(FloatStorage):
    kind = "q"


class Tensor(object):
    def __init__(self, storage, size, stride, offset=0):
        self.arguments = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return (_rebuild_tensor_v2, self.arguments)


class dtype(object):
    def __init__(self, name, align, copy):
        self.name = name

    def __reduce__(self):
        return (dtype, (self.name, 0, 1), (3, "<", None, None, None, -1, -1, 0))


class Number(object):
    def __init__(self, name, content):
        self.name, self.content = name, content

    def __reduce__(self):
        return (scalar, (dtype(self.name, 0, 1), self.content))


module("torch", FloatStorage=FloatStorage, LongStorage=LongStorage)
module("torch._utils", _rebuild_tensor_v2=_rebuild_tensor_v2)
module("numpy", dtype=dtype)
module("numpy.core")
module("numpy.core.multiarray", scalar=scalar)


def save(value, file):
    storages = {}

    def persistent_id(item):
        if isinstance(item, FloatStorage):
            key = str(item.address)
            storages[key] = item
            return ("storage", type(item), key, "cpu", len(item.values), None)
        return None

    cPickle.dump(0x1950a86a20f9469cfc6c, file, protocol=2)
    cPickle.dump(1001, file, protocol=2)
    cPickle.dump(dict(protocol_version=1001, little_endian=True, type_sizes=dict(short=2, int=4, long=4)), file, protocol=2)
    pickler = cPickle.Pickler(file, protocol=2)
    pickler.persistent_id = persistent_id
    pickler.dump(value)
    keys = sorted(storages)
    cPickle.dump(keys, file, protocol=2)
    for key in keys:
        values = storages[key].values
        file.write(struct.pack("<q", len(values)))
        file.write(struct.pack("<%d%s" % (len(values), storages[key].kind), *values))


state = collections.OrderedDict()
shared = FloatStorage(94110434527488, [0.5, 1, -2, 3, 4, 5.25])
state["module.fc.weight"] = Tensor(shared, (2, 3), (3, 1))
state["module.fc.bias"] = Tensor(shared, (2,), (1,), 4)
state["module.bn.num_batches_tracked"] = Tensor(LongStorage(94110434991616, [7]), (), ())
state._metadata = collections.OrderedDict([("", dict(version=1)), ("module", dict(version=1))])
with open(os.path.join(folder, "python2.legacy.pth"), "wb") as out:
    save({
        "epoch": 90, "arch": "resnet18", u"name": u"\xe9tude", "state_dict": state, "rng": "\xff\x00\xfe" * 100,
        # Eight bytes each: D0 51 in the one is no UTF-8, the other is.
        "best_prec1": Number("f8", struct.pack("<d", 71.25)), "count": Number("i8", struct.pack("<q", 65)),
    }, out)
