"""Losses of networks of finite width on a sphere, for `networks.json`: python3 generate_networks.py > networks.json

An implementation of its own of equations (Network), (Network.closure) and (Network.sphere) of theory/12-networks.md, at
complex arguments k, without any spectrum in between. Needs numpy and scipy; about two minutes.
"""

import json

import numpy as np
from scipy.special import gammaln

NODES = 32


class Sphere:
    def __init__(self, d, n, degrees):
        self.d, self.n = d, n
        ln_harmonics = np.zeros(degrees)
        for k in range(degrees - 1):
            ratio = d if k == 0 else (2 * k + d) / (2 * k + d - 2) * ((k + d - 2) / (k + 1))
            ln_harmonics[k + 1] = ln_harmonics[k] + np.log(ratio)
        density = np.exp(gammaln(d / 2) - gammaln((d - 1) / 2)) / np.sqrt(np.pi)
        self.square = np.zeros(degrees)
        ln_p = 0.0
        for k in range(0, degrees, 2):
            if k > 0:
                ln_p += np.log((k - 1) / (k + d - 3))
            overlap = density * np.exp(ln_p) / abs((k - 1) * (k + d - 1))
            self.square[k] = np.exp(ln_harmonics[k] + 2 * np.log(overlap))
        self.square[1] = 0.25 / d
        degree = np.arange(degrees)
        self.across = degree * (degree + d - 2.0) * self.square
        self.reciprocal = np.exp(-ln_harmonics)
        self.harmonics = np.exp(ln_harmonics)
        self.rest = (0.5 / d - self.square.sum(), 0.5 - 0.5 / d - self.across.sum())
        u = np.arange(-4.0, 3.8, 0.05)
        self.t = np.exp(u - np.exp(-u))
        self.weight = 0.05 * self.t * (1 + np.exp(-u)) * np.exp(-self.t)

    def saturated(self, m, c):
        return 2 * m * np.sum(self.weight * (1 + 4 * c * self.t) ** (-m / 2 - 1))

    def at(self, k):
        """D_n, the diagonal of the resolvent, and what is learned of each mode."""
        d, n = self.d, self.n
        s = (self.saturated(d + 1, 0.0), self.saturated(1, 0.0))
        for _ in range(5000):
            covariance = self.reciprocal * (self.square * s[0] + self.across * s[1])
            total = k + covariance
            b = 0.5 * total * (1 + np.sqrt(1 - 4 * k * covariance / (n * total * total)))
            sums = ((self.square / b).sum() + self.rest[0] / k, (self.across / b).sum() + self.rest[1] / k)
            after = (self.saturated(d + 1, sums[0] / n), self.saturated(1, sums[1] / (d - 1) / n))
            change = max(abs(x / y - 1) for x, y in zip(after, s))
            s = after
            if change < 1e-14:
                break
        return s[0] * sums[0] + s[1] * sums[1], 1 / b - covariance / (n * b * b), covariance / b

    def loss(self, power, samples, noise, time):
        """The loss of one network, and the mean product of the errors of two on the same samples."""
        u = (np.arange(NODES) + 0.5 - NODES / 2) * (1.081792140 * 2 / NODES)
        scale = 4.492075287 * NODES / 2 / time
        z = scale * (1 + np.sin(1j * u - 1.172104229))
        weight = 1j * scale * np.cos(1j * u - 1.172104229) * np.exp(z * time) * (1.081792140 * 2 / NODES) / (2j * np.pi)
        k, big_d, e, slope_d, slope_e = (np.zeros(NODES, complex) for _ in range(5))
        resolvent, learned = (np.zeros((NODES, len(self.square)), complex) for _ in range(2))

        def energy(at):
            return (power * self.at(at)[1][: len(power)]).sum()

        for i in range(NODES // 2, NODES):
            now = None
            for stretch in np.geomspace(1e4, 1, 40):
                goal = z[i] * stretch
                before, now = (goal, goal * 1.001) if now is None else (now, now * 1.001)
                f = before * (1 - self.at(before)[0] / samples) - goal
                for _ in range(40):
                    g = now * (1 - self.at(now)[0] / samples) - goal
                    if g == f or abs(now - before) < 1e-13 * abs(now):
                        break
                    before, now, f = now, now - g * (now - before) / (g - f), g
            k[i], big_d[i], e[i] = now, self.at(now)[0], energy(now)
            for j, values in ((1, resolvent), (2, learned)):
                values[i] = self.at(now)[j]
                values[NODES - 1 - i] = values[i].conjugate()
            step = 1e-4 * abs(now)
            around = [step, 1j * step, -step, -1j * step]
            slope_d[i] = sum(self.at(now + s)[0] / s for s in around) / 4
            slope_e[i] = sum(energy(now + s) / s for s in around) / 4
            for values in (k, big_d, e, slope_d, slope_e):
                values[NODES - 1 - i] = values[i].conjugate()
        difference = k[:, None] - k[None, :] + np.eye(NODES)
        s1, t1 = (-(x[:, None] - x[None, :]) / difference for x in (big_d, e))
        s1[np.diag_indices(NODES)], t1[np.diag_indices(NODES)] = -slope_d, -slope_e
        s2 = big_d[:, None] - k[None, :] * s1
        correlation = (t1 + noise / np.outer(k, k)) / (1 - s2 / samples) * np.outer(k / z, k / z)
        g = resolvent[:, : len(power)]
        shared = ((g * power) @ g.T + noise / np.outer(k, k)) / (1 - (learned * self.harmonics) @ learned.T / samples)
        shared *= np.outer(k / z, k / z)
        return [float((weight @ of_two @ weight).real) for of_two in (correlation, shared)]


if __name__ == "__main__":
    records = []
    for d, width, samples, noise in [(20, 4, 400, 0.0), (20, 8, 100, 0.0), (20, 32, 400, 0.1), (5, 16, 50, 0.0), (20, 1000, 400, 0.0), (3, 64, 300, 0.0)]:
        sphere = Sphere(d, width, 1200 if d > 3 else 6000)
        white = sphere.harmonics[:3] / sphere.harmonics[:3].sum()
        time = [3.0, 30.0, 300.0, 3000.0]
        arguments = [1.0, 0.1, 0.01, 1e-3]
        losses = [sphere.loss(white, samples, noise, t) for t in time]
        one_point = [(dn, float((white * g[:3]).sum())) for dn, g in ((dn, g) for dn, g, _ in map(sphere.at, arguments))]
        records.append(
            {
                "dimension": d,
                "target": "white:3",
                "width": width,
                "samples": samples,
                "noise": noise,
                "argument": arguments,
                "d": [float(dn) for dn, _ in one_point],
                "e": [e for _, e in one_point],
                "time": time,
                "test_loss": [one for one, _ in losses],
                "ensemble_loss": [all for _, all in losses],
            }
        )
    print(json.dumps(records, indent=1))
