//! How to spend a budget by a fitted law.

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

/// The best run for a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Optimum {
    /// The budget.
    pub budget: f64,
    /// The best size.
    pub size: f64,
    /// The data that it is trained on.
    pub data: f64,
    /// The loss of the law there.
    pub loss: f64,
    /// The interval of the best size.
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
    /// The best size for it; NaN for a budget that is infinite or 0.
    pub size: f64,
    /// The data that it is trained on.
    pub data: f64,
}

/// The best size and data for one set of constants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Best {
    pub size: f64,
    pub data: f64,
    pub loss: f64,
}

/// Sizes that are tried, from `e^-LOW` to `e^HIGH` of one step each.
const LOW: i32 = -10;
const HIGH: i32 = 80;

/// Relative accuracy of the best size: losses are flat there, and do not tell more.
const CLOSE: f64 = 1e-8;

/// A size with the data that the budget leaves for it.
pub(super) fn at(law: Law, constants: &[f64], size: f64, budget: f64, price: &Price, limits: &Limits) -> Best {
    let affordable = price.data(size, budget);
    let data = match law {
        Law::Repeated => affordable,
        _ => limits.data(affordable),
    };
    with_data(law, constants, size, data, budget, limits)
}

/// A size and an amount of data, as much of it different as there is; an infinite loss where there are none.
pub(super) fn with_data(law: Law, constants: &[f64], size: f64, data: f64, budget: f64, limits: &Limits) -> Best {
    let unique = limits.data(data);
    let loss = law.loss(constants, &Setting { unique, compute: budget, ..Setting::new(size, data) });
    let loss = if loss.is_nan() || data <= 0.0 { f64::INFINITY } else { loss };
    Best { size, data, loss }
}

/// The least loss over sizes, with the data that the budget leaves.
pub(super) fn best(law: Law, constants: &[f64], budget: f64, price: &Price, limits: &Limits) -> Best {
    let none = Best { size: f64::NAN, data: f64::NAN, loss: f64::NAN };
    let at = |log_size: f64| at(law, constants, log_size.exp(), budget, price, limits);
    let (least, most) = (limits.least_size.ln().max(f64::from(LOW)), limits.size.ln().min(f64::from(HIGH)));
    let count = (most - least).ceil().max(1.0) as usize;
    let place = |i: usize| least + (most - least) * i as f64 / count as f64;
    let found: Vec<f64> = (0..=count).map(|i| at(place(i)).loss).collect();
    let Some(lowest) = (0..=count).min_by(|i, j| found[*i].total_cmp(&found[*j])) else { return none };
    if found[lowest].is_infinite() {
        return none;
    }
    let (mut low, mut high) = (place(lowest.saturating_sub(1)), place((lowest + 1).min(count)));
    // golden section
    let share = 0.5 * (5_f64.sqrt() - 1.0);
    let (mut x, mut y) = (high - share * (high - low), low + share * (high - low));
    let (mut at_x, mut at_y) = (at(x), at(y));
    while high - low > CLOSE {
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
    ends.into_iter().min_by(|x, y| x.loss.total_cmp(&y.loss)).unwrap_or(none)
}

/// Budgets are sought between these factors, as logarithms, of the largest that was spent.
const BUDGETS: [f64; 2] = [-60.0, 60.0];

/// The least budget that reaches a loss; infinite where none does.
pub(super) fn needed(law: Law, constants: &[f64], target: f64, largest: f64, price: &Price, limits: &Limits) -> f64 {
    let excess = |log: f64| {
        let loss = best(law, constants, (largest.ln() + log).exp(), price, limits).loss;
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
