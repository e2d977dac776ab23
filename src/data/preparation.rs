//! What is done to data before their spectrum is taken.

use crate::stored::Stored;

/// What is done to data before their spectrum is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Centring {
    /// Nothing.
    #[default]
    None,
    /// The mean of each target is subtracted.
    Targets,
    /// So is the mean feature vector: the kernel has no constant function any more.
    All,
}

/// What is done to data before their spectrum is taken, and what is known of how they were stored.
///
/// A [`Centring`] alone is one, too: how numbers were stored is then concluded from the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preparation {
    /// What is centred.
    pub centring: Centring,
    /// How the matrix, or the features, were stored or computed; if that is not given, doubles that are all numbers of 4 or 2 bytes count as
    /// such.
    pub stored: Option<Stored>,
}

impl Centring {
    /// Says in which form the numbers to be centred were stored, or computed.
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
    /// How these numbers were stored.
    pub(super) fn stored(&self, values: &[f64]) -> Stored {
        self.stored.unwrap_or(Stored::Float64).of_values(values)
    }
}
