"""IResNet, MobileFaceNet and the losses in PyTorch, layer for layer what Facet computes."""

import math

import torch
import torch.nn.functional as F
from torch import nn

SPECS = {  # depths, width, size, embedding, dropout
    "iresnet-tiny": ((1, 2, 2, 2), 32, 56, 256, 0.3),
    "iresnet18": ((2, 2, 2, 2), 64, 112, 512, 0.0),
    "iresnet34": ((3, 4, 6, 3), 64, 112, 512, 0.0),
    "iresnet50": ((3, 4, 14, 3), 64, 112, 512, 0.0),
    "iresnet100": ((3, 13, 30, 3), 64, 112, 512, 0.0),
}


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.prelu = nn.PReLU(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x)))))) + shortcut


class IResNet(nn.Module):
    def __init__(self, name, embedding):
        super().__init__()
        depths, width, size, _, dropout = SPECS[name]
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.prelu = nn.PReLU(width)
        blocks, inputs, side = [], width, size
        for stage, depth in enumerate(depths):
            for i in range(depth):
                blocks.append(Block(inputs, width << stage, 2 if i == 0 else 1))
                inputs = width << stage
            side = (side + 1) // 2
        self.blocks = nn.Sequential(*blocks)
        self.bn2 = nn.BatchNorm2d(inputs)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(inputs * side * side, embedding)
        self.features = nn.BatchNorm1d(embedding)
        self.features.weight.requires_grad_(False)

    def forward(self, x):
        x = self.bn2(self.blocks(self.prelu(self.bn1(self.conv1(x)))))
        return self.features(self.fc(self.dropout(torch.flatten(x, 1))))


def unit(inputs, outputs, kernel=1, stride=1, pad=0, groups=1, activated=True):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, pad, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([nn.PReLU(outputs)] if activated else []))


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, inner, stride):
        super().__init__()
        self.residual = stride == 1
        self.layers = nn.Sequential(
            unit(inputs, inner),
            unit(inner, inner, 3, stride, 1, inner),
            unit(inner, outputs, activated=False),
        )

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class MobileFaceNet(nn.Module):
    def __init__(self, depths=(1, 4, 6, 2), width=128, expansion=128, embedding=512):
        super().__init__()
        w, e = width, expansion
        same = lambda count, w, e: [Bottleneck(w, w, e, 1) for _ in range(count)]
        self.layers = nn.Sequential(
            unit(3, w, 3, 2, 1),
            unit(w, w, 3, 1, 1, e // 2),
            Bottleneck(w, w, e, 2),
            *same(depths[1], w, e),
            Bottleneck(w, 2 * w, 2 * e, 2),
            *same(depths[2], 2 * w, 2 * e),
            Bottleneck(2 * w, 2 * w, 4 * e, 2),
            *same(depths[3], 2 * w, 2 * e),
            unit(2 * w, 4 * e),
            unit(4 * e, 4 * e, 7, groups=4 * e, activated=False),
            nn.Flatten(),
            nn.Linear(4 * e, embedding, bias=False),
            nn.BatchNorm1d(embedding),
        )

    def forward(self, x):
        return self.layers(x)


def network(name, embedding=0):
    """A network, its input's side and its embedding's length, by default that of its name."""
    if name == "mobilefacenet":
        return MobileFaceNet(embedding=embedding or 512), 112, embedding or 512
    embedding = embedding or SPECS[name][3]
    return IResNet(name, embedding), SPECS[name][2], embedding


class MarginHead(nn.Module):
    def __init__(self, classes, embedding):
        super().__init__()
        self.weight = nn.Parameter(0.01 * torch.randn(classes, embedding))

    def forward(self, x, labels):
        return margin_softmax(F.linear(F.normalize(x), F.normalize(self.weight)), labels)


def margin_softmax(cosines, labels, margin=0.5, scale=64.0):
    """ArcFace."""
    cosines = cosines.clamp(-1 + 1e-7, 1 - 1e-7)
    target = cosines.gather(1, labels[:, None])
    turned = torch.where(
        target > math.cos(math.pi - margin),
        torch.cos(torch.acos(target) + margin),
        target - margin * math.sin(math.pi - margin),
    )
    return F.cross_entropy(scale * cosines.scatter(1, labels[:, None], turned), labels)


NODES = torch.linspace(-1, 1, 1000)
GAMMA = 50.0


def soft_histogram(s):
    h = torch.exp(-GAMMA * (s[:, None] - NODES) ** 2).sum(0)
    return h / h.sum()


def divergence(p, q, e=1e-9):
    return ((p + e) * (torch.log(p + e) - torch.log(q + e))).sum()


def ddl(embeddings, labels, n):
    """The Distribution Distillation Loss of a teacher and a student: singles, then pairs."""
    f = F.normalize(embeddings)
    parts = f.split(n)
    positives = [(parts[2 + 2 * b] * parts[3 + 2 * b]).sum(1) for b in range(2)]
    negatives = []
    for b in range(2):
        who = labels[b * n : (b + 1) * n]
        similar = (parts[b] @ parts[b].T).masked_fill(who[:, None] == who[None, :], -2)
        negatives.append(similar.max(1).values)
    # As the official code: positives that are not above 0 take no part.
    teacher, student = [
        soft_histogram(torch.where(s > 0, s, torch.full_like(s, 100.0))) for s in positives
    ]
    kl = 0.1 * divergence(teacher, student)
    kl = kl + 0.02 * divergence(soft_histogram(negatives[0]), soft_histogram(negatives[1]))
    order = sum(i.mean() - j.mean() for i in negatives for j in positives)
    return kl + 0.5 * order
