//! Measured runs: what was trained, on how much data, with which loss.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::bad_fit;
use crate::error::{Error, Result};

/// Size and data of a run, in any units; NaN for what is not known or does not matter.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::Setting;
///
/// let setting = Setting::new(1e9, 2e10);
/// assert!(setting.size == 1e9 && setting.unique.is_nan());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// The size `N`: parameters, width.
    pub size: f64,
    /// The data `D`: tokens, samples, with repetitions; or steps.
    pub data: f64,
    /// The part of the data that differs, `U`.
    pub unique: f64,
    /// What the run costs.
    pub compute: f64,
}

impl Setting {
    /// A size and an amount of data.
    pub const fn new(size: f64, data: f64) -> Self {
        Self { size, data, ..Self::UNKNOWN }
    }

    /// Nothing is known.
    pub const UNKNOWN: Self = Self { size: f64::NAN, data: f64::NAN, unique: f64::NAN, compute: f64::NAN };

    /// The amounts in the order of the fields.
    pub(super) fn amounts(&self) -> [f64; 4] {
        [self.size, self.data, self.unique, self.compute]
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// What was trained.
    pub setting: Setting,
    /// The loss that was measured.
    pub loss: f64,
    /// Runs of one group depend on each other, as checkpoints of one model do.
    pub group: usize,
}

/// Measurements, in an order that does not depend on how they were given.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::{Runs, Setting};
///
/// let settings: Vec<Setting> = (0..12).map(|i| Setting::new(10_f64.powi(6 + i / 4), 10_f64.powi(8 + i % 4))).collect();
/// let losses: Vec<f64> = settings.iter().map(|run| 2.0 + run.size.powf(-0.3) + run.data.powf(-0.3)).collect();
/// let runs = Runs::new(&settings, &losses)?;
/// assert_eq!(runs.len(), 12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    runs: Vec<Run>,
    is_grouped: bool,
}

impl Runs {
    /// Runs that do not depend on each other.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] for no runs; [`Error::BadEntry`] for losses that are not positive and finite, and for amounts
    /// that are neither that nor NaN; [`Error::BadFit`] for lists of different lengths, an amount that some runs have
    /// and others do not, the same run twice, and losses that are all the same.
    pub fn new(settings: &[Setting], losses: &[f64]) -> Result<Self> {
        let groups: Vec<usize> = (0..settings.len()).collect();
        Ok(Self { is_grouped: false, ..Self::grouped(settings, losses, &groups)? })
    }

    /// Runs of which those of one group depend on each other: a number for each run tells its group.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn grouped(settings: &[Setting], losses: &[f64], groups: &[usize]) -> Result<Self> {
        super::same_length(("settings", "losses"), (settings.len(), losses.len()))?;
        super::same_length(("groups", "losses"), (groups.len(), losses.len()))?;
        if losses.is_empty() {
            return Err(Error::Empty { name: "runs" });
        }
        let is_good = |x: f64| x > 0.0 && x.is_finite();
        if let Some(index) = losses.iter().position(|loss| !is_good(*loss)) {
            return Err(Error::BadEntry {
                name: "losses",
                index,
                value: losses[index],
                allowed: "positive and finite: remove runs that diverged",
            });
        }
        for (of, name) in ["sizes", "data", "unique data", "compute"].into_iter().enumerate() {
            let amounts: Vec<f64> = settings.iter().map(|setting| setting.amounts()[of]).collect();
            let known = amounts.iter().filter(|x| !x.is_nan()).count();
            let bad = amounts.iter().position(|x| if known > 0 { !is_good(*x) } else { !x.is_nan() });
            if let Some(index) = bad {
                return Err(Error::BadEntry { name, index, value: amounts[index], allowed: "positive and finite" });
            }
        }
        let runs = ordered(settings, losses, groups);
        if let Some(pair) = runs.windows(2).find(|pair| is_copy(&pair[0].1, &pair[1].1)) {
            let [first, second] = [pair[0].0.min(pair[1].0) + 1, pair[0].0.max(pair[1].0) + 1];
            return Err(bad_fit(format!(
                "runs {first} and {second}, which are the same in all columns with the same loss {}: remove one of \
                 them, for a copy is no evidence",
                pair[0].1.loss
            )));
        }
        let mut runs: Vec<Run> = runs.into_iter().map(|(_, run)| run).collect();
        if runs.len() > 1 && runs.iter().all(|run| run.loss.total_cmp(&runs[0].loss).is_eq()) {
            return Err(bad_fit(format!("losses that are all {}: is this the column of the loss?", runs[0].loss)));
        }
        count_groups(&mut runs);
        Ok(Self { runs, is_grouped: true })
    }

    /// Runs that were checked, copies among them or not.
    pub(super) fn with_copies(settings: &[Setting], losses: &[f64]) -> Self {
        let groups: Vec<usize> = (0..settings.len()).collect();
        let mut runs: Vec<Run> = ordered(settings, losses, &groups).into_iter().map(|(_, run)| run).collect();
        count_groups(&mut runs);
        Self { runs, is_grouped: false }
    }

    /// All of them, from small to large.
    pub fn all(&self) -> &[Run] {
        &self.runs
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there are none, which is never the case.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Runs of about equal compute together, within a tenth of the cheapest of them, from small compute to large.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::fit::{Runs, Setting};
    ///
    /// let run = |compute: f64, size: f64| Setting { compute, ..Setting::new(size, compute / size) };
    /// let settings = [run(1e6, 10.0), run(1.05e6, 100.0), run(1e7, 10.0)];
    /// let profiles = Runs::new(&settings, &[0.4, 0.3, 0.35])?.profiles();
    /// assert_eq!(profiles.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn profiles(&self) -> Vec<Vec<Run>> {
        super::isoflop::profiles(self).into_iter().map(|profile| profile.into_iter().copied().collect()).collect()
    }

    /// The smallest and the largest size.
    pub(super) fn sizes(&self) -> [f64; 2] {
        let sizes = self.runs.iter().map(|run| run.setting.size);
        let (low, high) = sizes.fold((f64::INFINITY, 0.0_f64), |(low, high), size| (low.min(size), high.max(size)));
        // (of laws without a size nothing is planned)
        if high > 0.0 { [low, high] } else { [1.0; 2] }
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.runs.iter().map(|run| run.group).max().map_or(0, |last| last + 1)
    }

    /// Whether runs belong to groups.
    pub fn is_grouped(&self) -> bool {
        self.is_grouped
    }

    /// Those of which something is true; `None` if that is so of none.
    pub fn filtered(&self, keep: impl Fn(&Run) -> bool) -> Option<Self> {
        let mut runs: Vec<Run> = self.runs.iter().filter(|run| keep(run)).copied().collect();
        count_groups(&mut runs);
        (!runs.is_empty()).then_some(Self { runs, is_grouped: self.is_grouped })
    }
}

/// What tells runs apart.
fn keys(run: &Run) -> [f64; 5] {
    let [size, data, unique, compute] = run.setting.amounts();
    [size, data, unique, compute, run.loss]
}

/// Whether two runs are the same in everything.
fn is_copy(x: &Run, y: &Run) -> bool {
    keys(x).into_iter().zip(keys(y)).all(|(x, y)| x.total_cmp(&y).is_eq())
}

/// Runs with their positions, from small to large.
fn ordered(settings: &[Setting], losses: &[f64], groups: &[usize]) -> Vec<(usize, Run)> {
    let run =
        |((setting, loss), group): ((&Setting, &f64), &usize)| Run { setting: *setting, loss: *loss, group: *group };
    let mut runs: Vec<(usize, Run)> = settings.iter().zip(losses).zip(groups).map(run).enumerate().collect();
    runs.sort_by(|(_, x), (_, y)| {
        let mut orders = keys(x).into_iter().zip(keys(y)).map(|(x, y)| x.total_cmp(&y));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    runs
}

/// Groups are counted in the order of the runs.
fn count_groups(runs: &mut [Run]) {
    let mut seen: HashMap<usize, usize> = HashMap::new();
    for run in runs {
        let next = seen.len();
        run.group = *seen.entry(run.group).or_insert(next);
    }
}
