//! Solutions of equation (R) along the nodes of a contour: Newton's iteration from what the neighbour predicts, at several
//! nodes at once, or at one, by as many steps as it takes.

use num_complex::Complex64;

use super::{Equation, HOLDS, Solver, State};
use crate::error::{Error, Result};
use crate::lanes::{ComplexLanes, LANES, Lanes};
use crate::number::{Number, Real};
use crate::numerics::exp_m1;
use crate::precision::{NEWTON_LIMIT, NEWTON_STEP, REAL_LIMIT};
use crate::spectrum::Points;

impl Solver<'_> {
    /// Solutions at all nodes of a contour, several at once.
    pub fn along(&self, nodes: &[Complex64], smallest_resolved: f64) -> Result<Vec<State>> {
        if self.smaller.is_infinite() {
            return nodes.iter().map(|&z| resolved(Self::trivial(z), smallest_resolved)).collect();
        }
        let Some(first) = nodes.first() else { return Ok(Vec::new()) };
        let mut state = self.real(first.norm())?;
        let mut states = Vec::with_capacity(nodes.len().next_multiple_of(LANES));
        for start in (0..nodes.len()).step_by(LANES) {
            if is_beyond_newton(state.z, nodes[start]) {
                state = self.advance_or_begin(&state, nodes[start])?;
            }
            match self.newton_at_once(&state, ComplexLanes::of(nodes, start)) {
                Some(solutions) => states.extend((0..LANES).map(|i| solutions.lane(i))),
                None => {
                    for &z in nodes.iter().skip(start).take(LANES) {
                        state = self.advance_or_begin(&state, z)?;
                        states.push(state);
                    }
                }
            }
            state = states[states.len() - 1];
        }
        states.truncate(nodes.len());
        states.into_iter().map(|state| resolved(state, smallest_resolved)).collect()
    }

    /// Solutions at several arguments at once by Newton's iteration from what a neighbour predicts; `None` unless all
    /// converge, and to the branch of the theory, whose solutions satisfy `0 <= arg kappa <= arg z` and are unique.
    fn newton_at_once(&self, from: &State, z: ComplexLanes) -> Option<State<ComplexLanes>> {
        let mut kappa = ComplexLanes::from_fn(|i| from.kappa * (from.slope * log_ratio(z.lane(i), from.z)).exp());
        // (of the first step it is not known how it converges)
        let mut before = Lanes::ZERO;
        for iteration in 1..=NEWTON_LIMIT {
            let equation = self.equation(kappa, z);
            let step = -equation.value.over(equation.by_kappa);
            let size = step.modulus();
            kappa = kappa + kappa * exponential_m1(step);
            // quadratic convergence, see below
            let ratio = size * before.recip();
            let following = size * ratio * ratio;
            let is_solved = |i: usize| {
                let (size, following) = (size.0[i], following.0[i]);
                size <= f64::EPSILON || (size < NEWTON_STEP && following < f64::EPSILON)
            };
            if (0..LANES).all(is_solved) {
                let (value, size) = (equation.value.modulus(), equation.size);
                if (0..LANES).any(|i| value.0[i] > NEARLY_HOLDS * size.0[i]) {
                    return None;
                }
                let is_physical = |i: usize| {
                    let (kappa, z) = (kappa.lane(i), z.lane(i));
                    kappa.im >= 0.0 && kappa.im * z.re <= kappa.re * z.im + 1e-9 * (kappa * z).norm()
                };
                let corrected = Equation { y: equation.y - equation.by_z * step, ..equation };
                let state = || self.state(z, kappa, &corrected, from.iterations + iteration);
                return (0..LANES).all(is_physical).then(state);
            }
            before = size;
        }
        None
    }

    /// Solution at `z` in the upper half plane by continuation from a neighbouring solution, along the straight line
    /// in `ln z`; the stride is halved wherever Newton's iteration does not contract at once.
    pub fn advance(&self, from: &State, z: Complex64) -> Result<State> {
        if self.smaller.is_infinite() {
            return Ok(Self::trivial(z));
        }
        let mut here = *from;
        let mut left = log_ratio(z, here.z);
        let mut stride = 1.0;
        let mut steps = 0;
        while steps < REAL_LIMIT {
            steps += 1;
            let target = if stride >= 1.0 { z } else { here.z * (left * stride).exp() };
            match self.newton(&here, target) {
                Some(next) => {
                    here = next;
                    if stride >= 1.0 {
                        return Ok(here);
                    }
                    left = log_ratio(z, here.z);
                    stride = (2.0 * stride / (1.0 - stride)).min(1.0);
                }
                None => stride *= 0.5,
            }
        }
        Err(Error::NoConvergence { what: format!("the resolvent at z = {z:e}") })
    }

    /// [`advance`](Self::advance), or the way from the positive axis: between two loops of a contour the straight one may
    /// lead along the cut.
    fn advance_or_begin(&self, from: &State, z: Complex64) -> Result<State> {
        self.advance(from, z).or_else(|_| self.advance(&self.real(z.norm())?, z))
    }

    fn newton(&self, from: &State, z: Complex64) -> Option<State> {
        let prediction = from.slope * log_ratio(z, from.z);
        let mut kappa = from.kappa * prediction.exp();
        // A first correction this small keeps the iteration within the basin of the branch it came from.
        let mut allowed = 0.3;
        let mut before = prediction.norm();
        for iteration in 1..=NEWTON_LIMIT {
            let equation = self.equation(kappa, z);
            let step = -equation.value / equation.by_kappa;
            let size = step.norm();
            // At the edge itself two solutions meet: steps remain at the root of rounding, and the equation holds to
            // rounding.
            let holds = equation.value.norm() <= HOLDS * equation.size && size < HOLDS.sqrt();
            let is_small = size < NEWTON_STEP && equation.value.norm() <= NEARLY_HOLDS * equation.size;
            if (size > allowed && !is_small && !holds) || size.is_nan() {
                return None;
            }
            kappa += kappa * exp_m1(step);
            // Next to the edge of a narrow spectrum the step after a small one may still count. Steps shrink
            // quadratically, from the prediction on, as long as they are not rounding themselves.
            let following = size * (size / before) * (size / before);
            if holds || (is_small && (size <= f64::EPSILON || following < f64::EPSILON || size > allowed)) {
                let physical = kappa.im >= 0.0 && kappa.im * z.re <= kappa.re * z.im + 1e-9 * (kappa * z).norm();
                let physical = physical || (z.im == 0.0 && kappa.im.abs() <= 1e-9 * kappa.norm());
                // first-order change of y with the last step in ln kappa
                let corrected = Equation { y: equation.y - equation.by_z * step, ..equation };
                return physical.then(|| self.state(z, kappa, &corrected, from.iterations + iteration));
            }
            allowed = 0.5 * size;
            before = size;
        }
        None
    }
}

/// The value of an equation, relative to its terms, next to a solution: next to an eigenvalue steps are small, too, but no
/// solution is near.
const NEARLY_HOLDS: f64 = 1e-6;

/// The solution, unless it lies where a spectrum has no nodes.
fn resolved(state: State, smallest_resolved: f64) -> Result<State> {
    if state.kappa.norm_sqr() < smallest_resolved * smallest_resolved {
        let request = format!("time {:e}", state.z.norm().recip());
        return Err(Error::Unresolved { smallest: smallest_resolved, request });
    }
    Ok(state)
}

/// `e^x - 1` from a quotient of polynomials of second degree, for steps of an iteration: the size of the first ones does
/// not matter, and the last ones are so small that it is exact.
fn exponential_m1(x: ComplexLanes) -> ComplexLanes {
    let (even, odd) = ((x * x * (1.0 / 12.0)).plus(Lanes::constant(1.0)), x * 0.5);
    (odd * 2.0).over(even - odd)
}

/// Whether Newton's iteration for an argument may end on another branch if it begins at the solution for `from`: next to
/// the cut the inequalities that tell the branch of the theory are lost in rounding.
fn is_beyond_newton(from: Complex64, z: Complex64) -> bool {
    z.im < 0.5 * -z.re && log_ratio(z, from).norm_sqr() > 0.25
}

/// `ln(z / w)` with the imaginary part in (-pi, pi].
fn log_ratio(z: Complex64, w: Complex64) -> Complex64 {
    (z / w).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contour::Support;
    use crate::model::Model;
    use crate::spectrum::Spectrum;
    use crate::training::{Optimizer, method};

    /// On loops as close to both ends of the spectrum as time and momentum make them, solutions solve, and are on the
    /// branch of the theory. (A step next to an eigenvalue is small, too.)
    #[test]
    fn loops_around_both_ends_are_followed() -> Result<()> {
        let white = Spectrum::from_modes_with_multiplicity(&[1.0], &[1.0 / 64.0], &[64.0])?;
        let spectra =
            [white, Spectrum::power_law(1.5, 1.25)?, Spectrum::from_modes(&[1.0, 0.9, 0.1], &[0.3, 0.4, 0.3])?];
        for spectrum in &spectra {
            for (width, samples) in [(f64::INFINITY, 113.8), (90.0, 5000.0), (2.0, 3.0), (1e6, 40.0), (70.0, 70.0)] {
                let model = Model::new(spectrum).with_width(width)?.with_samples(samples)?;
                let solver = Solver::new(&model);
                let fast = solver.fast_edge();
                for momentum in [0.0, 0.9, 0.999, 0.99997] {
                    let stable = model.max_stable_learning_rate(&Optimizer::nesterov(1.0, momentum)?);
                    let optimizer = Optimizer::nesterov(stable, momentum)?;
                    let method = &*method::of(&optimizer);
                    for half in 6..24 {
                        let t = 10_f64.powf(0.5 * f64::from(half));
                        if !method.is_late(t) {
                            continue;
                        }
                        let nodes = method.late_contour(t, t, Support { fast, slow: 0.0 }, 1).nodes;
                        let states = solver.along(&nodes, 0.0)?;
                        for (state, z) in states.iter().zip(&nodes) {
                            let residual = solver.residual(state);
                            let what = format!("{width} {samples} {momentum} {t:e} {z}: {} {residual:e}", state.kappa);
                            // rounding, which single steep sums multiply
                            assert!(state.z == *z && residual < 1e-9, "{what}");
                            assert!(state.kappa.im >= 0.0, "{what}");
                            // outside of the fast end the solution is beyond all modes
                            let is_outside = z.re < fast + 0.5 * z.im;
                            assert!(!is_outside || state.kappa.re < -spectrum.largest_eigenvalue(), "{what}");
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
