# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Theory beside a simulation of your own
#
# Random features of four widths, trained by gradient flow on the same task: `lambda_k = k^-1.25` on 400 modes, target
# power `k^-1.5`, 200 samples, labels with noise. The simulation draws and solves regressions with numpy; the theory
# has nothing but the spectrum.

# %%
import numpy as np

import spectralaw as sl

widths, samples, noise, draws = [16, 64, 256, 1024], 200, 0.05, 12
times = np.geomspace(0.1, 1e4, 41)
mode = np.arange(1.0, 401.0)
eigenvalues, power = mode**-1.25, mode**-1.5

# %% [markdown]
# One draw: features `A psi` of a Gaussian projection, inputs with Gaussian modes, and gradient flow from zero weights
# in the eigenbasis of the features' covariance.


# %%
def drawn(rng: np.random.Generator, width: int) -> np.ndarray:
    projection = rng.normal(size=(width, len(mode))) / np.sqrt(width)
    inputs = rng.normal(size=(samples, len(mode))) * np.sqrt(eigenvalues)
    weights = np.sqrt(power / eigenvalues)
    labels = inputs @ weights + np.sqrt(noise) * rng.normal(size=samples)
    features = inputs @ projection.T
    left, singular, right = np.linalg.svd(features / np.sqrt(samples), full_matrices=False)
    rates = np.maximum(singular**2, 1e-300)
    learned = -np.expm1(-np.outer(rates, times)) / np.maximum(singular, 1e-150)[:, None]
    residual = weights[:, None] - projection.T @ (right.T @ (learned * (left.T @ labels / np.sqrt(samples))[:, None]))
    return eigenvalues @ residual**2 + noise


rng = np.random.default_rng(1)
losses = np.array([[drawn(rng, width) for _ in range(draws)] for width in widths])
mean, error = losses.mean(axis=1), losses.std(axis=1, ddof=1) / np.sqrt(draws)

# %% [markdown]
# The theory, and both in one figure. The error of the theory's numbers is far below the line's width; what is left of
# the difference is the error of the simulated means, which the theory knows as well: `spread` is the standard deviation
# of single draws, and `finite_size_shift` what the mean at these sizes has beyond that of large ones.

# %%
spectrum = sl.Spectrum.from_modes(eigenvalues, power)
curve = sl.loss(spectrum, time=times, width=widths, samples=samples, noise=noise, spread=True)
expected, scatter = curve.test_loss + curve.finite_size_shift, curve.spread
ax = curve.plot()
for own, spread, line, band in zip(mean, error, expected, scatter, strict=True):
    ax.errorbar(times, own, 2 * spread, fmt="o", color="0.4", markersize=3)
    ax.fill_between(times, line - band, line + band, color="0.85", zorder=0)
ax.set_title("theory (lines; single runs within the bands) and simulation (points, two standard errors)")

# %%
deviation = mean / expected - 1
order = 1 / np.array(widths)[:, None] + 1 / samples + np.abs(curve.finite_size_shift / (expected - noise))
scale = 4 * scatter / expected / np.sqrt(draws) * (1 + 2.5 * order) + order**2
print(f"largest deviation {np.abs(deviation).max():.1%}, median {np.median(np.abs(deviation)):.1%}")
assert np.all(np.abs(deviation) < scale), "farther apart than the scatter of draws and the second order make likely"

# %% [markdown]
# What limits each width in the end? Few features do; with 1,024 of them the number of samples does.

# %%
limits = sl.regimes(spectrum, time=1e4, width=widths, samples=samples, noise=noise).limited_by
for width, limit in zip(widths, limits, strict=True):
    print(f"width {width:4d}: limited by {limit}")
