"""The PyTorch side of the benchmarks. Each command prints one JSON line when it is ready; then every line of standard input is a number of
repetitions to run, and the answer is the seconds they took. Needs torch, torchvision, numpy and PIL.

  peer.py step FILE DEVICE       full training steps on the tensors of a safetensors file
  peer.py views FOLDER SIZE N S  N weak and S strong views by torchvision and PIL, stacked and normalised
  peer.py epoch FOLDER SIZE B DEVICE  epochs of the published pipeline over train.txt in a folder
  peer.py decode FOLDER SIZE     PIL's open, convert and resize of all images in a folder
  peer.py forward FILE DEVICE    evaluation passes
"""
import contextlib
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

LAMBDA = (0.5, 0.5, 0.5)
THRESHOLD = 0.135


def answer(run, ready):
    """Tells that all is prepared, then runs what is asked for."""
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        run(int(line))
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        print(time.perf_counter() - start, flush=True)


def precision(device):
    return torch.autocast("cuda", torch.bfloat16) if device.startswith("cuda") else contextlib.nullcontext()


def read_safetensors(path):
    types = {"F32": np.float32, "I64": np.int64, "U8": np.uint8}
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], types[entry["dtype"]]).copy().reshape(entry["shape"]))
    return tensors


class Net(nn.Module):
    """ResNet-18, three heads with 16 hidden units; dropout of the features where it is asked for, L2 norm."""

    def __init__(self, width=512, hidden=16, classes=8, units=12, dropout=0.5):
        super().__init__()
        self.backbone = torchvision.models.resnet18()
        self.backbone.fc = nn.Identity()
        self.dropout, self.units, self.hidden = dropout, units, hidden
        self.expression = nn.ModuleDict(dict(hidden=nn.Linear(width, hidden), output=nn.Linear(hidden, classes)))
        self.valence_arousal = nn.ModuleDict(dict(hidden=nn.Linear(width, hidden), output=nn.Linear(hidden, 2)))
        self.action_units = nn.ModuleDict(dict(hidden=nn.Linear(width, hidden * units), output=nn.Linear(hidden, units)))

    def load(self, tensors):
        named = {name.removeprefix("model.").replace("heads.", ""): value for name, value in tensors.items() if name.startswith("model.")}
        missing, unexpected = self.load_state_dict(named, strict=False)
        assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)

    def forward(self, x):
        features = self.backbone(x).float()
        features = F.normalize(F.dropout(features, self.dropout, self.training), dim=1)
        expression = self.expression["output"](F.relu(self.expression["hidden"](features)))
        valence_arousal = self.valence_arousal["output"](F.relu(self.valence_arousal["hidden"](features)))
        hidden = F.relu(self.action_units["hidden"](features)).view(-1, self.units, self.hidden)
        units = (hidden * self.action_units["output"].weight).sum(2) + self.action_units["output"].bias
        return expression, valence_arousal, units


def concordance(x, y):
    mx, my = x.mean(), y.mean()
    return 2 * ((x - mx) * (y - my)).mean() / (x.var(unbiased=False) + y.var(unbiased=False) + (mx - my) ** 2 + 1e-8)


def losses(outputs, t):
    expression, affect, units = outputs
    y, n, rows = t["expression"], t["expression"].shape[0], t["strong_rows"]
    known = y >= 0
    supervised = F.cross_entropy(expression[:n][known], y[known], weight=t["class_weights"], reduction="none").mean()
    weak, strong = expression[:n][rows], expression[n:]
    confidence, label = weak.detach().softmax(1).max(1)
    confident = (confidence > THRESHOLD).float()
    cross = F.cross_entropy(strong, label, weight=t["class_weights"], reduction="none")
    unsupervised = (cross * confident).sum() / max(1, rows.shape[0])
    lp, lq = F.log_softmax(weak, 1), F.log_softmax(strong, 1)
    kl = (lp.exp() * (lp - lq) + lq.exp() * (lq - lp)).sum(1)
    consistency = (kl * (1 - confident)).sum() / (1 - confident).sum().clamp(min=1)
    mask = (t["action_units"] >= 0).float()
    bce = F.binary_cross_entropy_with_logits(units[:n], t["action_units"].clamp(min=0), pos_weight=t["unit_weights"], reduction="none")
    unit_loss = (bce * mask).sum() / mask.sum()
    valid = (t["valence_arousal"] >= -1).all(1)
    p, q = affect[:n][valid], t["valence_arousal"][valid]
    affect_loss = 1 - (concordance(p[:, 0], q[:, 0]) + concordance(p[:, 1], q[:, 1])) / 2
    expression_loss = LAMBDA[0] * supervised + LAMBDA[1] * unsupervised + LAMBDA[2] * consistency
    return dict(total=expression_loss + unit_loss + affect_loss, expression=expression_loss, action_units=unit_loss, valence_arousal=affect_loss)


def stepper(t, device, options):
    """A function that takes a number of steps and gives the last one's losses. Closes over a network and an optimizer of its own."""
    net = Net(dropout=0).to(device)
    net.load(t)
    net.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-4, **options)
    images = t["images"].contiguous(memory_format=torch.channels_last)

    def run(n):
        for _ in range(n):
            with precision(device):
                outputs = net(images)
            result = losses([o.float() for o in outputs], t)
            optimizer.zero_grad(set_to_none=True)
            result["total"].backward()
            optimizer.step()
        return result

    return run


def step(path, device):
    t = {name: value.to(device) for name, value in read_safetensors(path).items()}
    best = None
    # The peer in its best form: channels-last, and whichever of PyTorch's own optimizer loops is fastest here.
    for options in (dict(fused=True), dict(foreach=True), dict(foreach=False)):
        try:
            run = stepper(t, device, options)
            first = [{name: float(value) for name, value in run(1).items()} for _ in range(3)]
        except (TypeError, RuntimeError, AssertionError) as refused:
            print(f"Adam({options}) cannot be used: {refused}", file=sys.stderr)
            continue
        start = time.perf_counter()
        run(3)
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        if best is None or seconds < best[0]:
            best = (seconds, run, first, options)
    answer(best[1], dict(losses=best[2], optimizer=str(best[3]), torch=torch.__version__))


def forward(path, device):
    t = {name: value.to(device) for name, value in read_safetensors(path).items()}
    net = Net().to(device)
    net.load(t)
    net.to(memory_format=torch.channels_last).eval()
    images = t["images"].contiguous(memory_format=torch.channels_last)

    def run(n):
        with torch.inference_mode(), precision(device):
            for _ in range(n):
                result = net(images)
        return result

    expression = run(2)[0].float().cpu()
    answer(run, dict(sums=dict(sum=float(expression.double().sum()), absolute=float(expression.double().abs().sum())), torch=torch.__version__))


def transforms(size):
    import torchvision.transforms as T
    norm = T.Compose([T.ToTensor(), T.Normalize((.485, .456, .406), (.229, .224, .225))])
    weak = T.Compose([T.Resize(size), T.RandomApply([T.RandomCrop(size, padding=8)], .5), T.RandomHorizontalFlip(), norm])
    strong = T.Compose([T.RandAugment(3, 9), T.Resize(size), T.RandomApply([T.RandomCrop(size, padding=8)], .5), T.RandomHorizontalFlip(), norm, T.RandomErasing(.5)])
    return weak, strong


def files(folder):
    return sorted(os.path.join(root, name) for root, _, names in os.walk(folder) for name in names if name.lower().endswith((".jpg", ".png")))


def views(folder, size, n, s):
    from PIL import Image
    weak, strong = transforms(size)
    images = [Image.open(path).convert("RGB") for path in files(folder)[:n]]

    def run(k):
        for _ in range(k):
            torch.stack([weak(image) for image in images])
            torch.stack([strong(image) for image in images[:s]])

    run(2)
    answer(run, dict(images=len(images), torch=torch.__version__))


def decode(folder, size):
    from PIL import Image
    paths = files(folder)

    def run(k):
        for _ in range(k):
            for path in paths:
                np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.BILINEAR))

    answer(run, dict(images=len(paths), torch=torch.__version__))


class Faces(torch.utils.data.Dataset):
    """Images decoded and augmented by PIL whenever they are asked for; a strong view as well of those without expression."""

    def __init__(self, paths, weak, strong=None, unlabelled=None):
        self.paths, self.weak, self.strong, self.unlabelled = paths, weak, strong, unlabelled

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        from PIL import Image
        image = Image.open(self.paths[i]).convert("RGB")
        return i, self.weak(image), self.strong(image) if self.strong and self.unlabelled[i] else None


def collate(items):
    rows, weak, strong = zip(*items)
    strong = [view for view in strong if view is not None]
    return torch.tensor(rows), torch.stack(weak), torch.stack(strong) if strong else None


def epoch(folder, size, batch, device):
    """The published pipeline: every image decoded and augmented by PIL each epoch, a pass of its own for the strong views of rows without
    expression, and one more over all labelled rows at the end of the epoch for the thresholds. Its images come from as many worker
    processes as there are threads, or from none, whichever is faster here."""
    weak, strong = transforms(size)
    rows = [line.split(",") for line in open(os.path.join(folder, "train.txt")).read().splitlines()[1:] if line]
    labels = torch.tensor([[float(v) for v in row[1:]] for row in rows])
    paths = [os.path.join(folder, row[0]) for row in rows]
    y = labels[:, 2].long()
    known = [i for i in range(len(rows)) if y[i] >= 0]
    affect, expression, units = labels[:, :2].to(device), y.to(device), labels[:, 3:].to(device)
    counts = torch.bincount(expression[expression >= 0], minlength=8).float()
    weights = dict(class_weights=counts.sum() / counts, unit_weights=(units == 0).sum(0) / (units == 1).sum(0).float())
    net = Net().to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-4)
    cuda = device.startswith("cuda")

    def loaders(workers):
        options = dict(batch_size=batch, num_workers=workers, collate_fn=collate, pin_memory=cuda, persistent_workers=workers > 0)
        return (torch.utils.data.DataLoader(Faces(paths, weak, strong, (y < 0).tolist()), shuffle=True, drop_last=True, **options),
                torch.utils.data.DataLoader(Faces([paths[i] for i in known], weak), **options))

    def forward(images):
        with precision(device):
            outputs = net(images.to(device, non_blocking=True).contiguous(memory_format=torch.channels_last))
        return [output.float() for output in outputs]

    def train(loader, most=None):
        net.train()
        for i, (chosen, weak_views, strong_views) in enumerate(loader):
            if i == most:
                break
            chosen_here = chosen.to(device)
            unlabelled = torch.nonzero(y[chosen] < 0).flatten().to(device)
            outputs = forward(weak_views)
            if strong_views is not None:
                outputs[0] = torch.cat([outputs[0], forward(strong_views)[0]])
            here = dict(weights, expression=expression[chosen_here], action_units=units[chosen_here], valence_arousal=affect[chosen_here], strong_rows=unlabelled)
            optimizer.zero_grad(set_to_none=True)
            losses(outputs, here)["total"].backward()
            optimizer.step()

    def end(loader):
        net.eval()
        with torch.no_grad():
            for _, images, _ in loader:
                forward(images)[0].softmax(1)

    best = None
    for workers in (0, torch.get_num_threads()):
        pair = loaders(workers)
        train(pair[0], 1)
        start = time.perf_counter()
        train(pair[0], 10)
        if cuda:
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        if best is None or seconds < best[0]:
            best = (seconds, pair, workers)
    training, labelled = best[1]

    def run(k):
        for _ in range(k):
            train(training)
            end(labelled)

    answer(run, dict(rows=len(rows), workers=best[2], torch=torch.__version__))


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    command, arguments = sys.argv[1], [int(a) if a.isdigit() else a for a in sys.argv[2:]]
    dict(step=step, views=views, epoch=epoch, decode=decode, forward=forward)[command](*arguments)
