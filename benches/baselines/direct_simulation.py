#!/usr/bin/env python3
"""Mean test loss of random-feature regressions, by drawing and solving them.

Features have covariance lambda_k = k^-b, the target has power lambda_k w*_k^2 = k^-a. For every pair of a width N and
a number of samples P a number of regressions is drawn, each is diagonalised, and gradient flow from zero weights is
evaluated at all times from the eigenvalues. No label noise. Prints one JSON object: times, sizes, the mean test loss
and its standard error for every pair, and the seconds it took.
"""

import argparse
import json
import time

import numpy as np


def draw(rng, eigenvalues, weights, width, samples, times):
    """Test losses of one regression at all times."""
    modes = len(eigenvalues)
    projection = rng.standard_normal((width, modes)) / np.sqrt(width)
    inputs = rng.standard_normal((samples, modes)) * np.sqrt(eigenvalues)
    design = inputs @ projection.T
    labels = inputs @ weights
    # dw/dt = -(G w - c) with G = design' design / P and c = design' labels / P, in the eigenbasis of G
    if width <= samples:
        rates, basis = np.linalg.eigh(design.T @ design / samples)
        source = basis.T @ (design.T @ labels) / samples
        rates = np.maximum(rates, 1e-300)
    else:
        rates, dual = np.linalg.eigh(design @ design.T / samples)
        rates = np.maximum(rates, 1e-300)
        basis = design.T @ dual / np.sqrt(samples * rates)
        source = np.sqrt(rates) * (dual.T @ labels) / np.sqrt(samples)
    learned = -np.expm1(-np.outer(rates, times)) / rates[:, None] * source[:, None]
    residual = weights[:, None] - projection.T @ (basis @ learned)
    return eigenvalues @ residual**2


def main():
    """Reads the arguments, runs all pairs of sizes, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modes", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=20, help="regressions per pair of sizes")
    parser.add_argument("--a", type=float, default=1.5, help="exponent of the target power")
    parser.add_argument("--b", type=float, default=1.25, help="exponent of the eigenvalues")
    parser.add_argument("--widths", type=int, nargs="+", default=[100, 200, 400])
    parser.add_argument("--samples", type=int, nargs="+", default=[200, 400, 800])
    parser.add_argument("--times", type=int, default=50, help="number of times from 0.1 to 1e5")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    mode = np.arange(1, arguments.modes + 1.0)
    eigenvalues = mode**-arguments.b
    weights = np.sqrt(mode**-arguments.a / eigenvalues)
    times = np.logspace(-1, 5, arguments.times)
    rng = np.random.default_rng(arguments.seed)
    pairs = []
    start = time.perf_counter()
    for width in arguments.widths:
        for samples in arguments.samples:
            losses = np.array(
                [draw(rng, eigenvalues, weights, width, samples, times) for _ in range(arguments.draws)]
            )
            error = losses.std(axis=0, ddof=1) / np.sqrt(arguments.draws)
            pairs.append(
                {
                    "width": width,
                    "samples": samples,
                    "test_loss": losses.mean(axis=0).tolist(),
                    "standard_error": error.tolist(),
                }
            )
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "times": times.tolist(), "pairs": pairs}))


if __name__ == "__main__":
    main()
