"""Measured losses beside those of the theory: the command's numbers to the last bit, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas
import pytest
from commands import columns, numbers

import spectralaw as sl

matplotlib.use("agg")

SPECTRUM = sl.Spectrum.power_law(a=1.5, b=1.25)
OF_SPECTRUM = "--a 1.5 --b 1.25"


@pytest.fixture
def points(tmp_path: Path) -> tuple[Path, pandas.DataFrame]:
    width, time = np.repeat([10.0, 100.0, 30.0], 4), np.tile([100.0, 1.0, 10.0, 1e3], 3)
    losses = sl.test_loss(SPECTRUM, width=width, time=time)
    frame = pandas.DataFrame({"width": width, "time": time, "loss": losses * np.linspace(0.9, 1.2, 12)})
    frame.to_csv(tmp_path / "points.csv", index=False)
    return tmp_path / "points.csv", frame


def test_losses_beside_points_are_those_of_the_command(points: tuple[Path, pandas.DataFrame]) -> None:
    file, frame = points
    curve = sl.loss(SPECTRUM, width=[10, 100], time=[1, 10, 100], points=frame)
    cells = columns("loss", *OF_SPECTRUM.split(), "--width", "10,100", "--time", "1,10,100", "--points", str(file))
    found = curve.measured
    for name in ("width", "samples", "time", "test_loss", "error", "measured", "ratio"):
        np.testing.assert_array_equal(found[name], numbers(cells[name])[6:])
    np.testing.assert_array_equal(curve.test_loss.ravel(), numbers(cells["test_loss"])[:6])
    logs = np.log(np.linspace(0.9, 1.2, 12))
    assert found.mean == pytest.approx(logs.mean(), abs=1e-10)
    assert found.root_mean_square == pytest.approx(np.sqrt((logs**2).mean()), abs=1e-10)
    assert found.largest == pytest.approx(np.abs(logs).max(), abs=1e-10)
    assert len(curve.plot().lines) == 3


def test_frontiers_beside_points_are_those_of_the_command(points: tuple[Path, pandas.DataFrame]) -> None:
    file, frame = points
    best = sl.frontier(SPECTRUM, compute=[1e2, 1e4], points=frame)
    cells = columns("frontier", *OF_SPECTRUM.split(), "--compute", "1e2,1e4", "--points", str(file))
    for name in ("compute", "test_loss", "error", "measured", "ratio"):
        np.testing.assert_array_equal(best.measured[name], numbers(cells[name])[2:])
    paid: dict[str, Any] = {"compute": frame.width * frame.time, "loss": frame.loss}
    assert sl.frontier(SPECTRUM, compute=[1e2, 1e4], points=paid).measured == best.measured
    assert len(best.plot().lines) == 2
    with pytest.raises(sl.SpectralawError, match="there is no column time"):
        sl.frontier(SPECTRUM, compute=1e4, points=frame[["width", "loss"]])


def test_profiles_beside_points_are_those_of_the_command(points: tuple[Path, pandas.DataFrame]) -> None:
    file, frame = points
    found = sl.profile(SPECTRUM, compute=[1e3, 1e4], points=frame)
    cells = columns("frontier", *OF_SPECTRUM.split(), "--compute", "1e3,1e4", "--isoflop", "--points", str(file))
    for name in ("compute", "width", "measured"):
        np.testing.assert_array_equal(found.measured[name], numbers(cells[name])[50:])
    for name in ("test_loss", "ratio"):
        # (the command follows a profile, this solves a frontier of one width)
        np.testing.assert_allclose(found.measured[name], numbers(cells[name])[50:], rtol=1e-10)
    assert len(found.plot().lines) == 3
    with pytest.raises(AttributeError, match="give points="):
        _ = sl.profile(SPECTRUM, compute=1e3).measured
    with pytest.raises(sl.SpectralawError, match="there is no column width"):
        sl.profile(SPECTRUM, compute=1e3, points={"compute": [1e3], "loss": [0.3]})


def test_budgets_for_losses_are_those_of_the_command() -> None:
    found = sl.frontier(SPECTRUM, target_loss=[0.5, 0.2])
    cells = columns("frontier", *OF_SPECTRUM.split(), "--target-loss", "0.5,0.2")
    for name in found.columns:
        if found[name].dtype.kind == "f":
            np.testing.assert_array_equal(found[name], numbers(cells[name]))
    assert found.axes == ("target_loss",)
    np.testing.assert_allclose(found.test_loss, found.target_loss, rtol=1e-10)
    one = sl.frontier(SPECTRUM, target_loss=0.2)
    assert one.shape == () and one.compute == found.compute[1]


def test_what_is_no_point_is_refused(points: tuple[Path, pandas.DataFrame]) -> None:
    _, frame = points
    bad = [
        (frame.drop(columns="loss"), "no column is a loss"),
        (frame.assign(loss=-1.0), "the loss -1.0 of row 1"),
        (frame.drop(columns="width"), "there is no column width"),
    ]
    for given, message in bad:
        with pytest.raises(sl.SpectralawError, match=message):
            sl.loss(SPECTRUM, width=[10, 100], time=[1, 10], points=given)
    with pytest.raises(sl.SpectralawError, match="give compute or target_loss"):
        sl.frontier(SPECTRUM)
    with pytest.raises(sl.SpectralawError, match="give compute or target_loss"):
        sl.frontier(SPECTRUM, compute=1e3, target_loss=0.3)
    with pytest.raises(AttributeError, match="give points="):
        _ = sl.loss(SPECTRUM, width=10, time=1).measured
