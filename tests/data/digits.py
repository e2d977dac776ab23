"""Real-data inputs of the tests: kernel spectra and measured learning curves.

    OPENBLAS_NUM_THREADS=1 python digits.py             # everything
    OPENBLAS_NUM_THREADS=1 python digits.py --spectra   # without the curves
    python digits.py --table                            # README.md's tables

Needs numpy and scikit-learn. Writes next to itself:

    digits_inputs.npz  digits_relu.npz  digits_gaussian.npz  digits_relu.csv
    digits_learning_curves.json

Data: the 1,797 handwritten digits of the test part of "Optical Recognition of
Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI Machine Learning
Repository, 1998, doi:10.24432/C50P49), as shipped inside scikit-learn
(sklearn.datasets.load_digits). Licence of the data: Creative Commons
Attribution 4.0 International (CC BY 4.0). The pixels are unchanged in
digits_inputs.npz; everything else is derived from them as described here.

README.md in this folder describes the files and what the curves show.
"""

import argparse
import json
import math
import os

import numpy as np
from sklearn.datasets import load_digits

HERE = os.path.dirname(os.path.abspath(__file__))

# Half-width s of the Gaussian kernel. On the unit sphere the kernel is
# exp(-(1 - u) / s^2): with 0.5 two unrelated digits (u near 0) have k = 0.02
# and a digit and its nearest neighbour (median u = 0.89) have k = 0.65, so the
# kernel is local without the Gram matrix being close to the identity.
GAUSSIAN_S = 0.5

# The smaller one is close to interpolation (D/P near 1) at small P, the
# larger one is dominated by its explicit ridge at large P.
RIDGES = (1e-4, 1e-2)
SIZES = (16, 32, 64, 128, 256, 512, 1024)
DRAWS = 100
SEED = 20240607


def load():
    """Pixels (uint8), labels (uint8), unit inputs and the +-1 target."""
    data = load_digits()
    pixels = data.data.astype(np.uint8)
    # The shipped values are whole numbers 0..16: nothing is lost.
    assert np.array_equal(pixels, data.data)
    digit = data.target.astype(np.uint8)
    x = data.data - data.data.mean(axis=0)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.where(digit % 2 == 1, 1.0, -1.0)
    return pixels, digit, x, y


def gram(x):
    """The two Gram matrices; the diagonal is exactly 1 in both."""
    u = np.clip(x @ x.T, -1.0, 1.0)
    # arccos has infinite slope at 1, so a last-digit error of u there would
    # be one of 1e-8 in the angle.
    np.fill_diagonal(u, 1.0)
    u = (u + u.T) / 2
    relu = (np.sqrt((1 - u) * (1 + u)) + u * (np.pi - np.arccos(u))) / np.pi
    # |x - x'|^2 = 2 - 2u on the unit sphere.
    gaussian = np.exp(-(1 - u) / GAUSSIAN_S**2)
    return {"relu": relu, "gaussian": gaussian}


def spectrum(k, y):
    """Eigenvalues (descending), target power, floor and number removed.

    The measure is uniform on the n points, so the operator is K/n and
    phi_k = sqrt(n) v_k.
    """
    n = len(y)
    w, v = np.linalg.eigh(k / n)
    w, v = w[::-1], v[:, ::-1]
    power = (v.T @ y) ** 2 / n
    # Below this an eigenvalue is rounding error and its eigenvector arbitrary.
    keep = w >= n * np.finfo(float).eps * w[0]
    removed = int((~keep).sum())
    floor = float(power[~keep].sum())
    return w[keep], power[keep], floor, removed


# --- theory ----------------------------------------------------------------


def sums(w, p, floor, kappa):
    s = w / (w + kappa)
    d, s2 = float(s.sum()), float((s * s).sum())
    bias = float((p * (kappa / (w + kappa)) ** 2).sum()) + floor
    return d, s2, bias


def bisect_log(f, lo, hi):
    """Root of an increasing f on [lo, hi], bisected in the logarithm."""
    lo, hi = math.log(lo), math.log(hi)
    for _ in range(200):
        mid = 0.5 * (lo + hi)
        if f(math.exp(mid)) > 0:
            hi = mid
        else:
            lo = mid
    return math.exp(0.5 * (lo + hi))


def theory_iid(w, p, floor, size, ridge):
    """P independent draws from the measure: the formula under test."""

    def excess(kappa):
        return kappa * (1 - sums(w, p, floor, kappa)[0] / size) - ridge

    # kappa <= ridge + trace / P since kappa * D <= trace.
    kappa = bisect_log(excess, ridge, 2 * (ridge + w.sum() / size))
    d, s2, bias = sums(w, p, floor, kappa)
    loss = bias / (1 - s2 / size)
    return {
        "kappa": kappa,
        "d": d,
        "s2": s2,
        "loss": loss,
        "train": (1 - d / size) ** 2 * loss,
    }


def theory_without(w, p, floor, size, ridge, n):
    """P of n points without replacement: the sample is a projection.

    Deterministic equivalent for a free projection of rank P (S-transform
    (1 + z) / (P/n + z)); exact at P = n, and theory_iid as n goes to infinity.
    """
    a = size / n

    def excess(kappa):
        d = sums(w, p, floor, kappa)[0]
        return kappa * (1 - d / size) - ridge * (1 - d / n)

    kappa = bisect_log(excess, ridge / 2, 2 * (ridge + w.sum() / size))
    d, s2, bias = sums(w, p, floor, kappa)
    shrink = (1 - d / size) ** 2
    g = 1 - a + a * shrink
    out = bias / (g - (1 - a) * s2 / size)
    return {
        "kappa": kappa,
        "out_of_sample": out,
        "population": g * out,
        "train": shrink * out,
    }


def theory_with(w, p, floor, size, ridge, n):
    """P of n points with replacement: the sample is a diagonal of counts.

    Same argument with the counts' law (binomial P, 1/n) in place of the
    projection; a point drawn m times has c / (c + m) of the residual it would
    have had undrawn.
    """
    m = np.arange(0, 60, dtype=float)
    logq = np.array(
        [
            math.lgamma(size + 1) - math.lgamma(i + 1) - math.lgamma(size - i + 1)
            + i * math.log(1 / n) + (size - i) * math.log1p(-1 / n)
            if i <= size else -math.inf
            for i in range(60)
        ]
    )
    q = np.exp(logq)

    def resistance(d_n):
        # c with E[m / (c + m)] = d_n; increasing function of 1/c.
        f = lambda t: float((q * m * t / (1 + m * t)).sum()) - d_n
        return 1 / bisect_log(f, 1e-12, 1e12)

    def excess(kappa):
        d_n = sums(w, p, floor, kappa)[0] / n
        if d_n >= 1 - q[0]:
            return -1.0
        c = resistance(d_n)
        return kappa * d_n * c / (1 - d_n) - ridge * size / n

    kappa = bisect_log(excess, ridge / 2, 2 * (ridge + w.sum() / size))
    d, s2, bias = sums(w, p, floor, kappa)
    d, s = d / n, s2 / n
    c = resistance(d)
    ea = float((q * c / (c + m) ** 2).sum())
    eb = float((q * m / (c + m) ** 2).sum())
    pop = bias * (d * ea / ((1 - d) * eb))
    pop /= 1 + (d - s) * (1 / (eb * c) - 1 / (d * (1 - d)))
    out = pop / (c * ea)
    # Mean over the P draws, so a point drawn m times counts m times.
    train = out * float((q * m * (c / (c + m)) ** 2).sum()) * n / size
    return {"kappa": kappa, "out_of_sample": out, "population": pop, "train": train}


# --- measurement -----------------------------------------------------------


def measure(k, y, size, ridge, replace, draws, tag):
    """Errors of `draws` fits: outside the subset, on all points, on the sample.

    The estimator minimises (1/P) sum (f - y)^2 + ridge |f|^2.
    """
    n = len(y)
    rows = []
    for draw in range(draws):
        # The same subsets for both kernels and all ridges: ratios between
        # them are then less noisy than the errors themselves.
        rng = np.random.default_rng([SEED, tag, size, draw])
        idx = rng.choice(n, size, replace=replace)
        alpha = np.linalg.solve(
            k[np.ix_(idx, idx)] + size * ridge * np.eye(size), y[idx]
        )
        r2 = (k[:, idx] @ alpha - y) ** 2
        outside = np.ones(n, bool)
        outside[idx] = False
        rows.append((r2[outside].mean(), r2.mean(), r2[idx].mean()))
    rows = np.array(rows)
    mean, se = rows.mean(axis=0), rows.std(axis=0, ddof=1) / math.sqrt(draws)
    names = ("out_of_sample", "population", "train")
    return {
        name: {"mean": float(mean[i]), "se": float(se[i])}
        for i, name in enumerate(names)
    }


def curves(grams, spectra, y):
    n = len(y)
    cells = []
    for name, k in grams.items():
        w, p, floor, _ = spectra[name]
        for ridge in RIDGES:
            for replace in (False, True):
                for size in SIZES:
                    got = measure(k, y, size, ridge, replace, DRAWS, int(replace))
                    iid = theory_iid(w, p, floor, size, ridge)
                    finite = (theory_with if replace else theory_without)(
                        w, p, floor, size, ridge, n
                    )
                    ratio = {
                        key: {
                            "iid": got[key]["mean"] / iid["train" if key == "train" else "loss"],
                            "finite_population": got[key]["mean"] / finite[key],
                        }
                        for key in ("out_of_sample", "population", "train")
                    }
                    cells.append(
                        {
                            "kernel": name,
                            "ridge": ridge,
                            "replacement": replace,
                            "size": size,
                            "draws": DRAWS,
                            "measured": got,
                            "theory_iid": iid,
                            "theory_finite_population": finite,
                            "measured_over_theory": ratio,
                        }
                    )
                    print(json.dumps(table_row(cells[-1])), flush=True)
    return cells


# --- controls --------------------------------------------------------------


def haar(w, p, rng):
    """A Gram matrix and target with this spectrum and random eigenvectors."""
    n = len(w)
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    q *= np.sign(np.diag(r))
    return (q * (n * w)) @ q.T, math.sqrt(n) * (q @ np.sqrt(p))


def gaussian_features(w, p, size, ridge, draws):
    """Population error when the features are iid Gaussian with spectrum w."""
    got = []
    for draw in range(draws):
        rng = np.random.default_rng([SEED, 2, size, draw])
        z = rng.standard_normal((size, len(w)))
        k = (z * w) @ z.T
        alpha = np.linalg.solve(k + size * ridge * np.eye(size), z @ np.sqrt(p))
        got.append(((np.sqrt(p) - w * (z.T @ alpha)) ** 2).sum())
    got = np.array(got)
    return {"mean": float(got.mean()), "se": float(got.std(ddof=1) / math.sqrt(draws))}


def controls(grams, spectra, y):
    """The same spectra where the formulas' assumptions hold, and P = n.

    They tell an error of a formula from the digits breaking its assumption.
    """
    n = len(y)
    random, full = [], []
    for name, k in grams.items():
        w, p, floor, _ = spectra[name]
        assert len(w) == n and floor == 0
        kh, yh = haar(w, p, np.random.default_rng([SEED, 3]))
        for ridge in RIDGES:
            for size in (64, 256, 1024):
                iid = theory_iid(w, p, floor, size, ridge)
                draws = 40
                cell = {
                    "kernel": name, "ridge": ridge, "size": size, "draws": draws,
                    "gaussian_features": gaussian_features(w, p, size, ridge, draws),
                    "theory_iid": iid["loss"],
                }
                for label, replace, theory in (
                    ("without_replacement", False, theory_without),
                    ("with_replacement", True, theory_with),
                ):
                    cell["haar_" + label] = {
                        "measured": measure(kh, yh, size, ridge, replace, draws, int(replace)),
                        "theory_finite_population": theory(w, p, floor, size, ridge, n),
                    }
                random.append(cell)
            # Leaving one point out is P = n - 1 without replacement, in closed
            # form and averaged over all subsets: no sampling noise.
            a = np.linalg.inv(k + n * ridge * np.eye(n))
            loo = float((((a @ y) / np.diag(a)) ** 2).mean())
            leverage = 1 - n * ridge * np.diag(a)
            full.append({
                "kernel": name, "ridge": ridge,
                "train": float(((n * ridge * (a @ y)) ** 2).mean()),
                "leave_one_out": loo,
                "theory_finite_population": theory_without(w, p, floor, n, ridge, n),
                "leverage": {"mean": float(leverage.mean()), "sd": float(leverage.std()),
                             "min": float(leverage.min()), "max": float(leverage.max())},
            })
    return {"random_eigenvectors": random, "whole_population": full}


def tables(doc):
    """README.md's tables, as Markdown."""
    for replace in (False, True):
        print(f"\n{'With' if replace else 'Without'} replacement:\n")
        print("| kernel | ridge | P | out-of-sample | population | theory (iid) | out/iid | pop/iid "
              "| finite theory, out | ratio | finite theory, pop | ratio |")
        print("|---" * 12 + "|")
        for c in doc["cells"]:
            if c["replacement"] != replace:
                continue
            m, r, f = c["measured"], c["measured_over_theory"], c["theory_finite_population"]
            o, q = m["out_of_sample"], m["population"]
            print(f"| {c['kernel']} | {c['ridge']:g} | {c['size']} "
                  f"| {o['mean']:.4f} ± {o['se']:.4f} | {q['mean']:.4f} ± {q['se']:.4f} "
                  f"| {c['theory_iid']['loss']:.4f} "
                  f"| {r['out_of_sample']['iid']:.3f} | {r['population']['iid']:.3f} "
                  f"| {f['out_of_sample']:.4f} | {r['out_of_sample']['finite_population']:.3f} "
                  f"| {f['population']:.4f} | {r['population']['finite_population']:.3f} |")
    print("\n| spectrum | ridge | P | Gaussian features / iid theory | Haar, without: out / finite "
          "| pop / finite | Haar, with: out / finite | pop / finite | Haar, with: pop / iid |")
    print("|---" * 9 + "|")
    for c in doc["controls"]["random_eigenvectors"]:
        def ratio(side, key, den=None):
            h = c["haar_" + side]
            m = h["measured"][key]
            t = den or h["theory_finite_population"][key]
            return f"{m['mean'] / t:.3f} ± {m['se'] / t:.3f}"
        g, t = c["gaussian_features"], c["theory_iid"]
        print(f"| {c['kernel']} | {c['ridge']:g} | {c['size']} | {g['mean'] / t:.3f} ± {g['se'] / t:.3f} "
              f"| {ratio('without_replacement', 'out_of_sample')} | {ratio('without_replacement', 'population')} "
              f"| {ratio('with_replacement', 'out_of_sample')} | {ratio('with_replacement', 'population')} "
              f"| {ratio('with_replacement', 'population', t)} |")
    print("\n| kernel | ridge | training error | theory | leave-one-out | theory | ratio | leverage, mean ± sd (min to max) |")
    print("|---" * 8 + "|")
    for c in doc["controls"]["whole_population"]:
        t, h = c["theory_finite_population"], c["leverage"]
        print(f"| {c['kernel']} | {c['ridge']:g} | {c['train']:.6f} | {t['population']:.6f} "
              f"| {c['leave_one_out']:.4f} | {t['out_of_sample']:.4f} | {c['leave_one_out'] / t['out_of_sample']:.3f} "
              f"| {h['mean']:.3f} ± {h['sd']:.3f} ({h['min']:.3f} to {h['max']:.3f}) |")


def table_row(c):
    m, r = c["measured"], c["measured_over_theory"]
    return [c["kernel"], c["ridge"], c["replacement"], c["size"]] + [
        round(v, 5)
        for v in (
            m["out_of_sample"]["mean"], m["out_of_sample"]["se"],
            m["population"]["mean"], m["population"]["se"],
            c["theory_iid"]["loss"],
            r["out_of_sample"]["iid"], r["population"]["iid"],
            r["out_of_sample"]["finite_population"],
            r["population"]["finite_population"],
            r["train"]["iid"],
            r["train"]["finite_population"],
        )
    ]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--spectra", action="store_true", help="skip the learning curves")
    ap.add_argument("--table", action="store_true", help="print the recorded curves and stop")
    args = ap.parse_args()

    def path(name):
        return os.path.join(HERE, name)

    if args.table:
        with open(path("digits_learning_curves.json")) as f:
            tables(json.load(f))
        return

    pixels, digit, x, y = load()
    np.savez_compressed(path("digits_inputs.npz"), pixels=pixels, digit=digit)
    grams = gram(x)
    spectra = {name: spectrum(k, y) for name, k in grams.items()}
    for name, (w, p, floor, removed) in spectra.items():
        print(f"{name}: {len(w)} modes, {removed} removed, floor {floor:.3g}, "
              f"trace {w.sum():.15f}, power {p.sum() + floor:.15f}, "
              f"eigenvalues {w[0]:.6g} .. {w[-1]:.6g}")
        np.savez_compressed(
            path(f"digits_{name}.npz"),
            eigenvalue=np.ascontiguousarray(w), target_power=p, floor=np.float64(floor),
        )
    w, p, _, _ = spectra["relu"]
    with open(path("digits_relu.csv"), "w", newline="\n") as f:
        f.write("eigenvalue,target_power\n")
        for a, b in zip(w, p):
            f.write(f"{a:.16e},{b:.16e}\n")
    if args.spectra:
        return
    doc = {
        "source": "sklearn.datasets.load_digits; UCI Optical Recognition of "
                  "Handwritten Digits, doi:10.24432/C50P49",
        "licence": "CC BY 4.0",
        "points": len(y),
        "target": "+1 odd, -1 even, not centred",
        "estimator": "min (1/P) sum (f - y)^2 + ridge |f|_H^2",
        "gaussian_s": GAUSSIAN_S,
        "ridges": RIDGES,
        "sizes": SIZES,
        "seed": SEED,
        "numpy": np.__version__,
        "cells": curves(grams, spectra, y),
        "controls": controls(grams, spectra, y),
    }
    with open(path("digits_learning_curves.json"), "w", newline="\n") as f:
        json.dump(doc, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
