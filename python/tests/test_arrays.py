"""Arrays in, arrays out: whatever holds numbers is taken, shapes are those of numpy."""

from __future__ import annotations

import resource
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import spectralaw as sl

LAW = sl.Spectrum.power_law(a=1.5, b=1.25)


def test_reference_values() -> None:
    # zeta(3/2), and the value in the documentation of the library's Model
    assert abs(LAW.total_power - 2.612375348685488) < 1e-12
    curve = sl.loss(LAW, width=1000, samples=10_000, noise=0.1, time=np.inf)
    assert abs(float(curve.signal) - 0.19096488318242966) < 1e-11
    assert curve.shape == () and float(curve.error) < 1e-10


@pytest.mark.parametrize(
    "dtype", [np.int64, np.uint8, np.float16, np.float32, np.float64, np.longdouble, object, ">f8"]
)
def test_dtypes(dtype: object) -> None:
    widths = np.array([8, 64], dtype=dtype)  # type: ignore[call-overload]
    np.testing.assert_array_equal(
        sl.loss(LAW, time=[1, 10], width=widths).test_loss, sl.loss(LAW, time=[1.0, 10.0], width=[8.0, 64.0]).test_loss
    )


def test_orders_and_containers() -> None:
    widths = np.arange(1.0, 13.0)
    expected = sl.test_loss(LAW, time=10.0, width=widths)
    for same in (
        widths.tolist(),
        tuple(widths),
        np.repeat(widths, 2)[::2],
        widths.reshape(3, 4, order="F").ravel("F"),
        pandas.Series(widths),
        polars.Series(widths),
    ):
        np.testing.assert_array_equal(sl.test_loss(LAW, time=10.0, width=same), expected)
    square = np.asfortranarray(widths.reshape(3, 4))
    np.testing.assert_array_equal(sl.test_loss(LAW, time=10.0, width=square), expected.reshape(3, 4))


@settings(deadline=None, max_examples=30)
@given(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3), st.integers(0, 2**32 - 1))
def test_broadcasting(shapes: object, seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, samples, time = (10 ** rng.uniform(0, 4, shape) for shape in shapes.input_shapes)  # type: ignore[attr-defined]
    losses = sl.test_loss(LAW, time=time, width=width, samples=samples, noise=0.1)
    assert losses.shape == shapes.result_shape  # type: ignore[attr-defined]
    if losses.size:
        arrays = np.broadcast_arrays(width, samples, time)
        n, p, t = (float(array.ravel()[-1]) for array in arrays)
        last = sl.loss(LAW, time=t, width=n, samples=p, noise=0.1)
        assert abs(losses.ravel()[-1] / float(last.test_loss) - 1) < 1e-10


@settings(deadline=None, max_examples=30)
@given(*(st.one_of(st.floats(1, 1e6), st.lists(st.floats(1, 1e6), min_size=1, max_size=3)) for _ in range(3)))
def test_shapes_of_grids(width: float | list[float], samples: float | list[float], time: float | list[float]) -> None:
    curve = sl.loss(LAW, width=width, samples=samples, time=time)
    assert curve.shape == sum((np.shape(values) for values in (width, samples, time)), ())
    assert curve.test_loss.shape == curve.terms.bias.shape == curve.shape
    total = np.sum([curve.terms[name] for name in curve.terms.columns[3:]], axis=0)
    np.testing.assert_allclose(total, curve.test_loss, rtol=1e-12)
    assert len(curve) == curve.test_loss.size == len(curve.to_pandas())


@settings(deadline=None, max_examples=50)
@given(st.floats(), st.floats(), st.floats(), st.floats())
def test_any_numbers_are_answered_or_refused(time: float, width: float, samples: float, noise: float) -> None:
    try:
        loss = sl.test_loss(LAW, time=time, width=width, samples=samples, noise=noise)
    except sl.SpectralawError as refused:
        assert "give" in str(refused) or "must be" in str(refused) or "choose" in str(refused)
    else:
        assert not np.isnan(loss)


def test_surfaces_are_losses() -> None:
    grid = {"time": np.geomspace(1, 1e5, 7), "width": [10.0, np.inf], "samples": [100.0, 1000.0, np.inf]}
    surface, curve = sl.loss_surface(LAW, noise=0.1, **grid), sl.loss(LAW, noise=0.1, **grid)  # type: ignore[arg-type]
    assert surface.shape == curve.shape == (2, 3, 7)
    assert np.all(np.abs(surface.test_loss / curve.test_loss - 1) <= surface.error + curve.error)
    for name in ("width", "samples", "time"):
        np.testing.assert_array_equal(surface[name], curve[name])


def test_gradients_are_those_of_losses() -> None:
    sizes = {"width": 50.0, "samples": 100.0, "noise": 0.1, "ensemble": 3.0, "bag": 2.0}
    for at in ({"time": 100.0}, {"ridge": 1e-3}):
        found = sl.loss_gradient(LAW, **sizes, **at)  # type: ignore[arg-type]
        one, two = (sl.loss(LAW, **(sizes | {"width": 50 * x}), **at) for x in (0.99, 1.01))  # type: ignore[arg-type]
        alone = sl.loss(LAW, **sizes, **at)  # type: ignore[arg-type]
        assert abs(found.test_loss / alone.test_loss - 1) < found.error + alone.error
        # a central difference, whose error is of the order of its step squared
        slope = np.log(two.test_loss / one.test_loss) / np.log(1.01 / 0.99)
        assert abs(found.width_exponent - slope) < 1e-4


def test_float32_matrices_keep_their_noise() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(100, 10))
    gram = features @ features.T
    targets = features[:, 0]
    # of ten features there are ten modes, whatever rounding adds
    assert sl.Spectrum.from_gram(gram.astype(np.float32), targets).modes == 10
    assert sl.Spectrum.from_gram(gram.astype(np.float32).astype(np.float64), targets, dtype="float32").modes == 10
    assert len(sl.gram_eigenvalues(gram)) == 10 == len(sl.feature_eigenvalues(features))


def test_no_memory_is_lost() -> None:
    def used() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def call(count: int) -> None:
        for step in range(count):
            LAW.effective_dimension([0.1, 1.0])
            sl.GD(0.1)
            if step % 10 == 0:
                sl.loss(LAW, ridge=[np.inf, np.inf])

    call(2_000)
    before = used()
    call(100_000)
    # kilobytes: an array of eight numbers that was kept at each call would be 6,400
    assert used() - before < 4_000


def test_threads_agree() -> None:
    expected = sl.loss(LAW, time=[1, 10, 100], width=[10, 100])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: sl.loss(LAW, time=[1, 10, 100], width=[10, 100]), range(32)))
    assert all(answer == expected for answer in answers)
