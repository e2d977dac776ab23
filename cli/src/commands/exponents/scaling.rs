//! Exponents and terms at a point, and the words for resources.

use spectralaw::Resource;
use spectralaw::laws::symbolic::{BigRational, Exponent};
use spectralaw::laws::{Bottleneck, Law, Logarithm};

use crate::number::rounded;

/// The word for a resource.
pub fn word(symbol: &str) -> &'static str {
    Resource::LISTED.into_iter().find(|known| known.letter() == symbol).map_or("", Resource::name)
}

/// An exponent at a point: the exact number, which is missing at a pole.
pub fn exactly(exponent: &Exponent, (a, b): &(BigRational, BigRational)) -> Option<BigRational> {
    exponent.evaluate(a, b)
}

/// Whether an exponent is exactly 0 at a point.
pub fn is_zero_at(exponent: &Exponent, point: &(BigRational, BigRational)) -> bool {
    exactly(exponent, point).is_some_and(|x| x == BigRational::default())
}

/// The double next to an exponent at a point.
pub fn value(exponent: &Exponent, exact: &(BigRational, BigRational), (a, b): (f64, f64)) -> f64 {
    // the exact number knows no cancellation, but its numerator or denominator may be too large for a double
    let number = exactly(exponent, exact).map_or(f64::NAN, |exact| Exponent::from(exact).value(a, b));
    if number.is_normal() || is_zero_at(exponent, exact) { number } else { exponent.value(a, b) }
}

/// The line between two forms of a term on which a point lies.
pub fn border(law: &Law, point: &(BigRational, BigRational)) -> Option<&'static str> {
    let (line, distance) = match law.bottleneck() {
        Bottleneck::Width | Bottleneck::EarlyWidth => ("a - 1 = b", Exponent::a() - 1 - Exponent::b()),
        Bottleneck::Samples | Bottleneck::EarlySamples => ("a - 1 = 2*b", Exponent::a() - 1 - Exponent::b() * 2),
        Bottleneck::GradientNoise => ("b = 1", Exponent::b() - 1),
        _ => return None,
    };
    is_zero_at(&distance, point).then_some(line)
}

/// The amplitude of a term, with the logarithm that a border adds.
pub fn amplitude(law: &Law, digits: usize) -> Option<String> {
    let amplitude = rounded(law.amplitude()?, digits);
    Some(match law.logarithm() {
        None => amplitude,
        Some(Logarithm { of, offset, power, .. }) => {
            let sign = if offset < 0.0 { '-' } else { '+' };
            let power = if power < 1.0 { "^(1/2)" } else { "" };
            format!("{amplitude} * (ln {of} {sign} {}){power}", rounded(offset.abs(), digits))
        }
    })
}
