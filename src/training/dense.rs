//! Curves of so many times that most of them lie close between others: losses are smooth functions of the logarithm of
//! the time, and are interpolated (equation (Dense)).

use rayon::prelude::*;

use crate::error::Result;
use crate::loss::Parts;
use crate::model::Model;
use crate::resolvent::Solver;
use crate::training::{Optimizer, evolution, method};

/// Losses of a panel that are computed, as nodes of a polynomial.
const NODES: usize = 20;

/// The last time of a panel over its first. The polynomial of a loss that falls as a power of the time misses 1e-15 of
/// it (equation (Dense)).
const RATIO: f64 = 2.0;

/// Further losses that are computed, to see whether the polynomial is right: in these gaps between nodes, where it
/// would be off most.
const CHECKED_GAPS: [usize; 5] = [0, 4, 9, 14, 18];

/// Panels with fewer times are not worth a polynomial.
const FEWEST: usize = 3 * (NODES + CHECKED_GAPS.len());

/// A difference at a point between nodes that is larger than this share of what the errors of the nodes allow is not
/// rounding.
const ALLOWED: f64 = 0.5;

/// Rounding of the polynomial itself, relative to its largest number.
const ROUNDED: f64 = 16.0 * f64::EPSILON;

/// Errors of nodes may add up to this multiple of those of the two that are next: more where a loss falls by decades
/// within a panel.
const SPREAD: f64 = 4.0;

/// Train losses that fall by more than this within a panel fall exponentially: a power has a factor of ten or so.
const LARGEST_FALL: f64 = 1e3;

/// How losses depend on the time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Smoothness {
    /// Index of the first time from which on they are smooth.
    start: usize,
    /// Whether those of even and odd steps are different functions.
    alternates: bool,
}

impl Smoothness {
    fn of(model: &Model, optimizer: &Optimizer, times: &[f64]) -> Option<Self> {
        let method = &*method::of(optimizer);
        if !method.is_power() {
            return None;
        }
        let start = times.partition_point(|&t| t <= 0.0 || !method.is_late(t));
        if times.len() - start < FEWEST {
            return None;
        }
        let fast = evolution::fast_edge(method, &Solver::new(model));
        Some(Self { start, alternates: method.is_in_steps() && method.largest_root(fast).1 })
    }
}

/// Parts of the loss at ascending times from those at some of them.
pub(super) fn at_ascending(
    model: &Model,
    optimizer: &Optimizer,
    times: &[f64],
    solve: impl Fn(&[f64]) -> Result<Vec<Parts>>,
) -> Result<Vec<Parts>> {
    let end = times.partition_point(|t| t.is_finite());
    let Some(Smoothness { start, alternates }) = Smoothness::of(model, optimizer, &times[..end]) else {
        return solve(times);
    };
    let mut wanted: Vec<usize> = (0..start).chain(end..times.len()).collect();
    let mut panels: Vec<Panel> = Vec::new();
    let parity = |i: &usize| times[*i] % 2.0 > 0.5;
    let classes: Vec<Vec<usize>> = if alternates {
        let (odd, even) = (start..end).partition(parity);
        vec![even, odd]
    } else {
        vec![(start..end).collect()]
    };
    for class in &classes {
        let mut rest = &class[..];
        while let Some(&first) = rest.first() {
            let (inside, beyond) = rest.split_at(rest.partition_point(|&i| times[i] <= RATIO * times[first]));
            Panel::sort(inside, times, &mut panels, &mut wanted);
            rest = beyond;
        }
    }
    let mut out: Vec<Option<Parts>> = vec![None; times.len()];
    loop {
        wanted.extend(panels.iter().flat_map(|panel| panel.nodes.iter().chain(&panel.checks)));
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|&i| out[i].is_none());
        let at: Vec<f64> = wanted.iter().map(|&i| times[i]).collect();
        for (i, parts) in wanted.drain(..).zip(solve(&at)?) {
            out[i] = Some(parts);
        }
        let interpolated: Vec<Option<Vec<Parts>>> =
            panels.par_iter().map(|panel| panel.interpolated(model, times, &out)).collect();
        let mut narrower = Vec::new();
        for (panel, found) in panels.iter().zip(interpolated) {
            if let Some(found) = found {
                for (&i, parts) in panel.members.iter().zip(found) {
                    out[i].get_or_insert(parts);
                }
            } else {
                let middle = (times[panel.members[0]] * times[panel.members[panel.members.len() - 1]]).sqrt();
                let (low, high) = panel.members.split_at(panel.members.partition_point(|&i| times[i] <= middle));
                Panel::sort(low, times, &mut narrower, &mut wanted);
                Panel::sort(high, times, &mut narrower, &mut wanted);
            }
        }
        if narrower.is_empty() && wanted.is_empty() {
            return Ok(out.into_iter().map(Option::unwrap_or_default).collect());
        }
        panels = narrower;
    }
}

/// Indices of times that one polynomial serves.
struct Panel {
    members: Vec<usize>,
    /// Those at which losses are computed.
    nodes: Vec<usize>,
    checks: Vec<usize>,
}

impl Panel {
    /// Adds a panel of these times, or wants all of them if there are few.
    fn sort(members: &[usize], times: &[f64], panels: &mut Vec<Self>, wanted: &mut Vec<usize>) {
        match Self::new(members, times) {
            Some(panel) => panels.push(panel),
            None => wanted.extend(members),
        }
    }

    fn new(members: &[usize], times: &[f64]) -> Option<Self> {
        if members.len() < FEWEST {
            return None;
        }
        let (first, last) = (times[members[0]], times[members[members.len() - 1]]);
        let half = 0.5 * (last / first).ln();
        // the member that is nearest to a place from -1 to 1
        let nearest = |place: f64| {
            let t = first * (half * (1.0 + place)).exp();
            let after = members.partition_point(|&i| times[i] < t).clamp(1, members.len() - 1);
            members[if t - times[members[after - 1]] < times[members[after]] - t { after - 1 } else { after }]
        };
        let place = |k: usize| -(std::f64::consts::PI * (k as f64 + 0.5) / NODES as f64).cos();
        let nodes: Vec<usize> = (0..NODES).map(|k| nearest(place(k))).collect();
        if nodes.windows(2).any(|pair| times[pair[0]] >= times[pair[1]]) {
            return None;
        }
        let checks = CHECKED_GAPS.map(|gap| nearest(0.5 * (place(gap) + place(gap + 1))));
        Some(Self { members: members.to_vec(), nodes, checks: checks.to_vec() })
    }

    /// Parts at all members; `None` where a polynomial does not serve them.
    fn interpolated(&self, model: &Model, times: &[f64], known: &[Option<Parts>]) -> Option<Vec<Parts>> {
        let nodes: Vec<Parts> = self.nodes.iter().map(|&i| known[i]).collect::<Option<_>>()?;
        if nodes.iter().any(|parts| !parts.numbers().iter().all(|x| x.is_finite())) {
            return None;
        }
        // (train losses may fall where test losses do not, and keep their digits)
        if nodes.iter().any(|parts| evolution::is_train_loss_small(model, parts)) {
            return None;
        }
        for train in [|parts: &Parts| parts.signal.train, |parts: &Parts| parts.noise.train] {
            let values = || nodes.iter().map(train);
            if values().fold(0.0, f64::max) > LARGEST_FALL * values().fold(f64::INFINITY, f64::min) {
                return None;
            }
        }
        let polynomial = Polynomial::new(self.nodes.iter().map(|&i| times[i]).collect(), nodes);
        let (mut signal, mut noise) = (0.0_f64, 0.0_f64);
        for &i in &self.checks {
            let here = polynomial.at(times[i])?;
            let [of_signal, of_noise] = here.differences(&known[i]?);
            let [signal_size, noise_size] = here.largest();
            let allowed = |error: f64, size: f64| ALLOWED * error + ROUNDED * size;
            if of_signal > allowed(here.signal.error, signal_size) || of_noise > allowed(here.noise.error, noise_size) {
                return None;
            }
            (signal, noise) = (signal.max(of_signal), noise.max(of_noise));
        }
        // (next to its nodes a polynomial is better than in between)
        let at = |&i: &usize| Some(polynomial.at(times[i])?.with_more_error(2.0 * signal, 2.0 * noise));
        self.members.iter().map(at).collect()
    }
}

/// The polynomial in the logarithm of the time that has given values at nodes (equation (Dense)).
struct Polynomial {
    times: Vec<f64>,
    /// Logarithms of the nodes over the first one, and barycentric weights.
    places: [f64; NODES],
    weights: [f64; NODES],
    values: Vec<[f64; Parts::NUMBERS]>,
    nodes: Vec<Parts>,
}

impl Polynomial {
    fn new(times: Vec<f64>, nodes: Vec<Parts>) -> Self {
        let (mut places, mut weights) = ([0.0; NODES], [1.0; NODES]);
        for (place, t) in places.iter_mut().zip(&times) {
            *place = (t / times[0]).ln();
        }
        // (products of distances in units of a quarter of the length are of order one)
        let unit = 4.0 / places[NODES - 1];
        for j in 0..NODES {
            for k in (0..NODES).filter(|&k| k != j) {
                weights[j] /= unit * (places[j] - places[k]);
            }
        }
        Self { places, weights, values: nodes.iter().map(Parts::numbers).collect(), times, nodes }
    }

    /// Values between the nodes with their errors; `None` where these would be much larger than those of the nodes.
    fn at(&self, t: f64) -> Option<Parts> {
        let after = self.times.partition_point(|&node| node < t);
        if self.times.get(after).is_some_and(|&node| node <= t) {
            return Some(self.nodes[after]);
        }
        let place = (t / self.times[0]).ln();
        let mut shares = [0.0; NODES];
        let mut sum = 0.0;
        for ((share, weight), node) in shares.iter_mut().zip(&self.weights).zip(&self.places) {
            *share = weight / (place - node);
            sum += *share;
        }
        let scale = 1.0 / sum;
        let mut numbers = [0.0; Parts::NUMBERS];
        let mut errors = [0.0; Parts::ERRORS];
        for ((share, values), node) in shares.iter().zip(&self.values).zip(&self.nodes) {
            let share = share * scale;
            for (number, value) in numbers.iter_mut().zip(values) {
                *number += share * value;
            }
            for (error, of_node) in errors.iter_mut().zip(node.errors()) {
                *error += share.abs() * of_node;
            }
        }
        let next = [after.saturating_sub(1), after.min(NODES - 1)].map(|j| self.nodes[j].errors());
        let spread = |(i, error): (usize, &f64)| *error > SPREAD * (next[0][i] * next[1][i]).sqrt();
        if errors.iter().enumerate().any(spread) {
            return None;
        }
        Some(Parts::of_numbers(&numbers, &errors))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::spectrum::{PowerLaw, Spectrum};
    use crate::training;

    /// Losses at all times, with the share of them that was computed; each agrees with the one that is computed for
    /// itself, to their estimates.
    fn share(model: &Model, optimizer: &Optimizer, times: &[f64]) -> Result<f64> {
        let computed = AtomicUsize::new(0);
        let solve = |some: &[f64]| {
            computed.fetch_add(some.len(), Ordering::Relaxed);
            training::at_ascending(model, optimizer, some)
        };
        let ours = at_ascending(model, optimizer, times, solve)?;
        let exact = training::at_ascending(model, optimizer, times)?;
        let mut ratios = Vec::new();
        for ((ours, exact), &t) in ours.iter().zip(&exact).zip(times) {
            let (x, y) = (ours.point(t, model), exact.point(t, model));
            let allowed = x.train_error + y.train_error;
            let off = |x: f64, y: f64| (x - y).abs() <= allowed;
            let what = format!("{optimizer:?} {t}: {x:?} {y:?}");
            assert!((x.test_loss - y.test_loss).abs() <= x.error * x.test_loss + y.error * y.test_loss, "{what}");
            assert!(off(x.train_loss, y.train_loss) && off(x.gap, y.gap), "{what}");
            assert!(
                (x.noise - y.noise).abs() <= ours.noise.error + exact.noise.error + f64::EPSILON * x.noise,
                "{what}"
            );
            assert!(off(x.terms.bias, y.terms.bias) && off(x.terms.features, y.terms.features), "{what}");
            ratios.push(if y.error > 0.0 { x.error / y.error } else { 1.0 });
        }
        ratios.sort_by(f64::total_cmp);
        assert!(ratios[ratios.len() / 2] < 3.0, "{optimizer:?}: {}", ratios[ratios.len() / 2]);
        Ok(computed.into_inner() as f64 / times.len() as f64)
    }

    #[test]
    fn most_of_a_dense_curve_is_interpolated() -> Result<()> {
        let infinite = Spectrum::power_law(1.5, 1.25)?;
        let few = PowerLaw::new(2.2, 1.6).with_modes(40.0).spectrum()?;
        let steps: Vec<f64> = (0..=2500).map(f64::from).chain([f64::INFINITY]).collect();
        for (spectrum, width, samples) in [
            (&infinite, 100.0, f64::INFINITY),
            (&infinite, 100.0, 300.0),
            (&infinite, f64::INFINITY, f64::INFINITY),
            (&few, 60.0, 90.0),
        ] {
            let model = Model::new(spectrum).with_width(width)?.with_samples(samples)?.with_noise_variance(0.1)?;
            let rate = |share: f64, optimizer: Optimizer| share * model.max_stable_learning_rate(&optimizer);
            let descent = rate(1.0, Optimizer::gradient_descent(1.0)?);
            for optimizer in [
                Optimizer::gradient_descent(0.3 * descent)?,
                // fast modes change their sign with every step
                Optimizer::gradient_descent(0.97 * descent)?,
                Optimizer::sgd(rate(0.5, Optimizer::sgd(1.0, 3.0)?), 3.0)?,
                Optimizer::heavy_ball(0.5 * descent, 0.7)?,
            ] {
                let computed = share(&model, &optimizer, &steps)?;
                // (losses of few modes end by falling exponentially)
                let overshoots = optimizer.learning_rate().is_some_and(|rate| rate.largest() > 0.9 * descent);
                let most = if spectrum.modes() < 100.0 {
                    0.8
                } else if overshoots {
                    0.45
                } else {
                    0.25
                };
                assert!(computed < most, "{optimizer:?} {width} {samples}: {computed}");
            }
        }
        Ok(())
    }

    #[test]
    fn what_falls_by_decades_is_computed() -> Result<()> {
        let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.25], &[0.5, 0.3, 0.2])?;
        let model = Model::new(&spectrum).with_width(20.0)?.with_samples(30.0)?;
        // (a loss of e^-200 at the end)
        let times: Vec<f64> = (0..2000).map(|i| 0.1 + 0.2 * f64::from(i)).collect();
        assert!(share(&model, &Optimizer::GradientFlow, &times)? > 0.5);
        // repeated times are no nodes of their own
        let times: Vec<f64> = (0..2000).map(|i| (1.0 + 1e-3 * f64::from(i)).max(1.5)).collect();
        assert!(share(&model, &Optimizer::GradientFlow, &times)? < 0.6);
        Ok(())
    }
}
