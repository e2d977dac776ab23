#!/usr/bin/env python3
"""Multi-precision reference values for optimizers other than plain gradient descent.

Writes `optimizers.json`: test and train loss of random-feature power-law models with finitely many
modes under heavy ball, Nesterov's methods, the momentum flow, learning-rate schedules, and
stochastic gradient descent with one pass or many.  Nothing is shared with the library under test:
all arithmetic is arbitrary precision (python-flint, `pip install python-flint`).

    python3 generate_optimizers.py                    write optimizers.json next to this file
    python3 generate_optimizers.py --compare FILE     check against the sections gradient_descent, momentum,
                                                      one_pass_sgd and multi_pass_sgd of FILE
    python3 generate_optimizers.py --identities       check the contour integrals against each other and
                                                      against sums known in closed form

The model
---------
Modes k = 1..M, eigenvalues lambda_k = k^-b, target powers k^-a, width N, samples P.  All sums over
modes of one argument are added directly.  D = sum lambda/(lambda + kappa), E = sum k^-a/(lambda + kappa), and
kappa(z) solves z = kappa R1 R3, R1 = 1 - D/P, R3 = 1 - D/N, on the branch kappa ~ z at infinity.  For
two arguments
    S1 = sum lambda/((kappa + lambda)(kappa' + lambda))       S2 the same with lambda^2
    T1 = sum k^-a  /((kappa + lambda)(kappa' + lambda))       T2 the same with k^-a lambda
    c1 = [(1 - S2/N)(sigma^2/(kappa kappa') + T1) + S1 T2/N]
         / [(1 - S2/P)(1 - S2/N) - kappa kappa' S1^2/(N P)]

Full-batch methods
------------------
A first-order method multiplies the residual by a polynomial p_t of the gradient operator.  The test
loss is the double contour integral, each over dz/(2 pi i) once around the operator's spectrum and 0,
    L = int int p_t(-z) p_t(-z') c1 kappa kappa'/(z z'),
the train loss the same times R1 R1'.  Where one contour suffices, it is used as a check:
    train signal  int p_t(-z)^2 E/R3           train noise  int p_t(-z)^2 R1/z
    signal at P = infinity  int p_t(-z)^2 E kappa/z
Losses are signal + sigma^2 noise; the noise includes the irreducible 1.

The methods, with v_0 the initial residual (v_{-1} = v_0) and H the gradient operator:
    heavy_ball                 v_{t+1} = v_t - eta H v_t + beta (v_t - v_{t-1})
    nesterov                   y_t = v_t + beta (v_t - v_{t-1}),  v_{t+1} = y_t - eta H y_t
    nesterov_accelerated       the same with beta_t = t/(t+3)
    momentum_flow              beta v'' + v' = -H v,  v'(0) = 0
    gradient_descent_schedule  v_{t+1} = v_t - eta_t H v_t,  t = 0..len(rates)-1

Stochastic gradient descent
---------------------------
With q = (1 + eta z)^2, int as above and, for samples drawn only once (P = infinity),
    F_t = sigma^2 + int q^t E kappa/z       K_tau = int q^tau (-z D)
    L_t = F_t + (eta^2/B) sum_{s<t} K_{t-1-s} L_s
These are the `mean_field` moments.  The `exact` second moments of Gaussian features replace q by
1 + 2 eta z + (1 + 1/B) eta^2 z^2.  Batches drawn with replacement from P samples:
    Lhat_t = Fhat_t + (eta^2/B) sum_{s<t} K_{t-1-s} Lhat_s      K_tau  = int q^tau (-z D)
    L_t    = F_t    + (eta^2/B) sum_{s<t} K'_{t-1-s} Lhat_s     K'_tau = int q^tau (-z D/R1)
with Fhat and F the full-batch train and test loss.  `kernel_sum` is (eta^2/B) sum_tau K_tau, which
is below 1 where the loss is bounded.  With learning rates that change, the factor of step s is
eta_s^2/B and q^{t-1-s} becomes prod_{u=s+1}^{t-1} (1 + eta_u z)^2 (`exact`: likewise).

The method
----------
* Contour: an ellipse around [-edge, 0], the image of a circle |w| = r under
  z = -edge/2 + (edge/4)(w + 1/w), with n equidistant nodes in the angle, in conjugate pairs.
  For a polynomial of degree below n the rule errs only by the moments beyond the n-th, r^-n.
  n exceeds the degree, and r = 10^(digits/n); polynomials bounded on the spectrum grow to at most
  10^digits on the contour, which the working precision provides for (three times the digits).
* edge: minus the largest value of z(kappa) on kappa < -1, where z(kappa) turns.
* kappa(z): bisection on the positive axis, then Newton's method from node to node.
* S1, S2, T1 and T2 follow from D and E at the nodes by divided differences.
* Exponents and rates are taken as the exact values of the doubles in the record.
* Trust: every record is computed with two ellipses that differ in radius, number of nodes and
  working precision.
"""

import argparse
import json
import math
import os
import sys
import time as clock

from flint import acb, acb_mat, arb, ctx

# Both evaluations must agree to this relative error.
AGREEMENT = 1e-18
LOG2_10 = math.log2(10)
# Rows of the pair functions held at a time.
BLOCK = 64


class Setting:
    """One way to evaluate; `stretch` and `extra` are the nodes beyond the degree."""

    def __init__(self, digits, stretch, extra):
        self.digits, self.stretch, self.extra = digits, stretch, extra
        self.precision = int((3 * digits + 25) * LOG2_10)

    def nodes(self, degree):
        """An even number above the degree."""
        return 2 * math.ceil(max(degree * self.stretch + self.extra, 64) / 2)


SETTINGS = (Setting(60, 1.0, 8), Setting(68, 1.22, 30))


def midpoint(value):
    """The number without its error bound, which repeated products would inflate."""
    return value.mid()


# ---------------------------------------------------------------------------------------------
# The model on a contour
# ---------------------------------------------------------------------------------------------

class DirectSums:
    """D, E and kappa times their derivatives, over finitely many modes."""

    def __init__(self, a, b, modes):
        ks = [arb(k) for k in range(1, modes + 1)]
        self.eigenvalues = [k ** -arb(b) for k in ks]
        self.powers = [k ** -arb(a) for k in ks]
        self.weights = acb_mat([[acb(l), acb(p)] for l, p in zip(self.eigenvalues, self.powers)])

    def __call__(self, kappa):
        f = [1 / (kappa + l) for l in self.eigenvalues]
        row = acb_mat(1, len(f), f) * self.weights
        slope = acb_mat(1, len(f), [x * x for x in f]) * self.weights
        return row[0, 0], row[0, 1], -kappa * slope[0, 0], -kappa * slope[0, 1]


class Contour:
    """Nodes in the upper half plane with kappa, D, E, R1, R3 at each.

    `sums` replaces the direct sums, for models with infinitely many modes."""

    def __init__(self, model, degree, setting, sums=None):
        self.setting = setting
        self.precision = max(setting.precision, getattr(sums, "precision", 0))
        self.enter()
        self.model = model
        self.degree = degree
        self.sums = sums or DirectSums(model["a"], model["b"], model["modes"])
        self.inverse_width = arb(0) if model["width"] is None else 1 / arb(model["width"])
        self.inverse_samples = arb(0) if model["samples"] is None else 1 / arb(model["samples"])
        self.edge = self.top_edge()
        n = setting.nodes(degree)
        self.count = n
        radius = midpoint((arb(setting.digits) * arb(10).log() / n).exp())
        quarter = self.edge / 4
        self.z, self.weight = [], []
        for j in range(n // 2):
            w = radius * acb.exp_pi_i(acb(arb(2 * j + 1) / n))
            self.z.append(midpoint(quarter * (w + 1 / w - 2)))
            # dz/(2 pi i) per node
            self.weight.append(midpoint(quarter * (w - 1 / w) / n))
        self.follow(midpoint(quarter * (radius + 1 / radius - 2)))

    def enter(self):
        ctx.prec = self.precision

    def factors(self, kappa):
        """(D, E, R1, R3, dz/dkappa)"""
        d, e, slope, _ = self.sums(kappa)
        r1, r3 = 1 - d * self.inverse_samples, 1 - d * self.inverse_width
        return d, e, r1, r3, r1 * r3 - slope * (r3 * self.inverse_samples + r1 * self.inverse_width)

    def top_edge(self):
        """Upper edge of the operator's spectrum, by bisection for dz/dkappa = 0 on kappa < -1."""
        if self.model["width"] is None and self.model["samples"] is None:
            return arb(1)
        low, high = arb(-2), arb(-1)
        while not self.factors(acb(low))[4].real > 0:
            low = 2 * low
        # z is flat there: half the bits of kappa are all the bits of the edge.
        for _ in range(self.precision // 2 + 8):
            middle = midpoint((low + high) / 2)
            if self.factors(acb(middle))[4].real > 0:
                low = middle
            else:
                high = middle
        _, _, r1, r3, _ = self.factors(acb(low))
        return midpoint(-(low * r1 * r3).real)

    def newton(self, guess, z, largest_first):
        """The root near the guess; the first step must not exceed `largest_first`."""
        kappa, previous = guess, None
        small = arb(10) ** (-(2 * self.setting.digits + 10))
        for _ in range(60):
            d, e, r1, r3, derivative = self.factors(kappa)
            step = (kappa * r1 * r3 - z) / derivative
            size = abs(midpoint(step))
            if previous is None and largest_first is not None and not size < largest_first:
                raise ArithmeticError("continuation left its branch")
            previous = size
            kappa = midpoint(kappa - step)
            if size < abs(kappa) * small:
                d, e, r1, r3, _ = self.factors(kappa)
                return kappa, d, e, r1, r3
        raise ArithmeticError("Newton's method did not converge")

    def follow(self, start):
        """kappa at all nodes, followed from z = start > 0."""
        # To the right of the zeros of R1 and R3 the function kappa R1 R3 rises from 0.
        def is_below(kappa):
            _, _, r1, r3, _ = self.factors(acb(kappa))
            return not (r1.real > 0 and r3.real > 0) or (kappa * r1 * r3).real <= start

        low = high = start
        while is_below(high):
            low, high = high, 4 * high
        for _ in range(60):
            middle = midpoint((low * high).sqrt())
            if is_below(middle):
                low = middle
            else:
                high = middle
        before, here = None, self.newton(acb(high), start, None)[0]
        self.kappa, self.d, self.e, self.r1, self.r3 = [], [], [], [], []
        for z in self.z:
            if before is None:
                change = (z - start) / self.factors(here)[4]
                guess, moved = here + change, abs(change)
            else:
                guess = 2 * here - before
                moved = abs(here - before)
            kappa, d, e, r1, r3 = self.newton(midpoint(guess), z, moved / 2)
            # In the upper half plane kappa, R1 and R3 have positive imaginary parts, and their
            # arguments add up to that of z on the branch kappa ~ z.
            upper = [kappa] + [x for x, scale in ((r1, self.inverse_samples), (r3, self.inverse_width)) if scale != 0]
            if not (all(x.imag > 0 for x in upper) and sum(float(x.arg().mid()) for x in upper) < math.pi):
                raise ArithmeticError("wrong branch of kappa(z)")
            for values, value in zip((self.kappa, self.d, self.e, self.r1, self.r3), (kappa, d, e, r1, r3)):
                values.append(value)
            # The node before the first is its mirror image.
            before, here = here if before is not None else kappa.conjugate(), kappa

    # Integrals over one contour ---------------------------------------------------------------

    def integral(self, *factors):
        """Contour integral of a product of lists of values at the nodes."""
        total = acb(0)
        for values in zip(self.weight, *factors):
            term = values[0]
            for value in values[1:]:
                term = term * value
            total += term
        return 2 * total.real

    def power_integrals(self, q, functions, count):
        """For each function, its contour integral against q^tau, tau = 0..count-1."""
        small = math.isqrt(count - 1) + 1
        rows, power = [], [acb(1)] * len(q)
        for _ in range(small):
            rows.append(power)
            power = [midpoint(x * y) for x, y in zip(power, q)]
        low, stride = acb_mat(rows), power
        results = []
        high, power = [], [acb(1)] * len(q)
        for _ in range(-(-count // small)):
            high.append(power)
            power = [midpoint(x * y) for x, y in zip(power, stride)]
        for function in functions:
            weighted = [midpoint(x * y) for x, y in zip(self.weight, function)]
            product = low * acb_mat([[x * y for x, y in zip(row, weighted)] for row in high]).transpose()
            results.append([2 * product[tau % small, tau // small].real for tau in range(count)])
        return results

    # What the integrals are of ----------------------------------------------------------------

    def signal_function(self):
        """Signal at P = infinity."""
        return [e * k / z for e, k, z in zip(self.e, self.kappa, self.z)]

    def train_signal_function(self):
        return [e / r3 for e, r3 in zip(self.e, self.r3)]

    def train_noise_function(self):
        return [r1 / z for r1, z in zip(self.r1, self.z)]

    def kernel_function(self):
        """Kernel of the gradient noise, driven by the train loss and seen in it."""
        return [-z * d for z, d in zip(self.z, self.d)]

    def test_kernel_function(self):
        """The same seen in the test loss."""
        return [-z * d / r1 for z, d, r1 in zip(self.z, self.d, self.r1)]

    # Integrals over both contours -------------------------------------------------------------

    def pair_functions(self, i, j, mirrored):
        """(S1, S2, T1, T2) at node i and node j, or the mirror image of node j.

        Divided differences: neighbouring nodes cost a few of the digits there are to spare."""
        kappa, d, e = self.kappa[i], self.d[i], self.e[i]
        if i == j and not mirrored:
            _, _, d_slope, e_slope = self.sums(kappa)
            kappa2, s1, t1 = kappa, -d_slope / kappa, -e_slope / kappa
        else:
            kappa2, d2, e2 = self.kappa[j], self.d[j], self.e[j]
            if mirrored:
                kappa2, d2, e2 = kappa2.conjugate(), d2.conjugate(), e2.conjugate()
            inverse = 1 / (kappa2 - kappa)
            s1, t1 = (d - d2) * inverse, (e - e2) * inverse
        return s1, d - kappa2 * s1, t1, e - kappa2 * t1

    def pair_losses(self, polynomials):
        """[(signal, noise, train_signal, train_noise)] for values of p_t(-z) at the nodes."""
        self.enter()
        half = self.count // 2
        # Two columns per polynomial, for the test and the train loss.
        signal_columns, noise_columns = [], []
        for p in polynomials:
            noise = [x * y / z for x, y, z in zip(p, self.weight, self.z)]
            signal = [x * k for x, k in zip(noise, self.kappa)]
            for column, columns in ((signal, signal_columns), (noise, noise_columns)):
                columns.append(column)
                columns.append([x * r for x, r in zip(column, self.r1)])
        signal_columns, noise_columns = acb_mat(signal_columns).transpose(), acb_mat(noise_columns).transpose()
        count = 2 * len(polynomials)
        signal_totals, noise_totals = [acb(0)] * count, [acb(0)] * count
        width, samples = self.inverse_width, self.inverse_samples
        both = width * samples
        for mirrored in (False, True):
            for first in range(0, half, BLOCK):
                rows = range(first, min(first + BLOCK, half))
                signal_part, noise_part = [], []
                for i in rows:
                    for j in range(half):
                        s1, s2, t1, t2 = self.pair_functions(i, j, mirrored)
                        kappa2 = self.kappa[j].conjugate() if mirrored else self.kappa[j]
                        factor = 1 - s2 * width
                        inverse = 1 / ((1 - s2 * samples) * factor - self.kappa[i] * kappa2 * s1 * s1 * both)
                        signal_part.append((factor * t1 + s1 * t2 * width) * inverse)
                        noise_part.append(factor * inverse)
                for part, columns, totals in (
                        (signal_part, signal_columns, signal_totals), (noise_part, noise_columns, noise_totals)):
                    product = acb_mat(len(rows), half, part) * (columns.conjugate() if mirrored else columns)
                    for c in range(count):
                        for row, i in enumerate(rows):
                            totals[c] += product[row, c] * columns[i, c]
        # The other half of the outer contour contributes the complex conjugate.
        values = [2 * total.real for pair in zip(signal_totals, noise_totals) for total in pair]
        return [(values[k], values[k + 1], values[k + 2], values[k + 3]) for k in range(0, 2 * count, 4)]


# ---------------------------------------------------------------------------------------------
# Residual polynomials
# ---------------------------------------------------------------------------------------------

def heavy_ball(z, learning_rate, momentum, steps):
    """{t: p_t(-z)} for t in steps."""
    eta, beta = arb(learning_rate), arb(momentum)
    result, before, here = {}, [acb(1)] * len(z), [acb(1)] * len(z)
    factor = [1 + eta * x for x in z]
    for t in range(max(steps) + 1):
        if t in steps:
            result[t] = here
        before, here = here, [midpoint(g * x + beta * (x - y)) for g, x, y in zip(factor, here, before)]
    return result


def nesterov(z, learning_rate, momentum, steps):
    """`momentum` is a number, or None for t/(t+3)."""
    eta = arb(learning_rate)
    result, before, here = {}, [acb(1)] * len(z), [acb(1)] * len(z)
    factor = [1 + eta * x for x in z]
    for t in range(max(steps) + 1):
        if t in steps:
            result[t] = here
        beta = arb(t) / (t + 3) if momentum is None else arb(momentum)
        before, here = here, [midpoint(g * (x + beta * (x - y))) for g, x, y in zip(factor, here, before)]
    return result


def momentum_flow(z, inertia, time):
    """exp(-t/(2 beta)) (cosh(omega t) + sinh(omega t)/(2 beta omega)), omega^2 = 1/(4 beta^2) + z/beta."""
    beta, t = arb(inertia), arb(time)
    result = []
    for x in z:
        omega = (1 / (4 * beta * beta) + x / beta).sqrt()
        value = (omega * t).cosh() + (omega * t).sinh() / (2 * beta * omega)
        result.append(midpoint(value * (-t / (2 * beta)).exp()))
    return result


def descent(z, rates):
    result = [acb(1)] * len(z)
    for rate in rates:
        eta = arb(rate)
        result = [midpoint(p * (1 + eta * x)) for p, x in zip(result, z)]
    return result


# ---------------------------------------------------------------------------------------------
# Stochastic gradient descent
# ---------------------------------------------------------------------------------------------

def second_moment(z, learning_rate, batch, moments):
    """The factor q of one step."""
    eta = arb(learning_rate)
    if moments == "mean_field":
        return [midpoint((1 + eta * x) ** 2) for x in z]
    if moments == "exact":
        drift = (1 + 1 / arb(batch)) * eta * eta
        return [midpoint(1 + 2 * eta * x + drift * x * x) for x in z]
    raise ValueError(moments)


def kernel_sum(contour, learning_rate, batch, moments):
    """(eta^2/B) sum_tau K_tau = (eta/B) int D/(2 + c eta z), c = 1 (mean field) or 1 + 1/B.

    The contour must not reach the pole of the integrand."""
    contour.enter()
    eta = arb(learning_rate)
    drift = 1 + 1 / arb(batch) if moments == "exact" else arb(1)
    pole = 2 / (eta * drift)
    if not -contour.z[-1].real < pole:
        raise ArithmeticError("the contour encloses the pole")
    return eta / batch * contour.integral([d / (2 + drift * eta * x) for d, x in zip(contour.d, contour.z)])


def critical_rate(contour, batch, moments):
    """Largest learning rate (as a float) below which the loss stays bounded, by bisection."""
    drift = 1 + 1 / batch if moments == "exact" else 1.0
    low, high = 0.0, 0.95 * 2 / (drift * float(contour.edge))
    if kernel_sum(contour, high, batch, moments) < 1:
        return high / 0.95
    for _ in range(30):
        middle = (low + high) / 2
        if kernel_sum(contour, middle, batch, moments) < 1:
            low = middle
        else:
            high = middle
    return low


def driven(start, kernel, scale, source=None):
    """L_t = start_t + scale sum_{s<t} kernel_{t-1-s} source_s, by default with source = L itself."""
    result = []
    values = result if source is None else source
    for t in range(len(start)):
        total = arb(0)
        for s in range(t):
            total += kernel[t - 1 - s] * values[s]
        result.append(start[t] + scale * total)
    return result


def one_pass(contour, learning_rate, batch, moments, steps):
    """{t: (signal, noise)}"""
    contour.enter()
    count = max(steps) + 1
    q = second_moment(contour.z, learning_rate, batch, moments)
    forcing, kernel = contour.power_integrals(q, (contour.signal_function(), contour.kernel_function()), count)
    scale = arb(learning_rate) ** 2 / batch
    signal = driven(forcing, kernel, scale)
    noise = driven([arb(1)] * count, kernel, scale)
    return {t: (signal[t], noise[t]) for t in steps}


def multi_pass(contour, learning_rate, batch, steps):
    """{t: (signal, noise, train_signal, train_noise)}"""
    contour.enter()
    count = max(steps) + 1
    q = second_moment(contour.z, learning_rate, batch, "mean_field")
    train_signal, train_noise, kernel, test_kernel = contour.power_integrals(
        q, (contour.train_signal_function(), contour.train_noise_function(),
            contour.kernel_function(), contour.test_kernel_function()), count)
    scale = arb(learning_rate) ** 2 / batch
    train_signal = driven(train_signal, kernel, scale)
    train_noise = driven(train_noise, kernel, scale)
    full_batch = contour.pair_losses([descent(contour.z, [learning_rate] * t) for t in steps])
    result = {}
    for t, (signal, noise, _, _) in zip(steps, full_batch):
        for s in range(t):
            signal += scale * test_kernel[t - 1 - s] * train_signal[s]
            noise += scale * test_kernel[t - 1 - s] * train_noise[s]
        result[t] = (signal, noise, train_signal[t], train_noise[t])
    return result


def scheduled(contour, rates, batch, moments):
    """Losses after all steps: (signal, noise), and the train losses as well with finite P."""
    contour.enter()
    z, total = contour.z, len(rates)
    qs = [second_moment(z, rate, batch, moments) for rate in rates]
    finite = contour.model["samples"] is not None

    def products(start, end):
        """[prod_{start <= u < t} q_u for t = start..end]"""
        result = [[acb(1)] * len(z)]
        for u in range(start, end):
            result.append([midpoint(x * y) for x, y in zip(result[-1], qs[u])])
        return result

    full = products(0, total)
    if finite:
        if moments != "mean_field":
            raise ValueError("several passes have mean-field moments only")
        signal = [contour.integral(p, contour.train_signal_function()) for p in full]
        noise = [contour.integral(p, contour.train_noise_function()) for p in full]
    else:
        signal = [contour.integral(p, contour.signal_function()) for p in full]
        noise = [arb(1)] * (total + 1)
    kernel_function, test_kernel_function = contour.kernel_function(), contour.test_kernel_function()
    if finite:
        test_signal, test_noise, _, _ = contour.pair_losses([descent(z, rates)])[0]
    # Step s adds its noise to all later losses, in the order of time.
    for s in range(total):
        scale = arb(rates[s]) ** 2 / batch
        later = products(s + 1, total)
        for t in range(s + 1, total + 1):
            kernel = scale * contour.integral(later[t - s - 1], kernel_function)
            signal[t] += kernel * signal[s]
            noise[t] += kernel * noise[s]
        if finite:
            kernel = scale * contour.integral(later[-1], test_kernel_function)
            test_signal += kernel * signal[s]
            test_noise += kernel * noise[s]
    if finite:
        return test_signal, test_noise, signal[-1], noise[-1]
    return signal[-1], noise[-1]


# ---------------------------------------------------------------------------------------------
# The records
# ---------------------------------------------------------------------------------------------

def model(a, b, modes, width, samples):
    return {"a": a, "b": b, "modes": modes, "width": width, "samples": samples}


BOTH = model(1.5, 1.3, 300, 120, 80)
FEATURES = model(1.8, 1.2, 200, 60, None)
DATA = model(1.4, 1.5, 150, None, 50)
SQUARE = model(2.2, 1.6, 100, 40, 40)
FEW_MODES = model(1.6, 1.25, 30, 60, 90)
EASY = model(3.0, 1.1, 120, 30, 200)
KERNEL = model(1.7, 1.4, 100, None, None)
DETERMINISTIC = (BOTH, FEATURES, DATA, SQUARE, FEW_MODES, EASY, KERNEL)

ONE_PASS_NARROW = model(1.5, 1.3, 300, 60, None)
ONE_PASS_WIDE = model(1.3, 1.6, 400, 500, None)
ONE_PASS_KERNEL = model(1.8, 1.4, 100, None, None)


def rounded(value):
    """Four significant digits, to keep the records readable."""
    return float("%.4g" % value)


def stability_limit(method, momentum, edge):
    if method == "heavy_ball":
        return 2 * (1 + momentum) / edge
    if method == "nesterov":
        return 2 * (1 + momentum) / (1 + 2 * momentum) / edge
    return 4 / (3 * edge)


# (method, model, fraction of the stability limit, momentum, steps)
MOMENTUM = [
    ("heavy_ball", BOTH, 0.1, 0.9, (1, 2, 5, 17, 40, 100, 200, 1000)),
    ("heavy_ball", BOTH, 0.95, 0.8, (2, 17, 100)),
    ("heavy_ball", BOTH, 0.4, 0.95, (5, 40, 200)),
    ("heavy_ball", FEATURES, 0.2, 0.95, (1, 5, 40, 200, 1000)),
    ("heavy_ball", FEATURES, 0.9, 0.5, (2, 17, 100)),
    ("heavy_ball", DATA, 0.05, 0.8, (5, 40, 200, 1000)),
    ("heavy_ball", DATA, 0.6, 0.9, (2, 17, 100)),
    ("heavy_ball", SQUARE, 0.3, 0.5, (1, 17, 200, 1000)),
    ("heavy_ball", SQUARE, 0.95, 0.95, (5, 40, 200)),
    ("heavy_ball", FEW_MODES, 0.5, 0.9, (2, 17, 100, 200)),
    ("heavy_ball", EASY, 0.7, 0.8, (5, 40, 200)),
    ("heavy_ball", KERNEL, 0.8, 0.9, (5, 100, 1000)),
    ("nesterov", BOTH, 0.1, 0.9, (1, 2, 5, 17, 40, 100, 200, 1000)),
    ("nesterov", BOTH, 0.95, 0.8, (2, 17, 100)),
    ("nesterov", FEATURES, 0.3, 0.95, (1, 5, 40, 200, 1000)),
    ("nesterov", FEATURES, 0.9, 0.5, (2, 17, 100)),
    ("nesterov", DATA, 0.05, 0.8, (5, 40, 200, 1000)),
    ("nesterov", DATA, 0.6, 0.95, (2, 17, 100)),
    ("nesterov", SQUARE, 0.3, 0.5, (1, 17, 200, 1000)),
    ("nesterov", SQUARE, 0.95, 0.95, (5, 40, 200)),
    ("nesterov", FEW_MODES, 0.5, 0.9, (2, 17, 100, 200)),
    ("nesterov", EASY, 0.7, 0.8, (5, 40, 200)),
    ("nesterov", KERNEL, 0.8, 0.9, (5, 100, 1000)),
    ("nesterov_accelerated", BOTH, 0.2, None, (1, 2, 5, 17, 40, 100, 200, 1000)),
    ("nesterov_accelerated", BOTH, 0.95, None, (2, 17, 100)),
    ("nesterov_accelerated", FEATURES, 0.5, None, (2, 5, 40, 200, 1000)),
    ("nesterov_accelerated", FEATURES, 0.05, None, (3, 17, 100)),
    ("nesterov_accelerated", DATA, 0.1, None, (2, 40, 200, 1000)),
    ("nesterov_accelerated", DATA, 0.75, None, (5, 17, 100)),
    ("nesterov_accelerated", SQUARE, 0.4, None, (1, 17, 200, 1000)),
    ("nesterov_accelerated", SQUARE, 0.95, None, (5, 40, 200)),
    ("nesterov_accelerated", FEW_MODES, 0.5, None, (2, 17, 100, 200)),
    ("nesterov_accelerated", EASY, 0.75, None, (5, 40, 200)),
    ("nesterov_accelerated", KERNEL, 0.75, None, (5, 100, 1000)),
]

FLOW_TIMES = (0.5, 5.0, 50.0)
FLOWS = [(m, inertia) for m in (BOTH, FEATURES, DATA, SQUARE, FEW_MODES) for inertia in (0.3, 2.0, 20.0)]


def cosine(top, length):
    return [rounded(top * 0.5 * (1 + math.cos(math.pi * s / length))) for s in range(length)]


def warm_up(top, rise, flat):
    return [rounded(top * (s + 1) / rise) for s in range(rise)] + [rounded(top)] * flat


def stairs(top, factor, length, levels):
    return [rounded(top * factor ** level) for level in range(levels) for _ in range(length)]


def repeated(pattern, times, edge):
    return [rounded(x / edge) for _ in range(times) for x in pattern]


def silver(length, edge):
    """1 + rho^(nu(i) - 1), rho = 1 + sqrt 2, nu(i) the exponent of 2 in 2i: rates far above 2/edge, for
    length = 2^j - 1."""
    rho = 1 + math.sqrt(2)
    return [rounded((1 + rho ** (((i & -i).bit_length() - 1) - 1)) / edge) for i in range(1, length + 1)]


def schedules(edge):
    """Rates by model; all products are bounded on the spectrum."""
    return [
        (BOTH, cosine(1.8 / edge[id(BOTH)], 40)),
        (BOTH, warm_up(1.5 / edge[id(BOTH)], 10, 50)),
        (BOTH, repeated((1.5, 0.3, 2.6, 0.2), 1, edge[id(BOTH)])),
        (BOTH, repeated((1.5, 0.3, 2.6, 0.2), 8, edge[id(BOTH)])),
        (BOTH, silver(31, edge[id(BOTH)])),
        (FEATURES, stairs(1.6 / edge[id(FEATURES)], 0.3, 20, 3)),
        (FEATURES, repeated((2.6, 0.2, 1.5, 0.3), 5, edge[id(FEATURES)])),
        (FEATURES, [rounded(3.5 / edge[id(FEATURES)])]),
        (DATA, cosine(1.2 / edge[id(DATA)], 40)),
        (DATA, silver(15, edge[id(DATA)])),
        (SQUARE, warm_up(1.0 / edge[id(SQUARE)], 10, 50)),
        (SQUARE, stairs(1.9 / edge[id(SQUARE)], 0.1, 15, 3)),
        (FEW_MODES, silver(7, edge[id(FEW_MODES)])),
        (FEW_MODES, cosine(0.9 / edge[id(FEW_MODES)], 24)),
        (KERNEL, repeated((1.5, 0.3, 2.6, 0.2), 3, edge[id(KERNEL)])),
    ]


SGD_STEPS = (1, 3, 10, 23, 24, 40, 100, 300)
# (model, batch, fraction of the critical rate, moments, last step beyond SGD_STEPS)
ONE_PASS = [
    (ONE_PASS_NARROW, 1, 0.9, "mean_field", 2000),
    (ONE_PASS_NARROW, 1, 0.4, "exact", 2000),
    (ONE_PASS_NARROW, 2, 0.5, "mean_field", 2000),
    (ONE_PASS_NARROW, 2, 0.9, "exact", 2000),
    (ONE_PASS_NARROW, 10, 0.1, "mean_field", None),
    (ONE_PASS_NARROW, 10, 0.8, "mean_field", 2000),
    (ONE_PASS_NARROW, 10, 0.8, "exact", 2000),
    (ONE_PASS_WIDE, 1, 0.3, "mean_field", 2000),
    (ONE_PASS_WIDE, 1, 0.9, "exact", 2000),
    (ONE_PASS_WIDE, 2, 0.9, "mean_field", 2000),
    (ONE_PASS_WIDE, 2, 0.1, "exact", None),
    (ONE_PASS_WIDE, 10, 0.6, "mean_field", 2000),
    (ONE_PASS_WIDE, 10, 0.6, "exact", 2000),
    (ONE_PASS_KERNEL, 2, 0.7, "mean_field", None),
    (ONE_PASS_KERNEL, 2, 0.7, "exact", None),
]

MULTI_STEPS = (1, 3, 10, 24, 40, 100, 200)
# (model, batch, fraction of the critical rate)
MULTI_PASS = [
    (BOTH, 1, 0.8),
    (BOTH, 10, 0.4),
    (DATA, 2, 0.5),
    (SQUARE, 10, 0.9),
    (SQUARE, 1, 0.2),
    (FEW_MODES, 4, 0.6),
    (EASY, 3, 0.7),
]


def stochastic_schedules(edge):
    """(model, batch, moments, rates)"""
    narrow, wide = edge[id(ONE_PASS_NARROW)], edge[id(ONE_PASS_WIDE)]
    both, square, few, data = edge[id(BOTH)], edge[id(SQUARE)], edge[id(FEW_MODES)], edge[id(DATA)]
    return [
        (ONE_PASS_NARROW, 2, "mean_field", cosine(0.8 / narrow, 40)),
        (ONE_PASS_NARROW, 2, "exact", cosine(0.8 / narrow, 40)),
        (ONE_PASS_NARROW, 10, "mean_field", warm_up(1.1 / narrow, 10, 50)),
        (ONE_PASS_NARROW, 10, "mean_field", repeated((1.5, 0.3, 2.6, 0.2), 3, narrow)),
        (ONE_PASS_NARROW, 10, "exact", repeated((1.5, 0.3, 2.6, 0.2), 3, narrow)),
        (ONE_PASS_WIDE, 1, "mean_field", stairs(0.7 / wide, 0.3, 15, 3)),
        (ONE_PASS_WIDE, 1, "exact", stairs(0.7 / wide, 0.3, 15, 3)),
        (ONE_PASS_KERNEL, 4, "mean_field", cosine(1.0, 24)),
        (BOTH, 4, "mean_field", cosine(0.9 / both, 40)),
        (BOTH, 10, "mean_field", repeated((1.5, 0.3, 2.6, 0.2), 3, both)),
        (SQUARE, 10, "mean_field", warm_up(1.1 / square, 10, 40)),
        (FEW_MODES, 2, "mean_field", stairs(0.8 / few, 0.3, 12, 3)),
        (DATA, 5, "mean_field", cosine(0.7 / data, 24)),
    ]


LOSSES = ("signal", "noise", "train_signal", "train_noise")


class Evaluation:
    """All records under one setting.  Contours are shared between the records of a model."""

    def __init__(self, setting):
        self.setting = setting
        self.contours = {}
        self.records = []

    def contour(self, of, degree):
        degree = max(degree, 48)
        key = (id(of), degree)
        if key not in self.contours:
            self.contours[key] = Contour(of, degree, self.setting)
        self.contours[key].enter()
        return self.contours[key]

    def edge(self, of):
        return float(self.contour(of, 48).edge)

    def add(self, of, contour, parameters, values):
        contour.enter()
        record = dict(of)
        record.update(parameters)
        record["edge"] = contour.edge
        record.update(zip(LOSSES, values))
        self.records.append(record)

    def full_batch(self):
        """Everything that needs a polynomial and the double integral, in one pass per contour."""
        tasks = {}

        def want(of, degree, parameters, polynomial):
            tasks.setdefault((id(of), degree), (of, degree, []))[2].append((parameters, polynomial))

        order = []
        for method, of, fraction, momentum, steps in MOMENTUM:
            rate = rounded(fraction * stability_limit(method, momentum, self.edge(of)))
            for degree in (48, 200, 1000):
                some = [t for t in steps if t <= degree and (degree == 48 or t > {200: 48, 1000: 200}[degree])]
                if not some:
                    continue
                contour = self.contour(of, degree)
                if method == "heavy_ball":
                    polynomials = heavy_ball(contour.z, rate, momentum, some)
                else:
                    polynomials = nesterov(contour.z, rate, momentum, some)
                for t in some:
                    parameters = {"optimizer": method, "learning_rate": rate}
                    if momentum is not None:
                        parameters["momentum"] = momentum
                    parameters["steps"] = t
                    want(of, degree, parameters, polynomials[t])
                    order.append(id(parameters))
        for of, inertia in FLOWS:
            contour = self.contour(of, 200)
            for time in FLOW_TIMES:
                parameters = {"optimizer": "momentum_flow", "inertia": inertia, "time": time}
                want(of, 200, parameters, momentum_flow(contour.z, inertia, time))
                order.append(id(parameters))
        edges = {id(of): self.edge(of) for of in DETERMINISTIC}
        for of, rates in schedules(edges):
            degree = 48 if len(rates) <= 48 else 200
            contour = self.contour(of, degree)
            parameters = {"optimizer": "gradient_descent_schedule", "rates": rates}
            want(of, degree, parameters, descent(contour.z, rates))
            order.append(id(parameters))

        found = {}
        for of, degree, wanted in tasks.values():
            contour = self.contour(of, degree)
            for (parameters, _), values in zip(wanted, contour.pair_losses([p for _, p in wanted])):
                found[id(parameters)] = (of, contour, parameters, values)
        for key in order:
            self.add(*found[key])

    def stochastic(self):
        for of, batch, fraction, moments, last in ONE_PASS:
            contour = self.contour(of, 4000)
            rate = rounded(fraction * critical_rate(contour, batch, moments))
            total = kernel_sum(contour, rate, batch, moments)
            steps = SGD_STEPS + ((last,) if last else ())
            for t, values in one_pass(contour, rate, batch, moments, steps).items():
                self.add(of, contour, {"optimizer": "sgd", "learning_rate": rate, "batch": batch, "moments": moments,
                                       "steps": t, "kernel_sum": total}, values)
        for of, batch, fraction in MULTI_PASS:
            contour = self.contour(of, 400)
            rate = rounded(fraction * critical_rate(contour, batch, "mean_field"))
            total = kernel_sum(contour, rate, batch, "mean_field")
            for t, values in multi_pass(contour, rate, batch, MULTI_STEPS).items():
                self.add(of, contour, {"optimizer": "sgd", "learning_rate": rate, "batch": batch,
                                       "moments": "mean_field", "steps": t, "kernel_sum": total}, values)
        edges = {id(of): self.edge(of) for of in DETERMINISTIC + (ONE_PASS_NARROW, ONE_PASS_WIDE, ONE_PASS_KERNEL)}
        for of, batch, moments, rates in stochastic_schedules(edges):
            contour = self.contour(of, 120)
            self.add(of, contour, {"optimizer": "sgd_schedule", "rates": rates, "batch": batch, "moments": moments},
                     scheduled(contour, rates, batch, moments))


def to_float(value):
    return float(value.mid().str(30, radius=False))


def write(path, records):
    """One record per line; replaced at once, so that a reader never sees half a file."""
    lines = ",\n".join(json.dumps(record) for record in records)
    with open(path + ".partial", "w") as file:
        file.write("[\n" + lines + "\n]\n")
    os.replace(path + ".partial", path)


def generate(path):
    begun = clock.time()
    results = []
    for setting in SETTINGS:
        evaluation = Evaluation(setting)
        evaluation.full_batch()
        print("%.0f s: %d full-batch records" % (clock.time() - begun, len(evaluation.records)), flush=True)
        evaluation.stochastic()
        print("%.0f s: %d records" % (clock.time() - begun, len(evaluation.records)), flush=True)
        results.append(evaluation.records)
    records, worst, widest = [], {}, 0.0
    for first, second in zip(*results):
        record = {}
        for name, value in second.items():
            if not isinstance(value, arb):
                if value != first[name]:
                    raise AssertionError("the settings disagree on the parameters: %s" % record)
                record[name] = value
                continue
            difference = float((abs(value.mid() - first[name].mid()) / abs(value.mid())).mid())
            kind = (record["optimizer"], name)
            worst[kind] = max(worst.get(kind, 0.0), difference)
            # Rounding errors of the second setting, as followed by the arithmetic itself.
            widest = max(widest, float((value.rad() / abs(value.mid())).mid()))
            record[name] = to_float(value)
            if difference > AGREEMENT:
                print("not resolved (%s, %.1e): %s" % (name, difference, record), file=sys.stderr)
        records.append(record)
    for kind in worst:
        print("%-27s %-13s %.1e" % (kind + (worst[kind],)))
    print("largest relative difference of the settings %.1e, largest error bound of a sum %.1e"
          % (max(worst.values()), widest))
    if max(worst.values()) > AGREEMENT:
        sys.exit("the settings disagree")
    write(path, records)
    print("%d records, %d bytes, %.0f s" % (len(records), os.path.getsize(path), clock.time() - begun))


# ---------------------------------------------------------------------------------------------
# Checks of this script
# ---------------------------------------------------------------------------------------------

def infinite_sums(of, setting):
    """Sums over infinitely many modes, borrowed from `generate_random_models.py`."""
    from generate_random_models import SpectralSums
    return SpectralSums(of["a"], of["b"], None, 3 * setting.digits + 20, 1.0)


def compare(path):
    with open(path) as file:
        data = json.load(file)
    worst = {}

    def report(section, reference, values):
        errors = []
        for name, value in zip(LOSSES, values):
            if name in reference:
                errors.append(abs(to_float(value) / reference[name] - 1))
        worst[section] = max(worst.get(section, 0.0), max(errors))
        print("%-16s %s: %.1e" % (section, {k: v for k, v in reference.items() if k not in LOSSES}, max(errors)),
              flush=True)

    setting = SETTINGS[0]
    contours = {}

    def contour_for(reference, degree):
        ctx.prec = setting.precision
        of = {name: reference[name] for name in ("a", "b", "modes", "width", "samples")}
        key = (json.dumps(of), degree)
        if key not in contours:
            sums = infinite_sums(of, setting) if of["modes"] is None else None
            contours[key] = Contour(of, degree, setting, sums)
        contours[key].enter()
        return contours[key]

    for section in ("gradient_descent", "momentum"):
        for r in data[section]:
            if r["modes"] is None:
                continue
            contour = contour_for(r, 200)
            if section == "gradient_descent":
                p = descent(contour.z, [r["learning_rate"]] * r["steps"])
            else:
                method = {"heavy_ball": heavy_ball, "nesterov": nesterov}[r["optimizer"]]
                p = method(contour.z, r["learning_rate"], r["momentum"], (r["steps"],))[r["steps"]]
            report(section, r, contour.pair_losses([p])[0])
    for r in data["one_pass_sgd"]:
        contour = contour_for(r, 200)
        report("one_pass_sgd", r,
               one_pass(contour, r["learning_rate"], r["batch"], "mean_field", (r["steps"],))[r["steps"]])
    for r in data["multi_pass_sgd"]:
        contour = contour_for(r, 200)
        report("multi_pass_sgd", r, multi_pass(contour, r["learning_rate"], r["batch"], (r["steps"],))[r["steps"]])
    for section, value in worst.items():
        print("largest relative difference, %s: %.1e" % (section, value))


def identities():
    """Relative errors of statements that hold exactly."""
    setting = SETTINGS[0]

    errors = []

    def show(text, left, right):
        error = float((abs(left.mid() - right.mid()) / abs(right.mid())).mid())
        errors.append(error)
        print("%-88s %.1e" % (text, error), flush=True)

    for of in DETERMINISTIC:
        contour = Contour(of, 200, setting)
        sums = contour.sums
        name = "M=%s N=%s P=%s: " % (of["modes"], of["width"], of["samples"])
        for i, j, mirrored in ((0, 0, False), (0, 1, False), (0, 0, True), (7, 50, False), (3, 100, True)):
            kappa2 = contour.kappa[j].conjugate() if mirrored else contour.kappa[j]
            inverse = [1 / ((contour.kappa[i] + l) * (kappa2 + l)) for l in sums.eigenvalues]
            found = contour.pair_functions(i, j, mirrored)
            for label, value, weights in zip(("S1", "S2", "T1", "T2"), found, (
                    sums.eigenvalues, [l * l for l in sums.eigenvalues],
                    sums.powers, [l * w for l, w in zip(sums.eigenvalues, sums.powers)])):
                show(name + label, value, sum((x * w for x, w in zip(inverse, weights)), acb(0)))
        edge = float(contour.edge)
        print(name + "edge %.6f" % edge)
        trace = sum(sums.eigenvalues, arb(0))
        squares = sum((x * x for x in sums.eigenvalues), arb(0))
        # Moments of the operator of weight k^-a, of order 0 and 1, and the first moments of its noise kernel.
        show(name + "total power", contour.integral(contour.train_signal_function()), sum(sums.powers, arb(0)))
        show(name + "K_0", contour.integral(contour.kernel_function()),
             squares + trace ** 2 * (contour.inverse_width + contour.inverse_samples))
        rates = {"heavy_ball": 1.2 / edge, "nesterov": 0.6 / edge}
        found = [descent(contour.z, [])]
        found += list(heavy_ball(contour.z, rates["heavy_ball"], 0.9, (1, 17, 100)).values())
        found += list(nesterov(contour.z, rates["nesterov"], None, (2, 40)).values())
        found += [momentum_flow(contour.z, 2.0, 5.0), descent(contour.z, repeated((1.5, 0.3, 2.6, 0.2), 2, edge))]
        labels = ("start", "heavy ball 1", "heavy ball 17", "heavy ball 100", "accelerated 2", "accelerated 40",
                  "flow", "schedule")
        for label, p, (signal, noise, train_signal, train_noise) in zip(labels, found, contour.pair_losses(found)):
            squared = [x * x for x in p]
            show(name + label + ", train signal with one contour",
                 contour.integral(squared, contour.train_signal_function()), train_signal)
            show(name + label + ", train noise with one contour",
                 contour.integral(squared, contour.train_noise_function()), train_noise)
            if label == "start":
                show(name + label + ", test signal", signal, sum(sums.powers, arb(0)))
                show(name + label + ", test noise", noise, arb(1))
            if of["samples"] is None:
                show(name + label + ", test signal with one contour",
                     contour.integral(squared, contour.signal_function()), signal)
                show(name + label + ", test noise", noise, arb(1))
        if of["width"] is None and of["samples"] is None:
            minus = [acb(-x) for x in sums.eigenvalues]
            direct = [descent(minus, [])]
            direct += list(heavy_ball(minus, rates["heavy_ball"], 0.9, (1, 17, 100)).values())
            direct += list(nesterov(minus, rates["nesterov"], None, (2, 40)).values())
            direct += [momentum_flow(minus, 2.0, 5.0), descent(minus, repeated((1.5, 0.3, 2.6, 0.2), 2, edge))]
            for label, p, values in zip(labels, direct, contour.pair_losses(found)):
                show(name + label + ", sum over modes",
                     values[0], sum((w * abs(x) ** 2 for w, x in zip(sums.powers, p)), arb(0)))

    # One pass over the samples is the limit of many, and a constant schedule is no schedule.
    of = ONE_PASS_NARROW
    contour = Contour(of, 120, setting)
    constant = [0.25] * 20
    scheduled_values = scheduled(contour, constant, 3, "mean_field")
    for left, right, label in zip(one_pass(contour, 0.25, 3, "mean_field", (20,))[20], scheduled_values, LOSSES):
        show("one pass, constant schedule, " + label, left, right)
    for left, right, label in zip(multi_pass(contour, 0.25, 3, (20,))[20], scheduled_values * 2, LOSSES):
        show("many passes over infinitely many samples, " + label, left, right)
    for moments in ("mean_field", "exact"):
        contour = Contour(of, 1600, setting)
        q = second_moment(contour.z, 0.25, 3, moments)
        kernel = contour.power_integrals(q, (contour.kernel_function(),), 801)[0]
        print("kernel sum, %s: %.12f; first 801 terms %.12f" % (
            moments, to_float(kernel_sum(contour, 0.25, 3, moments)),
            to_float(sum(kernel, arb(0)) * arb(0.25) ** 2 / 3)))
    contour = Contour(BOTH, 120, setting)
    for left, right, label in zip(multi_pass(contour, 0.25, 3, (20,))[20],
                                  scheduled(contour, constant, 3, "mean_field"), LOSSES):
        show("many passes, constant schedule, " + label, left, right)
    print("largest %.1e of %d" % (max(errors), len(errors)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--output", default=os.path.join(here, "optimizers.json"))
    parser.add_argument("--compare", metavar="FILE")
    parser.add_argument("--identities", action="store_true")
    arguments = parser.parse_args()
    if arguments.compare:
        compare(arguments.compare)
    elif arguments.identities:
        identities()
    else:
        generate(arguments.output)


if __name__ == "__main__":
    main()
