//! Two settings of one model, and how many runs tell them apart.

use super::{Along, Column, Table, quantities};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::spread::{Comparison, Setting};
use crate::training::Optimizer;

/// Two ridges, times or numbers of steps, which runs of models of several sizes are to tell apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingPair {
    along: Along,
    at: [f64; 2],
    confidence: f64,
}

impl SettingPair {
    /// Two values of a ridge, a time or a number of steps, and with which probability runs are to show the better one as
    /// better: between 0.5 and 1.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for rates, which are nothing that one trains with.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::table::{Along, SettingPair};
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let pair = SettingPair::new(Along::Ridge, [0.05, 0.1], 0.95)?;
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(60.0)?.with_samples(40.0)?;
    /// let table = pair.table(&[(60.0, 40.0)], &[pair.compare(&model, &Optimizer::GradientFlow)?])?;
    /// assert_eq!(table.numbers("second_ridge"), [0.1]);
    /// assert!(table.numbers("paired_runs")[0] < table.numbers("independent_runs")[0]);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn new(along: Along, at: [f64; 2], confidence: f64) -> Result<Self> {
        if along == Along::Rate {
            let problem = "settings differ in a ridge, a time or a number of steps: give two of these".to_owned();
            return Err(Error::Unsuited { problem });
        }
        Ok(Self { along, at, confidence })
    }

    /// How many runs of a model tell them apart. The method of training does not matter for ridges.
    ///
    /// # Errors
    ///
    /// As for [`Setting::compare`].
    pub fn compare(&self, model: &Model, optimizer: &Optimizer) -> Result<Comparison> {
        let setting = |at| match self.along {
            Along::Ridge => Setting::ridge(model, at),
            Along::Time | Along::Steps | Along::Rate => Setting::trained(model, optimizer, at),
        };
        setting(self.at[0])?.compare(&setting(self.at[1])?, self.confidence)
    }

    /// A row for each width and number of samples: the two settings, and what telling them apart takes.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] unless there is one comparison for each of the sizes.
    pub fn table(&self, sizes: &[(f64, f64)], comparisons: &[Comparison]) -> Result<Table> {
        let name = |which: &str| format!("{which}_{}", self.along.name());
        let all = |value: f64| vec![value; sizes.len()];
        let coordinates = vec![
            Column::sizes("width", sizes.iter().map(|size| size.0).collect()),
            Column::sizes("samples", sizes.iter().map(|size| size.1).collect()),
            Column::numbers(name("first"), all(self.at[0])),
            Column::numbers(name("second"), all(self.at[1])),
        ];
        Table::new(coordinates)?.with_columns(Table::of(quantities::comparison(), comparisons).into_columns())
    }

    /// What the settings differ in.
    pub fn along(&self) -> Along {
        self.along
    }

    /// The two values.
    pub fn at(&self) -> [f64; 2] {
        self.at
    }

    /// With which probability runs are to show the better setting as better.
    pub fn confidence(&self) -> f64 {
        self.confidence
    }
}
