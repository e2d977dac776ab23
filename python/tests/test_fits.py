"""Laws of runs: the command's numbers to the last bit, arrays, verdicts, what is refused."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas
import polars
import pytest
from commands import columns, numbers, run
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import spectralaw as sl

matplotlib.use("agg")

# sizes and data of five budgets each, and losses of the law of Besiroglu et al. (2024) with a scatter of 0.4 per cent
SIZE = np.repeat(4e7 * 2.0 ** np.arange(8), 5)
DATA = SIZE * np.tile(5.0 * 2.0 ** np.arange(5), 8)
LOSS = (1.8172 + 482.01 / SIZE**0.3478 + 2085.43 / DATA**0.3658) * np.exp(
    np.random.default_rng(1).normal(0, 4e-3, SIZE.size)
)
MODEL = np.repeat(np.arange(8), 5)
STEPS = 2.0 ** np.arange(1, 13)
CURVE = (1.2 + 3 * (STEPS + 7) ** -0.4) * np.exp(np.random.default_rng(2).normal(0, 2e-3, STEPS.size))
FEW: dict[str, Any] = {"resamples": 60, "seed": 3}
OF_FEW = "--resamples 60 --seed 3"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("runs") / "runs.csv"
    columns = {"params": SIZE, "tokens": DATA, "flops": 6 * SIZE * DATA, "unique": DATA / 4, "loss": LOSS}
    pandas.DataFrame(columns | {"model": MODEL}).to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("curve") / "curve.csv"
    pandas.DataFrame({"step": STEPS, "loss": CURVE}).to_csv(file, index=False)
    return file


def told(file: Path, options: str) -> dict[str, Any]:
    done = run("fit", str(file), *options.split(), "--format", "json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def plain(value: Any) -> Any:
    """As JSON has it: lists, and null for what is not finite."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


LAWS: dict[str, tuple[str, dict[str, Any]]] = {
    "parametric": ("--size params --data tokens --unique unique --compute flops", {"unique": DATA / 4}),
    "tied": ("--size params --data tokens --floor 1.8", {"floor": 1.8}),
    "isoflop": ("--size params --data tokens --level 0.8", {"level": 0.8}),
    "repeated": ("--size params --data tokens --unique unique", {"unique": DATA / 4}),
}


@pytest.mark.parametrize("law", LAWS)
def test_fits_are_those_of_the_command(law: str, runs: Path) -> None:
    options, keywords = LAWS[law]
    question = "--budget 1e22 --predict 7e10,1.4e12 --target-loss 2.3"
    answer = told(runs, f"{options} --law {law} {OF_FEW} {question}")
    if "--compute" in options:
        keywords = keywords | {"compute": 6 * SIZE * DATA}
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, law=law, **keywords, **FEW)
    own = plain(fit.to_dict())
    assert {name: answer[name] for name in own} == own
    plan = fit.optimum(1e22)
    of_command = answer["optimum"]
    losses = ("loss", "loss_at_half_size", "loss_at_double_size", "loss_with_unlimited_data")
    for name in ("budget", "size", "data", *losses):
        assert plain(float(plan[name])) == of_command[name]
    for name, ends in of_command["intervals"].items():
        assert plain([float(plan[f"{name}_low"]), float(plan[f"{name}_high"])]) == ends
    found = fit.predict(7e10, 1.4e12)
    of_command = answer["predictions"][0]
    assert plain([float(found.loss), [float(found.low), float(found.high)]]) == [
        of_command["loss"],
        of_command["interval"],
    ]
    needed = fit.budget_for(2.3)
    of_command = answer["target"]
    for name in ("loss", "budget", "size", "data"):
        assert plain(float(needed[name])) == of_command[name]
    assert plain([float(needed.budget_low), float(needed.budget_high)]) == of_command["interval"]
    judged = fit.judge(budget=1e22, size=7e10, data=1.4e12)
    assert plain(judged.to_dict()) == answer["verdict"]
    assert bool(judged) == answer["verdict"]["identified"]


def test_laws_of_one_amount_are_those_of_the_command(runs: Path, curve: Path) -> None:
    answer = told(runs, f"--compute flops --law power {OF_FEW} --predict 1e22")
    fit = sl.fit(size=SIZE, data=DATA, compute=6 * SIZE * DATA, loss=LOSS, law="power", **FEW)
    assert fit.parameters == answer["parameters"]
    assert float(fit.predict(compute=1e22).loss) == answer["predictions"][0]["loss"]
    answer = told(curve, f"--steps step {OF_FEW} --predict 1e5")
    fit = sl.fit(steps=STEPS, loss=CURVE, **FEW)
    assert fit.law == "steps" and {name: answer[name] for name in fit.to_dict()} == plain(fit.to_dict())
    assert float(fit.predict(data=1e5).high) == answer["predictions"][0]["interval"][1]
    assert plain(fit.judge(data=1e5).to_dict()) == answer["verdict"]
    with pytest.raises(sl.SpectralawError, match="has no best size and data"):
        fit.optimum(1e5)


def test_groups_thresholds_and_held_out_runs_are_those_of_the_command(runs: Path) -> None:
    options = f"--size params --data tokens --group model --delta 0.01 --hold-out 0.3 {OF_FEW}"
    answer = told(runs, options)
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, group=MODEL, delta=0.01, **FEW)
    own = plain(fit.to_dict())
    assert {name: answer[name] for name in own} == own
    assert fit.held_out(0.3).to_rows() == [answer["held_out"]]
    assert plain(fit.verdict.to_dict()) == answer["verdict"]
    cells = columns("fit", str(runs), *options.split())
    for name in ("size", "data", "loss", "fitted", "low", "high"):
        np.testing.assert_array_equal(fit.runs[name], numbers(cells[name]))


def test_the_best_law_is_that_of_the_command(runs: Path) -> None:
    answer = told(runs, "--size params --data tokens --law all --hold-out compute:1e20 --resamples 10")
    # (the command reads unique data where there is a column of them)
    options: dict[str, Any] = {"law": "all", "hold_out": "compute:1e20", "resamples": 10}
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, unique=DATA / 4, **options)
    assert fit.law == answer["law"] and fit.comparison is not None
    assert fit.comparison.to_rows() == answer["comparison"]
    assert "unique" in sl.fit(size=SIZE, data=DATA, loss=LOSS, **options).impossible["repeated"]
    assert len(fit.comparison.plot().lines) == 1


def test_data_follow_from_compute() -> None:
    options: dict[str, Any] = {"loss": LOSS, "cost": "6*N*D", "resamples": 0}
    fit = sl.fit(size=SIZE, compute=6 * SIZE * DATA, **options)
    np.testing.assert_allclose(np.sort(fit.runs.data), np.sort(DATA), rtol=1e-12)
    assert fit.parameters["alpha"] == pytest.approx(
        sl.fit(size=SIZE, data=DATA, **options).parameters["alpha"], rel=1e-6
    )


def test_arrays_columns_and_shapes() -> None:
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, **FEW)
    frame = pandas.DataFrame({"N": SIZE, "D": DATA, "L": LOSS})
    assert sl.fit(size=frame["N"], data=frame["D"], loss=frame["L"], **FEW) == fit
    table = polars.DataFrame({"N": SIZE, "D": DATA, "L": LOSS})
    assert sl.fit(size=table["N"], data=table["D"], loss=table["L"], **FEW) == fit
    found = fit.predict([[1e9], [1e10]], [1e10, 1e11, 1e12])
    assert (
        found.shape == found.loss.shape == (2, 3) and np.all(found.low < found.loss) and np.all(found.loss < found.high)
    )
    assert float(fit.predict(1e10, 1e11).loss) == found.loss[1, 1]
    plan = fit.optimum([1e20, 1e22])
    np.testing.assert_allclose(6 * plan.size * plan.data, [1e20, 1e22], rtol=1e-9)
    assert plan.shape == (2,) and fit.budget_for(2.3).shape == ()
    assert float(fit.optimum(1e22, most_data=1e10).data) == 1e10
    assert fit.replicates.shape == (60, 5) and fit.failed_refits == 0 and len(fit.residuals) == 40
    assert fit.to_polars().columns == list(fit.to_pandas().columns) == list(fit.constants.columns)
    assert float(fit.budget_for(1.0).budget) == np.inf and np.isnan(fit.budget_for(1.0).size)


FIT = sl.fit(size=SIZE, data=DATA, loss=LOSS, **FEW)


@settings(deadline=None, max_examples=50)
@given(st.floats(), st.floats(), st.floats())
def test_any_numbers_are_answered_or_refused(size: float, data: float, budget: float) -> None:
    calls: list[Callable[[], tuple[npt.NDArray[np.float64], bool]]] = [
        lambda: (FIT.predict(size, data).loss, False),
        # (a law that is flat to rounding has no best size)
        lambda: ((plan := FIT.optimum(budget)).loss, str(plan.bound) == "law"),
        lambda: (FIT.budget_for(budget).budget, False),
    ]
    for call in calls:
        try:
            answer, is_unknown = call()
        except sl.SpectralawError as refused:
            assert "must be" in str(refused)
        else:
            assert np.isnan(answer) == is_unknown


@settings(deadline=None, max_examples=20)
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_predictions_broadcast(shapes: object) -> None:
    one, two = shapes.input_shapes  # type: ignore[attr-defined]
    found = FIT.predict(np.full(one, 1e9), np.full(two, 1e11))
    assert found.shape == found.loss.shape == shapes.result_shape  # type: ignore[attr-defined]
    assert np.all(found.loss == FIT.predict(1e9, 1e11).loss) and len(found) == found.loss.size


def test_intervals_of_a_wrong_law_are_as_long_as_runs_that_were_held_out_need(tmp_path: Path) -> None:
    # runs of the largest costs bend away from the law
    bent = LOSS * np.exp(0.02 * np.maximum(0, np.log(SIZE * DATA / 1e19)))
    pandas.DataFrame({"params": SIZE, "tokens": DATA, "loss": bent}).to_csv(tmp_path / "bent.csv", index=False)
    fit = sl.fit(size=SIZE, data=DATA, loss=bent, **FEW)
    answer = told(tmp_path / "bent.csv", f"{OF_FEW} --predict 1e10,2e12")
    assert fit.widening == answer["widening"] == fit.held_out(0.3).widening > 1.5
    found = fit.predict(1e10, 2e12)
    assert [found.low, found.high] == answer["predictions"][0]["interval"]
    assert any("its form is wrong there; intervals of losses are made" in warning for warning in fit.verdict.warnings)
    again = pickle.loads(pickle.dumps(fit))
    assert again.widening == fit.widening and again.predict(1e10, 2e12) == found
    assert sl.fit(size=SIZE, data=DATA, loss=LOSS, **FEW).widening == 1.0


def test_a_stored_fit_answers_alike() -> None:
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, group=MODEL, **FEW)
    again = pickle.loads(pickle.dumps(fit))
    assert again == fit and again.optimum(1e22) == fit.optimum(1e22) and again.verdict == fit.verdict
    assert again.predict(7e10, 1.4e12) == fit.predict(7e10, 1.4e12)
    assert again != sl.fit(size=SIZE, data=DATA, loss=LOSS, **FEW)


def test_figures_and_words() -> None:
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, **FEW)
    ax = fit.plot(budget=1e23, color="black")
    assert len(ax.lines) == 2 and ax.get_xlabel() == "compute" and ax.lines[1].get_color() == "black"
    assert fit.plot(ax) is ax and len(ax.lines) == 4
    assert sl.fit(steps=STEPS, loss=CURVE, **FEW).plot().get_xlabel() == "steps"
    assert len(fit.runs.plot().lines) == len(fit.predict(SIZE, DATA).plot().lines) == 1
    assert "parametric" in repr(fit) and "<table>" in fit._repr_html_() and "<p>" in fit.verdict._repr_html_()
    assert str(fit.verdict).startswith("these runs determine the law")
    matplotlib.pyplot.close("all")


def test_what_runs_do_not_tell_is_said() -> None:
    fit = sl.fit(size=SIZE[:5], data=DATA[:5], loss=LOSS[:5])
    assert all(math.isnan(value) for value in fit.parameters.values())
    assert "give at least 6 runs" in fit.reasons[0] and "the same size" in fit.reasons[1]
    assert not fit.verdict and fit.verdict.unidentified == ("E", "A", "B", "alpha", "beta")
    assert np.isnan(fit.optimum(1e22).size)
    assert pickle.loads(pickle.dumps(fit)) == fit


def test_refusals(runs: Path) -> None:
    def same_words(call: Any, *options: str) -> None:
        with pytest.raises(sl.SpectralawError) as refused:
            call()
        done = run("fit", str(runs), *options)
        assert done.returncode == 2 and str(refused.value) in done.stderr, done.stderr

    given: dict[str, Any] = {"size": SIZE, "data": DATA, "loss": LOSS, "resamples": 0}
    same_words(lambda: sl.fit(**given, law="linear"), "--law", "linear")
    same_words(lambda: sl.fit(**given, cost="6*N"), "--cost", "6*N")
    same_words(lambda: sl.fit(**given, cost="6*N*t"), "--cost", "6*N*t")
    same_words(lambda: sl.fit(**given, level=2), "--level", "2")
    same_words(lambda: sl.fit(**given, delta=0), "--delta", "0")
    same_words(lambda: sl.fit(**given).optimum(-1), "--budget=-1")
    same_words(lambda: sl.fit(**given).budget_for(-1), "--target-loss=-1")
    same_words(lambda: sl.fit(**given, law="all", hold_out=2), "--law", "all", "--hold-out", "2.0")
    for call, words in (
        (lambda: sl.fit(loss=LOSS[:3], size=SIZE, data=DATA), "data has 40 values but loss has 3"),
        (lambda: sl.fit(loss=-LOSS, size=SIZE, data=DATA), "remove runs that diverged"),
        (lambda: sl.fit(loss=LOSS, size=SIZE, data=DATA, steps=DATA), "data and steps exclude each other"),
        (lambda: sl.fit(loss=LOSS, size=SIZE, data=DATA, hold_out=0.2), "hold_out belongs to"),
        (lambda: sl.fit(loss=LOSS, size=SIZE, data=DATA, seed=-1), "seed is -1"),
        (lambda: sl.fit(loss=LOSS, size=SIZE, data=DATA, resamples=1.5), "resamples is 1.5: give an integer"),  # type: ignore[arg-type]
        (lambda: sl.fit(loss=LOSS, size=SIZE, data=DATA, group=[1, 2]), "give a name or number for each run"),
        (lambda: sl.fit(loss=LOSS, size=SIZE, law="parametric"), "without data"),
        (lambda: sl.fit(loss=[], size=[], data=[]), "empty"),
        (lambda: sl.fit(**given).predict(-1, 1), "size is -1.0, but must be positive and finite"),
        (lambda: sl.fit(**given).predict([1, 2], [1, 2, 3]), "do not broadcast"),
    ):
        with pytest.raises(sl.SpectralawError, match=words.replace("(", r"\(")):
            call()


BOUNDS: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("", {}),
    "least_size": ("--least-size 1e12", {"least_size": 1e12}),
    "most_size": ("--most-size 1e8", {"most_size": 1e8}),
    "most_data": ("--most-data 1e10", {"most_data": 1e10}),
}


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("integers", [False, True])
def test_what_holds_a_plan_is_that_of_the_command(bound: str, integers: bool, runs: Path) -> None:
    options, limits = BOUNDS[bound]
    whole = "--integers" if integers else ""
    answer = told(runs, f"--size params --data tokens {OF_FEW} --budget 1e22 --target-loss 2.3 {options} {whole}")
    fit = sl.fit(size=SIZE, data=DATA, loss=LOSS, **FEW)
    plan = fit.optimum(1e22, integers=integers, **limits)
    assert str(plan.bound) == bound and answer["optimum"]["bound"] == (bound or None)
    for name in ("size", "data", "loss", "loss_at_half_size"):
        assert plain(float(plan[name])) == answer["optimum"][name]
    assert not integers or (float(plan.size) == round(float(plan.size)) and float(plan.data) == round(float(plan.data)))
    needed = fit.budget_for(2.3, **limits)
    assert plain([float(needed.budget), float(needed.size)]) == [answer["target"]["budget"], answer["target"]["size"]]
    assert (str(needed.bound) or None) == answer["target"]["bound"]
    assert plain(fit.judge(budget=1e22, integers=integers, **limits).to_dict()) == answer["verdict"]


def test_the_theory_is_that_of_the_command(runs: Path) -> None:
    options = "--size params --data tokens --unique unique --law theory --resamples 2 --budget 1e21"
    answer = told(runs, options)
    fit = sl.fit(size=SIZE, data=DATA, unique=DATA / 4, loss=LOSS, law="theory", resamples=2)
    own = plain(fit.to_dict())
    assert {name: answer[name] for name in own} == own
    assert list(fit.parameters)[-2:] == ["samples_per_data", "noise"]
    assert plain(float(fit.optimum(1e21).size)) == answer["optimum"]["size"]
    again = pickle.loads(pickle.dumps(fit))
    assert again == fit and again.intervals == fit.intervals


def test_perplexities_are_those_of_the_command(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    pandas.DataFrame({"params": SIZE, "tokens": DATA, "loss": np.exp(LOSS)}).to_csv(file, index=False)
    answer = told(file, f"--size params --data tokens --perplexity {OF_FEW}")
    fit = sl.fit(size=SIZE, data=DATA, loss=np.exp(LOSS), perplexity=True, **FEW)
    assert fit.parameters == answer["parameters"]
    with pytest.raises(sl.SpectralawError, match="perplexities are above 1"):
        sl.fit(size=SIZE, data=DATA, loss=np.full(SIZE.size, 0.5), perplexity=True)
