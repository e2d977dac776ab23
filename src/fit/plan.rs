//! How to spend a budget by a fitted law.

use std::cell::Cell;

use roots::{SimpleConvergency, find_root_brent};

use super::law::Law;
use super::price::Price;
use super::run::Setting;
use crate::error::{Error, Result};

/// What limits a plan.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::Limits;
///
/// let limits = Limits { data: 1e11, ..Limits::default() };
/// assert!(limits.least_size == 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The smallest size.
    pub least_size: f64,
    /// The largest size.
    pub size: f64,
    /// The most data, infinite if there is no limit; the law of repeated data repeats what there is.
    pub data: f64,
    /// Whether size and data are whole numbers.
    pub in_integers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { least_size: 0.0, size: f64::INFINITY, data: f64::INFINITY, in_integers: false }
    }
}

impl Limits {
    pub(super) fn check(&self, budget: f64) -> Result<()> {
        let allowed = "positive and finite";
        if !(budget > 0.0 && budget.is_finite()) {
            return Err(Error::OutOfRange { name: "budget", value: budget, allowed });
        }
        for (name, value) in [("largest size", self.size), ("largest amount of data", self.data)] {
            if value <= 0.0 || value.is_nan() {
                return Err(Error::OutOfRange { name, value, allowed: "positive" });
            }
        }
        if !(self.least_size >= 0.0 && self.least_size < self.size) {
            let allowed = "0 or positive, and below the largest";
            return Err(Error::OutOfRange { name: "smallest size", value: self.least_size, allowed });
        }
        Ok(())
    }

    /// What is bought of the data that a budget leaves.
    pub(super) fn data(&self, affordable: f64) -> f64 {
        affordable.min(self.data)
    }
}

/// What keeps the best size from being a minimum of the law, at which a smaller and a larger one are both worse.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::Bound;
///
/// assert_eq!(Bound::MostData.name(), "most_data");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The smallest size that is allowed: smaller ones would be better.
    LeastSize,
    /// The largest size that is allowed: larger ones would be better.
    MostSize,
    /// All the data that there are.
    MostData,
    /// The law itself: its loss falls towards smaller or larger sizes as far as it can be followed, so that there is no
    /// best size.
    Law,
}

impl Bound {
    /// The name, as in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeastSize => "least_size",
            Self::MostSize => "most_size",
            Self::MostData => "most_data",
            Self::Law => "law",
        }
    }
}

/// The best run for a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Optimum {
    /// The budget.
    pub budget: f64,
    /// The best size; NaN if the law has none.
    pub size: f64,
    /// The data that it is trained on.
    pub data: f64,
    /// The loss of the law there.
    pub loss: f64,
    /// What keeps the size from being a minimum of the law; `None` for a minimum.
    pub bound: Option<Bound>,
    /// The interval of the best size: from 0, or to infinity, where some refits have no best size.
    pub size_interval: [f64; 2],
    /// The interval of the best data.
    pub data_interval: [f64; 2],
    /// Where the loss of a single run is expected, at the best size whatever that is.
    pub loss_interval: [f64; 2],
    /// The loss at half the best size, for the same budget.
    pub half: f64,
    /// The loss at twice the best size, for the same budget.
    pub double: f64,
    /// The least loss for the same budget if there were no limit to the data.
    pub unlimited: f64,
}

/// The least budget that reaches a loss.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Reached {
    /// The loss.
    pub target: f64,
    /// The budget.
    pub budget: f64,
    /// Its interval.
    pub interval: [f64; 2],
    /// The best size for it; NaN for a budget that is infinite or 0, and if the law has no best size.
    pub size: f64,
    /// The data that it is trained on.
    pub data: f64,
    /// What keeps the size from being a minimum of the law; `None` for a minimum.
    pub bound: Option<Bound>,
}

/// The best size and data for one set of constants; where these have no best size, that is 0 or infinite, and the loss
/// is the least that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Best {
    pub size: f64,
    pub data: f64,
    pub loss: f64,
    pub bound: Option<Bound>,
}

impl Best {
    /// The loss of a best size; NaN where there is none.
    pub fn least(&self) -> f64 {
        if self.bound == Some(Bound::Law) { f64::NAN } else { self.loss }
    }

    /// The run that nothing pays for.
    const NONE: Self = Self { size: f64::NAN, data: f64::NAN, loss: f64::NAN, bound: None };
}

/// For a best size: by which law, at which price, within which limits.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub law: Law,
    pub price: &'a Price,
    pub limits: &'a Limits,
    /// The smallest and the largest size that was measured, around which the best one is sought.
    pub sizes: [f64; 2],
}

/// The loss of a law with its constants.
type Loss<'a> = dyn Fn(&Setting) -> f64 + Sync + 'a;

/// Sizes are tried this far, as a logarithm, beyond those that were measured, one for each unit.
const NEAR: f64 = 20.0;

/// While the loss falls, larger steps follow, up to this distance.
const FAR: f64 = 300.0;

/// Relative accuracy of the best size: losses are flat there, and do not tell more.
const CLOSE: f64 = 1e-8;

/// Of losses of the theory, which are known to 1e-12.
const CLOSE_BY_THEORY: f64 = 1e-6;

/// How far from a limit, as a share, what is held by it may be.
const AT_END: f64 = 1e-6;

/// How far from a minimum, as logarithms, losses are compared with it: one step that stays within the law next to its
/// end, and further ones to where flat losses differ.
const BESIDE: [f64; 7] = [1e-3, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0];

/// Relative differences of losses that may be rounding: those of the theory are known to 1e-11.
const FLAT: f64 = 1e-10;

impl Search<'_> {
    /// The least loss over sizes, with the data that the budget leaves.
    pub fn best(&self, constants: &[f64], budget: f64) -> Best {
        self.best_of(&*self.law.with(constants), budget, None)
    }

    /// The least loss over sizes downhill from a guess, which that of similar constants or budgets is.
    pub fn best_near(&self, constants: &[f64], budget: f64, guess: f64) -> Best {
        self.best_of(&*self.law.with(constants), budget, Some(guess))
    }

    /// A size with the data that the budget leaves for it.
    pub fn at(&self, constants: &[f64], size: f64, budget: f64) -> Best {
        self.of(&*self.law.with(constants), size, budget)
    }

    fn of(&self, loss: &Loss<'_>, size: f64, budget: f64) -> Best {
        let affordable = self.price.data(size, budget);
        let data = if self.law.repeats_data() { affordable } else { self.limits.data(affordable) };
        self.with_data(loss, size, data, budget)
    }

    /// A size and an amount of data, as much of it different as there is; an infinite loss where there are none.
    pub fn with_data(&self, loss: &Loss<'_>, size: f64, data: f64, budget: f64) -> Best {
        let unique = self.limits.data(data);
        let loss = loss(&Setting { unique, compute: budget, ..Setting::new(size, data) });
        let loss = if loss.is_nan() || data <= 0.0 { f64::INFINITY } else { loss };
        Best { size, data, loss, bound: None }
    }

    fn best_of(&self, loss: &Loss<'_>, budget: f64, guess: Option<f64>) -> Best {
        let at = |log_size: f64| self.of(loss, log_size.exp(), budget);
        let ends = [self.limits.least_size.ln(), self.limits.size.ln()];
        // (a guess that is no size, or that the budget does not pay for, is none)
        let guess = guess.map(|guess| guess.ln().clamp(ends[0], ends[1]));
        let [low, high] = match guess.filter(|guess| guess.is_finite() && at(*guess).loss.is_finite()) {
            Some(guess) => downhill(&at, guess, ends),
            None => self.bracket(&at, ends),
        };
        let close = if self.law == Law::Theory { CLOSE_BY_THEORY } else { CLOSE };
        let best = golden_section(&at, [low, high], close);
        if best.loss.is_infinite() || best.loss.is_nan() {
            return Best::NONE;
        }
        self.bounded(&at, best, ends)
    }

    /// Logarithms of two sizes between which the loss is least, as far as it can be followed.
    fn bracket(&self, at: &impl Fn(f64) -> Best, [least, most]: [f64; 2]) -> [f64; 2] {
        let within = |log: f64| log.clamp(least, most);
        let ends = [least, most];
        let [smallest, largest] = self.sizes.map(f64::ln);
        let (low, high) = (within(smallest - NEAR), within(largest + NEAR));
        let count = (high - low).ceil().max(1.0) as usize;
        let places: Vec<f64> = (0..=count).map(|i| low + (high - low) * i as f64 / count as f64).collect();
        let losses: Vec<f64> = places.iter().map(|place| at(*place).loss).collect();
        let Some(lowest) = (0..=count).min_by(|i, j| losses[*i].total_cmp(&losses[*j])) else { return [low, high] };
        let beyond = |sign: f64| further(at, places[lowest], sign, ends);
        let below = if lowest == 0 { beyond(-1.0) } else { places[lowest - 1] };
        let above = if lowest == count { beyond(1.0) } else { places[lowest + 1] };
        [below, above]
    }

    /// The best size with what holds it, where it is no minimum.
    fn bounded(&self, at: &impl Fn(f64) -> Best, best: Best, [least, most]: [f64; 2]) -> Best {
        let log = best.size.ln();
        let held = |bound: Bound| Best { bound: Some(bound), ..best };
        if log - least <= AT_END {
            return held(Bound::LeastSize);
        }
        if most - log <= AT_END {
            return held(Bound::MostSize);
        }
        if !self.law.repeats_data() && best.data >= self.limits.data * (1.0 - AT_END) {
            return held(Bound::MostData);
        }
        // the first loss that differs by more than rounding; where the law ends nothing is worse
        let is_worse = |sign: f64| {
            let further = BESIDE.into_iter().map(|step| log + sign * step);
            let place = further.clone().find(|place| {
                let loss = at(place.clamp(least, most)).loss;
                !loss.is_finite() || (loss / best.loss - 1.0).abs() > FLAT || *place < least || *place > most
            });
            place.is_some_and(|place| {
                let loss = at(place.clamp(least, most)).loss;
                // (flat up to a limit is as good as any)
                loss.is_finite() && loss >= best.loss * (1.0 - FLAT)
            })
        };
        // (what is flat on both sides is far from all that was measured, on one side of it)
        let is_small = match (is_worse(-1.0), is_worse(1.0)) {
            (true, true) => return best,
            (false, false) => 2.0 * log < self.sizes.map(f64::ln).iter().sum::<f64>(),
            (below, _) => !below,
        };
        let [size, data] = if is_small { [0.0, f64::INFINITY] } else { [f64::INFINITY, 0.0] };
        Best { size, data, ..held(Bound::Law) }
    }

    /// The least budget that reaches a loss, near the largest that was spent; infinite where none does.
    pub fn needed(&self, constants: &[f64], target: f64, largest: f64) -> f64 {
        let loss = self.law.with(constants);
        let guess = Cell::new(None);
        let excess = |log: f64| {
            let best = self.best_of(&*loss, (largest.ln() + log).exp(), guess.get());
            guess.set(best.bound.is_none().then_some(best.size));
            let loss = best.loss;
            // what cannot be trained at all has the largest loss
            if loss.is_nan() { 1e3 } else { (loss / target).ln() }
        };
        let [low, mut high] = BUDGETS;
        if constants.iter().any(|constant| constant.is_nan()) {
            return f64::NAN;
        }
        if excess(high) > 0.0 || excess(low) < 0.0 {
            return if excess(low) < 0.0 { 0.0 } else { f64::INFINITY };
        }
        // the nearest decades first
        let mut near = low;
        for step in [2.0, 5.0, 10.0, 20.0, 40.0] {
            let (down, up) = (-step, step);
            if excess(down) > 0.0 && excess(up) <= 0.0 {
                (near, high) = (down, up);
                break;
            }
        }
        let mut convergency = SimpleConvergency { eps: 1e-9, max_iter: 100 };
        find_root_brent(near, high, excess, &mut convergency).map_or(f64::NAN, |log| (largest.ln() + log).exp())
    }
}

/// Logarithms of sizes on both sides of a minimum, downhill from one of them.
fn downhill(at: &impl Fn(f64) -> Best, from: f64, ends: [f64; 2]) -> [f64; 2] {
    let beside = |sign: f64| at((from + sign).clamp(ends[0], ends[1])).loss;
    let (own, below, above) = (at(from).loss, beside(-1.0), beside(1.0));
    let end = |sign: f64| (from + sign).clamp(ends[0], ends[1]);
    match (below < own, above < own) {
        (true, _) if below <= above => [further(at, from, -1.0, ends), from],
        (_, true) => [from, further(at, from, 1.0, ends)],
        _ => [end(-1.0), end(1.0)],
    }
}

/// Where the loss begins to rise on one side, by growing steps.
fn further(at: &impl Fn(f64) -> Best, from: f64, sign: f64, [least, most]: [f64; 2]) -> f64 {
    let (mut place, mut step, mut last) = (from, 1.0, at(from).loss);
    while step < FAR {
        let next = (place + sign * step).clamp(least, most);
        let loss = at(next).loss;
        let is_end = next.total_cmp(&place).is_eq();
        place = next;
        if is_end || loss > last {
            break;
        }
        (step, last) = (2.0 * step, loss);
    }
    place
}

/// The least loss between two logarithms of sizes.
fn golden_section(at: &impl Fn(f64) -> Best, [mut low, mut high]: [f64; 2], close: f64) -> Best {
    let share = 0.5 * (5_f64.sqrt() - 1.0);
    let (mut x, mut y) = (high - share * (high - low), low + share * (high - low));
    let (mut at_x, mut at_y) = (at(x), at(y));
    while high - low > close {
        if at_x.loss <= at_y.loss {
            (high, y, at_y) = (y, x, at_x);
            x = high - share * (high - low);
            at_x = at(x);
        } else {
            (low, x, at_x) = (x, y, at_y);
            y = low + share * (high - low);
            at_y = at(y);
        }
    }
    let ends = [at(low), at_x, at_y, at(high)];
    ends.into_iter().min_by(|x, y| x.loss.total_cmp(&y.loss)).unwrap_or(Best::NONE)
}

/// Budgets are sought between these factors, as logarithms, of the largest that was spent.
const BUDGETS: [f64; 2] = [-60.0, 60.0];
