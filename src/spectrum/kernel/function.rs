//! Weights of levels, and harmonic coefficients, of functions that are known on the sphere alone.

use std::f64::consts::PI;

use super::level::Weight;
use super::path::tanh_sinh;
use super::scaled::Scaled;

/// `integral f P_k` under the uniform measure for `k < count`, with errors.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Projection {
    pub value: f64,
    pub error: f64,
    coarse: f64,
    size: f64,
}

/// Nodes are spaced by this angle over the largest degree, and by a quarter of it over the root of the dimension, which
/// is how narrow the measure is; or closer.
const ANGLE: f64 = 1.2;

/// Projects a function of the angle, analytic between the given angles: the tanh-sinh rule on each interval of
/// equation (K.sphere), with polynomials by their recurrence upwards.
pub(super) fn project(f: &dyn Fn(f64) -> f64, breaks: &[f64], dimension: u64, count: usize) -> Vec<Projection> {
    let d = dimension as f64;
    let mut sums = vec![Projection::default(); count];
    let mut mass = 0.0;
    let ends: Vec<f64> = std::iter::once(0.0).chain(breaks.iter().copied()).chain([PI]).collect();
    for pair in ends.windows(2) {
        let length = pair[1] - pair[0];
        let step = (ANGLE / (0.25 * PI * length * (count as f64 + 4.0 * d.sqrt()))).min(1.0 / 32.0);
        for node in tanh_sinh(step) {
            let theta = pair[0] + length * node.x;
            let (sin, u) = theta.sin_cos();
            let weight = length * node.weight * sin.abs().powf(d - 2.0);
            mass += weight;
            let value = weight * f(theta);
            let (mut before, mut now) = (1.0, 1.0);
            for (k, sum) in sums.iter_mut().enumerate() {
                let term = value * now;
                sum.value += term;
                sum.size += term.abs();
                if node.coarse {
                    sum.coarse += 2.0 * term;
                }
                let k = k as f64;
                let next = if k < 1.0 { u } else { ((2.0 * k + d - 2.0) * u * now - k * before) / (k + d - 2.0) };
                (before, now) = (now, next);
            }
        }
    }
    for (k, sum) in sums.iter_mut().enumerate() {
        let change = (sum.coarse - sum.value).abs();
        let rounding = sum.size * (32.0 + k as f64 + 0.5 * d) * f64::EPSILON;
        // the rule converges exponentially: of the squared relative error a power 3/2 is trusted
        sum.error = (change * (change / (sum.value.abs() + change + f64::MIN_POSITIVE)).sqrt() + rounding) / mass;
        sum.value /= mass;
    }
    sums
}

/// Weights of a kernel; none can exceed the trace.
pub(super) fn weights(f: &dyn Fn(f64) -> f64, degeneracies: &[Scaled], dimension: u64) -> Vec<Weight> {
    let trace = f(0.0);
    let projections = project(f, &[], dimension, degeneracies.len());
    let scaled = |x: f64, n: Scaled| (n * Scaled::new(x.abs())).value().min(trace).copysign(x);
    let weight = |(p, n): (&Projection, &Scaled)| Weight { value: scaled(p.value, *n), error: scaled(p.error, *n) };
    projections.iter().zip(degeneracies).map(weight).collect()
}
