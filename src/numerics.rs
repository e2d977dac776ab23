//! Special functions and quadrature rules that the dependencies lack. Nothing here depends on the theory.

mod double;

use num_complex::Complex64;

pub(crate) use self::double::{ComplexDouble, Double};

/// `q^s zeta(s, q)` with `zeta(s, q) = sum_{k>=0} (q+k)^-s`, for real `s > 1` and `q >= 1`.
///
/// Scaled by `q^s` because the plain value under- or overflows where it is used. Euler-Maclaurin summation from a
/// point beyond `16 + s` on: its terms fall as `(s / (2 pi q))^2j`, so that eight of them reach rounding there.
pub(crate) fn hurwitz_zeta_scaled(s: f64, q: f64) -> f64 {
    // B_2j / (2j)! for j = 1..8
    const COEFFICIENTS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30_240.0,
        -1.0 / 1_209_600.0,
        1.0 / 47_900_160.0,
        -691.0 / 1_307_674_368_000.0,
        1.0 / 74_724_249_600.0,
        -3617.0 / 10_670_622_842_880_000.0,
    ];
    let start = q;
    let (mut q, mut head) = (q, 0.0);
    while q < 16.0 + s {
        let term = (q / start).powf(-s);
        head += term;
        q += 1.0;
        if term < f64::EPSILON * f64::EPSILON {
            return head;
        }
    }
    let mut sum = q / (s - 1.0) + 0.5;
    let mut rising = s / q;
    for (j, coefficient) in COEFFICIENTS.iter().enumerate() {
        sum += coefficient * rising;
        let n = s + 2.0 * j as f64;
        rising *= (n + 1.0) * (n + 2.0) / (q * q);
    }
    head + (q / start).powf(-s) * sum
}

/// Principal square root, accurate in both parts also next to the negative axis (where the polar form is not).
pub(crate) fn csqrt(z: Complex64) -> Complex64 {
    let square = z.norm_sqr();
    // the fast modulus underflows where `norm`, through hypot, does not
    let modulus = if square > 1e-280 { square.sqrt() } else { z.norm() };
    let t = (0.5 * (modulus + z.re.abs())).sqrt();
    if t <= 0.0 {
        Complex64::ZERO
    } else if z.re >= 0.0 {
        Complex64::new(t, 0.5 * z.im / t)
    } else {
        Complex64::new(0.5 * z.im.abs() / t, t.copysign(z.im))
    }
}

/// `e^x - 1`, accurate for small complex `x`.
pub(crate) fn exp_m1(x: Complex64) -> Complex64 {
    let (sin, cos) = x.im.sin_cos();
    let half = (0.5 * x.im).sin();
    Complex64::new(x.re.exp_m1() * cos - 2.0 * half * half, x.re.exp() * sin)
}

/// `ln(1 + x)`, accurate for small complex `x`.
pub(crate) fn ln_1p(x: Complex64) -> Complex64 {
    if x.norm_sqr() > 0.25 {
        return (1.0 + x).ln();
    }
    let square = 2.0 * x.re + x.norm_sqr();
    Complex64::new(0.5 * square.ln_1p(), x.im.atan2(1.0 + x.re))
}

/// Nodes and weights of a Gauss rule: `sum w_i f(x_i)` stands for the integral of `f` against the rule's measure.
#[derive(Debug, Clone)]
pub(crate) struct GaussRule {
    pub nodes: Vec<f64>,
    pub weights: Vec<f64>,
}

/// The `n`-point Gauss rule of the counting measure on the `count` equally spaced points that fill `[-1, 1]` like
/// midpoints (`x_k = (2k + 1)/count - 1`), total mass 1.
///
/// Exact for polynomials of degree `2n - 1`; `count -> infinity` is the Gauss-Legendre rule. The recurrence is that
/// of the discrete Chebyshev (Gram) polynomials (Gautschi, Orthogonal Polynomials, 2004, table 1.1). Needs
/// `count > n`.
pub(crate) fn gauss_counting(n: usize, count: f64) -> GaussRule {
    let diagonal = vec![0.0; n];
    let off: Vec<f64> = (1..n)
        .map(|j| {
            let j2 = (j * j) as f64;
            (j2 * (1.0 - j2 / (count * count)) / (4.0 * j2 - 1.0)).sqrt()
        })
        .collect();
    gauss_from_recurrence(diagonal, off, 1.0)
}

/// The Gauss rule of a measure from the recurrence coefficients of its orthonormal polynomials (Golub and Welsch 1969):
/// nodes are the eigenvalues of the Jacobi matrix, weights the squared first components of its eigenvectors.
pub(crate) fn gauss_from_recurrence(mut diagonal: Vec<f64>, off: Vec<f64>, mass: f64) -> GaussRule {
    let mut first = vec![0.0; diagonal.len()];
    first[0] = 1.0;
    // (not converged at numbers that are none, which are what the rule then has)
    let _ = diagonalise(&mut diagonal, off, std::slice::from_mut(&mut first), 0.0);
    GaussRule { weights: first.iter().map(|v| mass * v * v).collect(), nodes: diagonal }
}

/// Replaces the diagonal of a symmetric tridiagonal matrix by its eigenvalues, in no order, and vectors by their
/// components along its eigenvectors; whether all have converged. Entries beside the diagonal count as 0 where they are
/// rounding of their neighbours on it, or `negligible`.
///
/// Implicit QL iteration with Wilkinson's shift; eigenvectors are never formed.
pub(crate) fn diagonalise(diagonal: &mut [f64], mut off: Vec<f64>, vectors: &mut [Vec<f64>], negligible: f64) -> bool {
    let n = diagonal.len();
    off.resize(n, 0.0);
    let mut converged = true;
    for l in 0..n {
        // Convergence is cubic; the limit is never met and only guards against NaN input.
        let mut is_found = false;
        for _ in 0..100 {
            let split = (l..n - 1)
                .find(|&m| off[m].abs() <= (f64::EPSILON * (diagonal[m].abs() + diagonal[m + 1].abs())).max(negligible))
                .unwrap_or(n - 1);
            if split == l {
                is_found = true;
                break;
            }
            let mut g = (diagonal[l + 1] - diagonal[l]) / (2.0 * off[l]);
            g = diagonal[split] - diagonal[l] + off[l] / (g + g.hypot(1.0).copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut deflated = false;
            for i in (l..split).rev() {
                let f = s * off[i];
                let b = c * off[i];
                let r = f.hypot(g);
                off[i + 1] = r;
                if r <= 0.0 {
                    diagonal[i + 1] -= p;
                    off[split] = 0.0;
                    deflated = true;
                    break;
                }
                s = f / r;
                c = g / r;
                g = diagonal[i + 1] - p;
                let r = (diagonal[i] - g) * s + 2.0 * c * b;
                p = s * r;
                diagonal[i + 1] = g + p;
                g = c * r - b;
                for vector in &mut *vectors {
                    let f = vector[i + 1];
                    vector[i + 1] = s * vector[i] + c * f;
                    vector[i] = c * vector[i] - s * f;
                }
            }
            if !deflated {
                diagonal[l] -= p;
                off[l] = g;
                off[split] = 0.0;
            }
        }
        converged &= is_found;
    }
    converged
}

/// A log-spaced grid including both ends, with at least `density` points per decade, as logarithms; the lower end alone
/// if there is nothing above it.
pub(crate) fn log_grid(least: f64, most: f64, density: f64) -> Vec<f64> {
    if most <= least || most.is_nan() {
        return vec![least];
    }
    let count = ((most - least) / std::f64::consts::LN_10 * density).ceil().max(1.0);
    (0..=count as usize).map(|i| least + (most - least) * i as f64 / count).collect()
}

/// A function's value at an argument, with whatever was found on the way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<T> {
    pub x: f64,
    pub value: f64,
    pub found: T,
}

/// A root between a sample of negative and one of positive value, which may be infinite, and the slope there: by
/// chords, with one end's weight halved whenever the other moves twice in a row (the Illinois rule), and halving now
/// and then, or where a chord is of no use.
///
/// Ends where a value is at most the tolerance in size, or the bracket closes around a jump, with the smaller value.
pub(crate) fn root_between<T: Copy, E>(
    mut below: Sample<T>,
    mut above: Sample<T>,
    tolerance: f64,
    mut f: impl FnMut(f64) -> Result<(f64, T), E>,
) -> Result<(Sample<T>, f64), E> {
    const LIMIT: usize = 200;
    const HALVE_EVERY: usize = 8;
    let (mut below_weight, mut above_weight) = (1.0, 1.0);
    let mut above_moved = None;
    let mut slope = (above.value - below.value) / (above.x - below.x);
    for turn in 1..=LIMIT {
        let is_closed = (above.x - below.x).abs() <= 1e-13 * above.x.abs().max(1.0);
        if is_closed || below.value >= -tolerance || above.value <= tolerance {
            break;
        }
        let (down, up) = (-below_weight * below.value, above_weight * above.value);
        let share = if up.is_finite() && turn % HALVE_EVERY != 0 { down / (down + up) } else { 0.5 };
        let x = below.x + (above.x - below.x) * share;
        let (value, found) = f(x)?;
        let sample = Sample { x, value, found };
        if value > 0.0 {
            slope = (above.value - value) / (above.x - x);
            below_weight *= if above_moved == Some(true) { 0.5 } else { 1.0 };
            (above, above_weight, above_moved) = (sample, 1.0, Some(true));
        } else {
            slope = (value - below.value) / (x - below.x);
            above_weight *= if above_moved == Some(false) { 0.5 } else { 1.0 };
            (below, below_weight, above_moved) = (sample, 1.0, Some(false));
        }
    }
    let root = if above.value < -below.value { above } else { below };
    Ok((root, if slope.is_finite() { slope } else { 0.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hurwitz_zeta_matches_a_long_direct_sum() {
        // zeta(2, 16) from pi^2/6 minus the first fifteen terms
        let head: f64 = (1..16).map(|k| 1.0 / f64::from(k * k)).sum();
        let exact = 256.0 * (std::f64::consts::PI.powi(2) / 6.0 - head);
        // the subtraction in `exact` loses a digit and a half
        approx::assert_relative_eq!(hurwitz_zeta_scaled(2.0, 16.0), exact, epsilon = 0.0, max_relative = 3e-14);
        // zeta(15, 20) converges after a few hundred terms
        let direct: f64 = (0..20_000).rev().map(|k| (1.0 + f64::from(k) / 20.0).powf(-15.0)).sum();
        approx::assert_relative_eq!(hurwitz_zeta_scaled(15.0, 20.0), direct, epsilon = 0.0, max_relative = 1e-14);
        // a steep sum that ends before the asymptotic range begins: 1 + 2^-300 + ...
        approx::assert_relative_eq!(hurwitz_zeta_scaled(300.0, 1.0), 1.0, epsilon = 0.0, max_relative = 1e-16);
    }

    #[test]
    fn square_root_next_to_the_negative_axis() {
        let root = csqrt(Complex64::new(-1.0, 1e-20));
        approx::assert_relative_eq!(root.re, 5e-21, epsilon = 0.0, max_relative = 4e-16);
        approx::assert_relative_eq!(root.im, 1.0, epsilon = 0.0, max_relative = 4e-16);
        approx::assert_relative_eq!(csqrt(Complex64::from(1e-200)).re, 1e-100, epsilon = 0.0, max_relative = 4e-16);
    }

    #[test]
    fn counting_rule_sums_polynomials_exactly() {
        for count in [13_u32, 20, 1000] {
            let rule = gauss_counting(12, f64::from(count));
            for degree in 0..24 {
                let point = |k: u32| (2.0 * f64::from(k) + 1.0) / f64::from(count) - 1.0;
                let exact: f64 = (0..count).map(|k| point(k).powi(degree)).sum::<f64>() / f64::from(count);
                let ours: f64 = rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * x.powi(degree)).sum();
                // a handful of roundings of numbers of order one
                assert!((ours - exact).abs() < 2e-15, "count {count} degree {degree}: {ours} {exact}");
            }
        }
    }

    #[test]
    fn counting_rule_of_infinitely_many_points_is_gauss_legendre() {
        let rule = gauss_counting(2, f64::INFINITY);
        let mut nodes = rule.nodes.clone();
        nodes.sort_by(f64::total_cmp);
        approx::assert_relative_eq!(nodes[1], 1.0 / 3f64.sqrt(), epsilon = 0.0, max_relative = 4e-16);
    }

    #[test]
    fn roots_are_found_between_samples() {
        let find = |f: fn(f64) -> f64, low: f64, high: f64| {
            let sample = |x: f64| Sample { x, value: f(x), found: () };
            let found = root_between(sample(low), sample(high), 1e-12, |x| Ok::<_, ()>((f(x), ())));
            found.map(|(root, slope)| (root.x, slope)).unwrap_or((f64::NAN, f64::NAN))
        };
        let (root, slope) = find(|x| x * x * x - 2.0, 0.0, 5.0);
        assert!((root - 2_f64.cbrt()).abs() < 1e-12, "{root}");
        // the last chord: its ends are within 1e-3 of each other, and the slope changes by 6 root times that
        assert!((slope - 3.0 * root * root).abs() < 8e-3, "{slope}");
        // in either direction, flat at one end, a wall, a jump
        assert!((find(|x| 1.0 - x, 3.0, 0.0).0 - 1.0).abs() < 1e-12);
        assert!((find(|x| x.powi(9) - 1e-3, 0.0, 100.0).0 - 1e-3_f64.powf(1.0 / 9.0)).abs() < 1e-9);
        assert!((find(|x| if x > 2.0 { f64::INFINITY } else { x - 1.9 }, 0.0, 50.0).0 - 1.9).abs() < 1e-12);
        assert!((find(|x| if x > 2.0 { 1.0 } else { -1.0 }, 0.0, 50.0).0 - 2.0).abs() < 1e-11);
    }
}
