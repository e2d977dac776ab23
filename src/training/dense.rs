//! Curves of so many times that most of them lie close between others: losses are smooth functions of the logarithm of
//! the time, and are interpolated (equation (Dense)).

use rayon::prelude::*;

use crate::error::Result;
use crate::lanes::{LANES, Lanes, Stage, vectorised};
use crate::loss::Parts;
use crate::model::Model;
use crate::resolvent::Solver;
use crate::training::{Optimizer, evolution, method};

/// A stretch of times that one polynomial serves, if there are enough of them.
#[derive(Debug, PartialEq)]
struct Kind {
    /// Losses that are computed, as nodes of the polynomial.
    nodes: usize,
    /// The last time over the first. The polynomial of a loss that falls as a power of the time misses 1e-15 of it
    /// (equation (Dense)).
    ratio: f64,
    /// Further losses that are computed, to see whether the polynomial is right: in these gaps between nodes.
    checked_gaps: &'static [usize],
    /// Fewer times are not worth a polynomial.
    fewest: usize,
}

static OCTAVE: Kind = Kind { nodes: 20, ratio: 2.0, checked_gaps: &[0, 4, 9, 14, 18], fewest: 75 };

static DECADE: Kind = Kind { nodes: 40, ratio: 10.0, checked_gaps: &[0, 6, 13, 19, 26, 32, 38], fewest: 94 };

/// A difference at a point between nodes that is larger than this share of what the errors of the nodes allow is not
/// rounding.
const ALLOWED: f64 = 0.5;

/// Rounding of the polynomial itself, relative to its largest number.
const ROUNDED: f64 = 16.0 * f64::EPSILON;

/// Errors of nodes may add up to this multiple of those of the two that are next, 3 of it because of the polynomial: more
/// where a loss falls by decades within a panel.
const SPREAD: f64 = 8.0;

/// Train losses that fall by more than this within a panel fall exponentially: a power has a factor of ten or so.
const LARGEST_FALL: f64 = 1e3;

/// How losses depend on the time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Smoothness {
    /// Index of the first time from which on they are smooth.
    start: usize,
    /// The distance between times at which there are losses of one function: 0 for flows, 1 for steps, 2 where even and
    /// odd steps are different functions.
    spacing: f64,
}

impl Smoothness {
    fn of(model: &Model, optimizer: &Optimizer, times: &[f64]) -> Option<Self> {
        let method = &*method::of(optimizer);
        if !method.is_power() {
            return None;
        }
        let start = times.partition_point(|&t| t <= 0.0 || !method.is_late(t));
        if times.len() - start < OCTAVE.fewest {
            return None;
        }
        let fast = evolution::fast_edge(method, &Solver::new(model));
        let spacing = match (method.is_in_steps(), method.largest_root(fast).1) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => 2.0,
        };
        Some(Self { start, spacing })
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
    let Some(Smoothness { start, spacing }) = Smoothness::of(model, optimizer, &times[..end]) else {
        return solve(times);
    };
    let mut wanted: Vec<usize> = (0..start).chain(end..times.len()).collect();
    let mut panels: Vec<Panel> = Vec::new();
    let parity = |i: &usize| times[*i] % 2.0 > 0.5;
    let classes: Vec<Vec<usize>> = if spacing > 1.0 {
        let (odd, even) = (start..end).partition(parity);
        vec![even, odd]
    } else {
        vec![(start..end).collect()]
    };
    for class in &classes {
        let mut rest = &class[..];
        while let Some(&first) = rest.first() {
            let within = |kind: &Kind| rest.partition_point(|&i| times[i] <= kind.ratio * times[first]);
            let kind = if within(&OCTAVE) < OCTAVE.fewest { &DECADE } else { &OCTAVE };
            let (inside, beyond) = rest.split_at(within(kind));
            Panel::sort(kind, inside, times, spacing, &mut panels, &mut wanted);
            rest = beyond;
        }
    }
    let mut out: Vec<Option<Parts>> = vec![None; times.len()];
    loop {
        let mut at: Vec<f64> = wanted.iter().map(|&i| times[i]).collect();
        at.extend(panels.iter().flat_map(|panel| panel.nodes.iter().chain(&panel.checks)));
        at.sort_by(f64::total_cmp);
        at.dedup();
        let solved = Solved { parts: solve(&at)?, at };
        for i in wanted.drain(..) {
            out[i] = solved.at(times[i]);
        }
        let interpolated: Vec<Option<Vec<Parts>>> =
            panels.par_iter().map(|panel| panel.interpolated(model, times, &solved)).collect();
        let mut narrower = Vec::new();
        for (panel, found) in panels.iter().zip(interpolated) {
            if let Some(found) = found {
                for (&i, parts) in panel.members.iter().zip(found) {
                    out[i] = Some(parts);
                }
            } else {
                let middle = (times[panel.members[0]] * times[panel.members[panel.members.len() - 1]]).sqrt();
                let (low, high) = panel.members.split_at(panel.members.partition_point(|&i| times[i] <= middle));
                Panel::sort(&OCTAVE, low, times, spacing, &mut narrower, &mut wanted);
                Panel::sort(&OCTAVE, high, times, spacing, &mut narrower, &mut wanted);
            }
        }
        if narrower.is_empty() && wanted.is_empty() {
            return Ok(out.into_iter().map(Option::unwrap_or_default).collect());
        }
        panels = narrower;
    }
}

/// Losses at ascending times.
struct Solved {
    at: Vec<f64>,
    parts: Vec<Parts>,
}

impl Solved {
    fn at(&self, t: f64) -> Option<Parts> {
        self.at.binary_search_by(|known| known.total_cmp(&t)).ok().map(|i| self.parts[i])
    }
}

/// Indices of times that one polynomial serves.
struct Panel {
    members: Vec<usize>,
    /// Times at which losses are computed.
    nodes: Vec<f64>,
    checks: Vec<f64>,
}

impl Panel {
    /// Adds a panel of these times, or wants all of them if there are few.
    fn sort(
        kind: &Kind,
        members: &[usize],
        times: &[f64],
        spacing: f64,
        panels: &mut Vec<Self>,
        wanted: &mut Vec<usize>,
    ) {
        match Self::new(kind, members, times, spacing) {
            Some(panel) => panels.push(panel),
            None => wanted.extend(members),
        }
    }

    fn new(kind: &Kind, members: &[usize], times: &[f64], spacing: f64) -> Option<Self> {
        if members.len() < kind.fewest {
            return None;
        }
        let (first, last) = (times[members[0]], times[members[members.len() - 1]]);
        let half = 0.5 * (last / first).ln();
        // the time next to a place from -1 to 1
        let at = |place: f64| {
            let t = first * (half * (1.0 + place)).exp();
            if spacing > 0.0 { first + spacing * ((t - first) / spacing).round() } else { t }
        };
        let place = |k: usize| -(std::f64::consts::PI * (k as f64 + 0.5) / kind.nodes as f64).cos();
        let nodes: Vec<f64> = (0..kind.nodes).map(|k| at(place(k))).collect();
        if nodes.windows(2).any(|pair| pair[0] >= pair[1]) {
            return None;
        }
        let check = |&gap: &usize| at(0.5 * (place(gap) + place(gap + 1)));
        Some(Self { members: members.to_vec(), nodes, checks: kind.checked_gaps.iter().map(check).collect() })
    }

    /// Parts at all members; `None` where a polynomial does not serve them.
    fn interpolated(&self, model: &Model, times: &[f64], solved: &Solved) -> Option<Vec<Parts>> {
        let nodes: Vec<Parts> = self.nodes.iter().map(|&t| solved.at(t)).collect::<Option<_>>()?;
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
        let polynomial = Polynomial::new(self.nodes.clone(), nodes);
        let (mut signal, mut noise) = (0.0_f64, 0.0_f64);
        for &t in &self.checks {
            let here = polynomial.at(t)?;
            let [of_signal, of_noise] = here.differences(&solved.at(t)?);
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

/// Numbers and errors of parts, filled up to whole lanes.
type Row = ([Lanes; Parts::NUMBERS.div_ceil(LANES)], [Lanes; Parts::ERRORS.div_ceil(LANES)]);

/// The polynomial in the logarithm of the time that has given values at nodes (equation (Dense)).
struct Polynomial {
    times: Vec<f64>,
    /// Logarithms of the nodes over the first one, and barycentric weights.
    places: Vec<f64>,
    weights: Vec<f64>,
    rows: Vec<Row>,
    nodes: Vec<Parts>,
}

impl Polynomial {
    fn new(times: Vec<f64>, nodes: Vec<Parts>) -> Self {
        let places: Vec<f64> = times.iter().map(|t| (t / times[0]).ln()).collect();
        // (products of distances in units of a quarter of the length are of order one)
        let unit = 4.0 / places[places.len() - 1];
        let others = |j: usize| (0..places.len()).filter(move |&k| k != j);
        let weight = |j: usize| others(j).fold(1.0, |w, k| w / (unit * (places[j] - places[k])));
        let weights = (0..places.len()).map(weight).collect();
        let row = |parts: &Parts| (in_lanes(&parts.numbers()), in_lanes(&parts.errors()));
        Self { weights, places, rows: nodes.iter().map(row).collect(), times, nodes }
    }

    /// Values between the nodes with their errors; `None` where these would be much larger than those of the nodes.
    fn at(&self, t: f64) -> Option<Parts> {
        let after = self.times.partition_point(|&node| node < t);
        if self.times.get(after).is_some_and(|&node| node <= t) {
            return Some(self.nodes[after]);
        }
        let (numbers, errors) = vectorised(Interpolated { polynomial: self, place: (t / self.times[0]).ln() });
        let next = [after.saturating_sub(1), after.min(self.nodes.len() - 1)].map(|j| self.nodes[j].errors());
        let error = |i: usize| errors[i / LANES].0[i % LANES];
        if (0..Parts::ERRORS).any(|i| error(i) > SPREAD * (next[0][i] * next[1][i]).sqrt()) {
            return None;
        }
        let number = |i: usize| numbers[i / LANES].0[i % LANES];
        Some(Parts::of_numbers(&std::array::from_fn(number), &std::array::from_fn(error)))
    }
}

fn in_lanes<const K: usize>(values: &[f64]) -> [Lanes; K] {
    let value = |i: usize| values.get(i).copied().unwrap_or(0.0);
    std::array::from_fn(|group| Lanes(std::array::from_fn(|l| value(group * LANES + l))))
}

/// The values of a polynomial at a place that is no node, with bounds on their errors.
struct Interpolated<'a> {
    polynomial: &'a Polynomial,
    place: f64,
}

impl Stage for Interpolated<'_> {
    type Output = Row;

    #[inline(always)]
    fn run(self) -> Row {
        let Self { polynomial: Polynomial { places, weights, rows, .. }, place } = self;
        let mut sum = 0.0;
        for (weight, node) in weights.iter().zip(places) {
            sum += weight / (place - node);
        }
        let scale = 1.0 / sum;
        let mut out: Row =
            ([Lanes::ZERO; Parts::NUMBERS.div_ceil(LANES)], [Lanes::ZERO; Parts::ERRORS.div_ceil(LANES)]);
        for ((weight, node), (numbers, errors)) in weights.iter().zip(places).zip(rows) {
            let share = weight / (place - node) * scale;
            for (sum, number) in out.0.iter_mut().zip(numbers) {
                *sum = *sum + *number * share;
            }
            for (sum, error) in out.1.iter_mut().zip(errors) {
                *sum = *sum + *error * share.abs();
            }
        }
        out
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
