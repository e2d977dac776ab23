//! Effective numbers of modes.

use crate::error::{Error, Result};

/// The participation ratio `(sum_k lambda_k)^2 / sum_k lambda_k^2` of eigenvalues: the number of equal eigenvalues with
/// the same trace and the same sum of squares (equation (Dimension.participation)); 0 where all are 0. The effective
/// dimension at a ridge is [`Spectrum::effective_dimension`](crate::Spectrum::effective_dimension).
///
/// # Errors
///
/// [`Error::BadEntry`] for eigenvalues that are negative or not finite.
///
/// # Examples
///
/// ```
/// use spectralaw::data::participation_ratio;
///
/// assert_eq!(participation_ratio(&[2.0, 2.0, 2.0])?, 3.0);
/// assert_eq!(participation_ratio(&[0.0])?, 0.0);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn participation_ratio(eigenvalues: &[f64]) -> Result<f64> {
    if let Some(index) = eigenvalues.iter().position(|x| !(*x >= 0.0 && x.is_finite())) {
        let allowed = "0, or positive and finite";
        return Err(Error::BadEntry { name: "eigenvalues", index, value: eigenvalues[index], allowed });
    }
    let largest = eigenvalues.iter().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return Ok(0.0);
    }
    let shares = eigenvalues.iter().map(|x| x / largest);
    let (sum, squares) = shares.fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
    Ok(sum * sum / squares)
}
