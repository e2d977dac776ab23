#!/usr/bin/env python3
"""Writes spread_digits.json: spreads between runs and shifts of random models, to about 18 digits (mpmath).

Ridge regression: numerical derivatives of equation (Spread) by the sources and by the ridge. Gradient flow: equations
(Spread.flow) and (Shift.flow) term by term over single modes, on a contour of more than a hundred nodes.
"""

import json
import random
from pathlib import Path

from mpmath import cos, cosh, exp, log, mp, mpc, mpf, nstr, pi, sin, sinh, sqrt

mp.dps = 45
RIDGES, TIMES = 24, 8


def modes(a, b, count):
    return [(mpf(k) ** -mpf(b), mpf(k) ** -mpf(a)) for k in range(1, count + 1)]


def inverse(size):
    return mpf(0) if size is None else 1 / mpf(size)


def saddle(z, source, md, iw, ip, kappa):
    """kappa, B, rho and R1 of equation (Spread.source), by Newton's method in kappa."""

    def parts(kappa):
        d = sum(l / (l + kappa) for l, _ in md)
        slope = -sum(l / (l + kappa) ** 2 for l, _ in md)
        # R1 = 1 - R1/(R1 + J) D/P is quadratic
        q = source - 1 + d * ip
        r1 = (-q + sqrt(q * q + 4 * source)) / 2
        return slope, r1, -r1 / (2 * r1 + q) * (slope * ip), 1 - d * iw

    for _ in range(300):
        slope, r1, r1_slope, r3 = parts(kappa)
        b = r1 + source
        value = kappa * r3 * b - z
        step = value / (r3 * b - kappa * slope * iw * b + kappa * r3 * r1_slope)
        following = kappa - step if kappa > step else kappa / 2
        done = abs(following - kappa) < mpf(10) ** (3 - mp.dps) * abs(kappa)
        kappa = following
        if done:
            break
    _, r1, _, _ = parts(kappa)
    return kappa, r1 + source, r1 / (r1 + source), r1


def covariance(one, two, md, iw, ip, noise, start):
    """Equation (Spread) at two pairs of a ridge and a source."""
    k, b, r, _ = saddle(*one, md, iw, ip, start)
    q, bb, rr, _ = saddle(*two, md, iw, ip, start)
    s1 = sum(l / ((l + k) * (l + q)) for l, _ in md)
    s2 = sum(l * l / ((l + k) * (l + q)) for l, _ in md)
    t1 = sum(p / ((l + k) * (l + q)) for l, p in md)
    t2 = sum(l * p / ((l + k) * (l + q)) for l, p in md)
    both = r * rr
    n, p, y = 1 - s2 * iw, 1 - both * s2 * ip, k * q * t1 + noise
    den = p * n - both * k * q * s1**2 * iw * ip
    g = (p * k * q * t2**2 * iw + 2 * both * k * q * s1 * t2 * y * iw * ip + both * n * y * y * ip) / den
    return 2 * b * bb * g


def shift_of_objective(z, source, md, iw, ip, noise, start):
    """`delta e` of equation (Shift.ridge)."""
    k, b, r, _ = saddle(z, source, md, iw, ip, start)

    def log_den(k, r):
        s1 = sum(l / (l + k) ** 2 for l, _ in md)
        s2 = sum(l * l / (l + k) ** 2 for l, _ in md)
        return log((1 - r * r * s2 * ip) * (1 - s2 * iw) - r * r * k * k * s1**2 * iw * ip)

    s1, s2 = (sum(l**i / (l + k) ** 2 for l, _ in md) for i in (1, 2))
    t1, t2 = (sum(l**i * p / (l + k) ** 2 for l, p in md) for i in (0, 1))
    u1, u2 = (sum(l**i * p / (l + k) ** 3 for l, p in md) for i in (1, 2))
    n, p, y = 1 - s2 * iw, 1 - r * r * s2 * ip, k * k * t1 + noise
    den = p * n - r * r * k * k * s1**2 * iw * ip
    c0 = (n * y + k * k * s1 * t2 * iw) / den
    c3 = (p * t2 + r * r * s1 * y * ip) * iw / den
    rung = (p * k * u2 * iw - r * r * n * k * k * u1 * ip + 2 * r * r * k**3 * s1 * u1 * iw * ip) / den
    h = mpf(10) ** -14
    by_level = (log_den(k * (1 + h), r) - log_den(k * (1 - h), r)) / (2 * h)
    by_rho = (log_den(k, r + h) - log_den(k, r - h)) / (2 * h)
    return b * (rung + (r * r * c0 * ip - k * c3) * by_level / 2 - r * r * (1 - r) * c0 * ip / 2 * by_rho)


def extrapolated(quotient, h):
    return (4 * quotient(h / 2) - quotient(h)) / 3


def ridge(a, b, count, width, samples, noise, z):
    md, iw, ip = modes(a, b, count), inverse(width), inverse(samples)
    z, noise = mpf(z), mpf(noise)
    start = z + sum(l for l, _ in md) * (iw + ip) + mpf(10) ** -8
    start, _, _, r1 = saddle(z, mpf(0), md, iw, ip, start)

    def of_sources(x, y):
        return covariance((z, x), (z, y), md, iw, ip, noise, start)

    def of_ridges(x, y):
        return covariance((z * x, 0), (z * y, 0), md, iw, ip, noise, start)

    def mixed(h):
        return (of_sources(h, h) - of_sources(h, -h) - of_sources(-h, h) + of_sources(-h, -h)) / (4 * h * h)

    def train(h):
        up, down = 1 + h, 1 - h
        both = (of_ridges(up, up) - of_ridges(up, down) - of_ridges(down, up) + of_ridges(down, down)) / (4 * h * h)
        return of_ridges(1, 1) - (of_ridges(up, 1) - of_ridges(down, 1)) / h + both

    def first(h):
        of = [shift_of_objective(z, source, md, iw, ip, noise, start) for source in (h, -h)]
        return (of[0] - of[1]) / (2 * h)

    h = mpf(10) ** -9
    return sqrt(extrapolated(mixed, h * r1)), extrapolated(first, h * r1), sqrt(extrapolated(train, h))


def level(z, md, iw, ip):
    """kappa, R1 and R3 of equation (R), followed from a large positive number."""
    begin = mpf(100) + 50 * sum(l for l, _ in md)
    kappa = mpc(begin + sum(l for l, _ in md) * (iw + ip))
    steps = 80
    for i in range(steps + 1):
        share = mpf(i) / steps
        at = exp((1 - share) * log(mpc(begin)) + share * log(z))
        tolerance = mpf(10) ** (4 - mp.dps if i == steps else -6)
        for _ in range(60):
            d = sum(l / (l + kappa) for l, _ in md)
            slope = -sum(l / (l + kappa) ** 2 for l, _ in md)
            r1, r3 = 1 - d * ip, 1 - d * iw
            step = (kappa * r1 * r3 - at) / (r1 * r3 - kappa * slope * (ip * r3 + iw * r1))
            kappa -= step
            if abs(step) < tolerance * abs(kappa):
                break
    d = sum(l / (l + kappa) for l, _ in md)
    return kappa, 1 - d * ip, 1 - d * iw


def contour(t):
    """Nodes of a hyperbola that stays close to the origin, as four factors e^(zt) are multiplied."""
    angle, step, scale = mpf("1.17"), mpf("0.05"), 8 / t
    for k in range(-60, 60):
        u = (k + mpf(1) / 4) * step
        z = scale * (1 - sin(angle) * cosh(u) + mpc(0, 1) * cos(angle) * sinh(u))
        derivative = scale * (-sin(angle) * sinh(u) + mpc(0, 1) * cos(angle) * cosh(u))
        omega = derivative * step / (2 * pi * mpc(0, 1)) * exp(z * t) / z
        if abs(omega) > mpf(10) ** -26:
            yield z, omega


def flow(a, b, count, width, samples, noise, t):
    md, iw, ip = modes(a, b, count), inverse(width), inverse(samples)
    t, noise = mpf(t), mpf(noise)
    z, omega = zip(*contour(t))
    levels = [level(at, md, iw, ip) for at in z]
    kappa, r1 = [of[0] for of in levels], [of[1] for of in levels]
    zeta = [of[0] * of[2] for of in levels]
    every = range(len(z))

    def ends(inner, outer):
        def end(i):
            terms = ((omega[j] * inner[j]).conjugate() / (z[j].conjugate() - z[i]) for j in every)
            return omega[i] * outer[i] * sum(terms)

        return [end(i) for i in every]

    beta, of_train = ends(zeta, [1] * len(z)), ends(z, r1)
    inverses = [[1 / (l + k) for l, _ in md] for k in kappa]
    conjugates = [[x.conjugate() for x in row] for row in inverses]

    def sums(x, y):
        s1 = s2 = t1 = t2 = mpc(0)
        for (l, p), u, v in zip(md, x, y):
            term = u * v
            s1, s2, t1, t2 = s1 + l * term, s2 + l * l * term, t1 + p * term, t2 + l * p * term
        return s1, s2, t1, t2

    def correlations(of, product):
        s1, s2, t1, t2 = of
        n, p, y = 1 - s2 * iw, 1 - s2 * ip, product * t1 + noise
        den = n * p - product * s1 * s1 * iw * ip
        c0 = (n * y + product * s1 * t2 * iw) / den
        c3 = (p * t2 + s1 * y * ip) * iw / den
        return product * t2 * c3 + y * c0 * ip, c0, c3, n, den

    pairs = [[correlations(sums(inverses[i], inverses[j]), kappa[i] * kappa[j]) for j in every] for i in every]
    rows = [sum(omega[j] * pairs[i][j][1] for j in every) for i in every]
    whole = sum(omega[i] * rows[i] for i in every)
    at_ends = 8 * sum(beta[i] * beta[j] * pairs[i][j][0] for i in every for j in every)
    at_one = -8 * ip * sum(beta[i] * rows[i] ** 2 for i in every)
    at_rungs = sum(
        omega[i] * omega[j] * pairs[i][j][3] / pairs[i][j][4] * rows[i] * rows[j] for i in every for j in every
    )
    variance = at_ends + at_one + 2 * ip * (2 * at_rungs - whole**2)
    train_variance = 8 * sum(of_train[i] * of_train[j] * pairs[i][j][0] for i in every for j in every)

    shift = mpc(0)
    for i in every:
        k, u = kappa[i], inverses[i]
        s1, s2, _, _ = sums(u, u)
        _, c0, c3, n, den = pairs[i][i]
        p = 1 - s2 * ip
        a3, s3 = (sum(l**m * x**3 for (l, _), x in zip(md, u)) for m in (1, 2))
        u1, u2 = (sum(l**m * q * x**3 for (l, q), x in zip(md, u)) for m in (1, 2))
        crossed = 2 * k * s1 * s1 - 4 * k * k * s1 * a3
        by_level = (2 * s3 * (ip * n + p * iw) - crossed * iw * ip) / den
        by_rho = -2 * (s2 * n * ip + k * k * s1 * s1 * iw * ip) / den
        rung = (p * k * u2 * iw - n * k * k * u1 * ip + 2 * k**3 * s1 * u1 * iw * ip) / den
        shift += 2 * beta[i] * (rung + (c0 * ip - k * c3) * k * by_level / 2)
        for j in every:
            q, v = kappa[j].conjugate(), conjugates[j]
            of = sums(u, v)
            _, d0, d3, nb, db = correlations(of, k * q)
            v1, v2 = (sum(l**m * w * x * x * y for (l, w), x, y in zip(md, u, v)) for m in (1, 2))
            term = d0 * ip * (k * (n - k * s1 * iw) / den * by_level + by_rho / 2)
            term += by_rho / 2 * ((k + q) * d0 * ip - 2 * k * q * d3) / (k - q)
            closed = n * k * q * v1 * (nb * ip - k * of[0] * iw * ip)
            closed -= k * k * q * s1 * iw * ip * (v1 * nb + v2 * of[0] * iw)
            shift -= omega[i] * omega[j].conjugate() * (term - 2 / (den * db) * closed)
    return sqrt(variance.real), shift.real, sqrt(train_variance.real)


def records(kind, count):
    draw = random.Random(kind)

    def number(low, high):
        return float("%.3g" % (low * (high / low) ** draw.random()))

    for _ in range(count):
        a, b = round(1.1 + 2.5 * draw.random(), 2), round(1.1 + 1.2 * draw.random(), 2)
        modes = draw.choice([5, 12, 40] if kind == "ridge" else [4, 7, 10])
        width = None if draw.random() < 0.15 else round(number(2, 200))
        samples = None if width is not None and draw.random() < 0.15 else round(number(2, 200))
        noise = 0.0 if draw.random() < 0.3 else number(1e-3, 3)
        at = number(1e-5, 30) if kind == "ridge" else number(3e-2, 1e4)
        found = (ridge if kind == "ridge" else flow)(a, b, modes, width, samples, noise, at)
        spread, shift, train = (float(nstr(x.real, 18)) for x in found)
        yield {
            "a": a, "b": b, "modes": modes, "width": width, "samples": samples, "noise": noise,
            "ridge" if kind == "ridge" else "time": at, "spread": spread, "shift": shift, "train_spread": train,
        }  # fmt: skip


if __name__ == "__main__":
    lines = [json.dumps(record) for kind, count in (("ridge", RIDGES), ("flow", TIMES)) for record in records(kind, count)]
    Path(__file__).with_name("spread_digits.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
