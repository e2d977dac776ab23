//! How large a resource must be for the exact loss to follow its power law.

use super::{Bottleneck, ScalingLaws};
use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::spectrum::Spectrum;

/// Where the search begins: the largest size at which losses are reliable.
const LARGEST: f64 = 1e12;

/// Values that are tried for each factor of ten; deviations change their sign at most a few times in all.
const DENSITY: f64 = 8.0;

/// Halvings of the interval between two tried values, after which the onset is known to 1e-9.
const HALVINGS: usize = 30;

impl ScalingLaws {
    /// The time, width or number of samples from which on the local exponent of the exact loss that this resource alone
    /// limits, infinitely many modes and all else infinite, is that of its law, to a relative deviation of `tolerance`
    /// (equation (Onset)).
    ///
    /// `None` if it is not by 1e12, as close to a border between two laws, or on it, where a logarithm vanishes but
    /// slowly.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for tolerances outside 1e-6 to 1 and for `b <= 1`; [`Error::BadProgram`] for a bottleneck
    /// other than time, width and samples; [`Error::Unresolved`] if the exponent is not that of the law as far as laws
    /// so steep are resolved: eigenvalues above some 1e-76, losses above the smallest doubles.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::laws::{Bottleneck, ScalingLaws, Training};
    ///
    /// let laws = ScalingLaws::new(1.5, 1.25, Training::Flow)?;
    /// // time: at once; the width: from several hundred on
    /// assert!(laws.onset(Bottleneck::Time, 0.01)?.is_some_and(|time| time < 10.0));
    /// assert!(laws.onset(Bottleneck::Width, 0.01)?.is_some_and(|width| width > 100.0 && width < 1000.0));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn onset(&self, bottleneck: Bottleneck, tolerance: f64) -> Result<Option<f64>> {
        if !(1e-6..=1.0).contains(&tolerance) {
            return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed: "from 1e-6 to 1" });
        }
        if self.b() <= 1.0 {
            let allowed = "above 1: with b <= 1 losses depend on the number of modes";
            return Err(Error::OutOfRange { name: "b", value: self.b(), allowed });
        }
        let resource = match bottleneck {
            Bottleneck::Time => Resource::Time,
            Bottleneck::Width => Resource::Width,
            Bottleneck::Samples => Resource::Samples,
            Bottleneck::EarlyWidth | Bottleneck::EarlySamples | Bottleneck::LabelNoise | Bottleneck::GradientNoise => {
                let problem =
                    format!("{bottleneck} is no limit of its own: ask for the onset of time, width or samples");
                return Err(Error::BadProgram { problem });
            }
        };
        let Some(law) = self.law(bottleneck) else { return Ok(None) };
        let asymptotic = law.monomial().powers()[resource.index()].value(self.a(), self.b());
        let spectrum = Spectrum::power_law(self.a(), self.b())?;
        // none where it cannot be told: beyond what is resolved
        let holds = |amount: f64| -> Result<Option<bool>> {
            let exponent = match spectrum.limited_loss(resource, amount) {
                Ok(limited) => limited.exponent,
                Err(Error::Unresolved { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            let is_known = exponent.error <= tolerance * asymptotic.abs();
            Ok(is_known.then(|| (exponent.value / asymptotic - 1.0).abs() <= tolerance))
        };
        // sizes begin at 1; with time nothing has happened yet long before the first mode is learned
        let smallest = if resource == Resource::Time { 1e-3 } else { 1.0 };
        let count = ((LARGEST / smallest).log10() * DENSITY).round() as i32;
        let tried = |i: i32| if i == 0 { smallest } else { smallest * 10_f64.powf(f64::from(i) / DENSITY) };
        let mut resolved = None;
        let mut last = None;
        for i in (0..=count).rev() {
            match holds(tried(i))? {
                Some(true) => resolved = resolved.or(Some(i)),
                None if resolved.is_none() => {}
                _ => {
                    resolved = resolved.or(Some(i));
                    last = Some(i);
                    break;
                }
            }
        }
        let resolved = resolved.unwrap_or(-1);
        match last {
            None if resolved >= 0 => Ok(Some(smallest)),
            Some(i) if i == count => Ok(None),
            Some(i) if i < resolved => {
                let (mut low, mut high) = (tried(i).ln(), tried(i + 1).ln());
                for _ in 0..HALVINGS {
                    let middle = 0.5 * (low + high);
                    if holds(middle.exp())? == Some(true) {
                        high = middle;
                    } else {
                        low = middle;
                    }
                }
                Ok(Some(high.exp()))
            }
            _ => {
                let smallest = spectrum.eigenvalues().smallest_resolved();
                let request =
                    format!("the {bottleneck} from which on its law holds at a = {}, b = {}", self.a(), self.b());
                Err(Error::Unresolved { smallest, request })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::Training;

    fn onset(a: f64, b: f64, bottleneck: Bottleneck, tolerance: f64) -> Result<Option<f64>> {
        ScalingLaws::new(a, b, Training::Flow)?.onset(bottleneck, tolerance)
    }

    #[test]
    fn of_a_law_that_is_known_in_closed_form() -> Result<()> {
        // N = 1/tolerance - 1/2 at a = b = 2, up to terms of relative order exp(-4 N)
        for tolerance in [0.05, 0.01, 0.001, 1e-5] {
            let width = onset(2.0, 2.0, Bottleneck::Width, tolerance)?.unwrap_or_default();
            // bisection ends at 1e-9; the exponent's own error of 1e-14 is 1e-14 / tolerance in the width
            assert!((width / (1.0 / tolerance - 0.5) - 1.0).abs() < 2e-9, "{tolerance} {width}");
        }
        Ok(())
    }

    #[test]
    fn a_logarithm_takes_long() -> Result<()> {
        // at a - 1 = b the loss is N^-b (ln N + c), deviating by 1 / (b (ln N + c)) up to the order 1/N
        let laws = ScalingLaws::new(2.3, 1.3, Training::Flow)?;
        let offset =
            laws.law(Bottleneck::Width).and_then(super::super::Law::logarithm).map_or(f64::NAN, |factor| factor.offset);
        let expected = (1.0 / (1.3 * 0.05) - offset).exp();
        let width = laws.onset(Bottleneck::Width, 0.05)?.unwrap_or_default();
        assert!((width / expected - 1.0).abs() < 1e-4, "{width} {expected}");
        assert_eq!(laws.onset(Bottleneck::Width, 0.01)?, None);
        Ok(())
    }

    #[test]
    fn holds_from_there_on_and_not_before() -> Result<()> {
        let cases = [(Bottleneck::Time, 0.4, Resource::Time), (Bottleneck::Width, 0.5, Resource::Width)];
        let spectrum = Spectrum::power_law(1.5, 1.25)?;
        for (bottleneck, exponent, resource) in cases {
            let at = onset(1.5, 1.25, bottleneck, 0.01)?.unwrap_or_default();
            let deviation = |x: f64| -> Result<f64> {
                Ok((spectrum.limited_loss(resource, x)?.exponent.value / -exponent - 1.0).abs())
            };
            assert!((deviation(at)? - 0.01).abs() < 1e-8);
            assert!(deviation(0.9 * at)? > 0.01);
            for factor in [1.1, 2.0, 10.0, 1e4] {
                assert!(deviation(factor * at)? < 0.01);
            }
        }
        Ok(())
    }

    #[test]
    fn what_has_none_is_refused() {
        assert!(onset(1.5, 1.25, Bottleneck::LabelNoise, 0.1).is_err_and(|e| e.to_string().contains("label noise")));
        assert!(onset(1.5, 0.9, Bottleneck::Time, 0.1).is_err_and(|e| e.to_string().contains("b is 0.9")));
        for tolerance in [0.0, -0.1, f64::NAN, 2.0] {
            assert!(onset(1.5, 1.25, Bottleneck::Time, tolerance).is_err());
        }
    }
}
