//! Measured modes, as a table, a chart and words.

use std::borrow::Cow;

use spectralaw::data::{MatrixNoise, Stored, participation_ratio};
use spectralaw::table::{Of, Quantity, Table};

use super::exponents::Fits;
use crate::failure::Failure;
use crate::number::rounded;
use crate::output::report::{Precision, Shown};
use crate::plot::chart::{Chart, Curve, Role, evenly_in_logarithm};

/// Modes in descending order, and what is said of them.
#[derive(Debug, Default)]
pub struct Answer {
    /// Eigenvalues.
    pub eigenvalues: Vec<f64>,
    /// Target power, none of it negative; zeros if nothing is learned.
    pub power: Vec<f64>,
    /// Whether something is learned.
    pub has_target: bool,
    /// Estimates of the power on other points, and their standard errors.
    pub held_out: Option<(Vec<f64>, Vec<f64>)>,
    /// Target power in no mode.
    pub floor: f64,
    /// Number of modes that exponents are fitted to.
    pub fitted: usize,
    /// The request, in words.
    pub header: Vec<(&'static str, String)>,
    /// What one should know.
    pub remarks: Vec<String>,
}

/// A row of the answer.
struct Row {
    part: &'static str,
    mode: f64,
    eigenvalue: f64,
    target_power: f64,
    tail: f64,
    held_out: [f64; 2],
}

/// A column that is missing if nothing is learned.
const TARGET_POWER: &str = "target_power";

/// The names that `--spectrum` reads are among them.
const QUANTITIES: &[Quantity<Row>] = &[
    ("part", Of::Word(|row| Cow::Borrowed(row.part))),
    ("mode", Of::Number(|row| row.mode)),
    ("eigenvalue", Of::Number(|row| row.eigenvalue)),
    (TARGET_POWER, Of::Number(|row| row.target_power)),
    ("tail", Of::Number(|row| row.tail)),
];

/// More of them where power is estimated.
const HELD_OUT: &[Quantity<Row>] =
    &[("held_out_power", Of::Number(|row| row.held_out[0])), ("held_out_error", Of::Number(|row| row.held_out[1]))];

/// Points of a curve that are drawn.
const DRAWN: usize = 400;

/// A share of the power beyond the modes of the kernel that is worth a word.
const LARGE_TAIL: f64 = 0.2;

/// Asymmetry up to this share of the largest entry is that of sums of doubles, and not worth a word.
const ASYMMETRY_OF_DOUBLES: f64 = 1e-14;

/// How numbers were stored, in words.
pub fn stored_in_words(stored: Stored) -> String {
    match stored {
        Stored::Integers => "integers in doubles".to_owned(),
        Stored::Float16 => "float16".to_owned(),
        Stored::Float32 => "float32".to_owned(),
        // numbers in scientific notation have many decimals and few digits
        Stored::Text { decimals, digits } if decimals > digits => format!("text with {digits} digits"),
        Stored::Text { decimals, .. } => format!("text with {decimals} decimals"),
        _ => "doubles".to_owned(),
    }
}

/// How a column is shown: estimates get fewer digits.
pub fn shown(name: &'static str) -> Shown {
    let plain = Shown::plain(name);
    match name {
        "tail" | "exponent" | "bend" | "tolerance" | "held_out_power" => {
            Shown { precision: Precision::Digits(4), ..plain }
        }
        "error" | "held_out_error" => Shown { precision: Precision::Digits(2), ..plain },
        _ => plain,
    }
}

impl Answer {
    /// The same answer with the noise of the matrix, and with the modes, and their power, that it has hidden.
    pub fn with_noise(mut self, removed: usize, power: Option<f64>, noise: &MatrixNoise) -> Self {
        if noise.asymmetry > ASYMMETRY_OF_DOUBLES {
            self.remarks.push(format!(
                "the matrix is asymmetric by rounding, up to {} of the largest entry: its symmetric part is taken",
                rounded(noise.asymmetry, 2)
            ));
        }
        if removed > 0 {
            let modes = if removed == 1 { "1 mode".to_owned() } else { format!("{removed} modes") };
            let lowest = noise.lowest;
            let why = if -lowest >= 0.49 * noise.level && lowest < 0.0 {
                format!("twice the size of the most negative one, {}", rounded(lowest, 2))
            } else {
                format!("by rounding of {}", stored_in_words(noise.stored))
            };
            let power = match power {
                Some(power) => {
                    let all = self.power.iter().sum::<f64>() + self.floor;
                    format!(", {} of {},", rounded(power, 3), rounded(all, 3))
                }
                None => String::new(),
            };
            let floor = if self.has_target { format!(", their power{power} is in the floor") } else { String::new() };
            let factor = if self.held_out.is_some() { "up to ten times " } else { "up to " };
            self.remarks.push(format!(
                "{modes} with eigenvalues at rounding level ({factor}{}, {why}): left out{floor}",
                rounded(noise.level, 2)
            ));
        }
        self
    }

    /// With what one should know of modes from a finite number of points.
    pub fn with_remarks(mut self, points: usize) -> Self {
        let fitted = self.fitted.min(self.eigenvalues.len());
        let beyond = fitted.checked_sub(1).map_or(1.0, |last| self.tails()[last]);
        if self.has_target && self.held_out.is_none() && beyond > LARGE_TAIL {
            let beyond = rounded(beyond, 2);
            self.remarks.push(format!(
                "{beyond} of the power is beyond mode {fitted}: noise on the targets would be there, too (--held-out)"
            ));
        }
        self.remarks.push(format!(
            "exponents are those of the first {fitted} modes (--fit MODES): far beyond a tenth of the {points} points, \
             eigenvalues are those of the sample more than of the kernel"
        ));
        self
    }

    /// What was asked, and what the sizes of the kernel and of the target's power are, and the exponents.
    pub fn header(&self, fits: &Fits) -> Result<Vec<(&'static str, String)>, Failure> {
        let [trace, ratio] =
            [self.eigenvalues.iter().sum::<f64>(), participation_ratio(&self.eigenvalues)?].map(|x| rounded(x, 6));
        let size = ("size", format!("trace {trace}, participation ratio {ratio} of {} modes", self.eigenvalues.len()));
        let total = self.power.iter().sum::<f64>() + self.floor;
        let [total, floor] = [total, self.floor].map(|x| rounded(x, 6));
        let noise = if self.held_out.is_some() { " or noise" } else { "" };
        let power = ("power", format!("total {total}, {floor} of it in no mode{noise}"));
        let power = self.has_target.then_some(power);
        let laws = fits.words().into_iter().filter(|(law, _)| self.has_target || *law == "b");
        Ok(self.header.iter().cloned().chain([size]).chain(power).chain(laws).collect())
    }

    /// Shares of the power beyond each mode, the floor included, or of the trace.
    fn tails(&self) -> Vec<f64> {
        let of = if self.has_target { &self.power } else { &self.eigenvalues };
        let (mut beyond, mut tails) = (self.floor, Vec::with_capacity(of.len()));
        for power in of.iter().rev() {
            tails.push(beyond);
            beyond += power;
        }
        let total = beyond.max(f64::MIN_POSITIVE);
        tails.iter().rev().map(|tail| tail / total).collect()
    }

    fn rows(&self) -> Vec<Row> {
        let none = f64::NAN;
        let tails = self.tails();
        let held_out = |i: usize| self.held_out.as_ref().map_or([none; 2], |(power, errors)| [power[i], errors[i]]);
        let mode = |i: usize| Row {
            part: "mode",
            mode: i as f64 + 1.0,
            eigenvalue: self.eigenvalues[i],
            target_power: self.power[i],
            tail: tails[i],
            held_out: held_out(i),
        };
        let floor = Row {
            part: "floor",
            mode: none,
            eigenvalue: 0.0,
            target_power: self.floor,
            tail: 0.0,
            held_out: [none; 2],
        };
        (0..self.eigenvalues.len()).map(mode).chain(self.has_target.then_some(floor)).collect()
    }

    /// All modes, and the floor.
    pub fn table(&self) -> Table {
        Table::of(&self.quantities().collect::<Vec<_>>(), &self.rows())
    }

    /// What is told of a mode.
    fn quantities(&self) -> impl Iterator<Item = Quantity<Row>> {
        let more = if self.held_out.is_some() { HELD_OUT } else { &[] };
        let all = QUANTITIES.iter().chain(more).copied();
        all.filter(|(name, _)| self.has_target || *name != TARGET_POWER)
    }

    /// Its columns as they are shown.
    pub fn shown(&self) -> Vec<Shown> {
        self.quantities().map(|(name, _)| shown(name)).collect()
    }

    /// Eigenvalues, shares beyond, and the laws fitted to both.
    pub fn chart(&self, fits: &Fits) -> Chart {
        let tails = self.tails();
        let curve = |name: &str, values: &[f64]| {
            let chosen = evenly_in_logarithm(values.len(), DRAWN);
            Curve::new(Role::Line, name, chosen.into_iter().map(|i| (i as f64 + 1.0, values[i])).collect())
        };
        let (name, axis) = if self.has_target {
            ("power beyond, 1 - C(k)", "eigenvalue, share of power")
        } else {
            ("trace beyond", "eigenvalue, share of trace")
        };
        let lines = [curve("eigenvalue", &self.eigenvalues), curve(name, &tails)];
        let curves = lines.into_iter().chain(fits.curves(self, &tails)).collect();
        Chart { curves, ..Chart::empty("mode k", axis) }
    }
}
