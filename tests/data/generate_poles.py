"""Writes src/contour/poles/{one_time,slope,decade}.txt: rational approximations of e^{-xt} for all x >= 0.

    e^{-xt} = 2 Re sum_j c_j(t) / (x + z_j) + error,   t = 1, or 1 <= t <= 10

and, on the poles of one time, the residues of its slope by ln t, -x e^{-x}.

The poles z_j lie on a bent hyperbola; its five parameters were found by a Nelder-Mead search for the least error with
sum_j 2 |c_j| / |z_j| below 7, which is what rounding is multiplied by. Given the poles, the residues are the weighted
least-squares solution on a grid of x, in 100 digits; for a decade they are found at Chebyshev points of ln t and
written as coefficients of Chebyshev polynomials.

Needs numpy and python-flint. Takes a minute.
"""

import math
import pathlib

import flint
import numpy as np

flint.ctx.dps = 100
DIRECTORY = pathlib.Path(__file__).resolve().parents[2] / "src" / "contour" / "poles"
# opening angle, step, scale and bends of the hyperbola
ONE_TIME = dict(count=12, ratio=1.0, angle=1.03783371, step=0.1004719, scale=21.22154984, bend=(8.82408460e-04, 0.178604956))
DECADE = dict(count=24, ratio=10.0, angle=0.64255017, step=0.1750531, scale=7.48976306, bend=(-0.06731464, 0.15185007))
DEGREES = 36
RIDGE = 1e-17


def poles(count, ratio, angle, step, scale, bend):
    u = (np.arange(count) + 0.5) * step
    u *= 1 + bend[0] * (u / u[-1]) + bend[1] * (u / u[-1]) ** 2
    return scale / ratio * (1 - math.sin(angle) * np.cosh(u) + 1j * math.cos(angle) * np.sinh(u))


def residues(z, x, value, weight):
    """The weighted least-squares residues: those of a function of x, with RIDGE / |z| as a cost of their own."""
    rows, values = [], []
    for point in x:
        own = flint.arb(weight(point))
        inverse = [1 / (flint.acb(point) + flint.acb(pole.real, pole.imag)) for pole in z]
        rows.append([2 * own * w.real for w in inverse] + [-2 * own * w.imag for w in inverse])
        values.append([own * value(flint.arb(point))])
    for i in range(2 * len(z)):
        rows.append([flint.arb(RIDGE / abs(z[i % len(z)])) if j == i else flint.arb(0) for j in range(2 * len(z))])
        values.append([flint.arb(0)])
    matrix, right = flint.arb_mat(rows), flint.arb_mat(values)
    transposed = matrix.transpose()
    solution = (transposed * matrix).solve(transposed * right)
    return np.array([complex(float(solution[j, 0].mid()), float(solution[len(z) + j, 0].mid())) for j in range(len(z))])


def of_exponential(z, t, x):
    """The residues of e^{-xt}; errors count with 1 + xt."""
    return residues(z, x, lambda point: (-point * flint.arb(t)).exp(), lambda point: 1 + point * t)


def write_slope():
    """The residues of -x e^{-x}; errors count with (1 + x) / x, for what is hardly learned has a slope as small."""
    z = poles(**ONE_TIME)
    x = np.logspace(-4.0, 3.6, 320)
    c = residues(z, x, lambda point: -point * (-point).exp(), lambda point: (1 + point) / min(1.0, max(point, 1e-3)))
    (DIRECTORY / "slope.txt").write_text("".join(f"{value.real!r} {value.imag!r}\n" for value in c.tolist()))
    x = np.logspace(-4, 6, 4001)
    error = np.abs(2 * np.real((1 / (x[:, None] + z[None, :])) @ c) + x * np.exp(-x))
    print("slope largest error", error.max(), "over min(1, x)", (error / np.minimum(1, x)).max(),
          "sum 2|c|/|z|", (2 * np.abs(c) / np.abs(z)).sum())


def write(name, shape):
    z, ratio = poles(**shape), shape["ratio"]
    x = np.r_[0, np.logspace(-2.0, 3.6, 260)] / math.sqrt(ratio)
    if ratio == 1.0:
        coefficients = of_exponential(z, 1.0, x)[:, None]
    else:
        angles = math.pi * (np.arange(DEGREES) + 0.5) / DEGREES
        times = [float(t) for t in np.exp(math.log(ratio) * 0.5 * (1 + np.cos(angles)))]
        values = np.array([of_exponential(z, t, x) for t in times])
        transform = np.cos(np.outer(np.arange(DEGREES), angles)) * 2 / DEGREES
        transform[0] /= 2
        coefficients = (transform @ values).T
    lines = [f"{pole.real!r} {pole.imag!r}" for pole in z.tolist()]
    lines += [" ".join(f"{c.real!r} {c.imag!r}" for c in row) for row in coefficients.tolist()]
    DIRECTORY.mkdir(exist_ok=True)
    (DIRECTORY / f"{name}.txt").write_text("\n".join(lines) + "\n")
    check(name, z, ratio, coefficients)


def check(name, z, ratio, coefficients):
    t = ratio ** np.linspace(0.0, 1.0, 101 if ratio > 1 else 1)
    u = 2 * np.log(t) / math.log(ratio) - 1 if ratio > 1 else np.zeros(1)
    c = coefficients @ np.cos(np.outer(np.arange(coefficients.shape[1]), np.arccos(np.clip(u, -1, 1))))
    x = np.r_[0, np.logspace(-4, 6, 4001)]
    error = np.abs(2 * np.real((1 / (x[:, None] + z[None, :])) @ c) - np.exp(-np.outer(x, t)))
    print(name, "largest error", error.max(), "times (1 + xt)", (error * (1 + np.outer(x, t))).max(),
          "sum 2|c|/|z|", (2 * np.abs(c) / np.abs(z)[:, None]).sum(axis=0).max(), "last coefficient", np.abs(coefficients[:, -1]).max())


if __name__ == "__main__":
    write("one_time", ONE_TIME)
    write_slope()
    write("decade", DECADE)
