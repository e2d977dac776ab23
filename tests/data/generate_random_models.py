#!/usr/bin/env python3
"""Multi-precision reference values for random power-law models under gradient flow.

Writes `random_models.json`: models drawn at random over the whole supported domain, with the test
and train loss and the residual covariances of two trained models.  Nothing is shared with the
library under test: all arithmetic is arbitrary precision (python-flint, `pip install python-flint`).

    python3 generate_random_models.py                       write random_models.json next to this file
    python3 generate_random_models.py --compare FILE        check against the `gradient_flow` section of FILE
    python3 generate_random_models.py --limits              check against sums known in closed form

The model
---------
Modes k = 1..M, eigenvalues lambda_k = k^-b, target powers k^-a, width N, samples P, time t.  With
f_k = 1/(1 + kappa k^b), the one-point functions are D = sum f_k and E = sum k^(b-a) f_k, and kappa(z)
solves z = kappa R1 R3, R1 = 1 - D/P, R3 = 1 - D/N, on the branch kappa ~ z at infinity.  For two
arguments
    S1 = -(D - D')/(kappa - kappa')     S2 = D - kappa' S1
    T1 = -(E - E')/(kappa - kappa')     T2 = E - kappa' T1
    c1 = [(1 - S2/N)(sigma^2/(kappa kappa') + T1) + S1 T2/N]
         / [(1 - S2/P)(1 - S2/N) - kappa kappa' S1^2/(N P)]
the test loss is the double inverse Laplace transform of C0 = c1 kappa kappa'/(z z'), the train loss
that of R1 R1' C0.  Two models that share neither data nor features have c1 -> T1 (`bias`), the same
data T1/(1 - S2/P) (`same_data`), the same features T1 + S1 T2/(N - S2) (`same_feat`).

The method
----------
* Contour: all singularities lie on the negative axis, so the midpoint rule on the hyperbola
  z t = mu (1 + sin(iu - alpha)) gains about one decimal digit per node of the upper half (Weideman
  and Trefethen 2007); the lower half follows by conjugation.
* Sums: the first modes are added one by one.  The rest is the integral in closed form (a
  hypergeometric function, summed as a power series) plus the Abel-Plana correction
      sum_{k>=K} f = int_K^inf f + f(K)/2 + i int_0^inf (f(K+iy) - f(K-iy))/(e^{2 pi y} - 1) dy
  by Gauss quadrature for the weight y/(e^{2 pi y} - 1) in y^2, whose moments are Bernoulli numbers.
  K stays clear of the poles of f, where kappa k^b = -1.
* kappa(z): bisection on the positive axis, then continuation along the contour, then Newton.
* Exponents, sizes and times are taken as the exact values of the doubles in the record.
* Trust: every record is computed twice, with different contours, node counts, working precisions
  and splittings of the sums, and precision is raised until both agree.
"""

import argparse
import json
import math
import os
import random
import sys
import time as clock

from flint import acb, acb_mat, arb, arb_poly, ctx, fmpq

SEED = 20240611
COUNT = 1000
FIELDS = ("signal", "noise", "train_signal", "train_noise", "bias", "same_data", "same_feat")
# Both evaluations must agree to this relative error (absolute for train values that have decayed).
AGREEMENT = 1e-18
# Losses below this are left out: they are exponentially small and of no practical use.
SMALLEST = 1e-250
FIRST_DIGITS = 36
MOST_DIGITS = 330
# Digits carried by the sums beyond those asked of the contour: late on a plateau neighbouring
# kappas agree to 15 digits, and R1 or R3 vanish as quickly.
SUM_MARGIN = 30
# Digits of the sums while kappa is continued from node to node.
TRACKING_DIGITS = 40
BITS = math.log2(10)
IMAGINARY = acb(0, 1)


def to_arb(value):
    return value if isinstance(value, arb) else arb(value)


# ---------------------------------------------------------------------------------------------
# Sums over modes
# ---------------------------------------------------------------------------------------------

class AbelPlanaRule:
    """Gauss rules for the weight y/(e^{2 pi y} - 1) as a function of y^2."""

    _recurrences = {}
    _rules = {}

    @classmethod
    def recurrence(cls, size, precision):
        """Coefficients of the orthogonal polynomials by Chebyshev's algorithm.  It loses about
        ten bits per degree, which the working precision has to provide."""
        for (known_size, known_precision), value in cls._recurrences.items():
            if known_size >= size and known_precision >= precision:
                return value
        saved, ctx.prec = ctx.prec, precision + 100 + 14 * size
        moments = [abs(arb(fmpq.bernoulli(2 * j + 2))) / (4 * (j + 1)) for j in range(2 * size)]
        alpha, beta = [moments[1] / moments[0]], [moments[0]]
        previous, current = [arb(0)] * (2 * size), moments
        for k in range(1, size):
            following = [arb(0)] * (2 * size)
            for j in range(k, 2 * size - k):
                following[j] = current[j + 1] - alpha[k - 1] * current[j] - beta[k - 1] * previous[j]
            alpha.append(following[k + 1] / following[k] - current[k] / current[k - 1])
            beta.append(following[k] / current[k - 1])
            previous, current = current, following
        ctx.prec = saved
        cls._recurrences[(size, precision)] = (alpha, beta)
        return alpha, beta

    @classmethod
    def nodes(cls, size, precision):
        """Pairs (y, weight/y)."""
        key = (size, precision)
        if key in cls._rules:
            return cls._rules[key]
        alpha, beta = cls.recurrence(size, precision)
        saved, ctx.prec = ctx.prec, precision + 100 + 14 * size
        before, polynomial = arb_poly([1]), arb_poly([-alpha[0], 1])
        for k in range(1, size):
            before, polynomial = polynomial, arb_poly([-alpha[k], 1]) * polynomial - beta[k] * before
        slope = polynomial.derivative()
        rule = []
        for root in polynomial.complex_roots():
            s = root.real.mid()
            # The isolated roots are good to a machine word; Newton doubles the digits.
            for _ in range(2 + max(0, int(math.log2(ctx.prec / 30)))):
                s = (s - polynomial(s) / slope(s)).mid()
            below, here = arb(0), 1 / beta[0].sqrt()
            total = here * here
            for k in range(size - 1):
                down = beta[k].sqrt() * below if k else 0
                below, here = here, ((s - alpha[k]) * here - down) / beta[k + 1].sqrt()
                total += here * here
            y = s.sqrt()
            rule.append((y.mid(), (1 / (total * y)).mid()))
        ctx.prec = saved
        cls._rules[key] = rule
        return rule

    @classmethod
    def size_for(cls, digits, distance, largest, precision):
        """Least number of nodes for singularities this far away."""
        _, beta = cls.recurrence(largest, precision)
        lost = 0.0
        for n in range(1, largest):
            lost += float(beta[n - 1].log()) / math.log(10)
            if (4 * n + 1) * math.log10(distance) - lost > digits + 2:
                return n
        return largest


class PrimitiveSeries:
    """int k^(c-1)/(1 + kappa k^b) dk in closed form, with u = kappa k^b:
    from 0:        k^c sum_j (-u)^j / (bj + c)           = k^c/c 2F1(1, c/b; 1 + c/b; -u)
    to infinity:   k^c/u sum_j (-1/u)^j / (b(j+1) - c)
    (both understood by continuation in c where the integral diverges); their sum is
    (pi/b)/sin(pi c/b) kappa^(-c/b).
    """

    RADIUS = 0.7

    def __init__(self, b, c, digits):
        self.b, self.c = b, c
        self.ratio = c / b
        self.whole = (arb.pi() / b) / (self.ratio * arb.pi()).sin()
        most = int(digits / -math.log10(self.RADIUS)) + 4
        inner = [1 / (b * j + c) for j in range(most)]
        outer = [1 / (b * (j + 1) - c) for j in range(most)]
        # Short polynomials for small arguments.
        self.inner, self.outer = [], []
        for radius in (1e-30, 1e-10, 1e-4, 1e-2, 0.1, 0.3, self.RADIUS):
            length = int(digits / -math.log10(radius)) + 4
            self.inner.append((radius, arb_poly(inner[:length])))
            self.outer.append((radius, arb_poly(outer[:length])))

    @staticmethod
    def _evaluate(polynomials, x, size):
        for radius, polynomial in polynomials:
            if size <= radius:
                return polynomial(x)
        raise AssertionError("argument outside the radius of the series")

    def at(self, u, size, power):
        """(value, from_zero): the primitive at k, where power = k^c and size = |u|."""
        if size <= self.RADIUS:
            return power * self._evaluate(self.inner, -u, size), True
        if size >= 1 / self.RADIUS:
            v = 1 / u
            return power * v * self._evaluate(self.outer, -v, 1 / size), False
        return power / self.c * (-u).hypgeom_2f1(1, self.ratio, self.ratio + 1), True

    def total(self, log_kappa):
        return self.whole * (-self.ratio * log_kappa).exp()


class SpectralSums:
    """D(kappa), E(kappa) and kappa times their derivatives."""

    def __init__(self, a, b, modes, digits, clearance):
        """`clearance` >= 1 widens the distance kept from the poles, to vary the splitting."""
        self.digits = digits
        self.b_float, self.modes = b, modes
        bits = int((digits + 15) * BITS)
        a, b = arb(a), arb(b)
        self.distance = clearance * digits / 2.6 + 1
        self.direct_limit = int(4 * self.distance) + 8
        self.all_direct = modes is not None and modes <= self.direct_limit
        if not self.all_direct:
            bits += 60
            # Two terms of the closed form have opposite poles where c/b is an integer, c = 1 or
            # b - a + 1.  Near such exponents more digits are needed; on them, a is moved by less
            # than the accuracy asked for.
            for numerator in ((a - 1) / b, 1 / b):
                offset = abs(float((numerator - round(float(numerator))).mid()))
                if offset == 0.0:
                    if float((1 / b - numerator).mid()) == 0.0:
                        raise ValueError("1/b must not be an integer")
                    shift = digits + 5
                    bits += int(shift * BITS) + 20
                    self.shift = shift
                else:
                    bits += int(-math.log2(offset)) + 8
        self.precision = bits
        ctx.prec = bits
        if getattr(self, "shift", None):
            a = a + arb(10) ** (-self.shift)
        self.a, self.b = a, b
        self.weight_power = b - a
        self.tables = {}
        self.powers = []
        if not self.all_direct:
            self.series = [PrimitiveSeries(b, arb(1), digits + 5), PrimitiveSeries(b, b - a + 1, digits + 5)]
            self.nodes = AbelPlanaRule.nodes(int(self.distance) + 2, bits)
            if modes is not None:
                m = arb(modes)
                self.end_power = m ** b
                self.end_powers = (m, m ** (b - a + 1))
                # Poles stay at an angle of at least 0.1 from the real axis.
                size = AbelPlanaRule.size_for(digits + 5, max(0.1 * modes, self.distance), len(self.nodes), bits)
                self.end_nodes = AbelPlanaRule.nodes(size, bits)

    def _head(self, count):
        while len(self.powers) < count:
            k = arb(len(self.powers) + 1)
            power = k ** self.b
            self.powers.append((power, power * k ** (-self.a)))
        return self.powers[:count]

    def _table(self, start):
        """Powers k^b and the matrix of weights (of D and of E) of the sum without its integral."""
        if start in self.tables:
            return self.tables[start]
        head = self._head(start - 1 if start is not None else self.modes)
        powers = [p for p, _ in head]
        weights = [[acb(1), acb(w)] for _, w in head]
        ends = []
        if start is not None:
            half = arb(1) / 2

            def endpoint(k, nodes, direction):
                k = arb(k)
                power = k ** self.b
                powers.append(power)
                weights.append([acb(half), acb(half * k ** self.weight_power)])
                for y, w in nodes:
                    for sign in (1, -1):
                        point = acb(k, sign * y)
                        weight = IMAGINARY * (sign * direction) * w
                        powers.append(point ** self.b)
                        weights.append([weight, weight * point ** self.weight_power])

            ends.append(len(powers))
            endpoint(start, self.nodes, 1)
            if self.modes is not None:
                ends.append(len(powers))
                endpoint(self.modes, self.end_nodes, -1)
        table = (powers, acb_mat(weights), ends)
        if start is not None:
            k = arb(start)
            table += (k ** self.b, float(k ** self.b), (k, k ** (self.weight_power + 1)))
        self.tables[start] = table
        return table

    def _start(self, kappa):
        """First mode of the smooth part, or None when all modes are added directly."""
        if self.all_direct:
            return None
        argument = abs(float(kappa.arg()))
        angle = (math.pi - argument) / self.b_float
        log_radius = -float(abs(kappa).log()) / self.b_float
        least = self.distance + 1
        # A pole further than this clears the ray by its imaginary part alone.
        if angle < math.pi / 2 and log_radius < 60:
            radius = math.exp(log_radius)
            x, y = radius * math.cos(angle), radius * math.sin(angle)
            if y < self.distance:
                least = max(least, x + math.sqrt(self.distance ** 2 - y * y))
        start = int(self.distance) + 2
        while start < least:
            start = int(start * 1.25) + 1
        # Beyond, or well before, the circle where both series of the integral are slow.
        for _ in range(12):
            size = self.b_float * (math.log(start) - log_radius)
            if abs(size) > -math.log(PrimitiveSeries.RADIUS) + 0.01 or start > 400:
                break
            start = int(start * 1.25) + 1
        if self.modes is not None and self.modes < start + self.distance:
            return None
        return start

    def __call__(self, kappa, derivatives=True):
        """(D, E, kappa dD/dkappa, kappa dE/dkappa) at the working precision of this object."""
        start = self._start(kappa)
        table = self._table(start)
        powers, weights, ends = table[:3]
        values = [1 / (1 + kappa * p) for p in powers]
        row = acb_mat(1, len(values), values) * weights
        sums = [row[0, 0], row[0, 1]]
        slopes = [None, None]
        if derivatives:
            # kappa df/dkappa = -f (1 - f)
            row = acb_mat(1, len(values), [f * f - f for f in values]) * weights
            slopes = [row[0, 0], row[0, 1]]
        if start is not None:
            power, power_float, start_powers = table[3:]
            u = kappa * power
            size = float(abs(u))
            log_kappa = kappa.log()
            if self.modes is not None:
                u_end = kappa * self.end_power
                size_end = float(abs(u_end))
            for i, series in enumerate(self.series):
                lower, lower_from_zero = series.at(u, size, start_powers[i])
                if self.modes is None:
                    upper, upper_from_zero = 0, False
                else:
                    upper, upper_from_zero = series.at(u_end, size_end, self.end_powers[i])
                if lower_from_zero == upper_from_zero:
                    integral = upper - lower if lower_from_zero else lower - upper
                else:
                    integral = series.total(log_kappa) - lower - upper
                sums[i] += integral
                if derivatives:
                    # The integral is kappa^(-c/b) times a function of kappa^(1/b) K.
                    edge = start_powers[i] * values[ends[0]]
                    if self.modes is not None:
                        edge -= self.end_powers[i] * values[ends[1]]
                    slopes[i] += -series.ratio * integral - edge / self.b
        return sums[0], sums[1], slopes[0], slopes[1]


# ---------------------------------------------------------------------------------------------
# kappa(z) on the contour
# ---------------------------------------------------------------------------------------------

class Resolvent:
    """The equation z = kappa R1 R3 at a given accuracy of the sums."""

    def __init__(self, model, digits, clearance):
        self.sums = SpectralSums(model["a"], model["b"], model["modes"], digits, clearance)
        self.enter()
        self.inverse_width = arb(0) if model["width"] is None else 1 / arb(model["width"])
        self.inverse_samples = arb(0) if model["samples"] is None else 1 / arb(model["samples"])

    def enter(self):
        ctx.prec = self.sums.precision

    def residual(self, kappa, z):
        """(kappa R1 R3 - z, its derivative, R1, R3)"""
        d, _, slope, _ = self.sums(kappa)
        r1, r3 = 1 - d * self.inverse_samples, 1 - d * self.inverse_width
        derivative = r1 * r3 - slope * (r3 * self.inverse_samples + r1 * self.inverse_width)
        return kappa * r1 * r3 - z, derivative, r1, r3

    def on_positive_axis(self, z):
        """The largest positive root, by bisection safeguarding Newton's method."""
        # D falls with kappa, so R1, R3 > 0 holds exactly to the right of the largest zero of R1 R3;
        # there kappa R1 R3 rises from 0.  Elsewhere other roots lie in wait for Newton's method.
        def probe(kappa):
            value, derivative, r1, r3 = self.residual(acb(kappa), z)
            admissible = r1.real > 0 and r3.real > 0
            newton = (kappa - value.real / derivative.real).mid() if admissible else None
            return not admissible or value.real <= 0, newton

        low, high = z.mid(), (2 * z).mid()
        while probe(high)[0]:
            low, high = high, (high * 16).mid()
        kappa = high
        for step in range(400):
            is_below, trial = probe(kappa)
            if is_below:
                low = kappa
            else:
                high = kappa
            if step < 12 or trial is None or not (trial > low and trial < high):
                # Also reached at the end, when Newton's step no longer moves.
                if trial is not None and step >= 12 and abs(trial - kappa) < kappa * arb(10) ** (-30):
                    return acb(kappa)
                trial = (low * high).sqrt().mid()
            kappa = trial
            if high - low < kappa * arb(10) ** (-36):
                return acb(high)
        raise ArithmeticError("no root on the positive axis")

    def newton(self, kappa, z, target, largest_first, most=12):
        """Root near kappa, or None if the first step exceeds `largest_first` or the steps do not shrink."""
        previous = None
        for _ in range(most):
            value, derivative, _, _ = self.residual(kappa, z)
            step = value / derivative
            size = abs(step)
            if not size.is_finite():
                return None
            if previous is None:
                if largest_first is not None and not size < largest_first:
                    return None
            elif not size < previous and not size < abs(kappa) * target:
                return None
            previous = size
            kappa = (kappa - step).mid()
            if size < abs(kappa) * target:
                return kappa
        return None


def extrapolate(history, u):
    """Neville extrapolation of log kappa in the contour parameter."""
    points = history[-7:]
    column = [value for _, value in points]
    for level in range(1, len(points)):
        column = [
            ((u - points[i][0]) * column[i + 1] - (u - points[i + level][0]) * column[i])
            / (points[i + level][0] - points[i][0])
            for i in range(len(points) - level)
        ]
    return column[0]


def continue_along(resolvent, curve, parameters):
    """kappa at each parameter of the contour, followed from its crossing of the positive axis."""
    resolvent.enter()
    z = curve(arb(0)).real
    kappa = resolvent.on_positive_axis(z)
    _, derivative, _, _ = resolvent.residual(kappa, z)
    tangent = (kappa, 1 / derivative, z)
    history = [(arb(0), kappa.log())]
    target = arb(10) ** (-26)
    found = []
    for parameter in parameters:
        goal = parameter
        for _ in range(200):
            z = curve(goal)
            last = history[-1][1].exp()
            if len(history) == 1:
                guess = tangent[0] * (1 + (z - tangent[2]) * tangent[1] / tangent[0])
            else:
                guess = extrapolate(history, goal).exp()
            guess = guess.mid()
            # A guess worse than a third of the move may belong to another branch: take a shorter step.
            kappa = resolvent.newton(guess, z, target, abs(guess - last) / 3)
            if kappa is None:
                goal = ((goal + history[-1][0]) / 2).mid()
                continue
            history.append((goal, kappa.log().mid()))
            if goal is parameter:
                break
            goal = parameter
        else:
            raise ArithmeticError("continuation along the contour stalled")
        found.append(kappa)
    return found


# ---------------------------------------------------------------------------------------------
# Losses
# ---------------------------------------------------------------------------------------------

class Settings:
    """One way to evaluate a model; `variant` selects between two independent ones."""

    def __init__(self, digits, variant):
        self.nodes = digits + (0, 7)[variant]
        self.sum_digits = digits + SUM_MARGIN + (0, 17)[variant]
        self.clearance = (1.0, 1.3)[variant]
        self.tracking_digits = TRACKING_DIGITS + (0, 6)[variant]
        # The optimal hyperbola, and one slightly off.
        self.alpha = ("1.172104", "1.16")[variant]
        self.scale = ("4.492075", "4.41")[variant]


def losses(model, settings):
    """The seven values of a model as a dict of arb."""
    n = settings.nodes
    tracker = Resolvent(model, settings.tracking_digits, settings.clearance)
    resolvent = Resolvent(model, settings.sum_digits, settings.clearance)
    resolvent.enter()
    t = arb(model["time"])
    alpha, mu = arb(settings.alpha), arb(settings.scale) * n
    step = arb("1.081792") / n
    parameters = [(step * (2 * k + 1) / 2).mid() for k in range(n)]

    def curve(u):
        return mu * (1 + (acb(0, 1) * u - alpha).sin()) / t

    tracked = continue_along(tracker, curve, parameters)
    resolvent.enter()
    converged = arb(10) ** (-(settings.sum_digits + 24) // 2)
    one = acb(1)
    points = []
    for u, kappa in zip(parameters, tracked):
        z = curve(u)
        kappa = resolvent.newton(kappa, z, converged, None)
        if kappa is None:
            raise ArithmeticError("Newton's method did not converge on the contour")
        d, e, d_slope, e_slope = resolvent.sums(kappa)
        r1 = one - d * resolvent.inverse_samples
        # In the upper half plane kappa, R1 and R3 have positive imaginary parts, and their arguments
        # add up to that of z on the branch kappa ~ z; any other branch violates one or the other.
        r3 = one - d * resolvent.inverse_width
        upper = [x for x, present in ((kappa, True), (r1, model["samples"]), (r3, model["width"])) if present is not None]
        if not (all(x.imag > 0 for x in upper) and sum(float(x.arg()) for x in upper) < math.pi):
            raise AssertionError("wrong branch of kappa(z): %s" % model)
        # dz/du e^{zt}/(2 pi i), per node of the midpoint rule.
        weight = step * mu * (acb(0, 1) * u - alpha).cos() / t * (z * t).exp() / (2 * arb.pi())
        points.append((kappa, d, e, weight * kappa / z, weight / z, r1, d_slope / kappa, e_slope / kappa))

    conjugates = [tuple(x.conjugate() for x in point) for point in points]
    inverse_width, inverse_samples = resolvent.inverse_width, resolvent.inverse_samples
    both = inverse_width * inverse_samples
    coupled = model["width"] is not None and model["samples"] is not None
    totals = [acb(0)] * len(FIELDS)
    for j, (kappa, d, e, signal_weight, noise_weight, r1, d_slope, e_slope) in enumerate(points):
        for k in range(j, n):
            for partner in (points[k], conjugates[k]):
                kappa2, d2, e2, signal_weight2, noise_weight2, r12, _, _ = partner
                if partner is points[j]:
                    s1, t1 = -d_slope, -e_slope
                else:
                    inverse = 1 / (kappa2 - kappa)
                    s1, t1 = (d - d2) * inverse, (e - e2) * inverse
                s2, t2 = d - kappa2 * s1, e - kappa2 * t1
                width_factor = 1 / (1 - s2 * inverse_width)
                sample_factor = 1 / (1 - s2 * inverse_samples)
                g = signal_weight * signal_weight2
                h = noise_weight * noise_weight2
                if k > j:
                    g, h = g + g, h + h
                amplifier = sample_factor
                if coupled:
                    amplifier = sample_factor / (1 - kappa * kappa2 * s1 * s1 * both * sample_factor * width_factor)
                bias = g * t1
                same_feat = bias + g * s1 * t2 * inverse_width * width_factor
                signal, noise = same_feat * amplifier, h * amplifier
                train = r1 * r12
                totals[0] += signal
                totals[1] += noise
                totals[2] += signal * train
                totals[3] += noise * train
                totals[4] += bias
                totals[5] += bias * sample_factor
                totals[6] += same_feat
    # The lower half of the contour contributes the complex conjugate.
    return {name: 2 * value.real for name, value in zip(FIELDS, totals)}


def magnitude(value):
    """log10 |value|, also for values outside the range of doubles."""
    value = abs(value.mid())
    return float(value.log() / arb(10).log()) if value > 0 else -1e9


def decay_bound(model):
    """An upper bound of log10 of the signal, from a gap in the spectrum of the gradient operator.

    With fewer modes than features and samples its least eigenvalue is at least
    lambda_M (1 - sqrt(M/N))^2 (1 - sqrt(M/P))^2, the bound for a product."""
    if model["modes"] is None:
        return 1.0
    gap = float(model["modes"]) ** -model["b"]
    for size in (model["width"], model["samples"]):
        if size is not None:
            if size <= model["modes"]:
                return 1.0
            gap *= (1 - math.sqrt(model["modes"] / size)) ** 2
    return 2.0 - 2 * gap * model["time"] / math.log(10)


class Dropped(Exception):
    """The model cannot be used; the message says why."""


def evaluate(model):
    """Record with verified values; raises Dropped."""
    bound = decay_bound(model)
    if bound < math.log10(SMALLEST):
        raise Dropped("signal too small")
    digits = max(FIRST_DIGITS, int(-bound) + 25)
    must_resolve = ("signal", "noise", "bias", "same_data", "same_feat")
    while digits <= MOST_DIGITS:
        try:
            first = losses(model, Settings(digits, 0))
            least = min(magnitude(first[name]) for name in must_resolve)
            # The contour resolves about `digits` digits below 1.
            if least < 22 - digits:
                digits = max(digits + 12, min(int(-least) + 26, 2 * digits))
                continue
            if magnitude(first["signal"]) < math.log10(SMALLEST):
                raise Dropped("signal too small")
            second = losses(model, Settings(digits, 1))
        except ArithmeticError as error:
            print("  retrying", model, error, file=sys.stderr)
            digits += 25
            continue
        values, worst = {}, 0.0
        for name in FIELDS:
            difference = abs(first[name].mid() - second[name].mid())
            relative = float((difference / abs(second[name].mid())).mid()) if second[name].mid() != 0 else 1.0
            values[name] = second[name].mid()
            if name not in must_resolve and relative > AGREEMENT:
                # Interpolating models: the train loss decays below what the contour resolves.
                if difference < AGREEMENT and abs(values[name]) < 1e-24:
                    values[name] = arb(0)
                    relative = 0.0
            worst = max(worst, relative)
        if worst <= AGREEMENT:
            if not (first["signal"] > SMALLEST and first["bias"] > SMALLEST * 1e-40):
                raise Dropped("signal too small")
            record = dict(model)
            for name in FIELDS:
                record[name] = float(values[name].str(30, radius=False))
            return record, digits, worst
        digits = int(digits * 1.25) + 5
    if least < math.log10(SMALLEST) + 15:
        raise Dropped("signal too small")
    raise Dropped("not resolved with %d digits" % MOST_DIGITS)


# ---------------------------------------------------------------------------------------------
# Random models
# ---------------------------------------------------------------------------------------------

def draw(index, attempt):
    """Model number `index`; `attempt` counts the redraws."""
    rng = random.Random("%d/%d/%d" % (SEED, index, attempt))

    def uniform(low, high):
        return low + (high - low) * rng.random()

    def log_uniform(low, high):
        return math.exp(uniform(math.log(low), math.log(high)))

    def tiny(largest, smallest):
        return log_uniform(smallest, largest) * (1 if rng.random() < 0.5 else -1)

    kind = rng.random()
    a, b, modes = uniform(1.02, 10.0), uniform(1.02, 6.0), None
    if kind >= 0.6:
        modes = int(log_uniform(1.0, 1e12))
    if kind >= 0.85:
        a, b = uniform(1.02, 4.0), uniform(0.3, 1.0)
    width, samples = log_uniform(1.0, 1e12), log_uniform(1.0, 1e12)
    if rng.random() < 0.15:
        width = None
    if rng.random() < 0.15:
        samples = None
    time = log_uniform(1e-3, 1e15)
    relation = rng.random()
    if relation < 0.10:
        width = samples = log_uniform(1.0, 1e12)
    elif relation < 0.15:
        samples = log_uniform(1.0, 1e12)
        width = min(1e12, max(1.0, samples * (1 + tiny(1e-8, 1e-10))))

    # Hard places, by index so that each kind is certain to occur.
    place = index % 80
    if place in (5, 25):
        # Source exponent at, or next to, the first or second saturation.
        multiple = 1 if place == 5 else 2
        b = uniform(1.02, 4.0)
        if rng.random() < 0.3:
            b = max(66, round(b * 64)) / 64
            a = 1 + multiple * b
        else:
            a = 1 + multiple * b + tiny(1e-3, 1e-12)
        modes = None if rng.random() < 0.7 else modes
    elif place == 15:
        b = 1.02
    elif place in (35, 45):
        modes = int(log_uniform(1.0, 1e12))
        near = float(modes) if rng.random() < 0.4 else max(1.0, modes * (1 + tiny(1e-6, 1e-12)))
        if place == 35:
            width = near
        else:
            samples = near
    elif place in (55, 65):
        # More features and samples than modes: the loss decays exponentially in the end.
        modes = int(log_uniform(1.0, 1e9))
        width, samples = modes * log_uniform(1.01, 1e3), modes * log_uniform(1.01, 1e3)
        time = log_uniform(1e-2, 1e2) * modes ** b
        time = min(1e15, max(1e-3, time))
    elif place == 75:
        a = 1.02
    return {"a": a, "b": b, "modes": modes, "width": width, "samples": samples, "time": time}


def write(path, records):
    """One record per line; replaced at once, so that a reader never sees half a file."""
    lines = ",\n".join(json.dumps(record) for record in records)
    with open(path + ".partial", "w") as file:
        file.write("[\n" + lines + "\n]\n")
    os.replace(path + ".partial", path)


def generate(path, count):
    begun = clock.time()
    records, dropped, most_digits = [], {}, 0
    for index in range(count):
        attempt = 0
        while True:
            model = draw(index, attempt)
            started = clock.time()
            try:
                record, digits, _ = evaluate(model)
                break
            except Dropped as reason:
                dropped[str(reason)] = dropped.get(str(reason), 0) + 1
                attempt += 1
                elapsed = clock.time() - started
                if elapsed > 5 or "signal" not in str(reason):
                    print("  dropped (%s, %.1f s): %s" % (reason, elapsed, model), file=sys.stderr)
        elapsed = clock.time() - started
        if elapsed > 10:
            print("  slow: %.1f s, %d digits: %s" % (elapsed, digits, record), file=sys.stderr)
        most_digits = max(most_digits, digits)
        records.append(record)
        if (index + 1) % 50 == 0 or index + 1 == count:
            write(path, records)
            print("%d models, %.0f s, dropped %s, most digits %d"
                  % (index + 1, clock.time() - begun, dropped, most_digits), flush=True)


# ---------------------------------------------------------------------------------------------
# Checks of this script
# ---------------------------------------------------------------------------------------------

def compare(path):
    with open(path) as file:
        data = json.load(file)
    worst = 0.0
    for reference in data["gradient_flow"] if isinstance(data, dict) else data:
        model = {name: reference[name] for name in ("a", "b", "modes", "width", "samples", "time")}
        started = clock.time()
        record, digits, agreement = evaluate(model)
        errors = {}
        for name in FIELDS:
            if name.startswith("train") and abs(reference[name]) < 1e-30:
                continue
            errors[name] = abs(record[name] / reference[name] - 1)
        largest = max(errors.values())
        worst = max(worst, largest)
        print("%-100s %.1e (%s)  two settings %.1e, %d digits, %.2f s"
              % (model, largest, max(errors, key=errors.get), agreement, digits, clock.time() - started), flush=True)
    print("largest relative difference %.2e" % worst)


def limits():
    """Infinite width and samples: the loss is sum_k k^-a exp(-2 k^-b t)."""
    worst = 0.0
    for a, b, modes, time in ((1.5, 1.3, 7, 30.0), (3.2, 0.6, 500, 1e2), (2.0, 1.5, 3000, 1e4), (6.0, 1.1, 20000, 1e6),
                              (2.5, 3.0, 50, 1e-3), (9.5, 1.05, 4000, 1e4), (3.0, 2.0, 1000, 1e6)):
        record, digits, _ = evaluate({"a": a, "b": b, "modes": modes, "width": None, "samples": None, "time": time})
        ctx.prec = 300
        exact = sum(((-2 * arb(k) ** -arb(b) * arb(time)).exp() * arb(k) ** -arb(a) for k in range(1, modes + 1)), arb(0))
        for name in ("signal", "train_signal", "bias", "same_data", "same_feat"):
            worst = max(worst, abs(float((arb(record[name]) / exact - 1).mid())))
        worst = max(worst, abs(record["noise"] - 1), abs(record["train_noise"] - 1))
        print(a, b, modes, time, digits, "%.1e" % worst)
    print("largest relative difference %.2e" % worst)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--output", default=os.path.join(here, "random_models.json"))
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED, help="of other models than those of the tests")
    parser.add_argument("--compare", metavar="FILE", help="recompute the records of FILE instead")
    parser.add_argument("--limits", action="store_true", help="check solvable limits instead")
    options = parser.parse_args()
    if options.compare:
        compare(options.compare)
    elif options.limits:
        limits()
    else:
        globals()["SEED"] = options.seed
        generate(options.output, options.count)


if __name__ == "__main__":
    main()
