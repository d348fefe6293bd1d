#!/usr/bin/env python3
"""Discrete Langevin dynamics of one hidden layer as one writes them in PyTorch, for the benchmark's ratio: full batch, double
precision, the same arithmetic and the same step.

  langevin_torch.py --mnist DIR [--steps 20] [-P 1000] [--width 500] [--rounds 3]

theta <- theta - eta (grad of (1/2) sum (y - f)^2 + T lambda theta) + sqrt(2 eta T) xi, with eta = 0.001, T = 0.01, lambda = 1.
DIR holds the four uncompressed MNIST IDX files. Prints one JSON line: the seconds of the steps (the best round) and steps per second.
"""
import argparse
import json
import sys
import time

try:
    import torch
except ImportError:
    print("skipped: PyTorch is not installed", file=sys.stderr)
    sys.exit(77)

from naive import mnist


def dynamics(x, y, width, steps, eta=1e-3, temperature=0.01, precision=1.0):
    examples, features = x.shape
    w = torch.randn(width, features, dtype=x.dtype)
    v = torch.randn(width, dtype=x.dtype)
    noise = (2 * eta * temperature) ** 0.5
    decay = 1 - eta * temperature * precision

    def step():
        # The gradient by hand: autograd would add its own cost to the same products.
        h = (x @ w.T).mul_(features**-0.5)
        phi = torch.erf(h)
        residual = (phi @ v).mul_(width**-0.5).sub_(y)
        gradient_v = (phi.T @ residual).mul_(width**-0.5)
        slope = h.mul_(h).neg_().exp_().mul_(2 / torch.pi**0.5)
        delta = slope.mul_(torch.outer(residual, v).mul_(width**-0.5))
        gradient_w = (delta.T @ x).mul_(features**-0.5)
        w.mul_(decay).sub_(gradient_w, alpha=eta).add_(torch.randn_like(w), alpha=noise)
        v.mul_(decay).sub_(gradient_v, alpha=eta).add_(torch.randn_like(v), alpha=noise)

    start = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = time.perf_counter() - start
    return seconds, ((w**2).sum() + (v**2).sum()).item() / (w.numel() + v.numel())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mnist", required=True)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("-P", type=int, default=1000)
    parser.add_argument("--width", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    x, y, _, _ = mnist(arguments.mnist, arguments.P, 1)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    with torch.no_grad():
        dynamics(x, y, arguments.width, 2)
        rounds = [dynamics(x, y, arguments.width, arguments.steps) for _ in range(arguments.rounds)]
    seconds, mean_square = min(rounds)
    result = {"stepsPerSecond": arguments.steps / seconds, "meanSquare": mean_square}
    print(json.dumps({"seconds": seconds, "result": result}))


main()
