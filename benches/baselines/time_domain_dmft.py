#!/usr/bin/env python3
"""Test loss of gradient flow from the two-time equations of dynamical mean-field theory, as T x T matrices.

Response and correlation functions are matrices over T times, and the self-consistent equations are iterated to a fixed
point (Bordelon, Atanasov and Pehlevan 2024), with all modes kept. Time integrals are replaced by the trapezoidal rule
(gradient flow up to a discretization error in step^2) or by sums (gradient descent with that learning rate). Spectrum
lambda_k = k^-b, lambda_k w*_k^2 = k^-a, no label noise. Prints one JSON object: times, test loss, and seconds.
"""

import argparse
import json
import time

import numpy as np

CHUNK_BYTES = 2e8
TOLERANCE = 1e-10
ITERATIONS = 500


def integral(count, step, rule):
    """Matrix that integrates a function of time from 0."""
    matrix = step * np.tril(np.ones((count, count)), -1)
    if rule == "trapezoid":
        matrix[:, 0] *= 0.5
        matrix += 0.5 * step * np.diag((np.arange(count) > 0).astype(float))
    return matrix


def chunks(modes, count):
    """Ranges of modes whose matrices fit into memory together."""
    size = max(1, int(CHUNK_BYTES / (8 * count * count)))
    return [slice(first, min(first + size, modes)) for first in range(0, modes, size)]


def responses(eigenvalues, theta, width, samples):
    """Responses of the residual on samples (R1) and of the features (R3)."""
    count = len(theta)
    one = np.eye(count)
    r1, r3 = one.copy(), one.copy()
    for _ in range(ITERATIONS):
        kernel = theta @ r3 @ r1
        total = np.zeros((count, count))
        for part in chunks(len(eigenvalues), count):
            rates = eigenvalues[part, None, None]
            total += np.sum(rates * np.linalg.inv(one + rates * kernel), axis=0)
        next1 = np.linalg.inv(one + total @ theta @ r3 / samples)
        next3 = np.linalg.inv(one + r1 @ total @ theta / width)
        change = max(np.abs(next1 - r1).max(), np.abs(next3 - r3).max())
        r1, r3 = next1, next3
        if change < TOLERANCE:
            break
    return r1, r3


def correlations(eigenvalues, power, theta, r1, r3, width, samples):
    """Correlation of the residual on test data at all pairs of times."""
    count = len(theta)
    one, everywhere = np.eye(count), np.ones((count, count))
    kernel = theta @ r3 @ r1
    c1, c3 = np.zeros((count, count)), np.zeros((count, count))
    for _ in range(ITERATIONS):
        c0, c2 = np.zeros((count, count)), np.zeros((count, count))
        by_features = theta @ c3 @ theta.T / width
        by_samples = theta @ r3 @ c1 @ r3.T @ theta.T / samples
        for part in chunks(len(eigenvalues), count):
            rates = eigenvalues[part, None, None]
            target = (power[part, None, None] / rates) * everywhere + by_features
            transfer = np.linalg.inv(one + rates * kernel)
            turned = transfer.transpose(0, 2, 1)
            c0 += np.sum(rates * transfer @ (target + rates * by_samples) @ turned, axis=0)
            left = one - rates * (r1 @ transfer @ (theta @ r3))
            c2 += np.sum(rates * left @ c1 @ left.transpose(0, 2, 1) / samples, axis=0)
            seen = r1 @ transfer
            c2 += np.sum(rates**2 * seen @ target @ seen.transpose(0, 2, 1), axis=0)
        next1, next3 = r1 @ c0 @ r1.T, r3 @ c2 @ r3.T
        change = max(np.abs(next1 - c1).max(), np.abs(next3 - c3).max())
        c1, c3 = next1, next3
        if change < TOLERANCE:
            break
    return c0


def main():
    """Reads the arguments, solves the equations, prints the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modes", type=int, default=1000)
    parser.add_argument("--width", type=float, default=200)
    parser.add_argument("--samples", type=float, default=400)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--step", type=float, default=0.2, help="distance of times")
    parser.add_argument("--a", type=float, default=1.5, help="exponent of the target power")
    parser.add_argument("--b", type=float, default=1.25, help="exponent of the eigenvalues")
    parser.add_argument("--rule", choices=["trapezoid", "euler"], default="trapezoid")
    arguments = parser.parse_args()

    mode = np.arange(1, arguments.modes + 1.0)
    eigenvalues, power = mode**-arguments.b, mode**-arguments.a
    theta = integral(arguments.times, arguments.step, arguments.rule)
    start = time.perf_counter()
    r1, r3 = responses(eigenvalues, theta, arguments.width, arguments.samples)
    c0 = correlations(eigenvalues, power, theta, r1, r3, arguments.width, arguments.samples)
    seconds = time.perf_counter() - start
    times = arguments.step * np.arange(arguments.times)
    print(json.dumps({"seconds": seconds, "times": times.tolist(), "test_loss": np.diag(c0).tolist()}))


if __name__ == "__main__":
    main()
