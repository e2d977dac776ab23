//! The terms of the loss far from the start, as monomials in the resources.

use std::cmp::Ordering;
use std::fmt;

use super::amplitudes::{Amplitude, Amplitudes};
use super::spread::spreads;
use crate::error::{Error, Result};
use crate::laws::symbolic::{BigRational, Exponent, Monomial, Region};
use crate::resource::Resource;

/// Names of the resources of which terms are products: time (of gradient flow, or intrinsic time `eta * steps`), width,
/// samples, and batch over learning rate.
// the first three are resources, in the order of their indices; B is written out, as it is no batch but its ratio to
// the learning rate, on which alone the gradient noise depends
pub const RESOURCES: [&str; 4] = [Resource::Time.letter(), Resource::Width.letter(), Resource::Samples.letter(), "B"];

/// The cause of a term of the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Bottleneck {
    /// Modes that are not learned yet: what is left at infinite width on infinitely many samples.
    Time,
    /// Modes that the features do not resolve: what is left after infinite time.
    Width,
    /// Modes that the samples do not resolve.
    Samples,
    /// Fluctuations of the features' kernel before the width limits the loss, of order `1/N`.
    EarlyWidth,
    /// Fluctuations of the samples' kernel before their number limits the loss, of order `1/P`.
    EarlySamples,
    /// Noise on the labels, per unit of its variance, before it is fitted completely.
    LabelNoise,
    /// Noise of gradients from small batches.
    GradientNoise,
}

impl Bottleneck {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Width => "width",
            Self::Samples => "samples",
            Self::EarlyWidth => "early width",
            Self::EarlySamples => "early samples",
            Self::LabelNoise => "label noise",
            Self::GradientNoise => "gradient noise",
        }
    }
}

impl fmt::Display for Bottleneck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The method of training, as far as exponents depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Training {
    /// Gradient flow, or any of its discretizations with full batches.
    Flow,
    /// One pass of stochastic gradient descent.
    Sgd,
}

impl Training {
    /// Whether the noise of gradients is a term of the loss.
    pub(super) fn is_stochastic(self) -> bool {
        match self {
            Self::Flow => false,
            Self::Sgd => true,
        }
    }
}

/// One term of the loss, `amplitude * monomial` where it is the largest (equation (Terms)), or the relative spread
/// between runs where that term is.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    bottleneck: Bottleneck,
    monomial: Monomial,
    region: Region,
    amplitude: Option<Amplitude>,
    logarithm_of: Option<usize>,
    /// Whether amplitude and logarithm are those of a variance, of which the law is the root.
    rooted: bool,
}

/// The factor `(ln x + offset)^power` by which a power law is multiplied on a border.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Logarithm {
    /// The resource `x`, by its letter.
    pub of: &'static str,
    /// What is added to its logarithm.
    pub offset: f64,
    /// 1 for a term of the loss, 1/2 for a spread.
    pub power: f64,
}

impl Law {
    /// Its cause.
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

    /// The coefficient, for `lambda_k = k^-b` and `lambda_k w*_k^2 = k^-a` with infinitely many modes; `None` for
    /// `b <= 1`, where it depends on their number. At a border it is that of the logarithm, see
    /// [`logarithm`](Self::logarithm).
    pub fn amplitude(&self) -> Option<f64> {
        let amplitude = self.amplitude?;
        Some(self.scale(if self.logarithm_of.is_some() { amplitude.slope } else { amplitude.constant }))
    }

    /// At a border between two power laws, what amplitude and monomial are multiplied by.
    pub fn logarithm(&self) -> Option<Logarithm> {
        let amplitude = self.amplitude?;
        let of = RESOURCES[self.logarithm_of?];
        let power = if self.rooted { 0.5 } else { 1.0 };
        Some(Logarithm { of, offset: amplitude.constant / amplitude.slope, power })
    }

    fn scale(&self, amplitude: f64) -> f64 {
        if self.rooted { amplitude.sqrt() } else { amplitude }
    }

    /// The root of a relative variance; `exponents` are those with which the root falls in each resource.
    pub(super) fn of_spread(
        bottleneck: Bottleneck,
        exponents: &[Exponent; 4],
        region: Region,
        variance: Amplitude,
        logarithm_of: Option<usize>,
    ) -> Result<Self> {
        let monomial = Monomial::decaying(&RESOURCES, exponents)?;
        Ok(Self { bottleneck, monomial, region, amplitude: Some(variance), logarithm_of, rooted: true })
    }

    /// The law at values of the resources in the order time, width, samples, batch; `None` without an amplitude.
    pub fn value(&self, a: f64, b: f64, resources: [f64; 4]) -> Option<f64> {
        let amplitude = self.amplitude?;
        let logarithm = self.logarithm_of.map_or(0.0, |i| resources[i].ln());
        let powers = self.monomial.powers().iter().zip(resources);
        // a resource that is infinite and does not enter is not a factor
        let product: f64 = powers.filter(|(e, _)| !e.is_zero()).map(|(e, x)| x.powf(e.value(a, b))).product();
        Some(self.scale(amplitude.constant + amplitude.slope * logarithm) * product)
    }
}

/// The terms of the loss of a power-law task, `lambda_k = k^-b`, `lambda_k w*_k^2 = k^-a` (equation (P)).
///
/// With `b <= 1`, where infinitely many modes have no finite trace, the number of modes is tied to the width, and time
/// is intrinsic: the largest stable learning rate falls as `N^-(1-b)`. Terms of the samples then are those of `P` as
/// large as `N`: on fewer samples the unlearned modes are a ridge, which adds to them.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::{Bottleneck, ScalingLaws, Training};
///
/// let laws = ScalingLaws::new(1.5, 1.25, Training::Flow)?;
/// let time = laws.law(Bottleneck::Time).unwrap();
/// assert_eq!(time.monomial().to_string(), "t^-((a - 1)/b)");
/// assert!((time.amplitude().unwrap() - 1.34484047).abs() < 1e-8);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ScalingLaws {
    a: f64,
    b: f64,
    exact: (BigRational, BigRational),
    training: Training,
    laws: Vec<Law>,
    spreads: Vec<Law>,
}

impl ScalingLaws {
    /// The terms at given exponents, which count as the decimal numbers that they print as: borders such as `a - 1 = b`
    /// are met exactly.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] unless `1 < a <= 100` and `0 < b <= 100`.
    pub fn new(a: f64, b: f64, training: Training) -> Result<Self> {
        if !(a > 1.0 && a <= 100.0) {
            return Err(Error::OutOfRange { name: "a", value: a, allowed: "above 1 and at most 100" });
        }
        if !(b > 0.0 && b <= 100.0) {
            return Err(Error::OutOfRange { name: "b", value: b, allowed: "above 0 and at most 100" });
        }
        let exact = (decimal(a), decimal(b));
        let laws = laws(&exact, training, (b > 1.0).then(|| Amplitudes::new(a, b)))?;
        let has_spreads = b > 1.0 && !training.is_stochastic();
        let spreads = if has_spreads { spreads(&exact, &Amplitudes::new(a, b))? } else { Vec::new() };
        Ok(Self { a, b, exact, training, laws, spreads })
    }

    /// Exponent of the target power.
    pub fn a(&self) -> f64 {
        self.a
    }

    /// Exponent of the eigenvalues.
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Both as exact numbers.
    pub fn exact(&self) -> &(BigRational, BigRational) {
        &self.exact
    }

    /// How the model is trained.
    pub fn training(&self) -> Training {
        self.training
    }

    /// All terms.
    pub fn laws(&self) -> &[Law] {
        &self.laws
    }

    /// How the standard deviation of the loss between runs, relative to what is reducible of the loss, depends on what
    /// limits it (equations (A.spread-width) to (A.spread-borders)): for gradient flow and its discretizations, and
    /// `b > 1`, elsewhere none.
    ///
    /// That of [`Bottleneck::Width`] and [`Bottleneck::Samples`] is of the end of training, with the other size
    /// infinite; of [`Bottleneck::EarlyWidth`] and [`Bottleneck::EarlySamples`] before the size limits the loss, while
    /// time does; of [`Bottleneck::LabelNoise`] that of what label noise adds to the loss at the end of training,
    /// relative to all of it, `b sigma^2`. On a border the laws of the end are approached as slowly as one over a
    /// logarithm.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::laws::{Bottleneck, ScalingLaws, Training};
    ///
    /// let laws = ScalingLaws::new(1.5, 1.25, Training::Flow)?;
    /// let width = laws.spreads().iter().find(|law| law.bottleneck() == Bottleneck::Width).unwrap();
    /// // (a - 1) sqrt(2/(b N))
    /// assert_eq!(width.monomial().to_string(), "N^-(1/2)");
    /// assert!((width.amplitude().unwrap() - 0.5 * (2.0_f64 / 1.25).sqrt()).abs() < 1e-15);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn spreads(&self) -> &[Law] {
        &self.spreads
    }

    /// The term of one bottleneck, if it is a term of its own at these exponents.
    pub fn law(&self, bottleneck: Bottleneck) -> Option<&Law> {
        self.laws.iter().find(|law| law.bottleneck == bottleneck)
    }
}

/// The number that a double prints as.
fn decimal(x: f64) -> BigRational {
    let text = format!("{x}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = [whole, fraction].concat();
    let scale = format!("1{}", "0".repeat(fraction.len()));
    match (digits.parse(), scale.parse()) {
        (Ok(digits), Ok(scale)) => BigRational::new(digits, scale),
        // (a finite double prints as digits with at most one point)
        _ => BigRational::from_float(x).unwrap_or_default(),
    }
}

/// A term's sign conditions: `x > 0` for each.
type Conditions = Vec<Exponent>;

/// The terms that exist at a point of the plane (equation (Terms)).
pub(super) fn laws(
    (a, b): &(BigRational, BigRational),
    training: Training,
    amplitudes: Option<Amplitudes>,
) -> Result<Vec<Law>> {
    let one = BigRational::from_integer(1.into());
    let (r, two) = (a - &one, BigRational::from_integer(2.into()));
    let (border_width, border_data) = (r == *b, r == &two * b);
    let beyond_width = r > *b;
    let beyond_data = r > &two * b;
    let summable = *b > one;

    let (sa, sb) = (Exponent::a(), Exponent::b());
    let zero = || Exponent::integer(0);
    let target = || &sa - 1;
    let rate = ((&sa - 1) / &sb)?;
    let inverse = (Exponent::integer(1) / &sb)?;
    let mut out = Vec::new();
    let mut add = |bottleneck, exponents: [Exponent; 4], region: Conditions, amplitude: Option<Amplitude>, log| {
        let monomial = Monomial::decaying(&RESOURCES, &exponents)?;
        let region = Region::new([vec![&Exponent::a() - 1, Exponent::b()], region].concat());
        out.push(Law { bottleneck, monomial, region, amplitude, logarithm_of: log, rooted: false });
        Ok::<(), Error>(())
    };

    let amplitude = |f: &dyn Fn(&Amplitudes) -> Amplitude| amplitudes.as_ref().map(f);
    let exponents = [rate, zero(), zero(), zero()];
    add(Bottleneck::Time, exponents, vec![], amplitude(&|x| x.time().into()), None)?;

    let (exponent, region) =
        if beyond_width { (sb.clone(), vec![&sa - 1 - &sb]) } else { (target(), vec![&sb + 1 - &sa]) };
    let region = if border_width { vec![] } else { region };
    let log = (border_width && amplitudes.is_some()).then_some(1);
    let exponents = [zero(), exponent, zero(), zero()];
    add(Bottleneck::Width, exponents, region, amplitude(&|x| x.width(border_width)), log)?;

    let (exponent, region) =
        if beyond_data { (&sb * 2, vec![&sa - 1 - &sb * 2]) } else { (target(), vec![&sb * 2 + 1 - &sa]) };
    let region = if border_data { vec![] } else { region };
    let log = (border_data && amplitudes.is_some()).then_some(2);
    let exponents = [zero(), zero(), exponent, zero()];
    add(Bottleneck::Samples, exponents, region, amplitude(&|x| x.data(border_data)), log)?;

    if summable && (beyond_width || border_width) {
        let exponents = [1 - &inverse, Exponent::integer(1), zero(), zero()];
        let region = if border_width { vec![&sb - 1] } else { vec![&sb - 1, &sa - 1 - &sb] };
        let log = border_width.then_some(0);
        add(Bottleneck::EarlyWidth, exponents, region, amplitude(&|x| x.early_width(border_width)), log)?;
    }
    if &two * b > one && (beyond_data || border_data) {
        let exponents = [2 - &inverse, zero(), Exponent::integer(1), zero()];
        let region = if border_data { vec![&sb * 2 - 1] } else { vec![&sb * 2 - 1, &sa - 1 - &sb * 2] };
        let log = border_data.then_some(0);
        add(Bottleneck::EarlySamples, exponents, region, amplitude(&|x| x.early_data(border_data)), log)?;
    }
    if summable {
        let exponents = [-&inverse, zero(), Exponent::integer(1), zero()];
        add(Bottleneck::LabelNoise, exponents, vec![&sb - 1], amplitude(&|x| x.early_noise().into()), None)?;
    }
    if training.is_stochastic() && beyond_width && &two * b > one {
        // for b < 1 the learning rate itself falls with the width; at b = 1 both forms are the same
        let slower = if *b < one { 1 - &sb } else { zero() };
        let exponents = [2 - &inverse, slower, zero(), Exponent::integer(1)];
        let region = vec![&sb * 2 - 1, &sa - 1 - &sb];
        let side = match b.cmp(&one) {
            Ordering::Greater => vec![&sb - 1],
            Ordering::Equal => vec![],
            Ordering::Less => vec![1 - &sb],
        };
        let region = [region, side].concat();
        add(Bottleneck::GradientNoise, exponents, region, amplitude(&|x| x.gradient_noise().into()), None)?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(a: f64, b: f64, training: Training) -> Result<ScalingLaws> {
        ScalingLaws::new(a, b, training)
    }

    fn text(laws: &ScalingLaws, bottleneck: Bottleneck) -> String {
        laws.law(bottleneck).map_or_else(String::new, |law| law.monomial().to_string())
    }

    #[test]
    fn terms_on_both_sides_of_every_border() -> Result<()> {
        let cases = [
            (1.5, 1.25, "N^-(a - 1)", "P^-(a - 1)", "", "", ""),
            (3.0, 1.4, "N^-b", "P^-(a - 1)", "t^-((b - 1)/b)*N^-1", "", "t^-((2*b - 1)/b)*B^-1"),
            (5.0, 1.4, "N^-b", "P^-(2*b)", "t^-((b - 1)/b)*N^-1", "t^-((2*b - 1)/b)*P^-1", "t^-((2*b - 1)/b)*B^-1"),
            (1.4, 0.8, "N^-(a - 1)", "P^-(a - 1)", "", "", ""),
            (2.2, 0.8, "N^-b", "P^-(a - 1)", "", "", "t^-((2*b - 1)/b)*N^(b - 1)*B^-1"),
            (2.2, 0.4, "N^-b", "P^-(2*b)", "", "", ""),
        ];
        for (a, b, width, samples, early_width, early_samples, noise) in cases {
            let laws = at(a, b, Training::Sgd)?;
            assert_eq!(text(&laws, Bottleneck::Time), "t^-((a - 1)/b)");
            assert_eq!(text(&laws, Bottleneck::Width), width, "{a} {b}");
            assert_eq!(text(&laws, Bottleneck::Samples), samples, "{a} {b}");
            assert_eq!(text(&laws, Bottleneck::EarlyWidth), early_width, "{a} {b}");
            assert_eq!(text(&laws, Bottleneck::EarlySamples), early_samples, "{a} {b}");
            assert_eq!(text(&laws, Bottleneck::GradientNoise), noise, "{a} {b}");
            let (x, y) = laws.exact();
            assert!(laws.laws().iter().all(|law| law.region().contains(x, y)), "{a} {b}");
            assert!(at(a, b, Training::Flow)?.law(Bottleneck::GradientNoise).is_none());
        }
        Ok(())
    }

    #[test]
    fn borders_are_met_exactly() -> Result<()> {
        // in binary 2.3 - 1 is not 1.3
        let laws = at(2.3, 1.3, Training::Flow)?;
        let of = |laws: &ScalingLaws, bottleneck| laws.law(bottleneck).and_then(Law::logarithm).map(|factor| factor.of);
        assert_eq!(of(&laws, Bottleneck::Width), Some("N"));
        assert_eq!(of(&laws, Bottleneck::EarlyWidth), Some("t"));
        let laws = at(3.6, 1.3, Training::Flow)?;
        assert_eq!(of(&laws, Bottleneck::Samples), Some("P"));
        assert_eq!(of(&laws, Bottleneck::EarlySamples), Some("t"));
        assert!(laws.law(Bottleneck::Width).is_some_and(|law| law.logarithm().is_none()));
        // what is said of a point holds there
        for (a, b) in [(2.3, 1.3), (3.6, 1.3), (2.5, 1.0), (3.0, 1.0), (1.5, 0.5), (2.0, 0.5)] {
            let laws = at(a, b, Training::Sgd)?;
            let (x, y) = laws.exact();
            assert!(laws.laws().iter().all(|law| law.region().contains(x, y)), "{a} {b}");
        }
        Ok(())
    }

    #[test]
    fn exponents_are_the_published_minima() -> Result<()> {
        // the width's as corrected: min(a - 1, b); the samples' as printed
        let (sa, sb) = (&Exponent::a() - 1, Exponent::b());
        let (width, samples) = ([&sa, &sb], [&sa, &(&sb * 2)]);
        for a in [1.1, 1.7, 2.5, 3.9, 6.0] {
            for b in [0.6, 1.2, 1.9, 3.1] {
                let laws = at(a, b, Training::Flow)?;
                let (x, y) = laws.exact();
                for (bottleneck, resource, exact) in
                    [(Bottleneck::Width, 1, &width), (Bottleneck::Samples, 2, &samples)]
                {
                    let power = laws.law(bottleneck).and_then(|law| law.monomial().powers()[resource].evaluate(x, y));
                    let least = exact.iter().filter_map(|exponent| exponent.evaluate(x, y)).min();
                    assert_eq!(power.map(|power| -power), least, "{a} {b}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn bad_exponents_are_refused() {
        for (a, b) in [(1.0, 1.5), (0.5, 1.5), (f64::NAN, 1.5), (101.0, 1.5), (1.5, 0.0), (1.5, -1.0), (1.5, f64::NAN)]
        {
            assert!(at(a, b, Training::Flow).is_err());
        }
    }
}
