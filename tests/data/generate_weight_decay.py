"""Losses of gradient flow with weight decay in multi-precision arithmetic (mpmath), for tests/training/weight_decay.rs.

The test loss is the double inverse Laplace transform of equation (C) with all of kappa at z + decay, in 45 digits; twice, on
contours of different numbers of nodes, which have to agree. Run in this folder: python3 generate_weight_decay.py
"""

import json

from mpmath import cosh, exp, mp, mpc, mpf, pi, sin, sinh

mp.dps = 45


def one_point(lam, k):
    return sum(l / (l + k) for l in lam), sum(l / (l + k) ** 2 for l in lam)


def kappa(lam, n, p, z, k):
    for _ in range(200):
        d, d2 = one_point(lam, k)
        r1, r3 = 1 - d / p, 1 - d / n
        step = (k * r1 * r3 - z) / (r1 * r3 + k * d2 * (r3 / p + r1 / n))
        k -= step
        if abs(step) < mpf(10) ** -42 * abs(k):
            return k
    raise ArithmeticError("no convergence")


def loss(row, count):
    a, b, m = mpf(str(row["a"])), mpf(str(row["b"])), row["modes"]
    n, p, noise = row["width"], row["samples"], mpf(str(row["noise"]))
    zeta, t = mpf(str(row["weight_decay"])), mpf(str(row["time"]))
    lam = [mpf(k) ** -b for k in range(1, m + 1)]
    power = [mpf(k) ** -a for k in range(1, m + 1)]
    # hyperbola of Weideman and Trefethen (2007), around the axis to the left of 0
    h, alpha, mu = mpf("1.081792140") / count, mpf("1.172104229"), mpf("4.492075287") * count / t
    k = mpf(10) ** 3
    for i in range(60):
        z = mpf(10) ** 3 * (mpf("1e-8")) ** (mpf(i) / 59)
        if z < zeta + mu * (1 - sin(alpha)):
            break
        k = kappa(lam, n, p, z, k)
    nodes = []
    for j in range(count):
        u = (j + mpf(1) / 2) * h
        s = mu * (1 + mpc(0, 1) * sinh(u) * mp.cos(alpha) - cosh(u) * sin(alpha))
        ds = mu * (mpc(0, 1) * cosh(u) * mp.cos(alpha) - sinh(u) * sin(alpha))
        k = kappa(lam, n, p, s + zeta, k)
        # 1/z of the flow becomes 1/s; the factor kappa of every residual
        nodes.append((k, ds * h / (2 * pi * mpc(0, 1)) * exp(s * t) * k / s))
    nodes += [(k.conjugate(), w.conjugate()) for k, w in nodes]
    f1 = [one_point(lam, k) for k, _ in nodes]
    d = [x for x, _ in f1]
    e = [sum(q / (l + k) for l, q in zip(lam, power)) for k, _ in nodes]
    e2 = [sum(q / (l + k) ** 2 for l, q in zip(lam, power)) for k, _ in nodes]
    total = mpf(0)
    for i, (x, wx) in enumerate(nodes[:count]):
        for j, (y, wy) in enumerate(nodes):
            if abs(wx * wy) < mpf(10) ** -40:
                continue
            s1 = f1[i][1] if i == j else -(d[i] - d[j]) / (x - y)
            t1 = e2[i] if i == j else -(e[i] - e[j]) / (x - y)
            s2, t2 = d[i] - y * s1, e[i] - y * t1
            pp, nn = 1 - s2 / p, 1 - s2 / n
            c1 = (nn * (t1 + noise / (x * y)) + s1 * t2 / n) / (pp * nn - x * y * s1**2 / (n * p))
            total += 2 * (wx * wy * c1).real
    return total


if __name__ == "__main__":
    with open("weight_decay.json") as file:
        rows = json.load(file)
    for row in rows:
        first, second = loss(row, 40), loss(row, 48)
        assert abs(first / second - 1) < 1e-25, row
        row["precise_test_loss"] = float(second)
    with open("weight_decay.json", "w") as file:
        file.write("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n")
