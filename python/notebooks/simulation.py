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
# the difference is the error of the simulated means, and corrections of relative order `1/N + 1/P`.

# %%
spectrum = sl.Spectrum.from_modes(eigenvalues, power)
curve = sl.loss(spectrum, time=times, width=widths, samples=samples, noise=noise)
ax = curve.plot()
for own, spread in zip(mean, error, strict=True):
    ax.errorbar(times, own, 2 * spread, fmt="o", color="0.4", markersize=3)
ax.set_title("theory (lines) and simulation (points, two standard errors)")

# %%
deviation = mean / curve.test_loss - 1
scale = 4 * error / curve.test_loss + 4 * (1 / np.array(widths)[:, None] + 1 / samples)
print(f"largest deviation {np.abs(deviation).max():.1%}, median {np.median(np.abs(deviation)):.1%}")
assert np.all(np.abs(deviation) < scale), "farther apart than the scatter of draws and finite sizes make likely"

# %% [markdown]
# What limits each width in the end? Few features do; with 1,024 of them the number of samples does.

# %%
limits = sl.regimes(spectrum, time=1e4, width=widths, samples=samples, noise=noise).limited_by
for width, limit in zip(widths, limits, strict=True):
    print(f"width {width:4d}: limited by {limit}")
