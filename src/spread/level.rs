//! Sums over modes at one or two real levels `kappa`: products of the learned share `l = lambda / (lambda + kappa)` of
//! a mode and of what is left of it, `x = kappa / (lambda + kappa)`. All terms are positive, none is large.

use crate::precision::MOMENTS;
use crate::spectrum::{Measure, Moments, Spectrum};

/// Powers of `l` and `x` in a sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Powers {
    pub l: usize,
    pub x: usize,
}

/// `l^i x^j`
pub(super) const fn powers(l: usize, x: usize) -> Powers {
    Powers { l, x }
}

/// A spectrum seen from two levels `kappa`, which may be equal; each is 0, positive or infinite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels<'a> {
    spectrum: &'a Spectrum,
    kappa: [f64; 2],
}

impl<'a> Levels<'a> {
    /// From two levels.
    pub fn new(spectrum: &'a Spectrum, kappa: [f64; 2]) -> Self {
        Self { spectrum, kappa }
    }

    /// `sum l^i x^j l'^i' x'^j'` over the modes, with at least one power of an `l`.
    pub fn modes(&self, at: [Powers; 2]) -> f64 {
        self.sum(self.spectrum.eigenvalues(), at, true, self.spectrum.modes())
    }

    /// `sum p_k l^i x^j l'^i' x'^j'` over the modes, with at least one power of an `x`.
    pub fn target(&self, at: [Powers; 2]) -> f64 {
        self.sum(self.spectrum.power(), at, false, self.spectrum.power().total())
    }

    /// With `per_mode`, the weight of a node counts its modes.
    fn sum(&self, measure: &Measure, at: [Powers; 2], per_mode: bool, total: f64) -> f64 {
        let Some((levels, at)) = self.at_positive(at) else { return 0.0 };
        let [kappa, other] = levels.kappa;
        if !(kappa > 0.0 && kappa.is_finite()) {
            return total;
        }
        // (both sums would need all modes, or all of the target; what they are multiplied with is 0)
        let lacks = if per_mode { at[0].l + at[1].l == 0 } else { at[0].x + at[1].x == 0 };
        if lacks {
            return 0.0;
        }
        let (head, nodes, weights, tail) = measure.split(kappa.min(other), kappa.max(other));
        let term = |(&lambda, &weight): (&f64, &f64)| {
            let [one, two] = [kappa, other].map(|kappa| {
                let inverse = (lambda + kappa).recip();
                [lambda * inverse, kappa * inverse]
            });
            let weight = if per_mode { weight / lambda } else { weight };
            let own = |[l, x]: [f64; 2], powers: Powers| l.powi(powers.l as i32) * x.powi(powers.x as i32);
            weight * own(one, at[0]) * own(two, at[1])
        };
        let inside: f64 = nodes.iter().zip(weights).map(term).sum();
        inside + levels.above(head, at, per_mode) + levels.below(tail, at, per_mode)
    }

    /// The levels without those that are 0, where `l = 1` and `x = 0`, or infinite, where it is the other way round:
    /// the other level stands for them, with their factors left out. `None` where a factor is 0.
    fn at_positive(self, at: [Powers; 2]) -> Option<(Self, [Powers; 2])> {
        let reduced = |kappa: f64, other: f64, own: Powers| {
            let vanishing = if kappa <= 0.0 {
                own.x
            } else if kappa.is_infinite() {
                own.l
            } else {
                return Some((kappa, own));
            };
            (vanishing == 0).then_some((other, powers(0, 0)))
        };
        let [kappa, other] = self.kappa;
        let (one, two) = (reduced(kappa, other, at[0])?, reduced(other, kappa, at[1])?);
        Some((Self { kappa: [one.0, two.0], ..self }, [one.1, two.1]))
    }

    /// The modes far above both levels: `x = (kappa/lambda) / (1 + kappa/lambda)`, from moments `sum q/lambda
    /// (scale/lambda)^n` (equation (Head)).
    fn above(&self, moments: &Moments, at: [Powers; 2], per_mode: bool) -> f64 {
        if moments.of(0) <= 0.0 {
            return 0.0;
        }
        let ratios = self.kappa.map(|kappa| kappa / moments.scale);
        let factor = ratios[0].powi(at[0].x as i32) * ratios[1].powi(at[1].x as i32);
        let order = at[0].x + at[1].x;
        let series = series(ratios, at);
        let terms = |shift: usize| -> f64 {
            series.iter().zip(shift..MOMENTS).map(|(coefficient, n)| coefficient * moments.of(n)).sum()
        };
        // (a sum over the target has an x, so that no moment of index -1 is needed)
        factor * if per_mode { terms(order) } else { moments.scale * terms(order.saturating_sub(1)) }
    }

    /// The modes far below both levels: `l = (lambda/kappa) / (1 + lambda/kappa)`, from moments `sum q
    /// (lambda/scale)^n` (equation (Tail)).
    fn below(&self, moments: &Moments, at: [Powers; 2], per_mode: bool) -> f64 {
        if moments.of(0) <= 0.0 {
            return 0.0;
        }
        let ratios = self.kappa.map(|kappa| moments.scale / kappa);
        let factor = ratios[0].powi(at[0].l as i32) * ratios[1].powi(at[1].l as i32);
        let order = at[0].l + at[1].l;
        let series = series(ratios, at);
        let terms = |shift: usize| -> f64 {
            series.iter().zip(shift..MOMENTS).map(|(coefficient, n)| coefficient * moments.of(n)).sum()
        };
        // (a sum over modes has an l)
        factor * if per_mode { terms(order.saturating_sub(1)) / moments.scale } else { terms(order) }
    }
}

/// The coefficients of `(1 + u y)^-a (1 + v y)^-b` in powers of `y`, with `a` and `b` the numbers of factors.
fn series([u, v]: [f64; 2], at: [Powers; 2]) -> [f64; MOMENTS] {
    let one = |ratio: f64, powers: Powers| {
        let exponent = (powers.l + powers.x) as f64;
        let mut out = [1.0; MOMENTS];
        for n in 1..MOMENTS {
            out[n] = -out[n - 1] * ratio * (exponent + n as f64 - 1.0) / n as f64;
        }
        out
    };
    let (first, second) = (one(u, at[0]), one(v, at[1]));
    std::array::from_fn(|n| (0..=n).map(|i| first[i] * second[n - i]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;

    /// Modes over twelve decades, so that most are known by their moments.
    #[test]
    fn sums_are_those_over_single_modes() -> Result<()> {
        let lambda: Vec<f64> = (0..400).map(|k| 10_f64.powf(-0.03 * f64::from(k))).collect();
        let power: Vec<f64> = lambda.iter().map(|l| l.powf(0.7)).collect();
        let spectrum = Spectrum::from_modes(&lambda, &power)?;
        for kappa in [[1e-6, 1e-6], [3e-5, 2e-7], [20.0, 0.1], [1e-13, 1e-13], [1e-9, 1e2]] {
            let levels = Levels::new(&spectrum, kappa);
            for at in [
                [powers(1, 0), powers(1, 0)],
                [powers(1, 1), powers(0, 1)],
                [powers(1, 1), powers(1, 1)],
                [powers(2, 3), powers(0, 0)],
            ] {
                let direct = |weights: &[f64]| -> f64 {
                    let own = |l: f64, kappa: f64, at: Powers| {
                        (l / (l + kappa)).powi(at.l as i32) * (kappa / (l + kappa)).powi(at.x as i32)
                    };
                    lambda
                        .iter()
                        .zip(weights)
                        .map(|(&l, w)| w * own(l, kappa[0], at[0]) * own(l, kappa[1], at[1]))
                        .sum()
                };
                let modes = direct(&vec![1.0; lambda.len()]);
                // 14 terms of a series in 1/20 with up to 6 factors, less up to 4: 20^-10 times binomial(15, 5)
                assert!((levels.modes(at) - modes).abs() < 1e-11 * modes, "{kappa:?} {at:?}");
                if at[0].x + at[1].x > 0 {
                    let target = direct(&power);
                    assert!((levels.target(at) - target).abs() < 1e-11 * target, "{kappa:?} {at:?}");
                }
            }
        }
        Ok(())
    }
}
