"""PyTorch's answers to the questions of `./facet bench`, in its strongest CPU setting.

    python peer.py 'Gemm.multiply product=512x512x512' 'TrainingStep.step network=iresnet18'

prints milliseconds and the cores kept busy. `./facet bench --peer --python PYTHON` starts it with
--serve and asks in turn with its own launches. The strongest setting: channels_last, torch.compile
(with constants folded in inference), a fused optimizer, an allocator that keeps its memory. Of what
can be asked in several ways, in short questions, the fastest on this machine is taken.

Threads are not pinned: GOMP_CPU_AFFINITY pins the main thread to one core as soon as torch is
imported, the threads that it starts inherit that, and counting the cores then gives one.
"""

import argparse
import json
import os
import re
import resource
import statistics
import sys
import time

SETTING = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "20000000000",
    "MALLOC_TOP_PAD_": "1000000000",
}
CORES = os.sched_getaffinity(0)  # before torch is imported, which may change it

if any(os.environ.get(name) != value for name, value in SETTING.items()):
    # The allocator reads them when the process starts.
    os.execve(sys.executable, [sys.executable] + sys.argv, os.environ | SETTING)

import torch  # noqa: E402
import torch._dynamo  # noqa: E402
import torch._functorch.config  # noqa: E402
import torch.nn.functional as F  # noqa: E402

import networks  # noqa: E402

BATCH = 32
CLASSES = 1000


LAYOUTS = torch.channels_last, torch.contiguous_format


def image(n, channels, side, layout=torch.channels_last):
    return torch.randn(n, channels, side, side).to(memory_format=layout)


def gemm(q):
    m, n, k, ta, tb = re.fullmatch(r"(\d+)x(\d+)x(\d+)(?::([NT])([NT]))?", q["product"]).groups()
    m, n, k = int(m), int(n), int(k)
    a = torch.randn(k, m).T if ta == "T" else torch.randn(m, k)
    b = torch.randn(n, k).T if tb == "T" else torch.randn(k, n)
    c = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c)


def convolution(q, verb, layout):
    i, o, side, stride, kernel = re.fullmatch(
        r"(\d+)-(\d+)@(\d+)(?:/(\d+))?(?:k(\d+))?", q["layer"]
    ).groups()
    stride, kernel = int(stride or 1), int(kernel or 3)
    x = image(int(q.get("batch", BATCH)), int(i), int(side), layout)
    w = image(int(o), int(i), kernel, layout)
    if verb == "forward":
        return lambda: F.conv2d(x, w, None, stride, kernel // 2)
    dy = torch.randn_like(F.conv2d(x, w, None, stride, kernel // 2))
    wanted = [verb == "backwardData", verb == "backwardWeight", False]
    pad = [kernel // 2] * 2
    return lambda: torch.ops.aten.convolution_backward(
        dy, x, w, [0], [stride, stride], pad, [1, 1], False, [0, 0], 1, wanted
    )


def fastest(ops):
    """The op that takes the least time here."""
    for op in ops:
        op()
        op()
    return min(ops, key=lambda op: repeat(op, 0.2)[0])


def forward_or_backward(verb, function, *inputs):
    """One direction, compiled or not, with gradients of the inputs that ask for them."""
    ways = function, torch.compile(function)
    return fastest([one_direction(verb, way, *inputs) for way in ways])


def one_direction(verb, function, *inputs):
    if verb == "forward":

        def forward():
            with torch.no_grad():
                return function(*inputs)

        return forward
    with torch._functorch.config.patch(donated_buffer=False):  # backward runs again and again
        y = function(*inputs)
    dy = torch.randn_like(y)
    leaves = [x for x in inputs if x.is_floating_point() and x.requires_grad]
    return lambda: torch.autograd.grad(y, leaves, dy, retain_graph=True)


def batch_norm(q, verb):
    channels, side = (int(part) for part in q["layer"].split("@"))
    x = image(BATCH, channels, side).requires_grad_()
    weight, bias, slope = (torch.rand(channels, requires_grad=True) for _ in range(3))
    # Only forward updates them; an update would invalidate a graph that runs backward repeatedly.
    running = (torch.zeros(channels), torch.ones(channels)) if verb == "forward" else (None, None)
    norm = lambda x, w, b: F.batch_norm(x, *running, w, b, training=True)
    if q["then"] == "PRELU":
        return forward_or_backward(
            verb, lambda x, w, b, s: F.prelu(norm(x, w, b), s), x, weight, bias, slope
        )
    if q["then"] == "ADD":
        residual = image(BATCH, channels, side).requires_grad_()
        return forward_or_backward(
            verb, lambda x, w, b, r: norm(x, w, b) + r, x, weight, bias, residual
        )
    return forward_or_backward(verb, norm, x, weight, bias)


def margin_softmax(q, verb):
    rows, classes = int(q.get("rows", 64)), int(q["classes"])
    cosines = (2 * torch.rand(rows, classes) - 1).requires_grad_()
    labels = torch.randint(0, classes, (rows,))
    return forward_or_backward(verb, networks.margin_softmax, cosines, labels)


def soft_histogram(q, verb):
    s = (2 * torch.rand(int(q["n"])) - 1).requires_grad_()
    return forward_or_backward(verb, networks.soft_histogram, s)


def ddl(q):
    n = int(q["n"])
    embeddings = torch.randn(6 * n, 512, requires_grad=True)
    labels = torch.randint(0, 1000, (6 * n,))
    eager = lambda x: networks.ddl(x, labels, n)
    ops = [
        lambda loss=loss: torch.autograd.grad(loss(embeddings), embeddings)
        for loss in (eager, torch.compile(eager))
    ]
    return fastest(ops)


def training_step(q):
    name, batch = q["network"], int(q.get("batch", BATCH))
    model, size, embedding = networks.network(name, int(q.get("embedding", 0)))
    model = model.to(memory_format=torch.channels_last)
    classes = int(q.get("classes", CLASSES))
    head = networks.MarginHead(classes, embedding)
    x, labels = image(batch, 3, size), torch.randint(0, classes, (batch,))
    weights = [p for p in [*model.parameters(), *head.parameters()] if p.requires_grad]
    optimizer = torch.optim.SGD(
        weights, lr=1e-3, momentum=0.9, weight_decay=5e-4, fused=True
    )
    loss = torch.compile(lambda x, labels: head(model(x), labels))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(x, labels).backward()
        optimizer.step()

    return step


def embedding(q):
    name = q["network"]
    model, size, _ = networks.network(name)
    model = model.to(memory_format=torch.channels_last).eval()
    x = image(int(q.get("batch", BATCH)), 3, size)
    compiled = torch.compile(model, options={"freezing": True})

    def embed():
        with torch.no_grad():
            return compiled(x)

    return embed


def operation(subject, verb, q):
    """What to time; None without a counterpart."""
    match subject:
        case "Gemm":
            return gemm(q)
        case "Convolution":
            return fastest([convolution(q, verb, layout) for layout in LAYOUTS])
        case "BatchNorm":
            return batch_norm(q, verb)
        case "MarginSoftmax":
            return margin_softmax(q, verb)
        case "SoftHistogram":
            return soft_histogram(q, verb)
        case "Ddl":
            return ddl(q)
        case "TrainingStep":
            return training_step(q)
        case "Embedding":
            return embedding(q)
    return None


def repeat(op, seconds):
    """Mean seconds of a call, over calls that take about `seconds`, and the cores kept busy."""
    start, cpu, calls = time.perf_counter(), time.process_time(), 0
    while calls == 0 or time.perf_counter() - start < seconds:
        op()
        calls += 1
    wall = time.perf_counter() - start
    return wall / calls, (time.process_time() - cpu) / wall


class Answers:
    """Keeps the last question's operation: compiling a network takes minutes."""

    def __init__(self, seconds, iterations):
        self.seconds, self.iterations = seconds, iterations
        self.line, self.op = None, None

    def answer(self, line):
        if line != self.line:
            self.line, self.op = line, None
            torch._dynamo.reset()
            name, *params = line.split()
            subject, verb = name.split(".")
            q = dict(param.split("=", 1) for param in params)
            torch.set_num_threads(int(q.get("threads", 0)) or len(CORES))
            self.op = operation(subject, verb, q)
            if self.op is not None:
                self.op()
                self.op()
        if self.op is None:
            return None
        repeat(self.op, self.seconds)
        seconds, cores = zip(*(repeat(self.op, self.seconds) for _ in range(self.iterations)))
        return {"threads": torch.get_num_threads(), "seconds": seconds, "cores": cores}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", nargs="*", help="as the tables of ./facet bench name them")
    parser.add_argument("--seconds", type=float, default=1, help="of an iteration")
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help="questions and answers by the line")
    given = parser.parse_args()
    answers = Answers(given.seconds, given.iterations)
    if not given.serve:
        for line in given.questions:
            answer = answers.answer(line)
            if answer is None:
                print(line, "-")
                continue
            seconds, cores = (statistics.median(answer[key]) for key in ("seconds", "cores"))
            threads = answer["threads"]
            print(f"{line} {1e3 * seconds:.3f} ms, {cores:.2f} cores busy of {threads} threads")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-9
        print(f"peak resident memory: {peak:.2f} GB")
        return
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer
    print("ready", file=out)
    for line in sys.stdin:
        print(json.dumps(answers.answer(line.strip())), file=out)


if __name__ == "__main__":
    os.sched_setaffinity(0, CORES)  # whatever the environment made libraries do on import
    torch.manual_seed(1)
    main()
