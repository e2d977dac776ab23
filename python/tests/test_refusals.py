"""Bad input raises SpectralawError: with the command line's words where it reaches the library, and a remedy always."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
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
    "tune width --a 1.5 --b 1.25 --tolerance 0": lambda: sl.tune_width(LAW, tolerance=0),
    "spectrum --kernel ntk --dimension 1 --target teacher": lambda: sl.Kernel("ntk", dimension=1),
    "spectrum --kernel ntk --depth 30 --dimension 10 --target teacher": lambda: sl.Kernel("ntk", 10, depth=30),
}


@pytest.mark.parametrize("command", SAME_WORDS)
def test_words_are_those_of_the_command_line(command: str) -> None:
    with pytest.raises(sl.SpectralawError) as refused:
        SAME_WORDS[command]()
    assert str(refused.value) in refusal(*command.split())


REFUSED: list[tuple[Callable[[], object], str]] = [
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
