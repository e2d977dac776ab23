//! What training costs.

use std::fmt;

use num_traits::ToPrimitive;

use super::range::Values;
use crate::error::{Error, Result};
use crate::laws::symbolic::Monomial;
use crate::resource::{COUNT, Resource};

/// Letters of the resources that can be paid for, in the order of [`Resource::index`].
const LETTERS: [&str; 5] = [
    Resource::Time.letter(),
    Resource::Width.letter(),
    Resource::Samples.letter(),
    Resource::Batch.letter(),
    Resource::Ensemble.letter(),
];

/// A cost in time or steps `t`, width `N`, samples `P`, batch `B` and ensemble `E`: a sum of products of powers.
///
/// # Examples
///
/// ```
/// use spectralaw::frontier::Cost;
///
/// // a forward and a backward pass for every sample of every batch, and a price for each sample
/// let cost = Cost::parse("6*N*B*t + 100*P")?;
/// assert_eq!(cost.to_string(), "6*t*N*B + 100*P");
/// assert!(Cost::parse("N - t").is_err());
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    monomials: Vec<Monomial>,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    log_factor: f64,
    powers: [f64; LETTERS.len()],
}

impl Term {
    fn log(&self, logs: &Values) -> f64 {
        let power = |(power, log): (&f64, &f64)| if *power > 0.0 { power * log } else { 0.0 };
        self.log_factor + self.powers.iter().zip(logs).map(power).sum::<f64>()
    }
}

impl Cost {
    /// Reads a sum of products such as `N*t`, `6*N*B*t` or `N^1.5*t + 10*P`, with positive numbers and powers.
    ///
    /// # Errors
    ///
    /// [`Error::BadFormula`] names the part that was not understood, or what does not grow.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |problem: String| Error::BadFormula { formula: text.to_owned(), problem };
        let mut monomials = Vec::new();
        let mut terms = Vec::new();
        for part in split(text) {
            if part.split(|c: char| !c.is_alphanumeric()).any(|word| word.ends_with('D')) {
                return Err(bad(
                    "the number of data is P here, D is not known: write 6*N*P, or 6*N*B*t for steps with batches"
                        .into(),
                ));
            }
            let monomial = Monomial::parse(part.trim(), &LETTERS)?;
            let log_factor = monomial.prefactor().to_f64().map_or(f64::NAN, f64::ln);
            if !log_factor.is_finite() {
                return Err(bad(format!("the number in front of {} is beyond all doubles", part.trim())));
            }
            let mut powers = [0.0; LETTERS.len()];
            for ((power, letter), exponent) in powers.iter_mut().zip(LETTERS).zip(monomial.powers()) {
                *power = exponent.as_constant().as_ref().and_then(ToPrimitive::to_f64).unwrap_or(f64::NAN);
                if !(0.0..=100.0).contains(power) {
                    return Err(bad(format!(
                        "{letter} has the power {exponent}: costs grow, with powers that are numbers from 0 to 100"
                    )));
                }
            }
            if powers.iter().all(|power| *power <= 0.0) {
                return Err(bad(format!("{} costs the same whatever is chosen: omit it", part.trim())));
            }
            monomials.push(monomial);
            terms.push(Term { log_factor, powers });
        }
        Ok(Self { monomials, terms })
    }

    /// The single product that the cost is; `None` for sums.
    pub fn as_monomial(&self) -> Option<&Monomial> {
        if let [monomial] = &self.monomials[..] { Some(monomial) } else { None }
    }

    /// Whether it grows with a resource.
    pub fn contains(&self, resource: Resource) -> bool {
        let grows = |term: &Term| term.powers.get(resource.index()).is_some_and(|power| *power > 0.0);
        self.terms.iter().any(grows)
    }

    /// The cost of amounts of all resources.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::Resource;
    /// use spectralaw::frontier::Cost;
    ///
    /// let amount = |resource| if resource == Resource::Width { 100.0 } else { 7.0 };
    /// assert_eq!(Cost::parse("6*N*t")?.of(amount), 4200.0);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn of(&self, amount: impl Fn(Resource) -> f64) -> f64 {
        self.value(&Resource::ALL.map(amount))
    }

    /// The cost of values of all resources.
    pub(crate) fn value(&self, values: &Values) -> f64 {
        let product = |(monomial, term): (&Monomial, &Term)| {
            let paid = term.powers.iter().zip(values).filter(|(power, _)| **power > 0.0);
            let factor = monomial.prefactor().to_f64().unwrap_or(f64::NAN);
            paid.fold(factor, |product, (power, value)| product * value.powf(*power))
        };
        self.monomials.iter().zip(&self.terms).map(product).sum()
    }

    /// Logarithm of the cost at the logarithms of all resources.
    pub(crate) fn log(&self, logs: &Values) -> f64 {
        let largest = self.terms.iter().map(|term| term.log(logs)).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.terms.iter().map(|term| (term.log(logs) - largest).exp()).sum();
        largest + sum.ln()
    }

    /// Elasticities: derivatives of the logarithm by those of the resources.
    pub(crate) fn elasticities(&self, logs: &Values) -> Values {
        let log = self.log(logs);
        let mut out = [0.0; COUNT];
        for term in &self.terms {
            let share = (term.log(logs) - log).exp();
            for (sum, power) in out.iter_mut().zip(term.powers) {
                *sum += share * power;
            }
        }
        out
    }

    /// The logarithm of a resource at which the budget is spent, with the others as given; negative infinity if they
    /// cost more than that, infinity if the cost does not contain the resource.
    pub(crate) fn affordable(&self, resource: Resource, logs: &Values, log_budget: f64) -> f64 {
        let index = resource.index();
        if !self.contains(resource) {
            let is_within = self.log(logs) <= log_budget + ROUNDED * log_budget.abs().max(1.0);
            return if is_within { f64::INFINITY } else { f64::NEG_INFINITY };
        }
        let at = |log: f64| {
            let mut logs = *logs;
            logs[index] = log;
            (self.log(&logs) - log_budget, self.elasticities(&logs)[index])
        };
        // the cost is convex in the logarithm: from above, Newton's method descends to the root
        let powers = self.terms.iter().map(|term| (term.powers[index], term.log(&logs_without(logs, index))));
        let bound = powers.filter(|(power, _)| *power > 0.0).map(|(power, rest)| (log_budget - rest) / power);
        let mut log = bound.fold(f64::INFINITY, f64::min);
        for _ in 0..NEWTON_LIMIT {
            let (excess, slope) = at(log);
            if slope <= 0.0 || log < LOWEST {
                return f64::NEG_INFINITY;
            }
            let step = excess / slope;
            log -= step;
            if step.abs() <= 4.0 * f64::EPSILON * log.abs().max(1.0) {
                break;
            }
        }
        log
    }
}

/// What rounding may add to a cost that spends the budget.
const ROUNDED: f64 = 1e-13;

/// Steps of Newton's method for the root of a convex function from its steep side; where other products alone exceed
/// the budget there is none, and it runs away.
const NEWTON_LIMIT: usize = 200;

/// Below this logarithm nothing can be chosen.
const LOWEST: f64 = -300.0;

fn logs_without(logs: &Values, index: usize) -> Values {
    let mut logs = *logs;
    logs[index] = 0.0;
    logs
}

/// The parts between plus signs outside of parentheses; a sign after `e` or `^` belongs to a number.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '+' if depth == 0 && !matches!(previous, 'e' | '^') => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        if !c.is_whitespace() {
            previous = c;
        }
    }
    parts.push(&text[start..]);
    parts
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.monomials.iter().map(Monomial::to_string).collect();
        f.pad(&parts.join(" + "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_affordable_spends_the_budget() {
        for text in ["N*t", "6*N*B*t", "N^1.5*t + 10*P", "t + N + 1e-3*N*t*P^2", "E*N*t + N^2"] {
            let cost = Cost::parse(text).unwrap();
            let logs = [3.0, 2.0, 1.0, 0.5, 0.3, f64::NAN];
            for resource in [Resource::Time, Resource::Width, Resource::Samples, Resource::Batch, Resource::Ensemble] {
                for log_budget in [1.0, 10.0, 30.0, 80.0] {
                    let log = cost.affordable(resource, &logs, log_budget);
                    let mut at = logs;
                    at[resource.index()] = log;
                    if log.is_finite() {
                        // rounding of a sum of a few products in logarithms
                        assert!(
                            (cost.log(&at) - log_budget).abs() < 1e-13 * log_budget.max(1.0),
                            "{text} {resource:?}"
                        );
                    } else if log < 0.0 {
                        at[resource.index()] = -200.0;
                        assert!(cost.log(&at) > log_budget, "{text} {resource:?} {log_budget}");
                    } else {
                        assert!(!cost.contains(resource));
                    }
                }
            }
        }
    }

    #[test]
    fn elasticities_are_derivatives() {
        let cost = Cost::parse("6*N*B*t + 100*P + N^2.5").unwrap();
        let logs = [3.0, 2.0, 1.0, 0.5, 0.0, 0.0];
        for (index, elasticity) in cost.elasticities(&logs).into_iter().enumerate() {
            let moved = |step: f64| {
                let mut logs = logs;
                logs[index] += step;
                cost.log(&logs)
            };
            // third derivatives below 10: error below 2e-10 of the differences and 1e-10 of rounding
            assert!((elasticity - (moved(1e-5) - moved(-1e-5)) / 2e-5).abs() < 1e-9, "{index}");
        }
    }

    #[test]
    fn costs_that_make_no_sense_are_refused() {
        let cases = [
            ("", "``"),
            ("N*", "N*"),
            ("7", "costs the same"),
            ("N + 7", "7 costs the same"),
            ("N/t", "t has the power -1"),
            ("N^b*t", "N has the power b"),
            ("Q*t", "Q"),
            ("N - t", "-"),
            ("N*t + ", "``"),
            ("1e400*N", "1e400"),
            ("6*N*D", "D is not known"),
            ("6ND", "is P here"),
        ];
        for (text, told) in cases {
            let problem = Cost::parse(text).unwrap_err().to_string();
            assert!(problem.contains(told), "{text}: {problem}");
        }
    }
}
