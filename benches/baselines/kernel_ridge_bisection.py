#!/usr/bin/env python3
"""Test loss of kernel ridge regression for many numbers of samples, by bisection on the exact sums.

The renormalised ridge kappa solves ridge = kappa (1 - D(kappa)/P) with D = sum lambda_k / (lambda_k + kappa). Every
number of samples P is solved by bisection in ln kappa with the sum over all modes, lambda_k = k^-b,
lambda_k w*_k^2 = k^-a. Prints one JSON object: sizes, test losses without label noise, and seconds.
"""

import argparse
import json
import time

import numpy as np


def test_loss(eigenvalues, power, ridge, samples, digits):
    """Generalisation error at one number of samples."""
    low, high = np.log(ridge), np.log(ridge + eigenvalues.sum() / samples)
    while high - low > 10.0**-digits:
        middle = 0.5 * (low + high)
        kappa = np.exp(middle)
        learned = np.sum(eigenvalues / (eigenvalues + kappa))
        if kappa * (1.0 - learned / samples) < ridge:
            low = middle
        else:
            high = middle
    kappa = np.exp(0.5 * (low + high))
    fraction = eigenvalues / (eigenvalues + kappa)
    return np.sum(power * (1.0 - fraction) ** 2) / (1.0 - np.sum(fraction**2) / samples)


def main():
    """Reads the arguments, solves all sizes, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modes", type=int, default=100_000)
    parser.add_argument("--a", type=float, default=1.5, help="exponent of the target power")
    parser.add_argument("--b", type=float, default=1.2, help="exponent of the eigenvalues")
    parser.add_argument("--ridge", type=float, default=1e-3)
    parser.add_argument("--sizes", type=int, default=100, help="numbers of samples, from 10 to 1e5")
    parser.add_argument("--digits", type=float, default=12, help="of kappa")
    arguments = parser.parse_args()

    mode = np.arange(1, arguments.modes + 1.0)
    eigenvalues, power = mode**-arguments.b, mode**-arguments.a
    sizes = np.logspace(1, 5, arguments.sizes)
    start = time.perf_counter()
    losses = [test_loss(eigenvalues, power, arguments.ridge, size, arguments.digits) for size in sizes]
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "samples": sizes.tolist(), "test_loss": losses}))


if __name__ == "__main__":
    main()
