"""Bad input raises SpectralawError: with the command line's words where it reaches the library, and a remedy always."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from commands import refusal

import spectralaw as sl

LAW = sl.Spectrum.power_law(a=1.5, b=1.25)

SAME_WORDS: dict[str, Callable[[], object]] = {
    "loss --a 0.9 --b 1.25 --time 1": lambda: sl.Spectrum.power_law(0.9, 1.25),
    "loss --a 1.5 --b 1.25 --optimizer gd --learning-rate 100 --steps 10": lambda: sl.loss(
        LAW, optimizer=sl.GD(100.0), steps=10
    ),
    "loss --a 1.5 --b 1.25 --optimizer gd --learning-rate -1 --steps 10": lambda: sl.GD(-1.0),
    "loss --a 1.5 --b 1.25 --optimizer gd --learning-rate 0.1 --schedule cosine:0:100 --steps 10": lambda: (
        sl.Schedule.cosine(0.1, 0, 100)
    ),
    "loss --a 1.5 --b 1.25 --optimizer heavy-ball --momentum 2 --learning-rate 0.1 --steps 10": lambda: sl.HeavyBall(
        0.1, 2.0
    ),
    "loss --a 1.5 --b 1.25 --optimizer sgd --batch 0.5 --learning-rate 0.1 --steps 10": lambda: sl.SGD(0.1, 0.5),
    "loss --a 1.5 --b 1.25 --weight-decay=-1 --time 1": lambda: sl.loss(LAW, weight_decay=-1, time=1),
    "loss --spectrum /nowhere.npz --time 1": lambda: sl.Spectrum.from_file("/nowhere.npz"),
    "frontier --a 1.5 --b 1.25 --compute 1e6 --cost N*x": lambda: sl.frontier(LAW, compute=1e6, cost="N*x"),
    "frontier --a 1.5 --b 1.25 --compute 1e6 --cost N*B": lambda: sl.frontier(LAW, compute=1e6, cost="N*B"),
    "frontier --a 1.5 --b 1.25 --compute 1e-90": lambda: sl.frontier(LAW, compute=1e-90),
    "exponents --a 0.5 --b 1.25": lambda: sl.exponents(0.5, 1.25),
    "exponents --a 1.5 --b 1.25 --cost N^t": lambda: sl.exponents(1.5, 1.25, cost="N^t"),
    "tune reuse --a 1.5 --b 1.25": lambda: sl.tune_reuse(LAW, samples=np.inf),
    "tune width --kernel ntk --dimension 5 --target white:3 --samples 50 --tolerance 1e-4 --time 3": lambda: (
        sl.tune_width(sl.Kernel("ntk", dimension=5).networks("white:3"), samples=50, tolerance=1e-4, time=3)
    ),
    "tune width --kernel ntk --dimension 5 --target white:3 --samples 50": lambda: sl.tune_width(
        sl.Kernel("ntk", dimension=5).networks("white:3"), samples=50
    ),
    "tune width --a 1.5 --b 1.25 --tolerance 0": lambda: sl.tune_width(LAW, tolerance=0),
    "loss --a 1 --b 1.25 --time 1": lambda: sl.Spectrum.power_law(1, 1.25),
    "loss --a 1.5 --b 0.9 --time 1": lambda: sl.Spectrum.power_law(1.5, 0.9),
    "loss --a 1.5 --b 1.25 --time 1:9:4000 --width 1:9:4000": lambda: sl.loss(
        LAW, time=np.geomspace(1, 9, 4000), width=np.geomspace(1, 9, 4000)
    ),
    "loss --a 1.5 --b 1.25 --width 10 --optimizer sgd --batch 8 --learning-rate 0.1 --steps 9 --excess width": lambda: (
        sl.loss(LAW, width=10, optimizer=sl.SGD(0.1, batch=8), steps=9, excess="width")
    ),
    "exponents --a 1 --b 1.5": lambda: sl.exponents(1, 1.5),
    "exponents --a 1.5 --b=-1": lambda: sl.exponents(1.5, -1),
    "exponents --cost Q": lambda: sl.exponents(cost="Q"),
    "exponents --cost 6 --a 1.5 --b 1.25": lambda: sl.exponents(1.5, 1.25, cost="6"),
    "exponents --cost P/N": lambda: sl.exponents(cost="P/N"),
    "exponents --cost P --noise": lambda: sl.exponents(cost="P", noise=True),
    "frontier --a 1.5 --b 1.25 --compute 1e3 --cost N-t": lambda: sl.frontier(LAW, compute=1e3, cost="N-t"),
    "frontier --a 1.5 --b 1.25 --compute 1e3 --optimizer gd --learning-rate 0.1 --steps 3": lambda: sl.frontier(
        LAW, compute=1e3, optimizer=sl.GD(0.1), learning_rate=0.1, steps=3
    ),
    "frontier --a 1.5 --b 1.25 --compute 1e3 --optimizer gd --learning-rate 100": lambda: sl.frontier(
        LAW, compute=1e3, optimizer=sl.GD(100), learning_rate=100
    ),
    "frontier --a 1.5 --b 1.25 --compute 1e-5": lambda: sl.frontier(LAW, compute=1e-5),
    "spectrum --kernel ntk --dimension 1 --target teacher": lambda: sl.Kernel("ntk", dimension=1),
    "spectrum --kernel ntk --depth 30 --dimension 10 --target teacher": lambda: sl.Kernel("ntk", 10, depth=30),
}


@pytest.mark.parametrize("command", SAME_WORDS)
def test_words_are_those_of_the_command_line(command: str) -> None:
    with pytest.raises(sl.SpectralawError) as refused:
        SAME_WORDS[command]()
    assert str(refused.value) in refusal(*command.split())


SQUARE = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
BAD_ARRAYS: dict[str, tuple[str, npt.NDArray[np.float64], npt.NDArray[np.float64]]] = {
    "tall": ("gram", SQUARE[:, :2], np.ones(3)),
    "skew": ("gram", SQUARE * [[1, 1, 1], [-1, 1, 1], [1, 1, 1]], np.ones(3)),
    "negative": ("gram", np.diag([-2.0, 1.0, 1.0]), np.ones(3)),
    "not finite": ("gram", np.full((3, 3), np.nan), np.ones(3)),
    "zero": ("gram", np.zeros((3, 3)), np.ones(3)),
    "huge": ("gram", SQUARE, np.full(3, 1e200)),
    "few points": ("features --held-out", SQUARE, np.ones(3)),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_words_on_bad_arrays_are_those_of_the_command_line(name: str, tmp_path: Path) -> None:
    kind, matrix, targets = BAD_ARRAYS[name]
    np.save(tmp_path / "matrix.npy", matrix)
    np.save(tmp_path / "targets.npy", targets)
    option, *more = kind.split()
    make = sl.Spectrum.from_gram if option == "gram" else sl.Spectrum.from_features
    with pytest.raises(sl.SpectralawError) as refused:
        make(matrix, targets, held_out=bool(more))
    files = [f"--{option}", str(tmp_path / "matrix.npy"), "--targets", str(tmp_path / "targets.npy")]
    # the name of an argument stands in place of that of a file
    assert str(refused.value).removeprefix(f"{option}: ") in refusal("spectrum", *files, *more)


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: sl.Kernel("ntk", dimension=5).networks("white:2").ensemble(8, time=1, members=0.5), "1 or more"),
    (lambda: sl.Kernel("ntk", dimension=5).networks("white:2").ensemble(8, time=np.inf), "are resolved up to"),
    (
        lambda: sl.Kernel("ntk", dimension=2).networks_on(np.eye(2)[[0, 1] * 9], np.ones(18)).ensemble(8, time=1),
        "on spheres alone",
    ),
    (lambda: sl.loss(LAW, time=-1.0), "time[0] is -1"),
    (lambda: sl.loss(LAW, time=np.nan), "time[0] is NaN"),
    (lambda: sl.loss(LAW, time=[]), "time is empty"),
    (lambda: sl.loss(LAW, time="soon"), "time is an array of"),
    (lambda: sl.loss(LAW, time=[1j]), "time is an array of complex128"),
    (lambda: sl.loss(LAW, time=[[1.0]]), "give a number, or a list of numbers"),
    (lambda: sl.loss(LAW, time=None), "where on the curve?"),
    (lambda: sl.loss(LAW, time=1, ridge=1), "exclude each other"),
    (lambda: sl.loss(LAW, steps=1), "give an optimizer"),
    (lambda: sl.loss(LAW, time=1, optimizer=sl.GD(0.1)), "give steps, not time"),
    (lambda: sl.loss(LAW, steps=1.5, optimizer=sl.GD(0.1)), "steps[0] is 1.5"),
    (lambda: sl.loss(LAW, ridge=-1), "ridge[0] is -1"),
    (lambda: sl.loss(LAW, ridge=1, weight_decay=1), "weight_decay belongs to training"),
    (lambda: sl.loss(LAW, time=1, width=0.5), "width is 0.5, but must be a number from 1 on, or infinite"),
    (lambda: sl.loss(LAW, time=1, samples=[10, None]), "samples is NaN"),  # type: ignore[arg-type]
    (lambda: sl.loss(LAW, time=1, noise=-1), "noise variance is -1"),
    (lambda: sl.loss(LAW, time=1, noise=[1, 2]), "give a single number"),  # type: ignore[arg-type]
    (lambda: sl.loss(LAW, time=1, ensemble=0.5), "ensemble is 0.5"),
    (lambda: sl.loss(LAW, time=1, excess="batch"), "excess"),  # type: ignore[arg-type]
    (lambda: sl.loss(LAW, time=1e31), "must be from 0 to 1e30"),
    (lambda: sl.Spectrum.from_features(SQUARE, np.ones(4)), "targets have 4 rows, but features has 3 points"),
    (lambda: sl.loss(LAW, time=1, spread=True, ensemble=2), "single predictors"),
    (lambda: sl.loss(LAW, time=1, spread=True, weight_decay=0.1), "weight_decay"),
    (lambda: sl.loss(LAW, steps=1, spread=True, optimizer=sl.SGD(0.1, batch=4)), "gradient noise"),
    (lambda: sl.tune_seeds(LAW, width=10), "between which two settings?"),
    (lambda: sl.tune_seeds(LAW, width=10, ridge=0.1), "ridge has 1 values: give two"),
    (lambda: sl.tune_seeds(LAW, width=10, ridge=[0.1, 0.2], confidence=1), "confidence is 1"),
    (lambda: sl.tune_seeds(LAW, width=10, ridge=[0.1, 0.2], time=[1, 2]), "exclude each other"),
    (lambda: sl.tune_seeds(LAW, width=10, steps=[1, 2], optimizer=sl.SGD(0.1, batch=4)), "gradient noise"),
    (lambda: sl.test_loss(LAW, time=[1, 2], width=[1, 2, 3]), "do not broadcast"),
    (lambda: sl.modes(LAW, mode=0, time=1), "mode[0] is 0"),
    (lambda: sl.modes(LAW, ridge=1), "a power law is no list of modes"),
    (lambda: sl.modes(LAW, mode=1), "when?"),
    (lambda: sl.Spectrum.power_law(1.5, 1.25, modes=2.5), "2.5"),
    (lambda: sl.Spectrum.power_law(1.5, 1.25, floor=1e101), "floor is 1e101"),
    (lambda: sl.Spectrum.from_modes([1, 2], [1]), "eigenvalues has 2 entries but target_power has 1"),
    (lambda: sl.Spectrum.from_modes([], []), "empty"),
    (lambda: sl.Spectrum.from_modes([np.nan], [1]), "eigenvalues[0] is NaN"),
    (lambda: sl.Spectrum.from_gram(np.ones((2, 3)), [1, 2]), "give"),
    (lambda: sl.Spectrum.from_gram(np.eye(3), [1, 2]), "give"),
    (lambda: sl.Spectrum.from_features(np.eye(3), [1, 2, 3], centre="some"), "give none, targets or all"),
    (lambda: sl.Kernel("cosine", 3), "`cosine` is no kernel"),
    (lambda: sl.Kernel("ntk", 3, scale=2.0), "scale belong to other kernels"),
    (lambda: sl.Kernel("ntk", 3, activation="tanh"), "give relu or erf"),
    (lambda: sl.Target.parse("noise"), "`noise` is no target"),
    (lambda: sl.FeatureMoments(3).update(np.ones((2, 2)), [1, 2]), "give (rows, 3)"),
    (lambda: sl.FeatureMoments(3).spectrum(), "no rows were added"),
    (lambda: sl.frontier(LAW, compute=1e6, steps=(1, 2)), "give time, not steps"),
    (lambda: sl.exponents(1.5, 1.25, optimizer="adam"), "give flow or sgd"),  # type: ignore[call-overload]
]


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_bad_input_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        call()
    assert isinstance(refused.value, sl.SpectralawError)
    assert words in str(refused.value)
