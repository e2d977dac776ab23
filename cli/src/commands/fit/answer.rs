//! All that is answered of a table of runs.

use std::borrow::Cow;

use spectralaw::fit::{Comparison, Fit, HeldOut, Optimum, Prediction, Reached, Setting, Verdict};
use spectralaw::table::{Of, Quantity, Table};

/// A fit, and the answers to what was asked.
pub struct Answer {
    pub fit: Fit,
    pub verdict: Verdict,
    pub predictions: Vec<Prediction>,
    pub optimum: Option<Optimum>,
    pub reached: Option<Reached>,
    pub held_out: Option<HeldOut>,
    /// How well all laws predict runs that were held out, if that was asked for.
    pub comparison: Option<Comparison>,
    pub header: Vec<(&'static str, String)>,
    pub remarks: Vec<String>,
}

/// A run in the answer.
struct Row {
    part: &'static str,
    setting: Setting,
    loss: f64,
    fitted: f64,
    interval: [f64; 2],
}

const RUNS: &[Quantity<Row>] = &[
    ("part", Of::Word(|row| Cow::Borrowed(row.part))),
    ("size", Of::Number(|row| row.setting.size)),
    ("data", Of::Number(|row| row.setting.data)),
    ("compute", Of::Number(|row| row.setting.compute)),
    ("loss", Of::Number(|row| row.loss)),
    ("fitted", Of::Number(|row| row.fitted)),
    ("low", Of::Number(|row| row.interval[0])),
    ("high", Of::Number(|row| row.interval[1])),
];

/// A constant of the law.
struct Constant {
    name: &'static str,
    value: f64,
    error: f64,
    interval: [f64; 2],
    profile: [f64; 2],
}

const CONSTANTS: &[Quantity<Constant>] = &[
    ("constant", Of::Word(|constant| Cow::Borrowed(constant.name))),
    ("value", Of::Number(|constant| constant.value)),
    ("standard_error", Of::Number(|constant| constant.error)),
    ("low", Of::Number(|constant| constant.interval[0])),
    ("high", Of::Number(|constant| constant.interval[1])),
    ("profile_low", Of::Number(|constant| constant.profile[0])),
    ("profile_high", Of::Number(|constant| constant.profile[1])),
];

impl Answer {
    /// Runs with what the law says of them, then what was asked.
    pub fn runs(&self) -> Table {
        let of = |part: &'static str, found: Prediction, loss: f64| Row {
            part,
            setting: found.setting,
            loss,
            fitted: found.loss,
            interval: found.interval,
        };
        let all = self.fit.runs().all();
        let found = self.fit.predict_all(&all.iter().map(|run| run.setting).collect::<Vec<_>>());
        let runs = all.iter().zip(found).map(|(run, found)| of("run", found, run.loss));
        let predicted = self.predictions.iter().map(|found| of("prediction", *found, f64::NAN));
        let best = self.optimum.iter().map(|best| Row {
            part: "optimum",
            setting: Setting { compute: best.budget, ..Setting::new(best.size, best.data) },
            loss: f64::NAN,
            fitted: best.loss,
            interval: best.loss_interval,
        });
        Table::of(RUNS, &runs.chain(predicted).chain(best).collect::<Vec<_>>())
    }

    /// The constants of the law.
    pub fn constants(&self) -> Table {
        let (intervals, profiles) = (self.fit.intervals(), self.fit.profile_intervals());
        let of = |(i, name): (usize, &&'static str)| Constant {
            name,
            value: self.fit.constants()[i],
            error: self.fit.standard_errors()[i],
            interval: intervals[i],
            profile: profiles[i],
        };
        Table::of(CONSTANTS, &self.fit.names().iter().enumerate().map(of).collect::<Vec<_>>())
    }
}
