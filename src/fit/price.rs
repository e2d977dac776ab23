//! What size and data cost.

use std::fmt;

use super::run::Setting;
use crate::error::{Error, Result};
use crate::frontier::Cost;
use crate::resource::{COUNT, Resource};

/// A cost in size `N` and data `D`, a sum of products of powers.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::Price;
///
/// let price = Price::parse("6*N*D")?;
/// assert!((price.of(1e9, 2e10) / 1.2e20 - 1.0).abs() < 1e-12);
/// assert!((price.data(1e9, 1.2e20) / 2e10 - 1.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    cost: Cost,
}

impl Price {
    /// Operations of a transformer: a forward and a backward pass, for each parameter and each token.
    pub const USUAL: &'static str = "6*N*D";

    /// Reads a sum of products such as `6*N*D` or `6*N*D + 2*N^1.5`.
    ///
    /// # Errors
    ///
    /// [`Error::BadFormula`] names the part that was not understood; both `N` and `D` have to cost something.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |problem: String| Error::BadFormula { formula: text.to_owned(), problem };
        let letters = text.chars().filter(|c| c.is_alphabetic() && !matches!(c, 'N' | 'D' | 'e'));
        if let Some(letter) = letters.clone().next() {
            return Err(bad(format!("{letter} is not known here: costs of runs are in size N and data D, as 6*N*D")));
        }
        let cost = Cost::parse(&text.replace('D', Resource::Samples.letter()))?;
        for (resource, letter) in [(Resource::Width, "N"), (Resource::Samples, "D")] {
            if !cost.contains(resource) {
                return Err(bad(format!(
                    "{letter} costs nothing, so that more of it is always better: name its price"
                )));
            }
        }
        Ok(Self { cost })
    }

    /// A run with what the price tells of it: what its size and its data cost, or the data that its compute left for
    /// its size. What is known stays.
    pub fn complete(&self, setting: Setting) -> Setting {
        let Setting { size, data, compute, .. } = setting;
        let derives_data = data.is_nan() && !size.is_nan() && !compute.is_nan();
        let data = if derives_data { self.data(size, compute) } else { data };
        let compute = if compute.is_nan() { self.of(size, data) } else { compute };
        Setting { data, compute, ..setting }
    }

    /// The cost of a size and an amount of data.
    pub fn of(&self, size: f64, data: f64) -> f64 {
        self.cost.log(&logs(size, data)).exp()
    }

    /// The data that a budget leaves for a size; 0 if it leaves none.
    pub fn data(&self, size: f64, budget: f64) -> f64 {
        self.cost.affordable(Resource::Samples, &logs(size, 1.0), budget.ln()).exp()
    }
}

fn logs(size: f64, data: f64) -> [f64; COUNT] {
    let mut logs = [0.0; COUNT];
    logs[Resource::Width.index()] = size.ln();
    logs[Resource::Samples.index()] = data.ln();
    logs
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.cost.to_string().replace(Resource::Samples.letter(), "D"))
    }
}
