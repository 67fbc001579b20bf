"""Writes the PyTorch files of this folder and expected.json, what they hold. Run with PyTorch 1.13: python3 write.py [FOLDER]

The files are committed; this script says how they came to be.
"""
import argparse
import collections
import hashlib
import json
import os
import sys

import numpy
import torch

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
expected = {}


def names(value, prefix=""):
    """The tensors by the keys that lead to them, joined by dots."""
    if isinstance(value, torch.Tensor):
        return {prefix or "tensor": value}
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(value)
    else:
        return {}
    found = {}
    for key, item in pairs:
        found.update(names(item, f"{prefix}.{key}" if prefix else str(key)))
    return found


def raw(tensor):
    """Row-major little-endian bytes."""
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.view(torch.int16)
    return tensor.numpy().tobytes()


def save(name, value, metadata=None, **options):
    torch.save(value, os.path.join(folder, name), **options)
    expected[name] = {
        "metadata": metadata or {},
        "tensors": {
            key: {"type": str(tensor.dtype).split(".")[1], "shape": list(tensor.shape), "hex": raw(tensor).hex()}
            for key, tensor in names(value).items()
        },
    }


def both(name, value, metadata=None, **options):
    save(f"{name}.zip.pth", value, metadata, **options)
    save(f"{name}.legacy.pth", value, metadata, _use_new_zipfile_serialization=False, **options)


torch.manual_seed(1)
types = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]
both("types", {str(t).split(".")[1]: (torch.randn(2, 3) * 50).abs().to(t) for t in types})

both("plain", collections.OrderedDict(weight=torch.randn(2, 3), bias=torch.randn(3), scalar=torch.tensor(7), empty=torch.zeros(0, 4)))
both("tensor", torch.arange(6.0).reshape(2, 3))
both("half", torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4)).half().state_dict())
both("data-parallel", torch.nn.DataParallel(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))).state_dict())
both("parameters", {"weight": torch.nn.Parameter(torch.randn(2, 2)), "list": [torch.nn.Parameter(torch.randn(3), requires_grad=False)]})

base = torch.randn(4, 6)
both("views", {
    "base": base, "transposed": base.t(), "row": base[1], "column": base[:, 2], "block": base[1:3, 2:5], "steps": base[::2, 1::2],
    "permuted": torch.randn(2, 3, 4).permute(2, 0, 1), "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
    "expanded": base[:1, :1].expand(3, 2), "tail": base.view(-1)[20:], "alias": base,
})

network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
network.add_module("shared", network[0])
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
network[1](network[0](torch.randn(4, 3))).sum().backward()
optimizer.step()
both(
    "checkpoint",
    {
        "epoch": 12, "arch": "resnet18", "done": True, "none": None, "acc": 0.25, "best_perf": numpy.float64(1.125), "single": numpy.float32(0.5),
        "count": numpy.int64(-3), "big": 2 ** 70, "state_dict": network.state_dict(), "optimizer": optimizer.state_dict(),
        "scheduler": schedule.state_dict(), "args": argparse.Namespace(lr=0.1, names=["a", "b"]), "scores": numpy.arange(4.0), "seen": {1, 2},
        "shape": torch.Size([1, 2]), "device": torch.device("cpu"), "dtype": torch.float32, "rng": torch.get_rng_state()[:16].clone(),
    },
    {"epoch": "12", "arch": "resnet18", "done": "true", "acc": "0.25", "best_perf": "1.125", "single": "0.5", "count": "-3"},
)
for protocol in (3, 4, 5):
    save(f"protocol{protocol}.zip.pth", {"a": torch.randn(3), "b": b"bytes", "n": -1, "t": (1, 2, 3, 4), "é": torch.tensor([1, 2])}, {"n": "-1"}, pickle_protocol=protocol)

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file, indent=0, sort_keys=True)
    file.write("\n")
print(hashlib.sha256(json.dumps(expected, sort_keys=True).encode()).hexdigest(), sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)))
