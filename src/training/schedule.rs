//! Learning rates step by step.

use crate::error::{Error, Result};
use crate::numerics::gauss_counting;

/// A learning rate for every step, counted from 0.
///
/// Rates are positive, at most 1e100, in units of the inverse eigenvalue (the gradient is that of half the mean squared
/// residual). Every schedule goes on for ever: what decays to a last rate keeps it, and so does a list.
///
/// # Examples
///
/// ```
/// use spectralaw::Schedule;
///
/// let schedule = Schedule::cosine(0.5, 0.01, 1000.0)?.with_warm_up(10.0)?;
/// assert!((schedule.rate(0.0) - 0.05).abs() < 1e-15); // a tenth of the first rate
/// assert_eq!(schedule.rate(10.0), 0.5);
/// assert_eq!(schedule.rate(5000.0), 0.01);
/// assert_eq!(schedule.largest(), 0.5);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    warm_up: f64,
    decay: Decay,
}

#[derive(Debug, Clone, PartialEq)]
enum Decay {
    Constant(f64),
    /// From the first rate to the last over a number of steps.
    Linear(f64, f64, f64),
    Cosine(f64, f64, f64),
    /// The first rate, a factor, and after how many steps each it is applied.
    Step(f64, f64, f64),
    /// The first rate, an exponent, a number of steps.
    Power(f64, f64, f64),
    List(Vec<f64>),
}

const POSITIVE: &str = "positive and at most 1e100";
const STEPS: &str = "an integer from 1 to 1e12";

fn rate(name: &'static str, value: f64) -> Result<f64> {
    let fits = value > 0.0 && value <= 1e100;
    if fits { Ok(value) } else { Err(Error::OutOfRange { name, value, allowed: POSITIVE }) }
}

fn count(name: &'static str, value: f64) -> Result<f64> {
    let fits = (1.0..=1e12).contains(&value) && value.fract() <= 0.0;
    if fits { Ok(value) } else { Err(Error::OutOfRange { name, value, allowed: STEPS }) }
}

impl Schedule {
    /// A constant learning rate.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a rate that is not positive or above 1e100, here and in all other schedules.
    pub fn constant(learning_rate: f64) -> Result<Self> {
        Self::new(Decay::Constant(rate("learning rate", learning_rate)?))
    }

    /// From the first rate down (or up) to the last in a straight line over `steps` steps.
    ///
    /// # Errors
    ///
    /// As for [`constant`](Self::constant), and for steps that are not an integer from 1 to 1e12.
    pub fn linear(first: f64, last: f64, steps: f64) -> Result<Self> {
        Self::new(Decay::Linear(
            rate("learning rate", first)?,
            rate("last learning rate", last)?,
            count("steps of the schedule", steps)?,
        ))
    }

    /// `last + (first - last) (1 + cos(pi s / steps)) / 2`.
    ///
    /// # Errors
    ///
    /// As for [`linear`](Self::linear).
    pub fn cosine(first: f64, last: f64, steps: f64) -> Result<Self> {
        Self::new(Decay::Cosine(
            rate("learning rate", first)?,
            rate("last learning rate", last)?,
            count("steps of the schedule", steps)?,
        ))
    }

    /// Multiplied by `factor`, from 0 (exclusive) to 1, after every `every` steps.
    ///
    /// # Errors
    ///
    /// As for [`linear`](Self::linear), and for the factor.
    pub fn step(first: f64, factor: f64, every: f64) -> Result<Self> {
        if !(factor > 0.0 && factor <= 1.0) {
            return Err(Error::OutOfRange {
                name: "factor of the schedule",
                value: factor,
                allowed: "above 0 and at most 1",
            });
        }
        Self::new(Decay::Step(rate("learning rate", first)?, factor, count("steps of the schedule", every)?))
    }

    /// `first * (1 + s / steps)^-exponent`, for exponents from 0 to 10.
    ///
    /// # Errors
    ///
    /// As for [`linear`](Self::linear), and for the exponent.
    pub fn power_law(first: f64, exponent: f64, steps: f64) -> Result<Self> {
        if !(0.0..=10.0).contains(&exponent) {
            return Err(Error::OutOfRange {
                name: "exponent of the schedule",
                value: exponent,
                allowed: "from 0 to 10",
            });
        }
        Self::new(Decay::Power(rate("learning rate", first)?, exponent, count("steps of the schedule", steps)?))
    }

    /// One rate after the other; the last one stays.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] or [`Error::BadEntry`].
    pub fn list(rates: &[f64]) -> Result<Self> {
        if rates.is_empty() {
            return Err(Error::Empty { name: "the list of learning rates" });
        }
        if let Some(index) = rates.iter().position(|r| !(*r > 0.0 && *r <= 1e100)) {
            return Err(Error::BadEntry { name: "learning rates", index, value: rates[index], allowed: POSITIVE });
        }
        Self::new(Decay::List(rates.to_vec()))
    }

    /// Puts a warm-up before this schedule: `steps` steps at `1/steps`, `2/steps`, ... of its first rate.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for steps that are not an integer from 1 to 1e12.
    pub fn with_warm_up(mut self, steps: f64) -> Result<Self> {
        self.warm_up = count("steps of warm-up", steps)?;
        Ok(self)
    }

    fn new(decay: Decay) -> Result<Self> {
        Ok(Self { warm_up: 0.0, decay })
    }

    /// The rate of step `step >= 0`.
    pub fn rate(&self, step: f64) -> f64 {
        if step < self.warm_up {
            return self.decay.at(0.0) * (step + 1.0) / self.warm_up;
        }
        self.decay.at(step - self.warm_up)
    }

    /// The largest rate of all.
    pub fn largest(&self) -> f64 {
        match &self.decay {
            Decay::Constant(first) | Decay::Step(first, ..) | Decay::Power(first, ..) => *first,
            Decay::Linear(first, last, _) | Decay::Cosine(first, last, _) => first.max(*last),
            Decay::List(rates) => rates.iter().copied().fold(0.0, f64::max),
        }
    }

    /// What the rates tend to.
    pub(crate) fn last(&self) -> f64 {
        match &self.decay {
            Decay::Constant(rate) | Decay::Linear(_, rate, _) | Decay::Cosine(_, rate, _) => *rate,
            Decay::Step(first, factor, _) => {
                if *factor < 1.0 {
                    0.0
                } else {
                    *first
                }
            }
            Decay::Power(first, exponent, _) => {
                if *exponent > 0.0 {
                    0.0
                } else {
                    *first
                }
            }
            Decay::List(rates) => rates[rates.len() - 1],
        }
    }

    /// Whether the rates have a finite sum: training then never ends.
    pub(crate) fn is_summable(&self) -> bool {
        match self.decay {
            Decay::Step(_, factor, _) => factor < 1.0,
            Decay::Power(_, exponent, _) => exponent > 1.0,
            Decay::Constant(_) | Decay::Linear(..) | Decay::Cosine(..) | Decay::List(_) => false,
        }
    }

    /// The rate, if it is always the same.
    pub fn as_constant(&self) -> Option<f64> {
        match self.decay {
            Decay::Constant(rate) if self.warm_up <= 0.0 => Some(rate),
            _ => None,
        }
    }

    /// Rates with multiplicities that stand for the first `steps` steps: sums of a function of the rate that is smooth
    /// on the scale on which the schedule varies come out to rounding, however many steps there are.
    pub(crate) fn rates(&self, steps: f64) -> Vec<(f64, f64)> {
        let mut out = Vec::new();
        let warm_up = self.warm_up.min(steps);
        add_stretch(&mut out, 0.0, warm_up, warm_up, 1.0, |s| self.rate(s));
        let rest = steps - warm_up;
        let rate = |s: f64| self.decay.at(s);
        match &self.decay {
            Decay::Constant(rate) => out.push((*rate, rest)),
            Decay::Linear(_, last, length) | Decay::Cosine(_, last, length) => {
                add_stretch(&mut out, 0.0, rest.min(*length), *length / 8.0, 1.0, rate);
                out.push((*last, (rest - length).max(0.0)));
            }
            Decay::Power(_, _, scale) => {
                let mut start = 0.0;
                while start < rest {
                    // the scale on which a power varies is its argument
                    let end = (start + (0.5 * (start + scale)).ceil()).min(rest);
                    add_stretch(&mut out, start, end, end - start, 1.0, rate);
                    start = end;
                }
            }
            Decay::Step(_, factor, every) => {
                // rates below 1e-30 of the first, summed over all steps there can be, are nothing
                let scale = factor.ln().abs().recip();
                let whole = (rest / every).floor();
                let felt = whole.min((70.0 * scale).ceil());
                add_stretch(&mut out, 0.0, felt, scale, *every, |i| rate(i * every));
                out.push((rate(whole * every), rest - whole * every));
            }
            Decay::List(rates) => {
                let listed = (rates.len() as f64).min(rest) as usize;
                // runs of equal rates in one piece: adding ten thousand equal logarithms would round as often
                for run in rates[..listed].chunk_by(|x, y| x.to_bits() == y.to_bits()) {
                    out.push((run[0], run.len() as f64));
                }
                out.push((rate(rates.len() as f64), (rest - rates.len() as f64).max(0.0)));
            }
        }
        out.retain(|(_, count)| *count > 0.0);
        out
    }

    /// The sum of the first rates: the time of gradient flow that they amount to.
    pub(crate) fn time(&self, steps: f64) -> f64 {
        self.rates(steps).iter().map(|(rate, count)| rate * count).sum()
    }
}

impl Decay {
    fn at(&self, s: f64) -> f64 {
        match self {
            Self::Constant(rate) => *rate,
            Self::Linear(first, last, steps) => first + (last - first) * (s / steps).min(1.0),
            Self::Cosine(first, last, steps) => {
                let half = 0.5 * std::f64::consts::PI * (s / steps).min(1.0);
                last + (first - last) * half.cos().powi(2)
            }
            Self::Step(first, factor, every) => first * factor.powf((s / every).floor()),
            Self::Power(first, exponent, steps) => first * (1.0 + s / steps).powf(-exponent),
            Self::List(rates) => rates[(s as usize).min(rates.len() - 1)],
        }
    }
}

/// Nodes of the Gauss rule that stands for the steps of one panel.
const NODES: usize = 20;

/// Adds the integers `start <= s < end`, in panels of at most `panel` of them, each by the Gauss rule of its counting
/// measure.
fn add_stretch(out: &mut Vec<(f64, f64)>, start: f64, end: f64, panel: f64, weight: f64, rate: impl Fn(f64) -> f64) {
    let mut s = start;
    while s < end {
        let count = panel.ceil().min(end - s).max(1.0);
        if count <= 5.0 * NODES as f64 {
            out.extend((0..count as u32).map(|i| (rate(s + f64::from(i)), weight)));
        } else {
            let rule = gauss_counting(NODES, count);
            let point = |x: f64| s - 0.5 + 0.5 * count * (x + 1.0);
            out.extend(rule.nodes.iter().zip(&rule.weights).map(|(x, w)| (rate(point(*x)), w * count * weight)));
        }
        s += count;
    }
}

#[cfg(test)]
mod tests {
    use num_complex::Complex64;

    use super::*;
    use crate::numerics::ln_1p;

    #[test]
    fn long_sums_are_sums_of_steps() {
        let schedules = [
            Schedule::constant(0.3),
            Schedule::linear(0.5, 0.001, 30_000.0),
            Schedule::cosine(0.5, 0.001, 30_000.0),
            Schedule::step(0.5, 0.9, 700.0),
            Schedule::power_law(0.5, 0.7, 20.0),
            Schedule::list(&[0.1, 0.7, 0.2]),
        ];
        for schedule in schedules {
            let schedule = schedule.unwrap_or_else(|problem| unreachable!("{problem}"));
            for schedule in [schedule.clone(), schedule.with_warm_up(999.0).unwrap_or_else(|e| unreachable!("{e}"))] {
                let z = Complex64::new(-0.4, 0.3);
                let mut sum = Complex64::ZERO;
                for s in 0..40_000_u32 {
                    sum += ln_1p(schedule.rate(f64::from(s)) * z);
                }
                let ours: Complex64 = schedule.rates(40_000.0).iter().map(|(r, n)| n * ln_1p(r * z)).sum();
                // the direct sum rounds 40,000 times
                assert!((ours - sum).norm() < 1e-12 * sum.norm(), "{schedule:?}: {ours} {sum}");
            }
        }
    }
}
