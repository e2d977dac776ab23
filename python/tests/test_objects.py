"""Objects at home: pickled, copied, compared, shown, drawn."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import matplotlib
import numpy as np
import pytest

import spectralaw as sl

matplotlib.use("agg")

LAW = sl.Spectrum.power_law(a=1.5, b=1.25)
LIST = sl.Spectrum.from_modes(np.arange(1.0, 51.0) ** -1.3, np.arange(1.0, 51.0) ** -1.6, floor=0.1)

SIZE, DATA = (x.ravel() for x in np.meshgrid(np.geomspace(1e6, 1e9, 5), np.geomspace(1e8, 1e11, 5)))
FIT = sl.fit(size=SIZE, data=DATA, loss=1.8 + 480 * SIZE**-0.35 + 2100 * DATA**-0.37, resamples=20)

OBJECTS: list[object] = [
    LAW,
    sl.Spectrum.power_law(0.9, 0.7, modes=100, floor=0.3, breaks=[(10, 1.5, 1.2)], spikes=[(2.0, 0.5)]),
    LIST,
    sl.Spectrum.from_kernel("laplace", scale=0.5, dimension=4, target=sl.Target.teacher()),
    sl.GradientFlow(),
    sl.MomentumFlow(2.0),
    sl.GD([0.1, 0.2]),
    sl.HeavyBall(0.1, 0.9),
    sl.Nesterov(sl.Schedule.linear(0.1, 0.01, 100, warm_up=10)),
    sl.SGD(0.1, batch=8, gaussian=True),
    sl.Schedule.step(0.5, 0.9, 100),
    sl.Kernel("ntk", 10, depth=3),
    sl.Target.single_index("hermite", 3),
    sl.loss(LAW, time=[1, 10], width=[10, 100], noise=0.1),
    sl.loss_surface(LAW, time=[1, 10], samples=[10, 100]),
    sl.loss_gradient(LAW, time=[1, 10], width=100),
    sl.regimes(LAW, time=[1, 10], width=[10, 100]),
    sl.crossover(LAW, "width", [10, 100], "time"),
    sl.frontier(LAW, compute=[1e6, 1e7]),
    sl.tune_ridge(LAW, samples=[100, 1000], noise=0.1),
    sl.modes(LIST, ridge=0.1, samples=20),
    sl.exponents(1.5, 1.25),
    sl.fit_power_law([1, 2, 4], [1, 2.1, 3.9]),
    sl.FeatureMoments(3).update(np.eye(3), [1, 2, 3]),
    sl.held_out_power(np.diag([3.0, 2.0, 1.0, 0.5]), [1.0, 2.0, 0.0, 1.0]),
    sl.eigenvalue_exponent(np.arange(1.0, 1001.0) ** -1.3),
    sl.intrinsic_dimension(np.random.default_rng(0).normal(size=(200, 3))),
    sl.exponents(optimizer="sgd"),
    FIT,
    FIT.verdict,
    FIT.constants,
    FIT.runs,
    FIT.predict([1e6, 1e7], 1e9),
    FIT.optimum([1e20, 1e22]),
    FIT.budget_for(2.0),
    FIT.held_out(0.3),
]


@pytest.mark.parametrize("value", OBJECTS, ids=lambda value: type(value).__name__)
def test_copies_are_equal(value: object) -> None:
    for same in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert same == value and type(same) is type(value)
        assert repr(same) == repr(value)
    assert value != object()


def test_a_pickled_spectrum_gives_the_same_bits() -> None:
    again = pickle.loads(pickle.dumps(LIST))
    assert sl.loss(again, time=[1, 100], samples=30) == sl.loss(LIST, time=[1, 100], samples=30)
    assert LAW == sl.Spectrum.power_law(1.5, 1.25) != sl.Spectrum.power_law(1.5, 1.26)
    assert hash(LAW) == hash(sl.Spectrum.power_law(1.5, 1.25))


def test_tables() -> None:
    curve = sl.loss(LAW, time=[1, 10], width=[10, 100, 1000], noise=0.1)
    frame = curve.to_pandas()
    assert list(frame.columns) == list(curve.columns) and len(frame) == 6
    np.testing.assert_array_equal(frame["test_loss"], curve.test_loss.ravel())
    assert curve.to_polars().columns == list(curve.columns)
    assert sl.regimes(LAW, time=[1, 10]).to_polars()["limited_by"].to_list() == ["time", "time"]
    assert curve._repr_html_().count("<tr>") == 7
    assert "test_loss" in repr(curve)
    with pytest.raises(KeyError, match="none of the columns"):
        curve["loss"]


@pytest.mark.parametrize("value", [v for v in OBJECTS if isinstance(v, sl.Table)], ids=lambda v: type(v).__name__)
def test_columns_are_attributes(value: sl.Table) -> None:
    for name in value.columns:
        if isinstance(value, sl.LossCurve) and name in sl.Terms.__dict__:
            assert getattr(value.terms, name).shape == value.shape
        elif name not in ("width", "samples", "time", "steps", "ridge", "mode", "ridgeless_loss"):
            assert getattr(value, name).shape == value.shape


def test_figures() -> None:
    curve = sl.loss(LAW, time=[1, 10], width=[10, 100], noise=0.1)
    ax = curve.plot(points=([1, 10], [1.5, 1.0]), color="black")
    assert len(ax.lines) == 3 and ax.get_xlabel() == "time" and ax.lines[1].get_color() == "black"
    assert curve.plot(ax, y="train_loss") is ax and len(ax.lines) == 5
    assert len(sl.frontier(LAW, compute=[1e6, 1e7]).plot().lines) == 1
    assert len(sl.profile(LAW, compute=[1e6, 1e7]).plot().lines) == 2
    assert len(sl.modes(LAW, mode=[1, 2], time=[1, 10]).plot().lines) == 2
    assert sl.tune_ridge(LAW, samples=[100, 1000], noise=0.1).plot().get_ylabel() == "ridge"
    assert len(LAW.plot().lines) == len(LIST.plot().lines) == 2
    assert sl.regimes(LAW, time=[1, 10], width=[10, 100]).plot().get_ylabel() == "width"
    assert len(sl.regimes(LAW, time=[1, 10]).plot().lines) == 4
    matplotlib.pyplot.close("all")


def test_exact_exponents() -> None:
    laws = sl.exponents(a=1.5, b=1.25)
    assert laws.frontier.loss.value == Fraction(2, 9)
    assert laws.frontier.shares["width"].exponent.value == Fraction(4, 9)
    assert laws.frontier.limiting == ("time", "width")
    assert laws.terms["time"].exponents["time"].value == Fraction(2, 5)
    assert abs((laws.terms["time"].amplitude or 0) - 1.3448404670546694) < 1e-15
    assert float(laws.terms["width"].exponents["width"]) == 0.5
    assert laws._repr_latex_().startswith("$$") and "frac" in laws.frontier.loss.latex


def test_parabolas() -> None:
    parabola = sl.fit_parabola([1, 3, 10, 30, 100], 2 + np.log(np.array([1, 3, 10, 30, 100]) / 7) ** 2)
    assert abs(parabola.at - 7) < 1e-12
