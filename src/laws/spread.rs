//! How the relative spread between runs falls with the size that limits the loss, as monomials in the resources with
//! exact amplitudes.

use super::amplitudes::{Amplitude, Amplitudes};
use super::terms::{Bottleneck, Law};
use crate::error::Result;
use crate::laws::symbolic::{BigRational, Exponent, Region};

/// The spreads that have a law at a point of the plane with `b > 1` (equations (A.spread-width) to (A.spread-borders)).
pub(super) fn spreads((a, b): &(BigRational, BigRational), amplitudes: &Amplitudes) -> Result<Vec<Law>> {
    let r = a - BigRational::from_integer(1.into());
    let twice = b * BigRational::from_integer(2.into());
    let (sa, sb) = (Exponent::a(), Exponent::b());
    // the two sides of the lines a - 1 = b and a - 1 = 2b
    let (border_width, border_data) = (r == *b, r == twice);
    let (to_width, to_data) = (&sb + 1 - &sa, &sb * 2 + 1 - &sa);
    let side = |beyond: bool, border: bool, distance: &Exponent| match (border, beyond) {
        (true, _) => vec![],
        (false, true) => vec![-distance],
        (false, false) => vec![distance.clone()],
    };
    let (beyond_width, beyond_data) = (r > *b, r > twice);
    let (width, data) = (side(beyond_width, border_width, &to_width), side(beyond_data, border_data, &to_data));

    let zero = || Exponent::integer(0);
    let half = (Exponent::integer(1) / Exponent::integer(2))?;
    // of a relative variance of 1/size: at the end, and t^((r - 1)/2) or t^((r - 2)/2) times that while time limits
    let (by_width, by_samples) = ([zero(), half.clone(), zero(), zero()], [zero(), zero(), half.clone(), zero()]);
    let growing = |beyond: bool, distance: &Exponent, [_, width, samples, batch]: &[Exponent; 4]| {
        let in_time = if beyond { (distance / &(&sb * 2))? } else { zero() };
        Ok::<_, crate::Error>([in_time, width.clone(), samples.clone(), batch.clone()])
    };
    let early_width = growing(beyond_width, &to_width, &by_width)?;
    let early_data = growing(beyond_data, &to_data, &by_samples)?;

    let law = |bottleneck, exponents: &[Exponent; 4], side: &[Exponent], variance: Amplitude, logarithm_of| {
        let region = Region::new([vec![&sa - 1, &sb - 1], side.to_vec()].concat());
        Law::of_spread(bottleneck, exponents, region, variance, logarithm_of)
    };
    let in_time = |border: bool| border.then_some(0);
    let early = |of: Bottleneck, border, exponents, side: &[Exponent], variance| {
        law(of, exponents, side, variance, in_time(border))
    };
    Ok(vec![
        law(Bottleneck::Width, &by_width, &width, amplitudes.variance_of_width().into(), None)?,
        law(Bottleneck::Samples, &by_samples, &data, amplitudes.variance_of_data().into(), None)?,
        early(
            Bottleneck::EarlyWidth,
            border_width,
            &early_width,
            &width,
            amplitudes.variance_of_early_width(border_width),
        )?,
        early(
            Bottleneck::EarlySamples,
            border_data,
            &early_data,
            &data,
            amplitudes.variance_of_early_data(border_data),
        )?,
        law(Bottleneck::LabelNoise, &by_samples, &[], amplitudes.variance_of_noise().into(), None)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::{ScalingLaws, Training};
    use crate::spectrum::Spectrum;
    use crate::{Model, Optimizer};

    /// The exact relative spread over that of its law, at a time or a size.
    fn exact_over_law(a: f64, b: f64, law: &Law, scale: f64) -> Result<f64> {
        let of = law.bottleneck();
        let plain = Model::new(&Spectrum::power_law(a, b)?);
        // (while time limits the loss, sizes are out of sight)
        let is_early = matches!(of, Bottleneck::EarlyWidth | Bottleneck::EarlySamples);
        let (n, time) = if is_early { (1e8 * scale.powf(2.0), scale) } else { (scale, f64::INFINITY) };
        let model = match of {
            Bottleneck::Width | Bottleneck::EarlyWidth => plain.with_width(n)?,
            // so much noise that nothing else counts
            Bottleneck::LabelNoise => plain.with_samples(n)?.with_noise_variance(1e9)?,
            _ => plain.with_samples(n)?,
        };
        let loss = model.gradient_flow(&[time])?.points()[0].test_loss;
        let spread = model.spread(&Optimizer::GradientFlow, &[time])?[0].spread;
        let expected = law.value(a, b, [time, n, n, 1.0]).unwrap_or(f64::NAN);
        Ok(spread / loss / expected)
    }

    /// Exact spreads tend to the laws, on either side of both borders and on them, at the rate of the next term.
    #[test]
    fn exact_spreads_tend_to_the_laws() -> Result<()> {
        for (a, b) in [(1.5, 1.25), (2.1, 1.5), (2.5, 1.5), (3.4, 1.4), (3.6, 1.3), (4.5, 1.3), (5.5, 1.6), (1.4, 3.0)]
        {
            let laws = ScalingLaws::new(a, b, Training::Flow)?;
            assert_eq!(laws.spreads().len(), 5);
            let r = (a - 1.0) / b;
            for law in laws.spreads() {
                let (x, y) = laws.exact();
                assert!(law.region().contains(x, y), "{law:?}");
                // the next terms are of relative order n^-1, n^(-b |1 - r|) or n^(-b |2 - r|) at the end, and while
                // time limits t^(-1/b), from the 1/2 in D, t^(-|1 - r|) or t^(-|2 - r|)
                let (scales, distance) = match law.bottleneck() {
                    Bottleneck::Width => ([1e5, 1e8], b * (1.0 - r).abs()),
                    Bottleneck::Samples => ([1e5, 1e8], b * (2.0 - r).abs()),
                    Bottleneck::EarlyWidth => ([1e2, 1e4], (1.0 - r).abs()),
                    Bottleneck::EarlySamples => ([1e2, 1e4], (2.0 - r).abs()),
                    _ => ([1e5, 1e8], 1.0),
                };
                let is_early = matches!(law.bottleneck(), Bottleneck::EarlyWidth | Bottleneck::EarlySamples);
                let least = if is_early { b.recip() } else { 1.0 };
                let [first, second] = scales.map(|x| exact_over_law(a, b, law, x));
                let (first, second) = ((first? - 1.0).abs(), (second? - 1.0).abs());
                // constants of the next order differ by factors
                let fallen = |rate: f64| 2.0 * (scales[1] / scales[0]).powf(-0.9 * rate);
                let predicted = if distance > 1e-9 {
                    fallen(distance.min(least))
                } else if is_early {
                    // (on a border both next terms have gone into the logarithm)
                    fallen(least)
                } else {
                    // the loss has a logarithm there, and so has its slope, with another offset
                    1.2 * scales[0].ln() / scales[1].ln()
                };
                let place = format!("{a} {b} {}: {first:e} {second:e}", law.bottleneck());
                assert!(second < predicted * first + 1e-7 && first < 0.9, "{place}");
            }
        }
        assert!(ScalingLaws::new(1.5, 0.8, Training::Flow)?.spreads().is_empty());
        assert!(ScalingLaws::new(1.5, 1.25, Training::Sgd)?.spreads().is_empty());
        Ok(())
    }
}
