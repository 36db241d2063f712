"""What facet.bench.cuda.GpuBenchmark measures, in PyTorch: gpu_peer.py QUESTIONS [--compile] [--cpu] > PEER

Reads lines `what, shape, precision, ...` (tabs) and prints the same keys with PyTorch's median
milliseconds, those of `torch.compile` under `what compiled`. Kernels are timed by CUDA events after the L2 cache
is cleared; convolution and gemm are cuDNN's and cuBLAS's, in channels_last, the factors in the precision that
the line names. With --cpu everything runs once on the CPU: to see that it runs. A question that fails is
reported, the others go on, and the exit code is 1.
"""
import functools
import statistics
import sys
import time

import torch
import torch._functorch.config
import torch.nn as nn
import torch.nn.functional as F

GPU = "--cpu" not in sys.argv
DEVICE = "cuda" if GPU else "cpu"
FLUSH = torch.empty(64 << 20 if GPU else 1, device=DEVICE)
ATEN = torch.ops.aten
# On the CPU without generating code, which would take minutes.
compile = functools.partial(torch.compile, backend="inductor" if GPU else "aot_eager")
failures = 0


def milliseconds(work):
    if not GPU:
        start = time.perf_counter()
        work()
        return 1000 * (time.perf_counter() - start)
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    work()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def median(work, samples=20, flush=True):
    times = []
    for i in range(-3, samples) if GPU else range(1):
        if flush:
            FLUSH.fill_(i)
        took = milliseconds(work)
        if i >= 0:
            times.append(took)
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


def norm(what, s, wrap=lambda f: f, dtype=torch.float32):
    """Batch norm and PReLU over [rows, channels] as an image in channels_last."""
    rows, channels = s["rows"], s["channels"]
    x = rand(1, rows, 1, channels, dtype=dtype).permute(0, 3, 1, 2).requires_grad_()
    gamma, beta, slope = (rand(channels).requires_grad_() for _ in range(3))
    mean, var = torch.zeros(channels, device=DEVICE), torch.ones(channels, device=DEVICE)

    def function(x):
        return F.prelu(F.batch_norm(x, mean, var, gamma, beta, True, 0.1, 1e-5), slope)

    function = wrap(function)
    if what == "norm.forward":
        with torch.no_grad():
            return median(lambda: function(x))
    y = function(x)
    dy = torch.rand_like(y)
    return median(lambda: torch.autograd.grad(y, (x, gamma, beta, slope), dy, retain_graph=True))


def arcface(cosines, labels, m=0.5, scale=64.0):
    target = cosines.gather(1, labels[:, None])
    moved = torch.cos(torch.acos(target.clamp(-1 + 1e-7, 1 - 1e-7)) + m)
    return F.cross_entropy(scale * cosines.scatter(1, labels[:, None], moved), labels)


def margin_softmax(s, wrap=lambda f: f):
    cosines = rand(s["rows"], s["classes"]).requires_grad_()
    labels = torch.randint(s["classes"], (s["rows"],), device=DEVICE)
    loss = wrap(arcface)
    return median(lambda: torch.autograd.grad(loss(cosines, labels), cosines))


def soft_histogram(s, wrap=lambda f: f):
    similarities = rand(s["n"]).requires_grad_()
    nodes = s["low"] + s["step"] * torch.arange(s["nodes"], device=DEVICE)
    dp = rand(s["nodes"])

    def histogram(similarities):
        h = torch.exp(-s["gamma"] * (similarities[:, None] - nodes) ** 2).sum(0)
        return h / h.sum()

    histogram = wrap(histogram)
    return median(lambda: torch.autograd.grad(histogram(similarities), similarities, dp))


def hardest_negative(s):
    x = F.normalize(rand(s["n"], s["columns"]))
    labels = torch.randint(s["n"], (s["n"],), device=DEVICE)

    def work():
        same = labels[:, None] == labels[None, :]
        return torch.mm(x, x.t()).masked_fill(same, -2).max(1)

    return median(work)


def average_pool(s):
    x = rand(s["n"], s["h"], s["h"], s["c"]).permute(0, 3, 1, 2).requires_grad_()

    def work():
        y = F.adaptive_avg_pool2d(x, 1)
        return torch.autograd.grad(y, x, y)

    return median(work)


def compiled(what, s):
    if what.startswith("norm."):
        return norm(what, s, compile)
    return {"margin.softmax": margin_softmax, "soft.histogram": soft_histogram}[what](s, compile)


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


# Depths of the stages, width of the first, side of the image, numbers in an embedding.
NETWORKS = {"iresnet50": ((3, 4, 14, 3), 64, 112, 512), "quick": ((1, 1), 8, 16, 16)}


def iresnet(depths, width, side, embedding):
    layers, c = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.PReLU(width)], width
    for stage, depth in enumerate(depths):
        for i in range(depth):
            layers.append(Block(c, width << stage, 2 if i == 0 else 1))
            c = width << stage
    numbers = c * (side >> len(depths)) ** 2
    layers += [nn.BatchNorm2d(c), nn.Flatten(), nn.Linear(numbers, embedding), nn.BatchNorm1d(embedding)]
    return nn.Sequential(*layers)


def step(s, dtype, compiled, samples=20):
    """Forward, ArcFace over 1000 people, backward, clipping, fused SGD."""
    depths, width, side, embedding = NETWORKS[s["network"]]
    network = iresnet(depths, width, side, embedding).to(DEVICE, memory_format=torch.channels_last)
    head = nn.Parameter(torch.randn(1000, embedding, device=DEVICE) * 0.01)
    parameters = list(network.parameters())
    optimizer = torch.optim.SGD(parameters + [head], lr=1e-4, momentum=0.9, weight_decay=5e-4, fused=True)
    images = torch.rand(s["batch"], 3, side, side).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(1000, (s["batch"],))
    if GPU:
        images, labels = images.pin_memory(), labels.pin_memory()

    def loss(x, y):
        with torch.autocast(DEVICE, torch.bfloat16, enabled=dtype == torch.bfloat16):
            embeddings = network(x)
        return arcface(F.linear(F.normalize(embeddings.float()), F.normalize(head)), y)

    loss = compile(loss) if compiled else loss

    def work():
        optimizer.zero_grad(set_to_none=True)
        value = loss(images.to(DEVICE, non_blocking=True), labels.to(DEVICE, non_blocking=True))
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5)
        optimizer.step()
        value.item()

    return median(work, samples, flush=False)


def measure(what, s, dtype):
    if what.startswith("conv."):
        return conv(what, s, dtype)
    if what.startswith("norm."):
        return norm(what, s)
    if what == "gemm":
        return gemm(s, dtype)
    if what == "step":
        return step(s, dtype, False)
    kernels = {
        "margin.softmax": margin_softmax,
        "soft.histogram": soft_histogram,
        "hardest.negative": hardest_negative,
        "average.pool": average_pool,
        "sgd": sgd,
        "copy": copy,
    }
    return kernels[what](s)


def parse(line):
    what, shape, name = line.rstrip("\n").split("\t")[:3]
    s = {}
    for pair in shape.split():
        key, value = pair.split("=")
        s[key] = value if key == "network" else float(value) if "." in value else int(value)
    return what, shape, name, s


def say(what, shape, name, work):
    """Prints a measurement; a failure must not cost the rest."""
    global failures
    try:
        print(f"{what}\t{shape}\t{name}\t{work():.5f}", flush=True)
    except Exception as error:
        failures += 1
        print(f"{what} {shape} {name}: {error}", file=sys.stderr, flush=True)
    torch.cuda.empty_cache()


def main():
    torch.backends.cudnn.benchmark = True
    torch._functorch.config.donated_buffer = False  # a gradient is asked for again and again
    questions = [parse(line) for line in open(sys.argv[1]) if line.count("\t") >= 3]
    for what, shape, name, s in questions:
        if "--compile" in sys.argv:  # only fills the compiler's cache, beside other work
            if what == "step":
                step(s, precision(name), True, samples=1)
            continue
        dtype = precision(name)
        if what == "step" and name == "bf16":
            say("step compiled", shape, name, lambda: step(s, dtype, True))
        if what in ("margin.softmax", "soft.histogram", "norm.forward", "norm.backward"):
            say(what + " compiled", shape, name, lambda: compiled(what, s))
        say(what, shape, name, lambda: measure(what, s, dtype))
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
