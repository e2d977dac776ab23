//! The resources that grow with the budget, with their exponents.

use spectralaw::Resource;
use spectralaw::laws::symbolic::{BigRational, Exponent, Phase};
use spectralaw::laws::{Allocation, Bottleneck, Law};

use crate::number::rounded;

/// Resources that laws know. (Their B is batch over learning rate, which grows as the batch does.)
const RESOURCES: [Resource; 4] = [Resource::Time, Resource::Width, Resource::Samples, Resource::Batch];

/// The word for a resource.
pub fn word(symbol: &str) -> &'static str {
    RESOURCES.into_iter().find(|known| known.letter() == symbol).map_or("", Resource::name)
}

/// `name = C^exponent`, or `C^-exponent` for the loss, where several exponents may do as well.
pub struct Scaling {
    /// What grows or falls.
    pub name: &'static str,
    /// Its letter in formulas.
    pub symbol: &'static str,
    /// Whether it falls: the loss.
    pub falls: bool,
    /// How fast, in one optimum.
    pub exponent: Exponent,
    /// The smallest and the largest exponent in any optimum, if they differ.
    pub range: Option<[Exponent; 2]>,
}

/// The loss and everything that is paid for in a phase. For `b < 1` time is intrinsic and a step is only `N^-(1-b)` of
/// it: steps are listed as well, and whoever pays for them pays for width.
pub fn scalings(phase: &Phase, allocation: &Allocation) -> Vec<Scaling> {
    let scaling = |name, symbol, exponent: &Exponent| Scaling {
        name,
        symbol,
        falls: false,
        exponent: exponent.clone(),
        range: None,
    };
    let mut out = vec![Scaling { falls: true, ..scaling("loss", "L", &phase.loss) }];
    let cost = allocation.cost();
    let is_paid = |symbol: &str| {
        let mut powers = cost.resources().iter().zip(cost.powers());
        powers.any(|(name, power)| name == symbol && !power.is_zero())
    };
    let to_one = 1 - Exponent::b();
    let pays_for_steps =
        is_paid(Resource::Time.letter()) && phase.regions.iter().all(|region| region.sign_of(&to_one) == Some(1));
    for resource in RESOURCES {
        let (symbol, name) = (resource.letter(), resource.name());
        let Some(share) = phase.shares.iter().find(|share| share.resource == symbol) else { continue };
        if is_paid(symbol) || resource == Resource::Width && pays_for_steps {
            let range = (!share.is_determined()).then(|| [share.lowest.clone(), share.highest.clone()]);
            out.push(Scaling { range, ..scaling(name, symbol, &share.exponent) });
        }
    }
    let exponent_of = |resource: Resource| phase.exponent_of(resource.letter());
    if let (true, Some(time), Some(width)) = (pays_for_steps, exponent_of(Resource::Time), exponent_of(Resource::Width))
    {
        out.push(scaling("steps", "s", &(time + width * to_one)));
    }
    out
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
    Some(match law.border() {
        None => amplitude,
        Some((of, offset)) => {
            let sign = if offset < 0.0 { '-' } else { '+' };
            format!("{amplitude} * (ln {of} {sign} {})", rounded(offset.abs(), digits))
        }
    })
}
