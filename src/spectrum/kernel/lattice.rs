//! Sums of powers over the points of a lattice.

use std::f64::consts::{FRAC_PI_4, PI};

use special::Gamma;

use super::path::tanh_sinh;

/// Largest step of the rule, where the integrand is no steeper than its ends.
const STEP: f64 = 1.0 / 64.0;

/// Spacing of the nodes over the width `1/sqrt(s)` of the peak of `t^s e^{-pi t}`, in `ln t`: the error of the rule is
/// `e^{-2 pi^2/x^2}`.
const NODES: f64 = 0.7;

/// From here on `theta(t)^d - 1` is its first term, `2 d e^{-pi t}`, to rounding: the next is smaller by `d e^{-pi t}`,
/// and `d` is at most 1000.
const FIRST_TERM_ALONE: f64 = 16.0;

/// The logarithm of `sum |n|^-2s` over all points of `Z^d` but the origin, for `2s > d`: equation (K.Epstein), in which
/// all terms are positive.
pub(super) fn ln_epstein(dimension: u64, s: f64) -> f64 {
    let d = dimension as f64;
    let constant = s * PI.ln() - Gamma::ln_gamma(s).0;
    let poles = constant + (0.5 * d / (s * (s - 0.5 * d))).ln();
    // what is left beyond falls as e^{-pi t}, from where it is the size of its terms at most
    let end = ((s + 50.0 * (1.0 + s.sqrt()) + d.ln()) / PI).ln();
    // nodes are spaced by pi/4 of the step at most, on an interval of length 1
    let step = STEP.min(NODES / s.sqrt() / (FRAC_PI_4 * end));
    let terms = tanh_sinh(step).into_iter().map(|node| {
        let v = end * node.x;
        let ln_excess = ln_theta_excess(d, v.exp());
        let term = |power: f64| (constant + power * v + ln_excess).exp();
        end * node.weight * (term(s) + term(0.5 * d - s))
    });
    (terms.sum::<f64>() + poles.exp()).ln()
}

/// `ln(theta(t)^d - 1)` with `theta = sum_n e^{-pi n^2 t}`, for `t >= 1`.
fn ln_theta_excess(d: f64, t: f64) -> f64 {
    if t > FIRST_TERM_ALONE {
        return (2.0 * d).ln() - PI * t;
    }
    let excess = 2.0 * (1..=4).map(|n| (-PI * t * f64::from(n * n)).exp()).sum::<f64>();
    let all = d * excess.ln_1p();
    // the logarithm of a number beyond doubles, and of one far below 1
    if all > 30.0 { all + (-(-all).exp()).ln_1p() } else { all.exp_m1().ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::hurwitz_zeta_scaled;

    /// Sums over the lattices of one, two and four dimensions are products of zeta functions (Jacobi).
    #[test]
    fn sums_are_those_of_number_theory() {
        let zeta = |s: f64| hurwitz_zeta_scaled(s, 1.0);
        let beta = |s: f64| 4f64.powf(-s) * (hurwitz_zeta(s, 0.25) - hurwitz_zeta(s, 0.75));
        for s in [2.001, 2.1, 2.5, 3.0, 4.7, 9.0, 30.0] {
            let sums = [
                (1, 2.0 * zeta(2.0 * s)),
                (2, 4.0 * zeta(s) * beta(s)),
                (4, 8.0 * (1.0 - 4f64.powf(1.0 - s)) * zeta(s) * zeta(s - 1.0)),
            ];
            for (d, exact) in sums {
                let error = ln_epstein(d, s).exp() / exact - 1.0;
                // a logarithm of up to 60, and two hundred roundings; next to the pole s - d/2 is rounded
                assert!(error.abs() < 3e-14 + 1e-15 / (s - 0.5 * d as f64), "d={d} s={s}: {error:e}");
            }
        }
    }

    /// `sum_{n>=0} (n + q)^-s`
    fn hurwitz_zeta(s: f64, q: f64) -> f64 {
        q.powf(-s) + (1.0 + q).powf(-s) * hurwitz_zeta_scaled(s, 1.0 + q)
    }

    /// In high dimension the nearest points are all that counts.
    #[test]
    fn far_from_its_pole_the_sum_is_that_of_the_nearest_points() {
        for d in [1_u64, 7, 100, 1000] {
            let x = d as f64;
            let s = 0.5 * (x + 99.0) + 20.0 * x.ln();
            let shells = 2.0 * x + 2.0 * x * (x - 1.0) * 2f64.powf(-s);
            let third = 4.0 / 3.0 * x * (x - 1.0) * (x - 2.0).max(0.0) * 3f64.powf(-s);
            let error = ln_epstein(d, s) - (shells + third).ln();
            assert!(error.abs() < 1e-11, "{d}: {error:e}");
        }
    }
}
