//! Power laws as straight lines through logarithms.

use super::linear::least_squares;
use super::{bad_fit, logarithms, mean, root_mean_square, same_length};
use crate::error::Result;

/// A power law `y = amplitude * x^exponent`, fitted by least squares of logarithms (equation (Line)).
///
/// # Examples
///
/// ```
/// use spectralaw::fit::PowerLawFit;
///
/// let fit = PowerLawFit::new(&[1.0, 10.0, 100.0], &[3.0, 0.3, 0.03])?;
/// assert!((fit.exponent + 1.0).abs() < 1e-14 && (fit.at(1e3) - 0.003).abs() < 1e-15);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PowerLawFit {
    /// The factor in front of the power.
    pub amplitude: f64,
    /// The power.
    pub exponent: f64,
    /// Standard error of `exponent`, if deviations are independent (those of exact curves are not); bias is not
    /// included. Infinite for two points.
    pub exponent_error: f64,
    /// Root mean square deviation of `ln y`.
    pub residual: f64,
}

impl PowerLawFit {
    /// The law through at least two points with different `x`.
    ///
    /// # Errors
    ///
    /// [`Error::BadEntry`](crate::Error::BadEntry) for entries that are not positive and finite;
    /// [`Error::BadFit`](crate::Error::BadFit) for lists of different lengths and fewer than two different `x`.
    pub fn new(x: &[f64], y: &[f64]) -> Result<Self> {
        same_length(("values of x", "values of y"), (x.len(), y.len()))?;
        let (x, y) = (logarithms("x", x)?, logarithms("y", y)?);
        let centre = mean(&x);
        let rows: Vec<[f64; 2]> = x.iter().map(|x| [1.0, x - centre]).collect();
        let Some(([middle, exponent], inverse)) = least_squares(&rows, &y) else {
            return Err(bad_fit(format!("a power law through {} points that do not differ in x: give more", x.len())));
        };
        let deviations = || x.iter().zip(&y).map(|(x, y)| y - middle - exponent * (x - centre));
        let residual = root_mean_square(deviations(), x.len());
        let freedom = x.len() as f64 - 2.0;
        let variance = if freedom > 0.0 { residual * residual * x.len() as f64 / freedom } else { f64::INFINITY };
        Ok(Self {
            amplitude: (middle - exponent * centre).exp(),
            exponent,
            exponent_error: (variance * inverse[1][1]).sqrt(),
            residual,
        })
    }

    /// The law at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.amplitude * x.powf(self.exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_textbook() -> Result<()> {
        // ln y = 0, 1, 1, 2 at ln x = 0, 1, 2, 3: slope 0.6, residuals -0.1, 0.3, -0.3, 0.1, variance 0.2/2 over 5
        let e = std::f64::consts::E;
        let fit = PowerLawFit::new(&[1.0, e, e * e, e * e * e], &[1.0, e, e, e * e])?;
        assert!((fit.exponent - 0.6).abs() < 1e-14 && (fit.amplitude.ln() - 0.1).abs() < 1e-14);
        assert!((fit.exponent_error - 0.02_f64.sqrt()).abs() < 1e-14 && (fit.residual - 0.05_f64.sqrt()).abs() < 1e-14);
        assert!(PowerLawFit::new(&[1.0, 2.0], &[1.0, 2.0])?.exponent_error.is_infinite());
        Ok(())
    }

    #[test]
    fn senseless_lists_are_refused() {
        for (x, y) in [
            (&[][..], &[][..]),
            (&[1.0], &[1.0]),
            (&[2.0, 2.0], &[1.0, 3.0]),
            (&[1.0, 2.0], &[1.0]),
            (&[1.0, 0.0], &[1.0, 1.0]),
            (&[1.0, 2.0], &[1.0, -1.0]),
            (&[1.0, f64::NAN], &[1.0, 1.0]),
            (&[1.0, 2.0], &[1.0, f64::INFINITY]),
        ] {
            assert!(PowerLawFit::new(x, y).is_err(), "{x:?} {y:?}");
        }
    }
}
