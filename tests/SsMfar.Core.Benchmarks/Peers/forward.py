"""PyTorch's forward of SsMfar's network with random weights: time to the first result in a new process, and steady latency.

usage: forward.py BACKBONE SIZE THREADS CALLS
"""
import json
import os
import sys
import time


def since_start():
    """Seconds since this process began."""
    with open("/proc/self/stat") as stat:
        ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime") as uptime:
        return float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def main():
    backbone, size, threads, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    import torch
    import torchvision

    torch.set_num_threads(threads)
    network = getattr(torchvision.models, backbone)()
    width = network.fc.in_features
    network.fc = torch.nn.Identity()
    heads = [
        torch.nn.Sequential(torch.nn.Linear(width, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs))
        for hidden, outputs in [(16, 8), (16, 2), (192, 12)]
    ]
    modules = [network, *heads]
    for module in modules:
        module.eval()
    image = torch.rand(1, 3, size, size)

    def forward():
        features = torch.nn.functional.normalize(network(image))
        expression, affect, units = (head(features) for head in heads)
        return expression.softmax(1), affect.clamp(-1, 1), units.sigmoid()

    with torch.inference_mode():
        forward()
        first = since_start() * 1000
        for _ in range(max(10, calls // 5)):
            forward()
        times = []
        for _ in range(calls):
            start = time.perf_counter()
            forward()
            times.append((time.perf_counter() - start) * 1000)
    times.sort()

    def at(share):
        return round(times[round(share * (len(times) - 1))], 4)

    print(json.dumps({
        "torch": torch.__version__,
        "firstMilliseconds": round(first, 1),
        "forward": {
            "medianMilliseconds": at(0.5), "meanMilliseconds": round(sum(times) / len(times), 4), "p5": at(0.05), "p95": at(0.95),
            "count": len(times),
        },
    }))


main()
