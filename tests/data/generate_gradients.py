#!/usr/bin/env python3
"""Multi-precision local exponents of the losses of random models under gradient flow.

Writes `gradients.json`: every seventh model of `generate_random_models.py` with its signal and noise
and their logarithmic derivatives by time, width and samples.

    python3 generate_gradients.py [--output FILE] [--count N]

The losses of `generate_random_models.py` are differenced with 24 more digits than they need, by the
five-point rule with a step of 1e-15 in the logarithm: its error, of fourth order, is far below the
last digit even where a loss changes over a relative distance of 1e-10 (width next to samples).
Every derivative is computed with two contours, node counts, working precisions and splittings of the
sums, which must agree.
"""

import argparse
import json
import os
import sys
import time as clock

from flint import arb, ctx

import generate_random_models as base

STRIDE = 7
STEP_DIGITS = 15
EXTRA_DIGITS = 24
QUANTITIES = ("signal", "noise")
DIRECTIONS = (("time", "by_time"), ("width", "by_width"), ("samples", "by_samples"))
AGREEMENT = 1e-14


def moved(model, name, steps):
    """The model with one parameter multiplied by e^(steps h)."""
    ctx.prec = 1200
    h = arb(10) ** -STEP_DIGITS
    return dict(model, **{name: (arb(model[name]) * (h * steps).exp()).mid()})


def derivatives(model, digits, variant):
    """d ln / d ln of each quantity in each direction."""
    settings = base.Settings(digits, variant)
    at = base.losses(model, settings)
    out = {}
    for name, key in DIRECTIONS:
        if model[name] is None:
            for quantity in QUANTITIES:
                out[quantity + "_" + key] = arb(0)
            continue
        values = {k: base.losses(moved(model, name, k), settings) for k in (-2, -1, 1, 2)}
        ctx.prec = 1200
        h = arb(10) ** -STEP_DIGITS
        for quantity in QUANTITIES:
            f = {k: v[quantity].mid() for k, v in values.items()}
            slope = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)
            out[quantity + "_" + key] = (slope / at[quantity].mid()).mid()
    return out


def gradient(model):
    record, digits, _ = base.evaluate(model)
    digits += EXTRA_DIGITS
    for _ in range(3):
        first, second = derivatives(model, digits, 0), derivatives(model, digits, 1)
        worst = 0.0
        for key, value in second.items():
            difference = abs(float((first[key] - value).mid()))
            worst = max(worst, difference / max(abs(float(value)), 1e-6))
        if worst <= AGREEMENT:
            values = {key: float(value.str(30, radius=False)) for key, value in second.items()}
            result = dict(model, signal=record["signal"], noise=record["noise"], **values)
            return result, digits, worst
        digits += 20
    raise base.Dropped("derivatives do not agree: %.1e" % worst)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--output", default=os.path.join(here, "gradients.json"))
    parser.add_argument("--count", type=int, default=base.COUNT, help="models drawn, of which every seventh is used")
    options = parser.parse_args()
    records = []
    begun = clock.time()
    for index in range(0, options.count, STRIDE):
        attempt = 0
        while True:
            model = base.draw(index, attempt)
            started = clock.time()
            try:
                record, digits, worst = gradient(model)
                break
            except base.Dropped as reason:
                print("  dropped (%s): %s" % (reason, model), file=sys.stderr)
                attempt += 1
        records.append(record)
        base.write(options.output, records)
        print("%d: %d digits, two settings %.1e, %.1f s (%.0f s)"
              % (index, digits, worst, clock.time() - started, clock.time() - begun), flush=True)


if __name__ == "__main__":
    main()
