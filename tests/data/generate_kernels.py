#!/usr/bin/env python3
"""Multi-precision eigenvalues of dot-product kernels on spheres, straight from the Funk-Hecke integral.

Writes `kernels.json`: for every kernel and dimension d the weight N(d, k) lambda_k of some levels k and
the natural logarithm of lambda_k, which may be far below the smallest double.

    python3 generate_kernels.py [--output FILE] [--only NAME]

The integral of kappa(cos theta) P_k(cos theta) sin(theta)^(d-2) over theta is summed by the tanh-sinh
rule, Legendre polynomials by their three-term recurrence in fixed point, with as many digits as
cancel and 30 more. Nothing is shared with the library: no contours, no series, no functions of the second
kind. Every value is computed with two step widths, which must agree to 1e-20.
"""

import argparse
import json
import os
import time as clock

from mpmath import mp, mpf

AGREEMENT = mpf(10) ** -20


def relu(depth, weight, bias, tangent):
    weight, bias = mpf(weight), mpf(bias)

    def kernel(theta):
        diagonal = weight + bias
        gap = weight * 2 * mp.sin(theta / 2) ** 2  # diagonal - covariance
        tangent_kernel = diagonal - gap
        for _ in range(depth):
            angle = 2 * mp.asin(mp.sqrt(gap / (2 * diagonal)))
            cosine, sine = mp.cos(angle), mp.sin(angle)
            covariance = weight * diagonal * (sine + (mp.pi - angle) * cosine) / mp.pi + bias
            slope = weight * (mp.pi - angle) / mp.pi
            tangent_kernel = covariance + slope * tangent_kernel
            diagonal = weight * diagonal + bias
            gap = diagonal - covariance
        return tangent_kernel if tangent else diagonal - gap

    return kernel


def erf(depth, weight, bias, tangent):
    weight, bias = mpf(weight), mpf(bias)

    def kernel(theta):
        diagonal = weight + bias
        covariance = weight * mp.cos(theta) + bias
        tangent_kernel = covariance
        for _ in range(depth):
            scale = 1 + 2 * diagonal
            slope = weight * 4 / mp.pi / mp.sqrt(scale**2 - 4 * covariance**2)
            covariance = weight * 2 / mp.pi * mp.asin(2 * covariance / scale) + bias
            diagonal = weight * 2 / mp.pi * mp.asin(2 * diagonal / scale) + bias
            tangent_kernel = covariance + slope * tangent_kernel
        return tangent_kernel if tangent else covariance

    return kernel


def laplace(scale):
    return lambda theta: mp.exp(-2 * mp.sin(theta / 2) / mpf(scale))


def gaussian(scale):
    return lambda theta: mp.exp(-2 * mp.sin(theta / 2) ** 2 / mpf(scale) ** 2)


def polynomial(degree, offset):
    return lambda theta: (mpf(offset) + mp.cos(theta)) ** degree


def log_degeneracy(d, k):
    if k == 0:
        return mpf(0)
    if d == 2:
        return mp.log(2)
    return mp.log(2 * k + d - 2) + mp.loggamma(k + d - 2) - mp.loggamma(k + 1) - mp.loggamma(d - 1)


def nodes(step, digits):
    """theta and weights of the tanh-sinh rule on (0, pi)."""
    out, j = [], 0
    while True:
        x = step * j
        ratio = mp.exp(-mp.pi * mp.sinh(x))  # theta / (pi - theta) of the left half
        weight = mp.pi * step * mp.pi * mp.cosh(x) * ratio / (1 + ratio) ** 2
        if weight < mpf(10) ** -(digits + 10):
            return out
        left = mp.pi * ratio / (1 + ratio)
        out.append((left, weight))
        if j:
            out.append((mp.pi - left, weight))
        j += 1


def levels(kernel, d, ks, digits, count):
    """lambda_k for all k in ks by the rule of about `count` nodes."""
    mp.dps = digits
    reach = mp.asinh(digits * mp.log(10) / mp.pi)
    step = 2 * reach / count
    bits = int(digits * 3.33) + 40
    one = 1 << bits
    sums = {k: 0 for k in ks}
    top, wanted = max(ks), set(ks)
    norm = mp.exp(mp.loggamma(mpf(d) / 2) - mp.loggamma(mpf(d - 1) / 2)) / mp.sqrt(mp.pi)
    for theta, weight in nodes(step, digits):
        f = weight * norm * mp.sin(theta) ** (d - 2)
        if f < mpf(10) ** -(digits + 5):
            continue
        f = int(mp.ldexp(f * kernel(theta), bits))
        u = int(mp.ldexp(mp.cos(theta), bits))
        before, now = one, u
        if 0 in wanted:
            sums[0] += f
        for k in range(1, top + 1):
            if k in wanted:
                sums[k] += (f * now) >> bits
            if d == 2:
                before, now = now, ((u * now) >> (bits - 1)) - before
            else:
                before, now = now, (((2 * k + d - 2) * ((u * now) >> bits)) - k * before) // (k + d - 2)
    return {k: mp.ldexp(mpf(s), -bits) for k, s in sums.items()}


def record(name, parameters, kernel, d, ks, decay):
    mp.dps = 30
    top = max(ks)
    digits = int(log_degeneracy(d, top) / mp.log(10) + decay * top) + 60
    count = int(1.1 * digits * mp.log(digits) + 1.6 * top)
    while True:
        coarse = levels(kernel, d, ks, digits, count)
        fine = levels(kernel, d, ks, digits, int(1.3 * count))
        limit = mpf(10) ** -(digits - 30)
        worst = max(abs(coarse[k] / fine[k] - 1) if abs(fine[k]) > limit else 0 for k in ks)
        if worst < AGREEMENT:
            break
        count = int(1.5 * count)
    values = []
    for k in ks:
        value = fine[k]
        if abs(value) <= limit:
            values.append([k, 0.0, None])
            continue
        assert value > 0, (name, k, value)
        values.append([k, float(value * mp.exp(log_degeneracy(d, k))), float(mp.log(value))])
    return dict(kernel=name, **parameters, dimension=d, levels=values)


LOW = [0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 30, 31]
HIGH = LOW + [100, 101, 300, 301, 1000, 1001]
MIDDLE = LOW + [100, 101, 300, 301]


def cases():
    for name, tangent in (("nngp", False), ("ntk", True)):
        for depth, weight, bias, ds in (
            (1, 1.0, 0.0, (2, 3, 10, 100, 784)),
            (2, 1.0, 0.0, (2, 10)),
            (3, 1.0, 0.0, (2, 3, 10, 784)),
            (20, 1.0, 0.0, (2, 3, 100, 784)),
            (1, 0.9, 0.1, (3, 784)),
            (3, 0.5, 2.0, (10,)),
            (5, 1.0, 1e-6, (3,)),
            (20, 2.0, 0.05, (10,)),
        ):
            for d in ds:
                yield name, dict(activation="relu", depth=depth, weight=weight, bias=bias), relu(
                    depth, weight, bias, tangent), d, HIGH if d <= 10 else MIDDLE, 0.0
        for depth, weight, bias, ds in (
            (1, 1.0, 0.0, (2, 3, 784)),
            (3, 1.0, 0.0, (2, 10, 100)),
            (2, 10.0, 0.1, (3, 784)),
            (20, 2.0, 0.2, (10,)),
            (6, 30.0, 0.0, (2,)),
        ):
            for d in ds:
                yield name, dict(activation="erf", depth=depth, weight=weight, bias=bias), erf(
                    depth, weight, bias, tangent), d, LOW + [100, 101], 1.0
    for scale, ds in ((1.0, (2, 3, 10, 100, 784)), (0.1, (2, 3, 10, 784)), (0.01, (2, 3)), (10.0, (3, 100))):
        for d in ds:
            yield "laplace", dict(scale=scale), laplace(scale), d, HIGH if d <= 10 else MIDDLE, 0.0
    for scale, ds in ((1.0, (2, 3, 10, 784)), (0.1, (2, 3, 100)), (0.02, (3,))):
        for d in ds:
            yield "gaussian", dict(scale=scale), gaussian(scale), d, LOW + [100, 101], 3.0
    for d in (2, 3, 10, 784):
        yield "polynomial", dict(degree=7, offset=0.5), polynomial(7, 0.5), d, list(range(8)), 2.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--output", default=os.path.join(here, "kernels.json"))
    parser.add_argument("--only", help="kernels of this name alone")
    options = parser.parse_args()
    records = []
    begun = clock.time()
    for name, parameters, kernel, d, ks, decay in cases():
        if options.only not in (None, name):
            continue
        started = clock.time()
        records.append(record(name, parameters, kernel, d, ks, decay))
        print("%s %s d=%d: %.1f s (%.0f s)" % (name, parameters, d, clock.time() - started, clock.time() - begun),
              flush=True)
        lines = ",\n".join(json.dumps(r) for r in records)
        with open(options.output, "w") as file:
            file.write("[\n" + lines + "\n]\n")


if __name__ == "__main__":
    main()
