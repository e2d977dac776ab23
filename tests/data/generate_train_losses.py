"""Writes train_losses.json: train losses of interpolated samples to relative accuracy, however small they are.

Random power laws with fewer samples than features and modes, at times at which the train loss is between 1e-8 and
1e-100 of that at the start. Losses are those of generate_random_models.py, as double integrals, with so many digits that
two evaluations agree to 1e-18 of what is left.

Needs python-flint. Takes three minutes.
"""

import json
import math
import pathlib
import random

from generate_random_models import Settings, losses, magnitude

HERE = pathlib.Path(__file__).resolve().parent
COUNT = 40
FIELDS = ("train_signal", "train_noise")


def draw(index):
    """A model at a time at which less than 1e-8 is left."""
    source = random.Random(f"train/{index}")

    def log_uniform(low, high):
        return math.exp(source.uniform(math.log(low), math.log(high)))

    samples = log_uniform(1.5, 1e6)
    width = None if source.random() < 0.3 else samples * log_uniform(1.05, 1e3)
    modes = None if source.random() < 0.5 else int(samples * log_uniform(1.5, 1e3)) + 1
    a, b = source.uniform(1.05, 4.0), source.uniform(1.05, 3.0)
    model = {"a": a, "b": b, "modes": modes, "width": width, "samples": samples, "time": 1.0}
    low, high = 1e-3, 1e25
    while high / low >= 1.3:
        model["time"] = math.sqrt(low * high)
        try:
            is_small = magnitude(losses(model, Settings(26, 0))["train_noise"]) < -8
        except ArithmeticError:
            is_small = True
        low, high = (low, model["time"]) if is_small else (model["time"], high)
    model["time"] = low * log_uniform(1.0, 20.0)
    return model


def evaluate(model):
    """The record with both losses; None where too many digits would be needed."""
    for digits in range(60, 301, 60):
        try:
            one, other = losses(model, Settings(digits, 0)), losses(model, Settings(digits + 10, 1))
        except ArithmeticError:
            continue
        if all(abs(one[name].mid() - other[name].mid()) < abs(other[name].mid()) * 1e-18 for name in FIELDS):
            return {**model, **{name: float(other[name].mid().str(30, radius=False)) for name in FIELDS}}
    return None


def main():
    records, index = [], 0
    while len(records) < COUNT:
        record = evaluate(draw(index))
        index += 1
        if record is not None:
            records.append(record)
    lines = ",\n".join(json.dumps(record) for record in records)
    (HERE / "train_losses.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
