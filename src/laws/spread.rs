//! How the relative spread between runs falls, as monomials in the resources with exact amplitudes.

use super::amplitudes::Amplitudes;
use super::terms::{Bottleneck, RESOURCES, ScalingLaws};
use crate::error::{Error, Result};
use crate::laws::symbolic::{BigRational, Exponent, Monomial, Region};

/// The standard deviation of the loss between runs, relative to what is reducible of the loss, where one bottleneck
/// limits it.
///
/// Of [`Bottleneck::Width`] and [`Bottleneck::Samples`] it is that at the end of training, with the other size
/// infinite;
/// of [`Bottleneck::EarlyWidth`] that on unlimited data before the width is felt; of [`Bottleneck::LabelNoise`] that of
/// what label noise adds to the loss at the end of training, relative to all of it, `b sigma^2`.
#[derive(Debug, Clone, PartialEq)]
pub struct SpreadLaw {
    bottleneck: Bottleneck,
    monomial: Monomial,
    region: Region,
    amplitude: f64,
}

impl SpreadLaw {
    /// What limits the loss.
    pub fn bottleneck(&self) -> Bottleneck {
        self.bottleneck
    }

    /// The powers of the resources, exact in `a` and `b`.
    pub fn monomial(&self) -> &Monomial {
        &self.monomial
    }

    /// Where in the plane of `a` and `b` it has this form.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The coefficient.
    pub fn amplitude(&self) -> f64 {
        self.amplitude
    }
}

impl ScalingLaws {
    /// How the relative spread of the loss between runs depends on what limits it; for `b > 1`, none for others, whose
    /// spreads depend on the number of modes. At `a - 1 = b` the early law of the width has a logarithm and is left
    /// out.
    ///
    /// # Errors
    ///
    /// None at exponents for which there are laws.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::laws::{Bottleneck, ScalingLaws, Training};
    ///
    /// let laws = ScalingLaws::new(1.5, 1.25, Training::Flow)?;
    /// let spreads = laws.spreads()?;
    /// let width = spreads.iter().find(|law| law.bottleneck() == Bottleneck::Width).unwrap();
    /// // (a - 1) sqrt(2/(b N))
    /// assert_eq!(width.monomial().to_string(), "N^-(1/2)");
    /// assert!((width.amplitude() - 0.5 * (2.0_f64 / 1.25).sqrt()).abs() < 1e-15);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn spreads(&self) -> Result<Vec<SpreadLaw>> {
        let (a, b) = self.exact();
        let one = BigRational::from_integer(1.into());
        if *b <= one {
            return Ok(Vec::new());
        }
        let two = BigRational::from_integer(2.into());
        let (beyond_width, border) = (a - &one > *b, a - &one == *b);
        let beyond_data = a - &one > b * &two;
        let amplitudes = Amplitudes::new(self.a(), self.b());
        let (sa, sb) = (Exponent::a(), Exponent::b());
        let half = Exponent::from(one / two);
        let zero = || Exponent::integer(0);
        let within = |condition: Exponent| Region::new(vec![&sa - 1, &sb - 1, condition]);
        let width = if beyond_width { within(&sa - 1 - &sb) } else { within(&sb + 1 - &sa) };
        let data = if beyond_data { within(&sa - 1 - &sb * 2) } else { within(&sb * 2 + 1 - &sa) };
        let everywhere = || Region::new(vec![&sa - 1, &sb - 1]);
        let at_border = |region: &Region, is_border: bool| if is_border { everywhere() } else { region.clone() };
        let law = |bottleneck, decays: [Exponent; 4], region: Region, amplitude: f64| {
            let monomial = Monomial::decaying(&RESOURCES, &decays)?;
            Ok::<_, Error>(SpreadLaw { bottleneck, monomial, region, amplitude })
        };
        let of_width = || [zero(), half.clone(), zero(), zero()];
        let of_data = || [zero(), zero(), half.clone(), zero()];
        let border_data = a - &BigRational::from_integer(1.into()) == b * &BigRational::from_integer(2.into());
        let mut out = vec![
            law(Bottleneck::Width, of_width(), at_border(&width, border), amplitudes.spread_of_width())?,
            law(Bottleneck::Samples, of_data(), at_border(&data, border_data), amplitudes.spread_of_data())?,
            law(Bottleneck::LabelNoise, of_data(), everywhere(), amplitudes.spread_of_noise())?,
        ];
        if !border {
            // t^((r - 1)/2) beyond the border
            let growth = (&sa - 1 - &sb) / &(&sb * 2);
            let decay = if beyond_width { -&growth? } else { zero() };
            let powers = [decay, half.clone(), zero(), zero()];
            out.push(law(Bottleneck::EarlyWidth, powers, width, amplitudes.spread_of_early_width())?);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::Training;
    use crate::spectrum::Spectrum;
    use crate::{Model, Optimizer};

    /// Exact spreads tend to the laws, on either side of both borders.
    #[test]
    fn exact_spreads_tend_to_the_laws() -> Result<()> {
        for (a, b) in [(1.5, 1.25), (2.1, 1.5), (3.4, 1.4), (5.5, 1.6)] {
            let (spectrum, laws) = (Spectrum::power_law(a, b)?, ScalingLaws::new(a, b, Training::Flow)?);
            for law in laws.spreads()? {
                let plain = Model::new(&spectrum);
                let n: f64 = if law.bottleneck() == Bottleneck::EarlyWidth { 1e12 } else { 1e8 };
                let (model, time) = match law.bottleneck() {
                    Bottleneck::Width => (plain.with_width(n)?, f64::INFINITY),
                    Bottleneck::EarlyWidth => (plain.with_width(n)?, 1e3),
                    _ => (plain.with_samples(n)?, f64::INFINITY),
                };
                // so much noise that nothing else counts
                let is_noise = law.bottleneck() == Bottleneck::LabelNoise;
                let model = if is_noise { model.with_noise_variance(1e9)? } else { model };
                let loss = model.gradient_flow(&[time])?.points()[0].test_loss;
                let spread = model.spread(&Optimizer::GradientFlow, &[time])?[0].spread;
                let powers = law.monomial().powers().iter().zip([time, n, n, 1.0]);
                let expected: f64 = powers
                    .filter(|(power, _)| !power.is_zero())
                    .map(|(power, x)| x.powf(power.value(a, b)))
                    .product::<f64>()
                    * law.amplitude();
                // corrections are of relative order n^(-b |1 - r|) at the end, and t^(-|1 - r|) or, from the 1/2 in D,
                // t^(-1/b) while learning
                let r = (a - 1.0) / b;
                let is_early = law.bottleneck() == Bottleneck::EarlyWidth;
                let allowed = if is_early { 2.0 * 1e3_f64.powf(-(1.0 - r).abs().min(b.recip())) } else { 0.002 };
                let exact = spread / loss;
                assert!((exact / expected - 1.0).abs() < allowed, "{a} {b} {law:?}: {exact} {expected}");
                let (x, y) = laws.exact();
                assert!(law.region().contains(x, y), "{law:?}");
            }
        }
        assert!(ScalingLaws::new(1.5, 0.8, Training::Flow)?.spreads()?.is_empty());
        assert_eq!(ScalingLaws::new(2.25, 1.25, Training::Flow)?.spreads()?.len(), 3);
        Ok(())
    }
}
