//! The problem to be learned: eigenvalues of the kernel, and the target's power on its eigenfunctions.

mod compress;
#[cfg(feature = "files")]
mod files;
pub mod kernel;
mod measure;
mod points;
mod power_law;
mod series;
mod sums;

use std::borrow::Cow;
use std::sync::Arc;

use num_complex::Complex64;

pub(crate) use compress::Bin;
#[cfg(feature = "files")]
pub use files::Modes;
pub(crate) use measure::{Measure, Moments};
pub(crate) use points::Points;
pub use power_law::PowerLaw;
pub(crate) use sums::{Excess, Split, Sums, picked};

use self::compress::Compressed;
use crate::error::{Error, Result};
use crate::numerics::Double;
use crate::precision::{EIGENVALUE_RANGE, LARGEST_POWER, LARGEST_TRACE, NEGATIVE_SHARE, RESOLVENT_RANGE};

/// Eigenvalues `lambda_k` of a kernel (or feature covariance) and the target's power `lambda_k w*_k^2` on each mode.
///
/// Normalisation: the features have `<psi_k psi_l> = lambda_k delta_kl` and nothing is divided by the number of modes;
/// the sum of the target power plus the floor is the target's mean square. See equations (M1) and (M2).
///
/// A spectrum is compiled once, when it is made, and cheap to clone.
///
/// # Examples
///
/// ```
/// use spectralaw::Spectrum;
///
/// // lambda_k = k^-1.25, lambda_k w*_k^2 = k^-1.5, infinitely many modes
/// let law = Spectrum::power_law(1.5, 1.25)?;
/// assert!((law.total_power() - 2.612375348685488).abs() < 1e-12); // zeta(3/2)
///
/// // a measured spectrum
/// let measured = Spectrum::from_modes(&[1.0, 0.5, 0.1], &[0.3, 0.3, 0.2])?.with_floor(0.2)?;
/// assert_eq!(measured.modes(), 3.0);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Spectrum {
    compiled: Arc<Compiled>,
    floor: f64,
}

/// Modes of a list whose eigenvalues are noise, as negative ones among them show.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct NoiseModes {
    /// The most negative eigenvalue.
    pub lowest: f64,
    /// Number of modes with negative eigenvalues.
    pub negative: f64,
    /// Number of modes with eigenvalues from 0 up to twice the size of the most negative one.
    pub positive: f64,
    /// The target power of all these, which is in the floor.
    pub power: f64,
}

#[derive(Debug)]
struct Compiled {
    /// Weights are `lambda_k` times the multiplicity, so that [`Sums::a`] is `D(kappa)`.
    eigenvalues: Measure,
    /// Weights are `lambda_k w*_k^2`, so that [`Sums::a`] is `E(kappa)`.
    power: Measure,
    modes: Double,
    law: Option<PowerLaw>,
    /// All modes of a spectrum that was compressed, if they are few enough to be kept: eigenvalues and power.
    exact: Option<(Measure, Measure)>,
    /// Runs of modes whose power Gauss rules stand for.
    bins: Vec<Bin>,
    compression_error: f64,
    noise: Option<NoiseModes>,
    /// Whether some mode was given with a multiplicity.
    has_levels: bool,
}

impl Spectrum {
    /// The power law `lambda_k = k^-b`, `lambda_k w*_k^2 = k^-a` with infinitely many modes, summed exactly.
    ///
    /// Both exponents must exceed 1. For finite, broken or spiked power laws see [`PowerLaw`].
    ///
    /// # Errors
    ///
    /// [`Error::Divergent`] if `a <= 1` or `b <= 1`, [`Error::OutOfRange`] if one is not finite.
    pub fn power_law(a: f64, b: f64) -> Result<Self> {
        PowerLaw::new(a, b).spectrum()
    }

    /// A spectrum from measured modes: eigenvalues `lambda_k` and target power `lambda_k w*_k^2 >= 0` (the mean
    /// square of the target's component, not the squared coefficient `w*_k^2`).
    ///
    /// Any order; modes with eigenvalue exactly 0 cannot be learned, their power is added to the floor. So are those
    /// that are noise: negative eigenvalues of at most 2.4e-4 of the largest, half of the digits of 4 bytes, are
    /// rounding errors, and modes up to twice the size of the most negative one are too ([`noise`](Self::noise),
    /// equation (Noise.gram)). Up to 10^7 modes and more: dense runs of modes are replaced by Gauss rules, to
    /// [`compression_error`](Self::compression_error). Beyond 100,000 modes the resolvent is then refused next to the
    /// negative axis, where single modes matter.
    ///
    /// # Errors
    ///
    /// Empty or unequal lists, entries that are infinite or NaN, target powers that are negative, eigenvalues that are
    /// negative by more than rounding, positive ones outside 1e-70 to 1e70, eigenvalues or target powers of which all
    /// together are above 1e100, and lists without a positive eigenvalue.
    pub fn from_modes(eigenvalues: &[f64], target_power: &[f64]) -> Result<Self> {
        Self::from_levels(eigenvalues, target_power, None)
    }

    /// A spectrum from measured modes, as by [`from_modes`](Self::from_modes), with a multiplicity `>= 0` for each
    /// entry.
    ///
    /// An entry of multiplicity `m` stands for `m` modes which all have that eigenvalue and that target power, as if
    /// it were repeated `m` times; `m` need not be an integer.
    ///
    /// # Errors
    ///
    /// As for [`from_modes`](Self::from_modes).
    pub fn from_modes_with_multiplicity(
        eigenvalues: &[f64],
        target_power: &[f64],
        multiplicity: &[f64],
    ) -> Result<Self> {
        Self::from_levels(eigenvalues, target_power, Some(multiplicity))
    }

    fn from_levels(eigenvalues: &[f64], target_power: &[f64], multiplicity: Option<&[f64]>) -> Result<Self> {
        let noise_level = noise_level(eigenvalues)?;
        check_entries("target_power", target_power)?;
        check_lengths(("eigenvalues", eigenvalues), ("target_power", target_power))?;
        if let Some(multiplicity) = multiplicity {
            check_entries("multiplicity", multiplicity)?;
            check_lengths(("eigenvalues", eigenvalues), ("multiplicity", multiplicity))?;
        }
        let (mut unlearnable, mut noise) =
            (0.0, NoiseModes { lowest: -0.5 * noise_level, negative: 0.0, positive: 0.0, power: 0.0 });
        let levels = Levels::new(eigenvalues, target_power, multiplicity, noise_level);
        for k in (0..eigenvalues.len()).filter(|&k| eigenvalues[k] <= noise_level) {
            let m = multiplicity.map_or(1.0, |m| m[k]);
            if noise_level > 0.0 {
                noise.power += m * target_power[k];
                *if eigenvalues[k] < 0.0 { &mut noise.negative } else { &mut noise.positive } += m;
            } else {
                unlearnable += m * target_power[k];
            }
        }
        let modes = levels.modes();
        if modes.high <= 0.0 {
            return Err(Error::Empty { name: "the list of positive eigenvalues" });
        }
        if let Some(index) = eigenvalues.iter().position(|l| *l > 0.0 && !EIGENVALUE_RANGE.contains(l)) {
            let allowed = "0, or from 1e-70 to 1e70: set eigenvalues at rounding level to 0, and rescale large ones";
            return Err(Error::BadEntry { name: "eigenvalues", index, value: eigenvalues[index], allowed });
        }
        let trace: f64 = levels.eigenvalue().iter().enumerate().map(|(k, l)| l * levels.multiplicity(k)).sum();
        if trace > LARGEST_TRACE {
            let allowed = "at most 1e100: rescale the eigenvalues (losses stay as they are if ridges are multiplied by the \
                           same factor, and times divided by it)";
            return Err(Error::OutOfRange { name: "sum of all eigenvalues", value: trace, allowed });
        }
        let total = levels.power().iter().sum::<f64>() + unlearnable;
        if total > LARGEST_POWER {
            let allowed =
                "at most 1e100: rescale the target power (losses are proportional to it and the noise variance)";
            return Err(Error::OutOfRange { name: "sum of all target power", value: total, allowed });
        }
        let kept = levels.eigenvalue().len() <= KEPT_MODES;
        let exact = kept.then(|| levels.measures());
        let Compressed { eigenvalues, power, bins, error: compression_error } = compress::compile(&levels);
        let exact = exact.filter(|_| compression_error > 0.0);
        let (noise, floor) = ((noise_level > 0.0).then_some(noise), unlearnable + noise.power);
        let has_levels = multiplicity.is_some_and(|all| all.iter().any(|m| (m - 1.0).abs() > 0.0));
        let compiled =
            Compiled { eigenvalues, power, modes, law: None, exact, bins, compression_error, noise, has_levels };
        Ok(Self { compiled: Arc::new(compiled), floor })
    }

    /// Adds target power `floor >= 0` outside the span of the modes.
    ///
    /// That part of the target cannot be learned. In training it acts as label noise of that variance (a mode of
    /// eigenvalue 0, equation (Floor)); in the test loss it remains.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if `floor` is negative, above 1e100 or NaN.
    pub fn with_floor(mut self, floor: f64) -> Result<Self> {
        if !(0.0..=LARGEST_POWER).contains(&floor) {
            return Err(Error::OutOfRange { name: "floor", value: floor, allowed: "from 0 to 1e100" });
        }
        self.floor += floor;
        Ok(self)
    }

    /// The modes alone.
    pub(crate) fn without_floor(&self) -> Self {
        Self { compiled: self.compiled.clone(), floor: 0.0 }
    }

    /// Number of modes with positive eigenvalue, counted with multiplicity; infinite for an infinite power law.
    pub fn modes(&self) -> f64 {
        self.compiled.modes.high
    }

    /// The number of modes in excess of a size.
    pub(crate) fn modes_beyond(&self, size: f64) -> f64 {
        self.compiled.modes.minus(Double::new(size))
    }

    /// The largest eigenvalue.
    pub fn largest_eigenvalue(&self) -> f64 {
        self.compiled.eigenvalues.largest()
    }

    /// `sum_k lambda_k`, the mean squared length of a feature vector.
    pub fn trace(&self) -> f64 {
        self.compiled.eigenvalues.total()
    }

    /// `sum_k lambda_k w*_k^2` plus the floor: the target's mean square, and the test loss before training without
    /// label noise.
    pub fn total_power(&self) -> f64 {
        self.compiled.power.total() + self.floor
    }

    /// Target power outside the span of the modes.
    pub fn floor(&self) -> f64 {
        self.floor
    }

    /// The power law that this spectrum was made from, if it was.
    pub fn law(&self) -> Option<&PowerLaw> {
        self.compiled.law.as_ref()
    }

    /// Largest relative error of the one-point functions `D` and `E` that compression of a measured spectrum has
    /// introduced, measured on a set of complex arguments; 0 if all modes are kept.
    pub fn compression_error(&self) -> f64 {
        self.compiled.compression_error
    }

    /// Modes that were left out as noise because eigenvalues were negative; `None` if none was.
    ///
    /// # Examples
    ///
    /// ```
    /// let spectrum = spectralaw::Spectrum::from_modes(&[1.0, 0.5, 1e-8, -1e-8], &[0.3, 0.3, 0.2, 0.1])?;
    /// let noise = spectrum.noise().ok_or("no noise")?;
    /// assert_eq!((spectrum.modes(), noise.negative, noise.positive), (2.0, 1.0, 1.0));
    /// assert!((spectrum.floor() - 0.3).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn noise(&self) -> Option<&NoiseModes> {
        self.compiled.noise.as_ref()
    }

    /// Whether modes were given with multiplicities other than 1, as levels of kernels and the spectra of networks have
    /// them; modes of data are single, and so are those of power laws.
    pub fn has_levels(&self) -> bool {
        self.compiled.has_levels
    }

    /// Effective dimension `sum_k lambda_k / (lambda_k + ridge)`: the number of modes above a ridge; at ridge 0 the
    /// number of all modes (equation (Dimension.effective)).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a ridge that is negative, NaN or positive and below 1e-100; [`Error::Unresolved`] for
    /// a positive ridge below the eigenvalues that an infinite spectrum resolves. (At ridge 0 the dimension of an
    /// infinite spectrum is infinite.)
    ///
    /// # Examples
    ///
    /// ```
    /// let spectrum = spectralaw::Spectrum::from_modes(&[1.0, 0.5], &[1.0, 1.0])?;
    /// assert!((spectrum.effective_dimension(0.5)? - (2.0 / 3.0 + 0.5)).abs() < 1e-14);
    /// assert_eq!(spectrum.effective_dimension(0.0)?, 2.0);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn effective_dimension(&self, ridge: f64) -> Result<f64> {
        let eigenvalues = &self.compiled.eigenvalues;
        match ridge {
            0.0 => Ok(self.modes()),
            f64::INFINITY => Ok(0.0),
            _ if !RESOLVENT_RANGE.contains(&ridge) => {
                Err(Error::OutOfRange { name: "ridge", value: ridge, allowed: "0, or from 1e-100 to 1e100" })
            }
            _ if ridge < eigenvalues.smallest_resolved() => {
                let request = format!("effective dimension at ridge {ridge:e}");
                Err(Error::Unresolved { smallest: eigenvalues.smallest_resolved(), request })
            }
            _ => Ok(eigenvalues.sums(Complex64::new(ridge, 0.0), false).a.re),
        }
    }

    /// Number of weighted nodes that stand for the modes in sums.
    pub fn nodes(&self) -> usize {
        self.compiled.eigenvalues.len()
    }

    pub(crate) fn eigenvalues(&self) -> &Measure {
        &self.compiled.eigenvalues
    }

    /// The eigenvalues with sums accurate at arguments near `kappa`, however close that is to the negative axis; `None`
    /// if the modes needed for that were not kept.
    pub(crate) fn eigenvalues_near(&self, kappa: Complex64) -> Option<Cow<'_, Measure>> {
        let compiled = &*self.compiled;
        match (&compiled.law, &compiled.exact) {
            (Some(law), _) => Some(match law.refined(Focus::Point(kappa)) {
                Some((eigenvalues, _)) => Cow::Owned(eigenvalues),
                None => Cow::Borrowed(&compiled.eigenvalues),
            }),
            (None, Some((exact, _))) => Some(Cow::Borrowed(exact)),
            (None, None) => (compiled.compression_error <= 0.0).then_some(Cow::Borrowed(&compiled.eigenvalues)),
        }
    }

    /// The spectrum with sums accurate at all arguments on a contour that hugs the negative axis; `None` if the modes
    /// needed for that were not kept.
    pub(crate) fn hugged(&self, focus: Focus) -> Option<Self> {
        let old = &*self.compiled;
        let (eigenvalues, power) = match (&old.law, &old.exact) {
            (Some(law), _) => match law.refined(focus) {
                Some(measures) => measures,
                None => return Some(self.clone()),
            },
            (None, Some(exact)) => exact.clone(),
            (None, None) => return (old.compression_error <= 0.0).then(|| self.clone()),
        };
        Some(self.compiled_anew(eigenvalues, power))
    }

    fn compiled_anew(&self, eigenvalues: Measure, power: Measure) -> Self {
        let (modes, bins) = (self.compiled.modes, Vec::new());
        let (compression_error, noise) = (0.0, self.compiled.noise);
        let has_levels = self.compiled.has_levels;
        let compiled =
            Compiled { eigenvalues, power, modes, law: None, exact: None, bins, compression_error, noise, has_levels };
        Self { compiled: Arc::new(compiled), floor: self.floor }
    }

    /// Runs of modes whose power Gauss rules stand for.
    pub(crate) fn bins(&self) -> &[Bin] {
        &self.compiled.bins
    }

    /// All modes of a spectrum that was compressed, if they were kept.
    pub(crate) fn uncompressed(&self) -> Option<Self> {
        self.compiled.exact.clone().map(|(eigenvalues, power)| self.compiled_anew(eigenvalues, power))
    }

    pub(crate) fn power(&self) -> &Measure {
        &self.compiled.power
    }
}

/// Where sums are needed closer to the negative axis than those of a compiled spectrum reach.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Focus {
    /// Around one argument.
    Point(Complex64),
    /// On an ellipse with foci at 0 and `-top`, `rho = e^log_rho` being the sum of its semi-axes over half their
    /// distance.
    Ellipse { log_rho: f64, top: f64 },
}

/// Compressed spectra of up to this many levels keep all of them as well, for arguments next to the negative axis.
const KEPT_MODES: usize = 100_000;

/// Modes, or groups of equal ones, in descending order of the eigenvalue; those of a list that has them in this order.
#[derive(Debug)]
struct Levels<'a> {
    eigenvalue: Cow<'a, [f64]>,
    /// 1 for every level if there is none.
    multiplicity: Option<Cow<'a, [f64]>>,
    /// Power of the whole level.
    power: Cow<'a, [f64]>,
}

impl<'a> Levels<'a> {
    /// The modes of a list with eigenvalues above a level.
    fn new(eigenvalues: &'a [f64], power: &'a [f64], multiplicity: Option<&'a [f64]>, above: f64) -> Self {
        if eigenvalues.is_sorted_by(|x, y| x >= y) {
            let count = eigenvalues.partition_point(|l| *l > above);
            let of_level = |m: &'a [f64]| Cow::Owned(power.iter().zip(m).take(count).map(|(p, m)| m * p).collect());
            return Self {
                eigenvalue: Cow::Borrowed(&eigenvalues[..count]),
                multiplicity: multiplicity.map(|m| Cow::Borrowed(&m[..count])),
                power: multiplicity.map_or(Cow::Borrowed(&power[..count]), of_level),
            };
        }
        let mut order: Vec<usize> = (0..eigenvalues.len()).filter(|&k| eigenvalues[k] > above).collect();
        order.sort_by(|&i, &j| eigenvalues[j].total_cmp(&eigenvalues[i]));
        let of_level = |k: usize| multiplicity.map_or(1.0, |m| m[k]) * power[k];
        Self {
            eigenvalue: order.iter().map(|&k| eigenvalues[k]).collect(),
            multiplicity: multiplicity.map(|m| order.iter().map(|&k| m[k]).collect()),
            power: order.iter().map(|&k| of_level(k)).collect(),
        }
    }

    fn eigenvalue(&self) -> &[f64] {
        &self.eigenvalue
    }

    fn power(&self) -> &[f64] {
        &self.power
    }

    fn multiplicity(&self, level: usize) -> f64 {
        self.multiplicity.as_ref().map_or(1.0, |m| m[level])
    }

    /// The number of modes.
    fn modes(&self) -> Double {
        match &self.multiplicity {
            Some(multiplicity) => multiplicity.iter().copied().sum(),
            None => Double::new(self.eigenvalue.len() as f64),
        }
    }

    fn measures(&self) -> (Measure, Measure) {
        let multiplicity = (0..self.eigenvalue.len()).map(|k| Double::new(self.multiplicity(k))).collect();
        (
            Measure::of_modes(self.eigenvalue.to_vec(), multiplicity, None),
            Measure::new(self.eigenvalue.to_vec(), self.power.to_vec(), None),
        )
    }
}

/// The level up to which eigenvalues are noise: twice the size of the most negative one, 0 if none is, unless that is
/// too much for rounding.
fn noise_level(eigenvalues: &[f64]) -> Result<f64> {
    let Some(lowest) = eigenvalues.iter().copied().filter(|x| *x < 0.0).reduce(f64::min) else {
        return check_entries("eigenvalues", eigenvalues).map(|()| 0.0);
    };
    let top = eigenvalues.iter().copied().fold(0.0, f64::max);
    let is_rounding = |x: f64| x >= 0.0 || -x <= NEGATIVE_SHARE * top;
    match eigenvalues.iter().position(|x| !(*x <= LARGEST_POWER && is_rounding(*x))) {
        Some(index) => {
            let allowed = "a number from 0 to 1e100, or negative by rounding: by at most 2.4e-4 of the largest";
            Err(Error::BadEntry { name: "eigenvalues", index, value: eigenvalues[index], allowed })
        }
        None => Ok(-2.0 * lowest),
    }
}

fn check_entries(name: &'static str, entries: &[f64]) -> Result<()> {
    if entries.is_empty() {
        return Err(Error::Empty { name });
    }
    match entries.iter().position(|x| !(0.0..=LARGEST_POWER).contains(x)) {
        Some(index) => Err(Error::BadEntry { name, index, value: entries[index], allowed: "a number from 0 to 1e100" }),
        None => Ok(()),
    }
}

fn check_lengths(one: (&'static str, &[f64]), other: (&'static str, &[f64])) -> Result<()> {
    if one.1.len() == other.1.len() {
        Ok(())
    } else {
        Err(Error::LengthMismatch { names: (one.0, other.0), lengths: (one.1.len(), other.1.len()) })
    }
}
