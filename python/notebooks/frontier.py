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
# # A frontier figure for a paper
#
# Loss against compute `C = N t` at several widths, the frontier that bounds them from below, and its exact exponent.

# %%
import matplotlib.pyplot as plt
import numpy as np

import spectralaw as sl

spectrum = sl.Spectrum.power_law(a=1.5, b=1.25)
compute = np.geomspace(1e3, 1e12, 28)
best = sl.frontier(spectrum, compute=compute)
laws = sl.exponents(a=1.5, b=1.25)
print(f"L ~ C^-({laws.frontier.loss.formula}) = C^-{laws.frontier.loss.value}")

# %%
plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.6, "lines.linewidth": 1.0, "svg.fonttype": "none"})
fig, (left, right) = plt.subplots(1, 2, figsize=(5.5, 2.3), layout="constrained")
times = np.geomspace(1, 1e9, 200)
for width, colour in zip([10, 100, 1000, 10_000], plt.cm.viridis(np.linspace(0, 0.85, 4)), strict=True):
    left.plot(width * times, sl.loss(spectrum, time=times, width=width).test_loss, color=colour, label=f"$N = {width}$")
best.plot(left, color="black", linestyle="--", label="frontier")
left.set(xlim=(1e3, 1e12), xlabel="compute $C = N t$", ylabel="test loss")
left.legend(fontsize=6)

for name, label in (("width", "$N^*$"), ("time", "$t^*$")):
    share = laws.frontier.shares[name].exponent
    best.plot(right, y=name, label=f"{label}, $\\sim C^{{{share.latex}}}$")
right.set(xlabel="compute $C$", ylabel="best choice")
right.legend()
fig.savefig("frontier.svg")

# %% [markdown]
# How close are the local exponents to the exact ones?

# %%
for name in ("width", "time"):
    exact = float(laws.frontier.shares[name].exponent)
    print(f"{name}: {best[f'{name}_exponent'][-1]:.4f} at the largest budget, exactly {exact:.4f}")
    assert abs(best[f"{name}_exponent"][-1] - exact) < 2e-3
assert abs(best.loss_exponent[-1] + float(laws.frontier.loss)) < 1e-3
