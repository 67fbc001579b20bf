"""Writes expected.json: what the networks compute by other code, in float64, from weights and images that are formulas.

EfficientNets by torchvision 0.14; those that come from TensorFlow by the same with other edges and epsilon; insightface's networks by
functions of torch alone, written from the papers and the layouts of names. Needs torch and torchvision: /usr/bin/python3 write.py
"""
import hashlib
import json
import math
import os

import numpy
import torch
import torch.nn.functional as F
import torchvision

SIZES = [(64, 64), (45, 51)]
SMALL = [(32, 32), (27, 21)]  # of the network that takes longest
IMAGES = 2
SAMPLES = 48


def draw(count, index):
    """Numbers from 0 to 1 that depend on their position and an index."""
    h = (numpy.arange(count, dtype=numpy.uint64) * 0x9E3779B1 + index * 0x85EBCA77 + 1) & 0xFFFFFFFF
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = ((h ^ (h >> numpy.uint64(shift))) * factor) & 0xFFFFFFFF
    return torch.from_numpy(h.astype(numpy.float64) / 4294967296.0)


def weights(shapes):
    """Values for every name but counters, in the order of the names."""
    state = {}
    for index, name in enumerate(sorted(name for name in shapes if not name.endswith("num_batches_tracked"))):
        shape = shapes[name]
        u = draw(math.prod(shape), index).reshape(shape)
        if name.endswith("running_var"):
            value = u + 0.5
        elif name.endswith("running_mean"):
            value = u * 0.4 - 0.2
        elif name.endswith("bias"):
            value = u * 0.2 - 0.1
        elif len(shape) == 4:
            value = (u * 2 - 1) * math.sqrt(6.0 / (shape[1] * shape[2] * shape[3]))
        elif name[: -len("weight")] + "running_var" in shapes:
            value = u * 0.5 + 0.75
        else:
            value = u * 0.3 + 0.05
        state[name] = value
    return state


def images(height, width):
    return (draw(IMAGES * 3 * height * width, 100003).reshape(IMAGES, 3, height, width) * 2 - 1) * 1.7


class Plain:
    """A network as a function of its weights."""

    def __init__(self, state, training):
        self.state, self.training = state, training

    def conv(self, name, x, stride=1, groups=1):
        w = self.state[name + ".weight"]
        return F.conv2d(x, w, stride=stride, padding=w.shape[2] // 2, groups=groups)

    def norm(self, name, x):
        s = self.state
        return F.batch_norm(
            x, s[name + ".running_mean"], s[name + ".running_var"], s[name + ".weight"], s[name + ".bias"], self.training, 0.1, 1e-5)

    def prelu(self, name, x):
        slope = self.state[name + ".weight"].reshape(1, -1, 1, 1)
        return torch.where(x > 0, x, x * slope)


class IResNet(Plain):
    def __init__(self, blocks, state, training):
        super().__init__(state, training)
        self.blocks = blocks

    @staticmethod
    def shapes(blocks):
        names = {"conv1.weight": (64, 3, 3, 3), "prelu.weight": (64,)}
        norms = [("bn1", 64), ("bn2", 512)]
        inputs = 64
        for stage, count in enumerate(blocks):
            width = 64 << stage
            for block in range(count):
                start = f"layer{stage + 1}.{block}."
                norms += [(start + "bn1", inputs), (start + "bn2", width), (start + "bn3", width)]
                names[start + "conv1.weight"] = (width, inputs, 3, 3)
                names[start + "conv2.weight"] = (width, width, 3, 3)
                names[start + "prelu.weight"] = (width,)
                if block == 0:
                    names[start + "downsample.0.weight"] = (width, inputs, 1, 1)
                    norms.append((start + "downsample.1", width))
                inputs = width
        return with_norms(names, norms)

    def __call__(self, x):
        x = self.prelu("prelu", self.norm("bn1", self.conv("conv1", x)))
        for stage, count in enumerate(self.blocks):
            for block in range(count):
                start, stride = f"layer{stage + 1}.{block}.", 2 if block == 0 else 1
                y = self.conv(start + "conv1", self.norm(start + "bn1", x))
                y = self.conv(start + "conv2", self.prelu(start + "prelu", self.norm(start + "bn2", y)), stride)
                if block == 0:
                    x = self.norm(start + "downsample.1", self.conv(start + "downsample.0", x, stride))
                x = self.norm(start + "bn3", y) + x
        return self.norm("bn2", x)


class MobileFaceNet(Plain):
    # Width inside, outputs, stride, repetitions with the input added (0: once, without).
    STAGES = [(128, 128, 2, 0), (128, 128, 1, 4), (256, 256, 2, 0), (256, 256, 1, 6), (512, 256, 2, 0), (256, 256, 1, 2)]

    @classmethod
    def shapes(cls):
        names, norms = {}, []

        def unit(name, outputs, inputs, kernel, has_slopes=True):
            names[name + ".layers.0.weight"] = (outputs, inputs, kernel, kernel)
            norms.append((name + ".layers.1", outputs))
            if has_slopes:
                names[name + ".layers.2.weight"] = (outputs,)

        def block(name, inputs, inside, outputs):
            unit(name + ".layers.0", inside, inputs, 1)
            unit(name + ".layers.1", inside, 1, 3)
            unit(name + ".layers.2", outputs, inside, 1, has_slopes=False)

        unit("layers.0", 128, 3, 3)
        unit("layers.1", 128, 2, 3)
        inputs = 128
        for index, (inside, outputs, _, repetitions) in enumerate(cls.STAGES):
            if repetitions == 0:
                block(f"layers.{index + 2}", inputs, inside, outputs)
            for repetition in range(repetitions):
                block(f"layers.{index + 2}.layers.{repetition}", inputs, inside, outputs)
            inputs = outputs
        unit("conv_sep", 512, 256, 1)
        return with_norms(names, norms)

    def unit(self, name, x, stride=1, groups=1, has_slopes=True):
        x = self.norm(name + ".layers.1", self.conv(name + ".layers.0", x, stride, groups))
        return self.prelu(name + ".layers.2", x) if has_slopes else x

    def block(self, name, x, stride):
        x = self.unit(name + ".layers.0", x)
        x = self.unit(name + ".layers.1", x, stride, groups=x.shape[1])
        return self.unit(name + ".layers.2", x, has_slopes=False)

    def __call__(self, x):
        x = self.unit("layers.1", self.unit("layers.0", x, stride=2), groups=64)
        for index, (_, _, stride, repetitions) in enumerate(self.STAGES):
            if repetitions == 0:
                x = self.block(f"layers.{index + 2}", x, stride)
            for repetition in range(repetitions):
                x = x + self.block(f"layers.{index + 2}.layers.{repetition}", x, stride)
        return self.unit("conv_sep", x)


def with_norms(names, norms):
    for name, width in norms:
        for part in ("weight", "bias", "running_mean", "running_var"):
            names[f"{name}.{part}"] = (width,)
    return names


def like_tensorflow(model):
    """Edges padded as needed, what is odd at the end; epsilon 1e-3."""

    def pad(module, inputs):
        (x,) = inputs
        edges = []
        for size, kernel, stride in zip(x.shape[2:], module.kernel_size, module.stride):
            needed = max(0, (math.ceil(size / stride) - 1) * stride + kernel - size)
            edges = [needed // 2, needed - needed // 2] + edges
        return (F.pad(x, edges),)

    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
        elif isinstance(module, torch.nn.Conv2d) and module.kernel_size != (1, 1):
            module.padding = (0, 0)
            module.register_forward_pre_hook(pad)
    return model


def efficientnet(scale, change):
    model = change(getattr(torchvision.models, f"efficientnet_b{scale}")(stochastic_depth_prob=0.0)).double()
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items() if name.startswith("features")}
    model.load_state_dict(weights(shapes), strict=False)

    def run(x, training):
        model.train(training)
        return model.features(x), dict(model.named_parameters()), model.state_dict()

    return run, shapes


def plain(make, shapes):
    state = weights(shapes)
    for name, value in state.items():
        value.requires_grad_("running" not in name)

    def run(x, training):
        return make(state, training)(x), state, state

    return run, shapes


def number(value):
    return float(f"{float(value):.8g}")


def sample(values):
    values = values.detach().reshape(-1)
    step = max(1, len(values) // SAMPLES)
    return [number(value) for value in values[::step][:SAMPLES]]


def describe(run, shapes, sizes):
    maps = []
    for height, width in sizes:
        with torch.no_grad():
            x = run(images(height, width), False)[0]
        maps.append({"height": height, "width": width, "shape": list(x.shape), "mean": number(x.abs().mean()), "sample": sample(x)})
    x, parameters, state = run(images(*sizes[0]), True)
    (x * draw(x.numel(), 100019).reshape(x.shape)).sum().backward()
    return {
        "parameters": sum(math.prod(shape) for name, shape in shapes.items() if "running" not in name and "num_batches" not in name),
        "names": hashlib.sha256("\n".join(
            f"{name} [{','.join(str(size) for size in shape)}]" for name, shape in sorted(shapes.items()) if "num_batches" not in name
        ).encode()).hexdigest(),
        "maps": maps,
        "trained": sample(x),
        "gradients": [
            number(parameters[name].grad.norm()) for name in sorted(shapes) if "running" not in name and "num_batches" not in name],
        "statistics": [number(state[name].norm()) for name in sorted(shapes) if "running" in name],
    }


def main():
    torch.manual_seed(0)
    networks = {
        "efficientnet_b0": efficientnet(0, lambda model: model),
        "efficientnet_b2": efficientnet(2, lambda model: model),
        "tf_efficientnet_b0": efficientnet(0, like_tensorflow),
        "tf_efficientnet_b2": efficientnet(2, like_tensorflow),
        "mobilefacenet": plain(MobileFaceNet, MobileFaceNet.shapes()),
        "iresnet18": plain(lambda *arguments: IResNet([2, 2, 2, 2], *arguments), IResNet.shapes([2, 2, 2, 2])),
        "iresnet50": plain(lambda *arguments: IResNet([3, 4, 14, 3], *arguments), IResNet.shapes([3, 4, 14, 3])),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected.json")
    with open(path, "w", encoding="utf-8") as file:
        expected = {
            name: describe(*network, SMALL if name == "iresnet50" else SIZES) for name, network in networks.items()}
        file.write("{\n" + ",\n".join(
            f'  "{name}": {{\n' + ",\n".join(f'    "{key}": {json.dumps(value)}' for key, value in values.items()) + "\n  }"
            for name, values in expected.items()) + "\n}\n")


if __name__ == "__main__":
    main()
