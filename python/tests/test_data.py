"""Spectra of data, and of data that do not fit into memory."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spectralaw as sl


def draw(rows: int, dimension: int, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Features whose covariance is a power law, and noisy linear targets."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, dimension)) * np.arange(1, dimension + 1) ** -0.6
    return features, features @ rng.normal(size=dimension) + 0.3 * rng.normal(size=rows)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 120), max_size=5), st.integers(0, 1000))
def test_moments_do_not_depend_on_blocks(cuts: list[int], seed: int) -> None:
    features, targets = draw(120, 8, seed)
    whole = sl.Spectrum.from_features(features, targets)
    moments = sl.FeatureMoments(8)
    for block, own in zip(np.split(features, sorted(cuts)), np.split(targets, sorted(cuts)), strict=True):
        moments = moments.merge(sl.FeatureMoments(8).update(block, own))
    spectrum = moments.spectrum()
    np.testing.assert_allclose(spectrum.eigenvalues, whole.eigenvalues, rtol=1e-12)
    np.testing.assert_allclose(spectrum.target_power, whole.target_power, rtol=1e-9, atol=1e-13)
    assert abs(spectrum.floor - whole.floor) < 1e-12


def test_merging_is_associative_up_to_rounding() -> None:
    features, targets = draw(300, 8, 0)
    one, two, three = (sl.FeatureMoments(8).update(features[i : i + 100], targets[i : i + 100]) for i in (0, 100, 200))
    left, right = one.merge(two).merge(three).spectrum(), one.merge(two.merge(three)).spectrum()
    np.testing.assert_allclose(left.eigenvalues, right.eigenvalues, rtol=1e-14)


def test_rank_is_that_of_the_features() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 10))
    assert sl.FeatureMoments(10).update(features, features[:, 0]).spectrum().modes == 3
    # fewer rows than features
    few = sl.FeatureMoments(10, outputs=2).update(rng.normal(size=(4, 10)), rng.normal(size=(4, 2)))
    assert few.spectrum().modes == 4 and few.spectrum().floor < 1e-12


def test_memory_mapped_features(tmp_path: Path) -> None:
    features, targets = draw(5000, 50, 2)
    file = tmp_path / "features.npy"
    np.save(file, features.astype(np.float32))
    mapped = np.load(file, mmap_mode="r")
    spectrum = sl.FeatureMoments(50).update(mapped, targets).spectrum()
    whole = sl.Spectrum.from_features(features.astype(np.float32), targets)
    np.testing.assert_allclose(spectrum.eigenvalues, whole.eigenvalues, rtol=1e-11)


def test_held_out_power_leaves_noise_out() -> None:
    # one feature of variance 1/3, and noise of variance 1/4
    x = np.arange(200) / 100 - 0.995
    targets = 2 * x + np.where(np.arange(200) % 4 < 2, 0.5, -0.5)
    power = sl.held_out_power(np.outer(x, x), targets)
    assert power.power.shape == power.errors.shape == power.pooled.shape == power.eigenvalues.shape == (1,)
    assert abs(power.power[0] - 4 / 3) < 0.05 and abs(power.floor - 0.25) < 0.05
    assert sl.Spectrum.from_features(x[:, np.newaxis], targets, held_out=True).floor == power.floor


def test_exponents_and_dimensions() -> None:
    mode = np.arange(1.0, 1001.0)
    fit = sl.eigenvalue_exponent(mode**-1.3)
    assert abs(fit.exponent - 1.3) < 1e-9 and fit.range[0] <= fit.exponent <= fit.range[1]
    assert len(fit.windows) > 10 and fit.windows.exponent.shape == fit.windows.shape
    assert abs(sl.power_exponent(mode**-1.3, mode**-1.7).exponent - 1.7) < 1e-9
    assert abs(sl.participation_ratio(np.ones(7)) - 7) < 1e-12
    plane = np.random.default_rng(0).uniform(size=(800, 2)) @ np.random.default_rng(1).normal(size=(2, 5))
    found = sl.intrinsic_dimension(plane)
    assert abs(found.dimension - 2) < 4 * found.error


def test_kernels() -> None:
    kernel = sl.Kernel("laplace", 2, scale=1.0)
    gram = kernel.gram([[3.0, 0.0], [0.0, 0.1]])
    assert gram[0, 0] == 1.0 and abs(gram[0, 1] - np.exp(-np.sqrt(2))) < 1e-15
    spectrum = sl.Spectrum.from_kernel(kernel, target=sl.Target.harmonics(2.5))
    assert abs(spectrum.trace - kernel.trace) < 1e-12 and abs(spectrum.total_power - 1) < 1e-12
    teacher = sl.Spectrum.from_kernel("ntk", dimension=5, target=sl.Target.teacher(sl.Kernel("laplace", 5, scale=0.5)))
    assert teacher.modes > 1000


def test_questions_beyond_a_measured_spectrum_are_warned_of() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 200)) * np.arange(1, 201) ** -0.6
    measured = sl.Spectrum.from_features(features, features @ rng.normal(size=200))
    listed = sl.Spectrum.from_modes(measured.eigenvalues, measured.target_power)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sl.loss(measured, ridge=1e-3, samples=[5, 15], width=19)
        sl.loss(listed, ridge=1e-3, samples=1000)
    for call, words in (
        (lambda: sl.loss(measured, ridge=1e-3, samples=[5, 50]), "samples 50 of 200 measured modes: beyond a tenth"),
        (
            lambda: sl.test_loss(measured, time=1.0, width=[10, 500]),
            "beyond that this spectrum cannot",
        ),
        (lambda: sl.regimes(measured, time=[1, 1e9]), "learned modes"),
        (lambda: sl.tune_ridge(measured, samples=50, noise=0.1), "samples 50"),
        (lambda: sl.frontier(measured, compute=1e8), "width"),
        (lambda: sl.loss(pickle.loads(pickle.dumps(measured)), ridge=1, samples=[np.inf, 50]), "samples 50"),
    ):
        with pytest.warns(sl.MeasurementWarning, match=words) as told:
            call()
        assert told[0].filename == __file__


def test_exponents_of_losses() -> None:
    count = np.arange(1.0, 2001.0)
    eigenvalue = sl.eigenvalue_exponent(count**-1.25)
    found = sl.loss_exponents(sl.power_exponent(count**-1.25, count**-1.5), eigenvalue)
    assert abs(found.time - 0.4) < 1e-6 and abs(found.width - 0.5) < 1e-6 and found.samples == found.width
    with pytest.raises(sl.SpectralawError, match="no power law"):
        sl.loss_exponents(sl.power_exponent(count**-1.25, count**-0.5), eigenvalue)
