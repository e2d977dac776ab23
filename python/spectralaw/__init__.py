"""From a spectrum to scaling laws.

A kernel's eigenvalues and a target's power on its eigenfunctions go in; loss curves, regimes, exponents and
compute-optimal frontiers come out, each with an error estimate, and nothing is ever sampled.

>>> import numpy as np, spectralaw as sl
>>> spectrum = sl.Spectrum.power_law(a=1.5, b=1.25)
>>> curve = sl.loss(spectrum, time=np.geomspace(1, 1e6, 50), width=1000, samples=[100, 1000], noise=0.1)
>>> curve.test_loss.shape
(2, 50)
"""

from ._caution import MeasurementWarning
from ._curves import Parabola, PowerLawFit, fit_parabola, fit_power_law
from ._data import (
    ExponentFit,
    HeldOutPower,
    IntrinsicDimension,
    LossExponents,
    Windows,
    eigenvalue_exponent,
    feature_eigenvalues,
    gram_eigenvalues,
    held_out_power,
    intrinsic_dimension,
    loss_exponents,
    participation_ratio,
    power_exponent,
)
from ._fit import fit
from ._fit_tables import Constants, NeededBudget, Plan, Prediction, Runs
from ._fitted import Fit
from ._frontiers import Frontier, Profile, frontier, profile
from ._kernel import Kernel, Networks, NetworkSpectrum, Target
from ._laws import BestAllocation, Exponent, Exponents, Growth, Law, Phase, Plane, Share, Term, exponents
from ._losses import (
    LossCurve,
    LossGradient,
    LossSurface,
    Terms,
    loss,
    loss_gradient,
    loss_surface,
    stable_learning_rate,
    test_loss,
)
from ._modes import ModeTable, modes
from ._moments import FeatureMoments
from ._points import Measured
from ._regimes import Crossover, Regimes, crossover, regimes
from ._spectralaw import SpectralawError, __version__
from ._spectrum import Spectrum
from ._sweeping import sweep
from ._table import Table
from ._training import GD, SGD, GradientFlow, HeavyBall, MomentumFlow, Nesterov, Optimizer, Schedule
from ._tuning import Comparisons, Tuning, tune_reuse, tune_ridge, tune_seeds, tune_time, tune_width
from ._verdict import Change, HeldOut, OtherFloor, Verdict

__all__ = [
    "GD",
    "SGD",
    "BestAllocation",
    "Change",
    "Comparisons",
    "Constants",
    "Crossover",
    "Exponent",
    "ExponentFit",
    "Exponents",
    "FeatureMoments",
    "Fit",
    "Frontier",
    "GradientFlow",
    "Growth",
    "HeavyBall",
    "HeldOut",
    "HeldOutPower",
    "IntrinsicDimension",
    "Kernel",
    "Law",
    "LossCurve",
    "LossExponents",
    "LossGradient",
    "LossSurface",
    "Measured",
    "MeasurementWarning",
    "ModeTable",
    "MomentumFlow",
    "NeededBudget",
    "Nesterov",
    "NetworkSpectrum",
    "Networks",
    "Optimizer",
    "OtherFloor",
    "Parabola",
    "Phase",
    "Plan",
    "Plane",
    "PowerLawFit",
    "Prediction",
    "Profile",
    "Regimes",
    "Runs",
    "Schedule",
    "Share",
    "SpectralawError",
    "Spectrum",
    "Table",
    "Target",
    "Term",
    "Terms",
    "Tuning",
    "Verdict",
    "Windows",
    "__version__",
    "crossover",
    "eigenvalue_exponent",
    "exponents",
    "feature_eigenvalues",
    "fit",
    "fit_parabola",
    "fit_power_law",
    "frontier",
    "gram_eigenvalues",
    "held_out_power",
    "intrinsic_dimension",
    "loss",
    "loss_exponents",
    "loss_gradient",
    "loss_surface",
    "modes",
    "participation_ratio",
    "power_exponent",
    "profile",
    "regimes",
    "stable_learning_rate",
    "sweep",
    "test_loss",
    "tune_reuse",
    "tune_ridge",
    "tune_seeds",
    "tune_time",
    "tune_width",
]
