//! The minimum of an IsoFLOP profile, by a parabola.

use super::linear::least_squares;
use super::{bad_fit, logarithms, mean, root_mean_square, same_length};
use crate::error::{Error, Result};

/// A parabola in the logarithm of a size, through losses (or their logarithms) at one budget (equation (Parabola)): the
/// second approach of Hoffmann et al. (2022), "Training compute-optimal large language models".
///
/// A [`PowerLawFit`](crate::fit::PowerLawFit) of the minima of several budgets shows how the best size grows with the
/// budget.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::Parabola;
///
/// let sizes = [1.0_f64, 3.0, 10.0, 30.0, 100.0];
/// let losses = sizes.map(|n| 2.0 + (n / 7.0).ln().powi(2));
/// let parabola = Parabola::new(&sizes, &losses, f64::INFINITY)?;
/// assert!((parabola.at - 7.0).abs() < 1e-12 && (parabola.value - 2.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Parabola {
    /// The size at the minimum.
    pub at: f64,
    /// The value there.
    pub value: f64,
    /// Second derivative of the value by the logarithm of the size.
    pub curvature: f64,
    /// Root mean square deviation of the values.
    pub residual: f64,
    /// Points within the window.
    pub points: usize,
    /// Whether the minimum lies outside the range of these points.
    pub is_extrapolated: bool,
}

impl Parabola {
    /// The parabola by least squares through the points whose size is within a factor `window` of the size of the least
    /// value; through all points for an infinite `window`.
    ///
    /// # Errors
    ///
    /// [`Error::BadEntry`] for sizes that are not positive and finite and values that are not finite;
    /// [`Error::OutOfRange`] for windows of 1 and less; [`Error::BadFit`] for lists of different lengths, fewer than
    /// three different sizes in the window, and values without a minimum.
    pub fn new(sizes: &[f64], values: &[f64], window: f64) -> Result<Self> {
        same_length(("sizes", "values"), (sizes.len(), values.len()))?;
        let logs = logarithms("sizes", sizes)?;
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::BadEntry { name: "values", index, value: values[index], allowed: "finite" });
        }
        if window <= 1.0 || window.is_nan() {
            return Err(Error::OutOfRange { name: "window", value: window, allowed: "a factor above 1, or infinite" });
        }
        let least = logs.iter().zip(values).min_by(|x, y| x.1.total_cmp(y.1)).map_or(f64::NAN, |(log, _)| *log);
        let is_near = |log: &f64| (log - least).abs() <= window.ln() * (1.0 + f64::EPSILON);
        let (logs, values): (Vec<f64>, Vec<f64>) =
            logs.iter().zip(values).filter(|(log, _)| is_near(log)).map(|(log, value)| (*log, *value)).unzip();
        let centre = mean(&logs);
        let rows: Vec<[f64; 3]> = logs.iter().map(|log| log - centre).map(|u| [1.0, u, u * u]).collect();
        let Some(([constant, slope, half], _)) = least_squares(&rows, &values) else {
            return Err(bad_fit(format!(
                "a parabola through {} points within a factor {window} of the best one: widen the window, or measure \
                 more sizes",
                logs.len()
            )));
        };
        if half <= 0.0 {
            let problem = "losses that have no minimum over sizes: measure smaller and larger ones".to_owned();
            return Err(bad_fit(problem));
        }
        let place = -0.5 * slope / half;
        let deviations = rows.iter().zip(&values).map(|([_, u, uu], value)| constant + slope * u + half * uu - value);
        let (first, last) =
            logs.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(x, y), log| (x.min(*log), y.max(*log)));
        Ok(Self {
            at: (centre + place).exp(),
            value: constant + 0.5 * slope * place,
            curvature: 2.0 * half,
            residual: root_mean_square(deviations, rows.len()),
            points: rows.len(),
            is_extrapolated: !(first..=last).contains(&(centre + place)),
        })
    }

    /// The value at a size.
    pub fn value_at(&self, size: f64) -> f64 {
        self.value + 0.5 * self.curvature * (size / self.at).ln().powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_window_matters() -> Result<()> {
        let sizes: Vec<f64> = (0..9).map(|i| 2_f64.powi(i)).collect();
        let exact = |n: &f64| 1.5 + 0.3 * (n / 12.0).ln().powi(2);
        let mut values: Vec<f64> = sizes.iter().map(exact).collect();
        values[0] = 100.0;
        values[8] = 50.0;
        let parabola = Parabola::new(&sizes, &values, 8.0)?;
        // 16 is nearest to 12: from 2 to 128
        assert_eq!(parabola.points, 7);
        assert!((parabola.at / 12.0 - 1.0).abs() < 1e-13 && (parabola.curvature - 0.6).abs() < 1e-13);
        assert!(parabola.residual < 1e-14 && !parabola.is_extrapolated);
        assert!((Parabola::new(&sizes, &values, f64::INFINITY)?.at / 12.0 - 1.0).abs() > 1e-3);
        assert!(
            Parabola::new(&sizes[5..], &values[5..8].iter().chain(&[1e3]).copied().collect::<Vec<_>>(), 4.0)?
                .is_extrapolated
        );
        Ok(())
    }

    #[test]
    fn senseless_profiles_are_refused() {
        let sizes = [1.0, 2.0, 4.0, 8.0];
        for (sizes, values, window) in [
            (&sizes[..], &[1.0, 2.0, 3.0][..], 10.0),
            (&sizes[..], &[1.0, 2.0, f64::NAN, 3.0], 10.0),
            (&sizes[..], &[3.0, 1.0, 2.0, 3.0], 1.0),
            (&sizes[..], &[3.0, 1.0, 2.0, 3.0], f64::NAN),
            (&sizes[..], &[3.0, 1.0, 2.0, 3.0], 1.5),
            (&sizes[..], &[1.0, 2.0, 2.5, 2.7], 10.0),
            (&[1.0, 1.0, 2.0, 2.0], &[1.0, 2.0, 2.5, 2.7], 10.0),
            (&[], &[], 10.0),
            (&[1.0, -2.0, 3.0], &[1.0, 0.0, 1.0], 10.0),
        ] {
            assert!(Parabola::new(sizes, values, window).is_err(), "{sizes:?} {values:?} {window}");
        }
    }
}
