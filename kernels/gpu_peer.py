"""What facet.bench.cuda.GpuBenchmark measured, in PyTorch: gpu_peer.py MEASURED > PEER

Reads lines `what, shape, precision, ...` (tabs) and prints the same keys with PyTorch's median
milliseconds. Kernels are timed by CUDA events after the L2 cache is cleared; convolution and gemm
are cuDNN's and cuBLAS's, in channels_last, the factors in the precision that the line names.
"""
import statistics
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

DEVICE = "cuda"
FLUSH = torch.empty(64 << 20, device=DEVICE)
ATEN = torch.ops.aten


def median(work, samples=20, flush=True):
    times = []
    for i in range(-3, samples):
        if flush:
            FLUSH.fill_(i)
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        end.synchronize()
        if i >= 0:
            times.append(start.elapsed_time(end))
    return statistics.median(times)


def precision(name):
    """Sets what float32 products may use; the element type of the factors."""
    torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
    torch.backends.cudnn.allow_tf32 = name == "tf32"
    return torch.bfloat16 if name == "bf16" else torch.float32


def rand(*shape, dtype=torch.float32):
    return (torch.rand(*shape, device=DEVICE) * 2 - 1).to(dtype)


def conv(what, s, dtype):
    n, h, c, o, k, stride, pad = (s[key] for key in ("n", "h", "c", "o", "k", "stride", "pad"))
    x = rand(n, c, h, h, dtype=dtype).contiguous(memory_format=torch.channels_last)
    w = rand(o, c, k, k, dtype=dtype).contiguous(memory_format=torch.channels_last)
    if what == "conv.forward":
        return median(lambda: F.conv2d(x, w, stride=stride, padding=pad))
    dy = torch.rand_like(F.conv2d(x, w, stride=stride, padding=pad))
    mask = [what == "conv.data", what == "conv.weight", False]
    args = (None, [stride] * 2, [pad] * 2, [1, 1], False, [0, 0], 1, mask)
    return median(lambda: ATEN.convolution_backward(dy, x, w, *args))


def gemm(s, dtype):
    m, n, k = s["m"], s["n"], s["k"]
    a = rand(k, m, dtype=dtype).t() if s["ta"] else rand(m, k, dtype=dtype)
    b = rand(n, k, dtype=dtype).t() if s["tb"] else rand(k, n, dtype=dtype)
    return median(lambda: torch.mm(a, b))


def norm(what, s):
    """Batch norm and PReLU over [rows, channels] as an image in channels_last."""
    rows, channels = s["rows"], s["channels"]
    x = rand(1, rows, 1, channels).permute(0, 3, 1, 2).requires_grad_()
    gamma, beta, slope = (rand(channels).requires_grad_() for _ in range(3))
    mean, var = torch.zeros(channels, device=DEVICE), torch.ones(channels, device=DEVICE)

    def forward():
        return F.prelu(F.batch_norm(x, mean, var, gamma, beta, True, 0.1, 1e-5), slope)

    if what == "norm.forward":
        with torch.no_grad():
            return median(forward)
    y = forward()
    dy = torch.rand_like(y)
    return median(lambda: torch.autograd.grad(y, (x, gamma, beta, slope), dy, retain_graph=True))


def arcface(cosines, labels, m=0.5, scale=64.0):
    target = cosines.gather(1, labels[:, None])
    moved = torch.cos(torch.acos(target.clamp(-1 + 1e-7, 1 - 1e-7)) + m)
    return F.cross_entropy(scale * cosines.scatter(1, labels[:, None], moved), labels)


def margin_softmax(s):
    cosines = rand(s["rows"], s["classes"]).requires_grad_()
    labels = torch.randint(s["classes"], (s["rows"],), device=DEVICE)
    return median(lambda: torch.autograd.grad(arcface(cosines, labels), cosines))


def soft_histogram(s):
    similarities = rand(s["n"]).requires_grad_()
    nodes = s["low"] + s["step"] * torch.arange(s["nodes"], device=DEVICE)
    dp = rand(s["nodes"])

    def work():
        h = torch.exp(-s["gamma"] * (similarities[:, None] - nodes) ** 2).sum(0)
        return torch.autograd.grad(h / h.sum(), similarities, dp)

    return median(work)


def sgd(s):
    w = torch.nn.Parameter(rand(s["n"]))
    w.grad = rand(s["n"])
    optimizer = torch.optim.SGD([w], lr=1e-3, momentum=0.9, weight_decay=5e-4, fused=True)
    return median(optimizer.step)


def copy(s):
    x, y = rand(s["n"]), torch.empty(s["n"], device=DEVICE)
    return median(lambda: y.copy_(x))


class Block(nn.Module):
    def __init__(self, c, o, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c)
        self.conv1 = nn.Conv2d(c, o, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(o)
        self.prelu = nn.PReLU(o)
        self.conv2 = nn.Conv2d(o, o, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(o)
        shortcut = [nn.Conv2d(c, o, 1, stride, bias=False), nn.BatchNorm2d(o)]
        self.shortcut = nn.Sequential(*shortcut) if stride > 1 else nn.Identity()

    def forward(self, x):
        y = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        return self.bn3(self.conv2(y)) + self.shortcut(x)


def iresnet50():
    layers, c = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)], 64
    for stage, depth in enumerate((3, 4, 14, 3)):
        for i in range(depth):
            layers.append(Block(c, 64 << stage, 2 if i == 0 else 1))
            c = 64 << stage
    layers += [nn.BatchNorm2d(c), nn.Flatten(), nn.Linear(c * 49, 512), nn.BatchNorm1d(512)]
    return nn.Sequential(*layers)


def step(s, dtype, compiled):
    """Forward, ArcFace over 1000 people, backward, clipping, SGD."""
    network = iresnet50().to(DEVICE, memory_format=torch.channels_last)
    head = nn.Parameter(torch.randn(1000, 512, device=DEVICE) * 0.01)
    parameters = list(network.parameters())
    optimizer = torch.optim.SGD(parameters + [head], lr=1e-4, momentum=0.9, weight_decay=5e-4)
    pixels = torch.rand(s["batch"], 3, 112, 112).contiguous(memory_format=torch.channels_last)
    images, labels = pixels.pin_memory(), torch.randint(1000, (s["batch"],)).pin_memory()

    def loss(x, y):
        with torch.autocast(DEVICE, torch.bfloat16, enabled=dtype == torch.bfloat16):
            embeddings = network(x)
        return arcface(F.linear(F.normalize(embeddings.float()), F.normalize(head)), y)

    loss = torch.compile(loss) if compiled else loss

    def work():
        optimizer.zero_grad(set_to_none=True)
        value = loss(images.to(DEVICE, non_blocking=True), labels.to(DEVICE, non_blocking=True))
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5)
        optimizer.step()
        value.item()

    return median(work, flush=False)


def measure(what, s, dtype):
    if what.startswith("conv."):
        return conv(what, s, dtype)
    if what.startswith("norm."):
        return norm(what, s)
    if what == "gemm":
        return gemm(s, dtype)
    if what == "step":
        return step(s, dtype, False)
    return {"margin.softmax": margin_softmax, "soft.histogram": soft_histogram, "sgd": sgd, "copy": copy}[what](s)


def main():
    torch.backends.cudnn.benchmark = True
    for line in open(sys.argv[1]):
        fields = line.rstrip("\n").split("\t")
        if len(fields) < 4:
            continue
        what, shape, name = fields[:3]
        s = {}
        for pair in shape.split():
            key, value = pair.split("=")
            s[key] = value if key == "network" else float(value) if "." in value else int(value)
        dtype = precision(name)
        try:
            print(f"{what}\t{shape}\t{name}\t{measure(what, s, dtype):.5f}", flush=True)
            if what == "step":
                print(f"step compiled\t{shape}\t{name}\t{step(s, dtype, True):.5f}", flush=True)
        except Exception as error:  # one failure must not cost the rest
            print(f"{what} {shape} {name}: {error}", file=sys.stderr, flush=True)
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
