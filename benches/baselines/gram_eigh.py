#!/usr/bin/env python3
"""Eigenvalues of a Gram matrix and the power of a target on its eigenvectors, by numpy's eigh.

The kernel is exp(-|x - x'|) on points of [0, 1), the target sin(7 x). Prints one JSON object: the largest eigenvalues
over the number of points, the target power on them, and seconds.
"""

import argparse
import json
import time

import numpy as np


def main():
    """Reads the arguments, decomposes, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--shown", type=int, default=10, help="modes that are printed")
    arguments = parser.parse_args()
    x = np.arange(arguments.points) * 0.7548776662466927 % 1.0
    gram = np.exp(-np.abs(x[:, None] - x[None, :]))
    target = np.sin(7.0 * x)

    start = time.perf_counter()
    eigenvalues, vectors = np.linalg.eigh(gram / arguments.points)
    power = (vectors.T @ target) ** 2 / arguments.points
    seconds = time.perf_counter() - start

    shown = slice(None, -arguments.shown - 1, -1)
    print(json.dumps({"eigenvalues": eigenvalues[shown].tolist(), "target_power": power[shown].tolist(), "seconds": seconds}))


if __name__ == "__main__":
    main()
