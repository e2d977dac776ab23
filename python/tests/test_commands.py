"""Every function gives what its command gives, to the last bit."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from commands import assert_same, columns, numbers, run

import spectralaw as sl

LAW = sl.Spectrum.power_law(a=1.5, b=1.25)
OF_LAW = "--a 1.5 --b 1.25"
TIMES = [0.0, 1.0, 1e3, 1e7, np.inf]

CASES: dict[str, Callable[[], sl.Table]] = {
    f"loss {OF_LAW} --width 10,1000 --samples 50,inf --noise 0.1 --time 0,1,1e3,1e7,inf --decompose": lambda: sl.loss(
        LAW, width=[10, 1000], samples=[50, np.inf], noise=0.1, time=TIMES
    ),
    f"loss {OF_LAW} --samples 100 --ridge 0,1e-3,inf --ensemble 3 --bag 2": lambda: sl.loss(
        LAW, samples=100, ridge=[0, 1e-3, np.inf], ensemble=3, bag=2
    ),
    f"loss {OF_LAW} --samples 100 --optimizer gd --learning-rate 0.1 --steps 0,10,1000 --excess samples": lambda: (
        sl.loss(LAW, samples=100, optimizer=sl.GD(0.1), steps=[0, 10, 1000], excess="samples")
    ),
    f"loss {OF_LAW} --width 40 --samples 60 --noise 0.1 --ridge 0,0.05,inf --spread": lambda: sl.loss(
        LAW, width=40, samples=60, noise=0.1, ridge=[0, 0.05, np.inf], spread=True
    ),
    f"loss {OF_LAW} --width 40 --samples 60 --noise 0.1 --time 0,3,100 --spread": lambda: sl.loss(
        LAW, width=40, samples=60, noise=0.1, time=[0, 3, 100], spread=True
    ),
    f"loss {OF_LAW} --samples 100 --optimizer gd --learning-rate 3 --steps 5,10 --allow-unstable": lambda: sl.loss(
        LAW, samples=100, optimizer=sl.GD(3.0), steps=[5, 10], allow_unstable=True
    ),
    f"loss {OF_LAW} --width 50 --optimizer heavy-ball --momentum 0.9 --learning-rate 0.1 --steps 3,100,1e6": lambda: (
        sl.loss(LAW, width=50, optimizer=sl.HeavyBall(0.1, 0.9), steps=[3, 100, 1e6])
    ),
    f"loss {OF_LAW} --width 50 --optimizer nesterov --momentum 0.9 --learning-rate 0.1 --steps 3,100,1e6": lambda: (
        sl.loss(LAW, width=50, optimizer=sl.Nesterov(0.1, 0.9), steps=[3, 100, 1e6])
    ),
    f"loss {OF_LAW} --width 50 --noise 1 --optimizer sgd --batch 8 --learning-rate 0.1 --schedule cosine:1e-4:1000 "
    "--steps 1,100,1000 --decompose": lambda: sl.loss(
        LAW, width=50, noise=1, optimizer=sl.SGD(sl.Schedule.cosine(0.1, 1e-4, 1000), batch=8), steps=[1, 100, 1000]
    ),
    f"loss {OF_LAW} --width 50 --weight-decay 1e-3 --time 1,1e5": lambda: sl.loss(
        LAW, width=50, weight_decay=1e-3, time=[1, 1e5]
    ),
    f"loss {OF_LAW} --width 50 --inertia 2 --time 1,1e5": lambda: sl.loss(
        LAW, width=50, optimizer=sl.MomentumFlow(2.0), time=[1, 1e5]
    ),
    "loss --a 0.9 --b 0.7 --modes 1000 --floor 0.2 --width 50 --time 1,1e5": lambda: sl.loss(
        sl.Spectrum.power_law(0.9, 0.7, modes=1000, floor=0.2), width=50, time=[1, 1e5]
    ),
    f"regimes {OF_LAW} --width 10,1000 --samples 300 --noise 0.1 --time 1,1e3,1e6": lambda: sl.regimes(
        LAW, width=[10, 1000], samples=300, noise=0.1, time=[1, 1e3, 1e6]
    ),
    f"regimes {OF_LAW} --width 100 --optimizer gd --learning-rate 0.1 --steps 10,1000": lambda: sl.regimes(
        LAW, width=100, optimizer=sl.GD(0.1), steps=[10, 1000]
    ),
    f"frontier {OF_LAW} --compute 1e4,1e9,1e6": lambda: sl.frontier(LAW, compute=[1e4, 1e9, 1e6]),
    f"frontier {OF_LAW} --compute 1e6,1e8 --samples 1e4 --noise 0.1 --width 32..1024 --integers": lambda: sl.frontier(
        LAW, compute=[1e6, 1e8], samples=1e4, noise=0.1, width=(32, 1024), integers=True
    ),
    f"frontier {OF_LAW} --optimizer gd --learning-rate 0.1 --cost 6*N*t --compute 1e6": lambda: sl.frontier(
        LAW, optimizer=sl.GD(0.1), learning_rate=0.1, cost="6*N*t", compute=1e6
    ),
    f"frontier {OF_LAW} --compute 1e6 --isoflop": lambda: sl.profile(LAW, compute=1e6),
    f"tune time {OF_LAW} --samples 100,1000 --noise 0.5": lambda: sl.tune_time(LAW, samples=[100, 1000], noise=0.5),
    f"tune ridge {OF_LAW} --width 10,100 --samples 100 --noise 0.5": lambda: sl.tune_ridge(
        LAW, width=[10, 100], samples=100, noise=0.5
    ),
    f"tune width {OF_LAW} --samples 100 --tolerance 0.05": lambda: sl.tune_width(LAW, samples=100, tolerance=0.05),
    f"tune width {OF_LAW} --samples 100,1000 --time 30 --tolerance 0.05": lambda: sl.tune_width(
        LAW, samples=[100, 1000], time=30, tolerance=0.05
    ),
    f"tune width {OF_LAW} --samples 100 --optimizer gd --learning-rate 0.1 --steps 100": lambda: sl.tune_width(
        LAW, samples=100, optimizer=sl.GD(0.1), steps=100
    ),
    "tune width --kernel ntk --dimension 10 --target white:3 --samples 50,100 --time 30 --tolerance 0.05": lambda: (
        sl.tune_width(sl.Kernel("ntk", dimension=10).networks("white:3"), samples=[50, 100], time=30, tolerance=0.05)
    ),
    f"tune reuse {OF_LAW} --width 1000 --samples 100,1000": lambda: sl.tune_reuse(LAW, width=1000, samples=[100, 1000]),
    f"tune seeds {OF_LAW} --width 60 --samples 40,80 --noise 0.1 --ridge 0.05,0.1": lambda: sl.tune_seeds(
        LAW, width=60, samples=[40, 80], noise=0.1, ridge=[0.05, 0.1]
    ),
    f"tune seeds {OF_LAW} --width 60 --time 3,100 --confidence 0.9": lambda: sl.tune_seeds(
        LAW, width=60, time=[3, 100], confidence=0.9
    ),
    f"tune seeds {OF_LAW} --width 60 --optimizer gd --learning-rate 0.1 --steps 30,100": lambda: sl.tune_seeds(
        LAW, width=60, optimizer=sl.GD(0.1), steps=[30, 100]
    ),
    f"modes {OF_LAW} --width 64 --samples 128,inf --mode 1,10 --time 0,0.1,100": lambda: sl.modes(
        LAW, width=64, samples=[128, np.inf], mode=[1, 10], time=[0, 0.1, 100]
    ),
    f"modes {OF_LAW} --width 64 --samples 128 --eigenvalue 0.5 --ridge 0,1e-3": lambda: sl.modes(
        LAW, width=64, samples=128, eigenvalue=[0.5], ridge=[0, 1e-3]
    ),
    f"modes {OF_LAW} --width 64 --samples 128 --mode 3 --rate 1e-3,1": lambda: sl.modes(
        LAW, width=64, samples=128, mode=3, rate=[1e-3, 1]
    ),
}


@pytest.mark.parametrize("command", CASES)
def test_function_equals_command(command: str) -> None:
    assert_same(CASES[command](), *command.split())


def test_scattered_losses_agree_within_their_errors() -> None:
    cells = columns(*f"loss {OF_LAW} --width 10,1000 --samples 50,inf --noise 0.1 --time 0,1,1e3,1e7,inf".split())
    width, samples, time, exact, error = (
        numbers(cells[name]) for name in ("width", "samples", "time", "test_loss", "error")
    )
    order = np.random.default_rng(0).permutation(len(exact))
    losses, errors = sl.test_loss(
        LAW, time=time[order], width=width[order], samples=samples[order], noise=0.1, with_error=True
    )
    assert np.all(np.abs(losses - exact[order]) <= (errors + error[order]) * exact[order])


def test_spectra_of_kernels_and_files_are_those_of_the_command(tmp_path: Path) -> None:
    file = tmp_path / "ntk.npz"
    kernel = "--kernel ntk --depth 3 --dimension 10 --target single-index:relu --levels 40"
    assert run("spectrum", *kernel.split(), "--output", str(file)).returncode == 0
    read = sl.Spectrum.from_file(file)
    exact = sl.Spectrum.from_kernel("ntk", depth=3, dimension=10, target="single-index:relu", levels=40)
    curve = sl.loss(exact, samples=[10, 1000], ridge=0.0)
    np.testing.assert_allclose(sl.loss(read, samples=[10, 1000], ridge=0.0).test_loss, curve.test_loss, rtol=1e-13)
    options = ["--samples", "100", "--ridge", "1e-3"]
    assert_same(sl.loss(read, samples=100, ridge=1e-3), "loss", "--spectrum", str(file), *options)
    exact.save(tmp_path / "own.npz")
    assert sl.Spectrum.from_file(os.fspath(tmp_path / "own.npz")) == exact


def test_spectra_of_networks_are_those_of_the_command(tmp_path: Path) -> None:
    options = "--kernel ntk --dimension 20 --target white:3 --width 8,32"
    assert run("spectrum", *options.split(), "--output", str(tmp_path / "s.npz")).returncode == 0
    for width in (8, 32):
        read = sl.Spectrum.from_file(tmp_path / f"s.width{width}.npz")
        exact = sl.Spectrum.from_kernel("ntk", dimension=20, target="white:3", width=width)
        np.testing.assert_allclose(exact.trace, 2.0, rtol=1e-9)
        losses = [sl.loss(s, samples=100, time=[3.0, 300.0]).test_loss for s in (read, exact)]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-10)
    with pytest.raises(sl.SpectralawError, match="one hidden layer"):
        sl.Spectrum.from_kernel("ntk", dimension=20, depth=2, target="white:3", width=8)


def test_measured_spectra_are_those_of_the_command(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    features = (rng.normal(size=(60, 20)) * np.arange(1, 21) ** -0.7).astype(np.float32)
    targets = features @ rng.normal(size=20) + 0.1 * rng.normal(size=60)
    np.save(tmp_path / "F.npy", features)
    np.save(tmp_path / "y.npy", targets)
    np.save(tmp_path / "K.npy", features @ features.T)
    for option, array, make in (
        ("--features", "F.npy", sl.Spectrum.from_features),
        ("--gram", "K.npy", sl.Spectrum.from_gram),
    ):
        given = np.load(tmp_path / array)
        for more, keywords in (
            ((), {}),
            (("--held-out",), {"held_out": True}),
            (("--centre", "all"), {"centre": "all"}),
        ):
            cells = columns("spectrum", option, str(tmp_path / array), "--targets", str(tmp_path / "y.npy"), *more)
            eigenvalues, power = numbers(cells["eigenvalue"]), numbers(cells["target_power"])
            spectrum = make(given, targets, **keywords)
            # the last row is the power in no mode
            np.testing.assert_array_equal(spectrum.eigenvalues, eigenvalues[:-1])
            np.testing.assert_array_equal(spectrum.target_power, power[:-1])
            assert spectrum.floor == power[-1]


def test_exponents_are_those_of_the_command() -> None:
    for a, b, more, keywords in (
        (1.5, 1.25, (), {}),
        (2.2, 0.4, (), {}),
        (1.5, 1.25, ("--cost", "N*t*P", "--noise"), {"cost": "N*t*P", "noise": True}),
        (3.0, 1.4, ("--optimizer", "sgd"), {"optimizer": "sgd"}),
    ):
        done = run("exponents", "--a", str(a), "--b", str(b), *more, "--format", "json")
        told = json.loads(done.stdout)
        laws = sl.exponents(a, b, **keywords)
        frontier, formulas = told["frontier"], told["formulas"]
        assert float(laws.frontier.loss) == frontier["loss"] and laws.frontier.loss.formula == formulas["loss"]
        assert ", ".join(laws.frontier.limiting) == frontier["phase"]
        shares = {name: share.exponent for name, share in laws.frontier.shares.items() if name in frontier}
        assert "width" in shares
        for name, exponent in shares.items():
            assert float(exponent) == frontier[name] and exponent.formula == formulas[f"frontier_{name}"]
        for name, law in laws.terms.items():
            term = told[name.replace(" ", "_")]
            assert law.amplitude == term["amplitude"]
            values = {resource: float(exponent) for resource, exponent in law.exponents.items()}
            assert term.get("exponents", {name: term.get("exponent")}) == values


def test_steps_and_onsets_are_those_of_the_command() -> None:
    told = json.loads(run("exponents", "--a", "1.5", "--b", "1.25", "--format", "json").stdout)
    laws = sl.exponents(1.5, 1.25)
    for name in ("time", "width", "samples"):
        for tolerance, onset in told[name]["onset"].items():
            assert laws.onset(name, float(tolerance)) == onset
    told = json.loads(run("exponents", "--a", "1.4", "--b", "0.8", "--format", "json").stdout)["frontier"]
    best = sl.exponents(1.4, 0.8).frontier
    assert float(best.shares["steps"].exponent) == told["steps"]
    assert list(best.regions) == told["regions"] and best.is_unique == told["unique"]


@pytest.mark.parametrize("optimizer", ["flow", "sgd"])
def test_formulas_of_the_plane_are_those_of_the_command(optimizer: Literal["flow", "sgd"]) -> None:
    told = json.loads(run("exponents", "--optimizer", optimizer, "--format", "json").stdout)
    plane = sl.exponents(optimizer=optimizer)
    terms = [{"term": x.name.replace(" ", "_"), "law": x.law, "region": x.region} for x in plane.terms]
    assert terms == told["terms"] and plane.searched == told["searched"]
    for phase, of_command in zip(plane.phases, told["phases"], strict=True):
        assert ", ".join(phase.limiting) == of_command["phase"] and phase.region == of_command["region"]
        assert phase.loss.formula == of_command["loss"]
        for name, share in phase.shares.items():
            assert share.formula == of_command[name]
            assert list(share.range or []) == of_command.get("ranges", {}).get(name, [])
        assert phase._repr_latex_().startswith("$L")


def test_dimensions_are_those_of_the_command(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(300, 3)) @ np.random.default_rng(1).normal(size=(3, 6))
    np.save(tmp_path / "X.npy", points)
    cells = columns("dimension", str(tmp_path / "X.npy"))
    found = sl.intrinsic_dimension(points)
    assert [found.dimension, *(dimension for dimension, _ in found.decimated)] == numbers(cells["dimension"]).tolist()
    assert found.error == numbers(cells["error"])[0]


def test_command_line_of_the_package() -> None:
    assert run("--version").stdout == f"spectralaw {sl.__version__}\n"
    refused = run("loss", "--no-such-option")
    assert refused.returncode == 2 and refused.stderr.endswith("see spectralaw loss --help\n")
