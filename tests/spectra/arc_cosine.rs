//! Kernels of networks with one hidden layer of rectifiers, and of steps, against their published closed forms.

use std::f64::consts::{FRAC_1_PI, PI};

use spectralaw::spectrum::kernel::{Activation, Kernel};

#[track_caller]
fn close(what: &str, ours: f64, exact: f64, allowed: f64) {
    // NaN fails too
    assert!((ours - exact).abs() <= allowed, "{what}: {ours:e} instead of {exact:e}");
}

/// `Gamma(n/2)`, as a logarithm, from factorials.
fn ln_gamma_of_half(n: i64) -> f64 {
    let (start, first) = if n % 2 == 0 { (0.0, 2) } else { (0.5 * PI.ln(), 1) };
    start + (first..n).step_by(2).map(|m| (0.5 * m as f64).ln()).sum::<f64>()
}

/// `lambda_k` of the activation `max(u, 0)^alpha` on the sphere `S^d` in `d + 1` dimensions (Bach 2017, "Breaking the
/// curse of dimensionality with convex neural networks", appendix D.2), alpha 0 or 1:
///
/// ```text
/// alpha! (-1)^((k-1-alpha)/2) / 2^k  Gamma(d/2) Gamma(k - alpha) / (Gamma((k-alpha+1)/2) Gamma((k+d+alpha+1)/2))
/// ```
///
/// times the ratio of the areas of `S^(d-1)` and `S^d`, for `k > alpha` of the other parity than alpha; 0 for
/// `k > alpha` of the same; and beta functions for `k <= alpha`.
fn bach(alpha: i64, k: i64, d: i64) -> f64 {
    let areas = ln_gamma_of_half(d + 1) - 0.5 * PI.ln() - ln_gamma_of_half(d);
    if k <= alpha || k == 0 {
        // integral of u^(alpha + k) (1 - u^2)^(d/2 - 1) from 0 to 1
        let n = alpha + k + 1;
        return 0.5 * (areas + ln_gamma_of_half(n) + ln_gamma_of_half(d) - ln_gamma_of_half(n + d)).exp();
    }
    if (k - alpha) % 2 == 0 {
        return 0.0;
    }
    let ln = ln_gamma_of_half(d) + ln_gamma_of_half(2 * (k - alpha))
        - ln_gamma_of_half(k - alpha + 1)
        - ln_gamma_of_half(k + d + alpha + 1);
    let sign = if (k - 1 - alpha) % 4 == 0 { 1.0 } else { -1.0 };
    sign * (areas + ln - k as f64 * 2f64.ln()).exp()
}

/// Eigenvalues of the arc-cosine kernels (Cho and Saul 2009) of degree alpha, scaled to 1 at angle 0: the mean over
/// directions `w` of the activation's products, `2` or `2 (d + 1)` times, and so squares of its coefficients.
fn arc_cosine(alpha: i64, k: i64, d: i64) -> f64 {
    let scale = if alpha == 0 { 2.0 } else { 2.0 * (d + 1) as f64 };
    scale * bach(alpha, k, d).powi(2)
}

/// Roundings of sums of logarithms of up to a few hundred terms.
const LOGARITHMS: f64 = 1e-12;

#[test]
fn covariance_of_rectifiers() {
    for d in [1, 2, 3, 4, 9, 30, 100] {
        let levels = Kernel::nngp(Activation::Relu, 1, d as u64 + 1).unwrap().levels(200).unwrap();
        for (k, level) in (0..).zip(&levels) {
            let exact = arc_cosine(1, k, d);
            let allowed = (level.relative_error() + LOGARITHMS) * exact;
            close(&format!("S^{d}, level {k}"), level.eigenvalue(), exact, allowed.max(f64::MIN_POSITIVE));
        }
    }
}

/// Degree 0, through its values alone: the kernel of networks of steps.
#[test]
fn covariance_of_steps() {
    for d in [1, 2, 4, 9] {
        let kernel = Kernel::function(|theta| (PI - theta) * FRAC_1_PI, d as u64 + 1).unwrap();
        for (k, level) in (0..).zip(kernel.levels(40).unwrap()) {
            let exact = level.degeneracy() * arc_cosine(0, k, d);
            close(&format!("S^{d}, level {k}"), level.weight(), exact, level.error() + LOGARITHMS * exact);
        }
    }
}

/// `kappa_1 + u kappa_0` (Jacot, Gabriel and Hongler 2018), whose second term couples neighbouring degrees (Bietti and
/// Mairal 2019): `u P_k = k/(2k+d-1) P_{k-1} + (k+d-1)/(2k+d-1) P_{k+1}` on `S^d`.
#[test]
fn tangent_kernel_of_rectifiers() {
    for d in [2, 3, 4, 9, 30, 100] {
        let levels = Kernel::ntk(Activation::Relu, 1, d as u64 + 1).unwrap().levels(200).unwrap();
        for (k, level) in (0..).zip(&levels) {
            let below = if k > 0 { k as f64 * arc_cosine(0, k - 1, d) } else { 0.0 };
            let above = (k + d - 1) as f64 * arc_cosine(0, k + 1, d);
            let exact = arc_cosine(1, k, d) + (below + above) / (2 * k + d - 1) as f64;
            let allowed = (level.relative_error() + LOGARITHMS) * exact;
            close(&format!("S^{d}, level {k}"), level.eigenvalue(), exact, allowed.max(f64::MIN_POSITIVE));
        }
    }
}

/// The eigenvalues add up to the closed forms of Cho and Saul at any angle: `J_1/pi` for one layer, itself iterated for
/// two, and with `J_0/pi` for the tangent kernel.
#[test]
fn kernels_are_the_sums_of_their_levels() {
    let kappa0 = |u: f64| (PI - u.acos()) * FRAC_1_PI;
    let kappa1 = |u: f64| ((1.0 - u * u).sqrt() + u * (PI - u.acos())) * FRAC_1_PI;
    for (dimension, count) in [(3_u64, 4000), (6, 1500)] {
        let sum = |kernel: Kernel, u: f64| {
            let d = dimension as f64;
            let (mut before, mut now) = (1.0, u);
            let mut sum = 0.0;
            for level in kernel.levels(count).unwrap() {
                let k = level.degree() as f64;
                sum += level.weight() * if k < 1.0 { 1.0 } else { now };
                if k >= 1.0 {
                    // (k + d - 2) P_{k+1} = (2k + d - 2) u P_k - k P_{k-1}
                    let next = ((2.0 * k + d - 2.0) * u * now - k * before) / (k + d - 2.0);
                    (before, now) = (now, next);
                }
            }
            sum
        };
        let nngp = |depth| Kernel::nngp(Activation::Relu, depth, dimension).unwrap();
        let ntk = |depth| Kernel::ntk(Activation::Relu, depth, dimension).unwrap();
        for u in [-0.9, -0.3, 0.0, 0.4, 0.8] {
            let (one, two) = (kappa1(u), kappa1(kappa1(u)));
            let tangent = one + kappa0(u) * u;
            // weights fall as k^-4 and k^-2, and P_k as k^-(d-2)/2 at a fixed angle, with signs that change: in three
            // dimensions what is left is of the order 4000^-4.5 = 6e-17, below the rounding of the sum, and 4000^-2.5 =
            // 1e-9
            let what = format!("d = {dimension}, u = {u}");
            close(&what, sum(nngp(1), u), one, 1e-11);
            close(&what, sum(nngp(2), u), two, 1e-11);
            close(&what, sum(ntk(1), u), tangent, 1e-7);
            close(&what, sum(ntk(2), u), two + kappa0(one) * tangent, 1e-7);
        }
    }
}
