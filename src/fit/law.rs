//! The laws that runs are compared with.

use super::estimate::{Fitting, Formed};
use super::form::{self, Origin, Point, Powers, Repeated, Shifted, Single, Theory, Tied};
use super::isoflop::Isoflop;
use super::run::{Runs, Setting};
use super::{bad_fit, mean};
use crate::error::{Error, Result};

/// A law of the loss.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::{Law, Setting};
///
/// let law = Law::named("parametric")?;
/// assert_eq!(law.constants(), ["E", "A", "B", "alpha", "beta"]);
/// let loss = law.loss(&[1.8, 480.0, 2100.0, 0.35, 0.37], &Setting::new(1e9, 2e10));
/// assert!((loss - 2.464).abs() < 1e-3);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// `E + A/N^alpha + B/D^beta` (equation (Parametric)).
    Parametric,
    /// `E + A/N^alpha + B/D^alpha`
    Tied,
    /// `E + A/C^alpha`, in compute if it is known, else in the one amount that is (equation (Single)).
    Power,
    /// At each budget a parabola in the logarithm of the size, and power laws through the minima (equation (Isoflop)).
    Isoflop,
    /// The law of size and data with repeated data (equation (Repeated)).
    Repeated,
    /// A learning curve, `E + A/(t + t0)^alpha` (equation (Steps)).
    Steps,
    /// The exact loss of random features in time, width and samples, with label noise and a floor (equation (Features)).
    Theory,
}

impl Law {
    /// All laws.
    pub const ALL: [Self; 7] =
        [Self::Parametric, Self::Tied, Self::Power, Self::Isoflop, Self::Repeated, Self::Steps, Self::Theory];

    /// The name, as in commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parametric => "parametric",
            Self::Tied => "tied",
            Self::Power => "power",
            Self::Isoflop => "isoflop",
            Self::Repeated => "repeated",
            Self::Steps => "steps",
            Self::Theory => "theory",
        }
    }

    /// The law of a name.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for other names.
    pub fn named(name: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|law| law.name() == name);
        found.ok_or_else(|| Error::Unsuited { problem: format!("there is no law `{name}`: choose one of {names}") })
    }

    /// The law of runs for which none is named: of size and data if both are known; `in_steps` if data are the steps of
    /// a learning curve.
    pub fn usual(runs: &Runs, in_steps: bool) -> Self {
        let setting = &runs.all()[0].setting;
        match setting {
            _ if in_steps => Self::Steps,
            setting if setting.size.is_nan() || setting.data.is_nan() => Self::Power,
            _ => Self::Parametric,
        }
    }

    /// The law as a formula.
    pub const fn formula(self) -> &'static str {
        match self {
            Self::Parametric => "L = E + A/N^alpha + B/D^beta",
            Self::Tied => "L = E + A/N^alpha + B/D^alpha",
            Self::Power => "L = E + A/x^alpha",
            Self::Isoflop => "L = (E + A/C^alpha) exp(curvature ln(N/N*)^2/2), N* = G C^a",
            Self::Repeated => "L = E + A/N'^alpha + B/D'^beta, repetitions counted less and less",
            Self::Steps => "L = E + A/(t + t0)^alpha",
            Self::Theory => "L = E + S L(t, N, P; a, b, noise), the exact loss of random features",
        }
    }

    /// Names of its constants.
    pub fn constants(self) -> Vec<&'static str> {
        self.fitting(Origin { x: [0.0; 3], loss: 0.0 }).names()
    }

    /// Whether it has an optimum of size and data at a budget.
    pub const fn has_optimum(self) -> bool {
        !matches!(self, Self::Power | Self::Steps)
    }

    /// Whether it says what more data do than there are different ones.
    pub(super) const fn repeats_data(self) -> bool {
        matches!(self, Self::Repeated | Self::Theory)
    }

    /// The loss at a setting, for constants in the order of [`constants`](Self::constants); NaN where an amount is not
    /// known that it depends on, or where the law has no loss.
    pub fn loss(self, constants: &[f64], setting: &Setting) -> f64 {
        self.with(constants)(setting)
    }

    /// The loss by settings, for constants that are prepared once.
    pub(super) fn with(self, constants: &[f64]) -> Box<dyn Fn(&Setting) -> f64 + Sync + '_> {
        let loss = self.by_amounts(constants);
        Box::new(move |setting| loss(self.amounts(setting)))
    }

    /// The loss by what the law depends on.
    fn by_amounts(self, constants: &[f64]) -> Box<dyn Fn([f64; 3]) -> f64 + Sync + '_> {
        match (self, constants) {
            (Self::Parametric, &[e, a, b, alpha, beta]) => {
                Box::new(move |[x, y, _]| e + a * x.powf(-alpha) + b * y.powf(-beta))
            }
            (Self::Tied, &[e, a, b, alpha]) => Box::new(move |[x, y, _]| e + a * x.powf(-alpha) + b * y.powf(-alpha)),
            (Self::Power, &[e, a, alpha]) => Box::new(move |[x, ..]| e + a * x.powf(-alpha)),
            (Self::Steps, &[e, a, alpha, shift]) => Box::new(move |[x, ..]| e + a * (x + shift).powf(-alpha)),
            (Self::Isoflop, constants) => Box::new(move |[x, y, _]| Isoflop::loss(constants, x, y)),
            (Self::Repeated, constants) => Box::new(move |[x, y, z]| {
                constants.try_into().map_or(f64::NAN, |constants| form::repeated::loss(constants, x, y, z))
            }),
            (Self::Theory, &[e, s, a, b, width, time, samples, noise]) => {
                Box::new(form::theory::loss(&[e, s, a, b, width, time, samples, noise]))
            }
            _ => Box::new(|_| f64::NAN),
        }
    }

    /// What a law depends on; 1 in place of what it does not need.
    fn amounts(self, setting: &Setting) -> [f64; 3] {
        let Setting { size, data, unique, compute } = *setting;
        match self {
            Self::Parametric | Self::Tied => [size, data, 1.0],
            Self::Power if compute.is_nan() => [if data.is_nan() { size } else { data }, 1.0, 1.0],
            Self::Power => [compute, 1.0, 1.0],
            Self::Isoflop => [size, compute, 1.0],
            // what is not said to be repeated is not
            Self::Repeated | Self::Theory => [size, data, if unique.is_nan() { data } else { unique }],
            Self::Steps => [data, 1.0, 1.0],
        }
    }

    /// Refuses runs that lack an amount.
    ///
    /// # Errors
    ///
    /// [`Error::BadFit`] names what is missing.
    pub fn check(self, runs: &Runs) -> Result<()> {
        let setting = &runs.all()[0].setting;
        let missing: Vec<&str> = match self {
            Self::Parametric | Self::Tied | Self::Theory => vec![("size", setting.size), ("data", setting.data)],
            Self::Repeated => vec![("size", setting.size), ("data", setting.data), ("unique data", setting.unique)],
            Self::Isoflop => vec![("size", setting.size), ("compute", setting.compute)],
            Self::Steps => vec![("steps", setting.data)],
            Self::Power => vec![("compute, data or size", self.amounts(setting)[0])],
        }
        .into_iter()
        .filter(|(_, amount)| amount.is_nan())
        .map(|(name, _)| name)
        .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(bad_fit(format!("the law {} without {}: name the columns", self.name(), missing.join(" and "))))
    }

    /// What a law depends on that is the same in all runs, so that it cannot be fitted.
    pub(super) fn unvaried(self, runs: &Runs) -> Vec<&'static str> {
        let names: &[&'static str] = match self {
            Self::Parametric | Self::Tied | Self::Theory | Self::Repeated => &["size", "data"],
            Self::Power => &["amount"],
            Self::Isoflop => &["size", "compute"],
            Self::Steps => &["number of steps"],
        };
        let all = |i: usize| runs.all().iter().map(move |run| self.amounts(&run.setting)[i].ln());
        let is_same = |i: &usize| {
            let (low, high) = all(*i).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
            high - low <= 1e-12
        };
        (0..names.len()).filter(is_same).map(|i| names[i]).collect()
    }

    /// What fits it to runs.
    pub(super) fn fit_to(self, runs: &Runs) -> Box<dyn Fitting> {
        let middle = |i: usize| mean(&runs.all().iter().map(|run| self.logs(&run.setting)[i]).collect::<Vec<_>>());
        let least = runs.all().iter().map(|run| run.loss.ln()).fold(f64::INFINITY, f64::min);
        let [n, d] = [middle(0), middle(1)];
        // unique data are relative to data, of which they are a part
        self.fitting(Origin { x: [n, d, d], loss: least })
    }

    fn logs(self, setting: &Setting) -> [f64; 3] {
        self.amounts(setting).map(f64::ln)
    }

    fn fitting(self, origin: Origin) -> Box<dyn Fitting> {
        const USUAL: usize = 8;
        match self {
            Self::Parametric => Box::new(Formed {
                form: Powers { origin },
                points: |form, runs| points(Self::Parametric, &form.origin, runs),
                followed: USUAL,
            }),
            Self::Tied => Box::new(Formed {
                form: Tied { origin },
                points: |form, runs| points(Self::Tied, &form.origin, runs),
                followed: USUAL,
            }),
            Self::Power => Box::new(Formed {
                form: Single { origin },
                points: |form, runs| points(Self::Power, &form.origin, runs),
                followed: USUAL,
            }),
            Self::Steps => Box::new(Formed {
                form: Shifted { origin },
                points: |form, runs| points(Self::Steps, &form.origin, runs),
                followed: USUAL,
            }),
            Self::Repeated => Box::new(Formed {
                form: Repeated { origin },
                points: |form, runs| points(Self::Repeated, &form.origin, runs),
                followed: USUAL,
            }),
            Self::Theory => Box::new(Formed {
                form: Theory { origin },
                points: |form, runs| points(Self::Theory, &form.origin, runs),
                followed: 6,
            }),
            Self::Isoflop => Box::new(Isoflop),
        }
    }
}

/// Runs as points.
fn points(law: Law, origin: &Origin, runs: &Runs) -> Vec<Point> {
    let point = |(at, run): (usize, &super::run::Run)| {
        let logs = law.logs(&run.setting);
        let x = std::array::from_fn(|i| logs[i] - origin.x[i]);
        Point { run: at, x, loss: run.loss.ln() - origin.loss }
    };
    runs.all().iter().enumerate().map(point).collect()
}
