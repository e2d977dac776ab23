#!/usr/bin/env python3
"""Test loss of kernel ridge regression for many numbers of samples, by bisection (or scipy's brentq) on the exact sums.

The renormalised ridge kappa solves ridge = kappa (1 - D(kappa)/P) with D = sum lambda_k / (lambda_k + kappa). Every
number of samples P is solved in ln kappa with the sum over all modes, lambda_k = k^-b,
lambda_k w*_k^2 = k^-a. Prints one JSON object: sizes, test losses without label noise, and seconds.
"""

import argparse
import json
import time

import numpy as np


def bisected(excess, low, high, tolerance):
    """Root of an increasing function between two bounds."""
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        if excess(middle) < 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def brentq(excess, low, high, tolerance):
    """The same root by the solver of scipy."""
    from scipy.optimize import brentq as solve

    return solve(excess, low, high, xtol=tolerance, rtol=1e-13)


def test_loss(eigenvalues, power, ridge, samples, digits, root):
    """Generalisation error at one number of samples."""

    def excess(log_kappa):
        kappa = np.exp(log_kappa)
        return kappa * (1.0 - np.sum(eigenvalues / (eigenvalues + kappa)) / samples) - ridge

    low, high = np.log(ridge), np.log(ridge + eigenvalues.sum() / samples)
    kappa = np.exp(root(excess, low, high, 10.0**-digits))
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
    parser.add_argument("--brentq", action="store_true", help="solve by scipy.optimize.brentq, not by bisection")
    arguments = parser.parse_args()
    root = brentq if arguments.brentq else bisected

    mode = np.arange(1, arguments.modes + 1.0)
    eigenvalues, power = mode**-arguments.b, mode**-arguments.a
    sizes = np.logspace(1, 5, arguments.sizes)
    start = time.perf_counter()
    losses = [test_loss(eigenvalues, power, arguments.ridge, size, arguments.digits, root) for size in sizes]
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "samples": sizes.tolist(), "test_loss": losses}))


if __name__ == "__main__":
    main()
