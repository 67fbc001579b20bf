"""Compares weight files and what networks made of them compute with PyTorch: python3 compare.py [FOLDER]

Needs PyTorch with torchvision, and the benchmarks' program built in Release. safetensors files are written and read here from the format's
specification alone: eight bytes of header length, a JSON header, row-major little-endian tensors.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import torch
import torchvision

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "..", "bin", "Release", "net10.0", "SsMfar.Core.Benchmarks.dll")
TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32,
    "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}


def raw(tensor):
    tensor = tensor.detach().contiguous()
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes()


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        content = raw(tensor)
        kind = next(k for k, t in TYPES.items() if t == tensor.dtype)
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    """Tensors and metadata; every rule of the specification is asserted."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    assert length <= 100_000_000 and content[8:9] == b"{"

    def unique(pairs):
        assert len({key for key, _ in pairs}) == len(pairs), "a key occurs twice"
        return dict(pairs)

    header = json.loads(content[8:8 + length], object_pairs_hook=unique)
    data = content[8 + length:]
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values())
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert set(entry) == {"dtype", "shape", "data_offsets"}
        begin, stop = entry["data_offsets"]
        assert begin == end, "a hole or an overlap"
        end = stop
        kind = TYPES[entry["dtype"]]
        count = 1
        for dimension in entry["shape"]:
            count *= dimension
        assert stop - begin == count * torch.empty(0, dtype=kind).element_size()
        flat = torch.frombuffer(bytearray(data[begin:stop]), dtype=kind) if count else torch.empty(0, dtype=kind)
        tensors[name] = flat.reshape(entry["shape"])
    assert end == len(data)
    return tensors, metadata


class Published(torch.nn.Module):
    """The published layout: base.{0,1,4..7}, exp_fc.0, au_fc.{i}.0, ..."""

    def __init__(self, resnet):
        super().__init__()
        width = resnet.fc.in_features
        part = lambda: torch.nn.Sequential(torch.nn.Linear(width, 16), torch.nn.ReLU())
        self.base = torch.nn.Sequential(*list(resnet.children())[:-2])
        self.exp_fc, self.exp_classifier = part(), torch.nn.Linear(16, 8)
        self.va_fc, self.va_classifier = part(), torch.nn.Linear(16, 2)
        self.au_fc = torch.nn.ModuleList([part() for _ in range(12)])
        self.au_classifier = torch.nn.Module()
        self.au_classifier.fc = torch.nn.Linear(16, 12)

    def forward(self, x):
        x = torch.nn.functional.normalize(self.base(x).mean((2, 3)), dim=1)
        fc = self.au_classifier.fc
        units = [part(x) @ fc.weight[i] + fc.bias[i] for i, part in enumerate(self.au_fc)]
        return {
            "expression": self.exp_classifier(self.exp_fc(x)), "valence_arousal": self.va_classifier(self.va_fc(x)),
            "action_units": torch.stack(units, 1),
        }


def trained(model):
    """Norms off their initial values, with the statistics of their input, as after training."""
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.2)
            module.momentum = None
    model.train()(torch.randn(16, 3, 112, 112))
    return model.eval()


def flatten(value, prefix=""):
    if isinstance(value, torch.Tensor):
        return {prefix: value}
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(value)
    else:
        return {}
    return {name: tensor for key, item in pairs for name, tensor in flatten(item, f"{prefix}.{key}" if prefix else str(key)).items()}


def compare(folder, title, path, saved, images, logits, *options):
    read_from, write_to = os.path.join(folder, "input.safetensors"), os.path.join(folder, "output.safetensors")
    write_safetensors(read_from, {"input": images})
    subprocess.run(["dotnet", PROGRAM, "weights", path, read_from, write_to, *options], check=True)
    output, _ = read_safetensors(write_to)
    expected = flatten(saved)
    read = {name[len("file."):]: tensor for name, tensor in output.items() if name.startswith("file.")}
    assert read.keys() == expected.keys(), read.keys() ^ expected.keys()
    same = all(read[name].dtype == tensor.dtype and read[name].shape == tensor.shape and raw(read[name]) == raw(tensor) for name, tensor in expected.items())
    worst = max((output["logits." + task] - values).abs().max().item() for task, values in logits.items())
    largest = max(values.abs().max().item() for values in logits.values())
    print(f"{title:40} {len(expected):4} tensors, bytes equal: {same}; logits to {largest:.3g}, largest difference {worst:.2e}", flush=True)
    assert same and worst < 1e-4
    return output


def main(folder):
    torch.manual_seed(1)
    with torch.no_grad():
        images = torch.randn(4, 3, 112, 112)
        path = os.path.join(folder, "weights")
        for name in ("resnet18", "resnet50"):
            model = trained(getattr(torchvision.models, name)())
            state = model.state_dict()
            logits = {"fc": model(images)}
            for title, saved, zipped in (
                (f"{name}, zip", state, True),
                (f"{name}, legacy", state, False),
                (f"{name}, DataParallel checkpoint, zip", {"epoch": 3, "state_dict": torch.nn.DataParallel(model).state_dict()}, True),
            ):
                torch.save(saved, path, _use_new_zipfile_serialization=zipped)
                compare(folder, title, path, saved, images, logits)
            write_safetensors(path, state)
            compare(folder, f"{name}, safetensors written here", path, state, images, logits)

            half = getattr(torchvision.models, name)()
            half.load_state_dict(state)
            half = half.half()
            torch.save(half.state_dict(), path)
            compare(folder, f"{name}, half, zip", path, half.state_dict(), images, {"fc": half.float().eval()(images)})

            model = trained(Published(getattr(torchvision.models, name)()))
            optimizer = torch.optim.Adam(model.parameters())
            for parameter in model.parameters():
                parameter.grad = torch.ones_like(parameter)
            optimizer.step()
            saved = {"epoch": 1, "state_dict": torch.nn.DataParallel(model).state_dict(), "acc": 0.5, "best_perf": 1.1, "optimizer": optimizer.state_dict()}
            torch.save(saved, path)
            written = os.path.join(folder, "model.safetensors")
            logits = model(images.flip(1))
            compare(folder, f"{name}, published checkpoint, BGR", path, saved, images, logits, "--channel-order", "bgr", "--model", written)
            tensors, metadata = read_safetensors(written)
            assert metadata["format"] == "ssmfar-model" and json.loads(metadata["architecture"])["backbone"]["kind"] == name
            network = getattr(torchvision.models, name)()
            network.load_state_dict({k[len("backbone."):]: v for k, v in tensors.items() if k.startswith("backbone.")}, strict=False)
            network.fc = torch.nn.Identity()
            x = torch.nn.functional.normalize(network.eval()(images), dim=1)
            head = lambda x, t: torch.relu(x @ tensors[f"heads.{t}.hidden.weight"].T + tensors[f"heads.{t}.hidden.bias"]) @ \
                tensors[f"heads.{t}.output.weight"].T + tensors[f"heads.{t}.output.bias"]
            worst = max((head(x, task) - logits[task]).abs().max().item() for task in ("expression", "valence_arousal"))
            print(f"{name}, our model file, run by PyTorch: largest difference {worst:.2e}", flush=True)
            assert worst < 1e-4


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(temporary)
