//! Preparation of data before their spectrum is taken.

use crate::stored::Stored;

/// The means that are subtracted from data before their spectrum is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Centring {
    /// Nothing.
    #[default]
    None,
    /// The mean of each target is subtracted.
    Targets,
    /// The mean of each target and the mean feature vector are subtracted: constant functions are removed from the
    /// kernel.
    All,
}

/// Preparation of data before their spectrum is taken, and the precision with which they were stored.
///
/// A [`Centring`] converts to a `Preparation`; the precision is then judged by the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preparation {
    /// The centring.
    pub centring: Centring,
    /// The form in which the matrix, or the features, were stored or computed. If it is not given, doubles that are all
    /// exact in 4 or 2 bytes count as such.
    pub stored: Option<Stored>,
}

impl Centring {
    /// This centring for numbers that were stored, or computed, in a given form.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::data::{Centring, Stored, gram_eigenvalues};
    ///
    /// // two features, rounded to 4 bytes: of ten points there are two modes, and eight of rounding
    /// let point = |i: u32| [f64::from(i) / 7.0, (f64::from(i) / 3.0).sin()];
    /// let entry = |i, j| f64::from((point(i)[0] * point(j)[0] + point(i)[1] * point(j)[1]) as f32);
    /// let gram: Vec<f64> = (0..100).map(|k| entry(k / 10, k % 10)).collect();
    /// let found = gram_eigenvalues(&gram, 10, Centring::None.of(Stored::Float32))?;
    /// assert_eq!((found.eigenvalues.len(), found.removed), (2, 8));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn of(self, stored: Stored) -> Preparation {
        Preparation { centring: self, stored: Some(stored) }
    }
}

impl From<Centring> for Preparation {
    fn from(centring: Centring) -> Self {
        Self { centring, stored: None }
    }
}

impl Preparation {
    /// The form in which these numbers were stored.
    pub(super) fn stored(&self, values: &[f64]) -> Stored {
        self.stored.unwrap_or(Stored::Float64).of_values(values)
    }
}
