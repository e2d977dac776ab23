#!/usr/bin/env python3
"""Multi-precision reference values for spectra of few levels with wide gaps, and sizes at or near the gaps.

Writes `gaps.json`: levels (eigenvalue, multiplicity, target power of each mode), sizes, and for ridges and for times of
gradient flow the test and train loss, without label noise and per unit of it.  Nothing is shared with the library under
test: sums over levels are plain sums, kappa is solved for directly, pair functions are not made from divided differences
but summed, and all of it in arithmetic of many digits (`pip install gmpy2`).

    python3 generate_gaps.py                write gaps.json next to this file
    python3 generate_gaps.py --case JSON    one case from the command line, for experiments
    python3 generate_gaps.py --seed N       print other records, for a search

Every value is computed twice, with different contours and precisions, and both agree to 1e-20.
"""

import json
import math
import os
import random
import sys

import gmpy2
from gmpy2 import mpc, mpfr

SEED = 20240917
RIDGES = 80
FLOWS = 30
AGREEMENT = 1e-20


class Model:
    def __init__(self, case):
        """Numbers are the exact values of doubles; None is an infinite size."""
        self.levels = [(mpfr(l), mpfr(m), mpfr(p) * mpfr(m)) for l, m, p in case["levels"]]
        self.n = None if case["width"] is None else mpfr(case["width"])
        self.p = None if case["samples"] is None else mpfr(case["samples"])

    def responses(self, kappa):
        """R1, R3 and the derivative of D."""
        d = sum(l * m / (l + kappa) for l, m, _ in self.levels)
        slope = -sum(l * m / (l + kappa) ** 2 for l, m, _ in self.levels)
        r1 = 1 - d / self.p if self.p else mpfr(1)
        r3 = 1 - d / self.n if self.n else mpfr(1)
        return r1, r3, slope

    def excess(self, kappa, z):
        """z(kappa) - z and z'(kappa), equation (R)."""
        r1, r3, slope = self.responses(kappa)
        by_kappa = r1 * r3
        if self.p:
            by_kappa -= kappa * r3 * slope / self.p
        if self.n:
            by_kappa -= kappa * r1 * slope / self.n
        return kappa * r1 * r3 - z, by_kappa

    def at_real(self, z):
        """kappa at a real ridge: the root with D < min(N, P), by bisection and then Newton's iteration."""
        size = min(s for s in (self.n, self.p, mpfr("inf")) if s)
        if gmpy2.is_infinite(size):
            return z
        if z == 0 and sum(m for _, m, _ in self.levels) <= size:
            return mpfr(0)

        def above(kappa):
            r1, r3, _ = self.responses(kappa)
            return r1 > 0 and r3 > 0 and kappa * r1 * r3 > z

        low, high = mpfr(-1000), gmpy2.log(10 * (z + sum(l * m for l, m, _ in self.levels)))
        if z > 0:
            low = gmpy2.log(z) - mpfr("1e-30")
        for _ in range(gmpy2.get_context().precision + 20):
            middle = (low + high) / 2
            if above(gmpy2.exp(middle)):
                high = middle
            else:
                low = middle
        return gmpy2.exp(high)

    def newton(self, kappa, z):
        """The solution next to kappa if it is on the branch (equation (R.unique)), or None."""
        small = mpfr(2) ** (-gmpy2.get_context().precision * 0.9)
        for _ in range(60):
            value, slope = self.excess(kappa, z)
            step = value / slope
            if not gmpy2.is_finite(step) or abs(step) > abs(kappa):
                return None
            kappa = kappa - step
            if abs(step) < small * abs(kappa):
                margin = mpfr("1e-15")
                on_branch = kappa.imag >= z.imag * (1 - margin) and gmpy2.phase(kappa) <= gmpy2.phase(z) * (1 + margin)
                return kappa if on_branch else None
        return None

    def at(self, z):
        """kappa in the upper half plane, from the real axis along the circle."""
        size, angle = abs(z), gmpy2.phase(z)
        kappa, here, step = mpc(self.at_real(size)), mpfr(0), angle / 4
        while here < angle:
            there = min(here + step, angle)
            target = z if there == angle else size * gmpy2.exp(mpc(0, 1) * there)
            found = self.newton(kappa, target)
            if found is None:
                step /= 2
                if step < 1e-12:
                    raise ArithmeticError("no continuation")
            else:
                kappa, here = found, there
        return kappa

    def correlation(self, x, y):
        """C0 z z' of signal and noise at two arguments (kappa, R1, R3), equation (C)."""
        (kappa, r1, r3), (other, _, _) = x, y
        s1 = s2 = t1 = t2 = mpfr(0)
        for l, m, p in self.levels:
            q = 1 / ((l + kappa) * (l + other))
            s1 += l * m * q
            s2 += l * l * m * q
            t1 += p * q
            t2 += l * p * q
        n = 1 - s2 / self.n if self.n else mpfr(1)
        p = 1 - s2 / self.p if self.p else mpfr(1)
        both = kappa * other * s1 * s1 / (self.n * self.p) if self.n and self.p else 0
        den = p * n - both
        features = s1 * t2 / self.n if self.n else 0
        return kappa * other * (n * t1 + features) / den, n / den

    def ridge(self, z):
        z = mpfr(z)
        kappa = self.at_real(z)
        if kappa == 0:
            modes = sum(m for _, m, _ in self.levels)
            r1 = 1 - modes / self.p if self.p else mpfr(1)
            return [mpfr(0), 1 / r1, mpfr(0), r1]
        r1, r3, _ = self.responses(kappa)
        x = (kappa, r1, r3)
        signal, noise = self.correlation(x, x)
        train = r1 * r1 if z > 0 or not self.p or (self.n and self.n < self.p) else mpfr(0)
        return [signal, noise, train * signal, train * noise]

    def flow(self, t, digits):
        """Signal, noise, and both of the train loss, by the double sum over a hyperbola (equation (Contour))."""
        t = mpfr(t)
        q = mpfr(digits) * gmpy2.log(mpfr(10))
        pi = gmpy2.const_pi()
        alpha = mpfr("1.1")
        h = 2 * pi / q * (pi / 2 - alpha)
        mu = q * (2 * alpha - pi / 2) / (pi / 2 - alpha)
        count = int(gmpy2.acosh((1 + q / mu) / gmpy2.sin(alpha)) / h) + 1
        nodes = []
        for j in range(count):
            u = (j + mpfr("0.5")) * h
            z = mu / t * mpc(1 - gmpy2.sin(alpha) * gmpy2.cosh(u), gmpy2.cos(alpha) * gmpy2.sinh(u))
            slope = mu / t * mpc(-gmpy2.sin(alpha) * gmpy2.sinh(u), gmpy2.cos(alpha) * gmpy2.cosh(u))
            weight = h / (2 * pi) * slope * mpc(0, -1) * gmpy2.exp(z * t) / z
            kappa = self.at(z)
            r1, r3, _ = self.responses(kappa)
            nodes.append((weight, (kappa, r1, r3)))
        conjugates = [(w.conjugate(), tuple(mpc(v).conjugate() for v in x)) for w, x in nodes]
        sums = [mpfr(0)] * 4
        for j, (w, x) in enumerate(nodes):
            for k in range(j, count):
                factor = 2 if j == k else 4
                for v, y in (nodes[k], conjugates[k]):
                    signal, noise = self.correlation(x, y)
                    both = w * v * factor
                    train = x[1] * y[1]
                    for i, value in enumerate((signal, noise, train * signal, train * noise)):
                        sums[i] += (both * value).real
        return sums


def evaluate(case):
    """The four losses at the case's ridge or time, as decimal strings."""
    def once(bits, digits):
        gmpy2.get_context().precision = bits
        model = Model(case)
        return model.ridge(case["ridge"]) if "ridge" in case else model.flow(case["time"], digits)

    # Responses at a gap of g digits are lost to g digits, pair functions to twice as many; on a plateau the terms of the
    # double sum cancel as well.
    for bits, digits in ((420, 26), (800, 45), (1500, 90)):
        one, other = once(bits, digits), once(bits + 120, digits + 5)
        scale = [abs(other[0]), abs(other[1]), abs(other[0]), abs(other[1])]
        if all(abs(x - y) <= AGREEMENT * s for x, y, s in zip(one, other, scale)):
            return ["{0:.25e}".format(x) for x in other]
    raise ArithmeticError("no agreement: %s" % json.dumps(case))


def draw(source, flow):
    """Two or three groups of levels with gaps in between, and sizes at, near or away from the borders."""
    levels, borders, position, total = [], [], 0.0, 0.0
    for _ in range(source.choice([2, 2, 3])):
        for _ in range(source.randint(1, 3)):
            multiplicity = source.choice([1.0, 1.0, 1.0, float(source.randint(2, 9)), source.uniform(0.5, 7.0),
                                          10.0 ** source.uniform(2, 15)])
            power = source.choice([0.0, 1.0, 10.0 ** source.uniform(-4, 1)]) / multiplicity
            levels.append((10.0**position, multiplicity, power))
            position -= source.uniform(0.05, 0.6)
            total += multiplicity
        borders.append(total)
        position -= source.uniform(6, 22)
    if all(p == 0 for _, _, p in levels):
        levels[0] = (levels[0][0], levels[0][1], 1.0)

    def size():
        kind = source.random()
        border = source.choice(borders)
        if kind < 0.45:
            return max(1.0, border)
        if kind < 0.65:
            return max(1.0, border * (1 + source.choice([-1, 1]) * 10.0 ** source.uniform(-15, -1)))
        if kind < 0.85:
            return None
        return max(1.0, border * 10.0 ** source.uniform(-1, 2))

    width, samples = size(), size()
    if width is None and samples is None:
        samples = max(1.0, source.choice(borders))
    case = {"levels": levels, "width": width, "samples": samples}
    if flow:
        case["time"] = 10.0 ** source.uniform(0, min(29, 4 - position))
    else:
        case["ridge"] = source.choice([0.0, 10.0 ** source.uniform(position - 15, 2)])
    return case


def exact(value):
    """Numbers as strings: readers of JSON may round numbers to another double."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return [exact(x) for x in value]
    if isinstance(value, dict):
        return {key: exact(x) for key, x in value.items()}
    return value


def main():
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(evaluate(json.loads(sys.argv[2]))))
        return
    searching = sys.argv[1:2] == ["--seed"]
    source = random.Random(int(sys.argv[2]) if searching else SEED)
    records = []
    for flow, count in ((False, RIDGES), (True, FLOWS)):
        while count:
            case = draw(source, flow)
            try:
                case["losses"] = [float(x) for x in evaluate(case)]
            except (ArithmeticError, ZeroDivisionError) as problem:
                print("left out:", problem, file=sys.stderr)
                continue
            if all(math.isfinite(x) for x in case["losses"]):
                records.append(case)
                count -= 1
    text = '{"records": [\n' + ",\n".join(json.dumps(exact(r)) for r in records) + "\n]}\n"
    if searching:
        print(text, end="")
        return
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gaps.json")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main()
