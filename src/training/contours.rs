//! The contours on which the residuals of a method are summed.

use num_complex::Complex64;

use super::method::{Mapped, Method, Pace};
use crate::contour::{Contour, LateNode, Support};
use crate::precision::{CONTOUR_EXPONENT, CONTOUR_GROWTH};

/// A contour around the slow modes, and around those that overshoot, for late times `first..=last` (equation (Late)): a
/// hyperbola in the variable in which a residual decays as `e^{s t}` (with alternating sign). Residuals to some power are
/// summed on it.
///
/// What lies between the two has decayed below rounding.
pub(super) fn late<M: Method + ?Sized>(method: &M, first: f64, last: f64, support: Support, power: i32) -> Contour {
    // Logarithms per unit of time of what is left of the slowest residual, and of the fastest if it overshoots.
    let slow = method.largest_root(support.slow).0.min(0.0);
    let (fast, overshoots) = method.largest_root(support.fast);
    // Whether anything is left of one beside the other when the curve begins.
    let factor = f64::from(power);
    let begin = factor * method.late_time(first);
    let matters = |own: f64, other: f64| (own - other) * begin > -CONTOUR_EXPONENT - 6.0;
    // A schedule decays a little later than its map, whose time is that of the largest rate.
    let margin = if method.is_power() { 1.0 } else { 0.8 };
    let (first_late, last_late) = (margin * begin, factor * method.late_time(last));
    let fast = if overshoots { fast } else { f64::NEG_INFINITY };
    let largest = slow.max(fast);
    let (mut around_slow, mut around_fast) = (Vec::new(), Vec::new());
    if matters(slow, fast) {
        let around = Contour::hyperbola(first_late, last_late, slow);
        around_slow.extend(felt(&around, largest, first_late).map(|(&s, weight)| {
            let Mapped { z, derivative, amplitude } = method.mapped(s, false);
            LateNode { z, weight: weight * derivative * amplitude.powi(power), rate: s, rounding: 0.0 }
        }));
    }
    if matters(fast, slow) {
        let origin = if factor * fast * last < -1.0 || fast > 0.0 { fast } else { 0.0 };
        let around = Contour::hyperbola(first_late, last_late, origin);
        around_fast.extend(felt(&around, largest, first_late).map(|(&s, weight)| {
            // upward in s is downward in z: conjugates take the node to the upper half plane
            let Mapped { z, derivative, amplitude } = method.mapped(s.conj(), true);
            // z is rounded, each for itself, s is not: next to the edge of stability the difference is felt after many
            // steps
            let rounding = ROUNDINGS_OF_NODE * f64::EPSILON * (z / derivative).norm();
            LateNode { z, weight: weight.conj() * derivative * amplitude.powi(power), rate: s.conj(), rounding }
        }));
    }
    Contour::late(around_slow, around_fast, method.is_power())
}

/// Three roundings of the Laplace argument of a node by up to half a unit in the last place are 0.25 as a root mean
/// square. The largest that random attacks found was 0.26.
const ROUNDINGS_OF_NODE: f64 = 0.3;

/// Nodes and weights of a hyperbola but for the last ones, which may lie beyond the reach of the map and are below the
/// rounding of the largest residual.
fn felt(around: &Contour, largest: f64, first: f64) -> impl Iterator<Item = (&Complex64, &Complex64)> {
    let nodes = around.nodes.iter().zip(&around.weights);
    nodes.take_while(move |(s, _)| (s.re - largest) * first > -CONTOUR_EXPONENT - 2.0)
}

/// The logarithm of the size of an ellipse (see [`Contour::closed`]) on which no residual at times up to `last` exceeds
/// its maximum on the support by more than `exp(CONTOUR_GROWTH)`; `None` where it would need too many nodes.
///
/// As slow modes are told from fast ones by `e^{z t}`, and what oscillates by its phase, the number of nodes grows with
/// the time.
pub(crate) fn closed_shape(method: &dyn Method, first: f64, last: f64, support: Support) -> Option<f64> {
    let times = if first < last { vec![first, last] } else { vec![last] };
    let bounds: Vec<f64> = times.iter().map(|&t| method.log_largest(support, t) + CONTOUR_GROWTH).collect();
    let residuals = method.at(&times);
    Contour::widest_closed(support, |points| {
        let within = |(sizes, bound): (Vec<f64>, &f64)| sizes.iter().all(|size| size <= bound);
        residuals.log_sizes(points).into_iter().zip(&bounds).all(within)
    })
}

/// What is left of residuals at all nodes, each divided by `e^log_scale` of its time; times ascend.
pub(crate) fn residuals(
    contour: &Contour,
    method: &dyn Method,
    times: &[f64],
    log_scales: &[f64],
) -> Vec<Vec<Complex64>> {
    let evaluated = || method.at(times).of(&contour.arguments().collect::<Vec<_>>(), log_scales);
    contour.powers(times, log_scales).unwrap_or_else(evaluated)
}

/// The logarithmic derivatives of residuals at all nodes by the logarithm of the time (equation (Gradient.time)) or of the
/// learning rate (equation (Gradient.rate)); NaN where there is no formula.
pub(crate) fn exponents(contour: &Contour, method: &dyn Method, times: &[f64], by: Pace) -> Vec<Vec<Complex64>> {
    match by {
        Pace::Time => contour.exponents(times),
        Pace::LearningRate => {
            let at = |&t: &f64| contour.nodes.iter().map(|&z| method.exponent_by_rate(z) * t).collect();
            times.iter().map(at).collect()
        }
    }
}
