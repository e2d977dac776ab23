//! Spectra of analytic kernels: exact eigenvalues and degeneracies, and targets on their eigenfunctions.

mod contour;
mod degeneracy;
mod function;
mod gaussian_measure;
mod lattice;
mod level;
mod network;
mod path;
mod points;
mod scaled;
mod second_kind;
mod series;
mod sigmoid;
mod sphere;
mod target;
mod torus;
mod truncation;

pub use level::Level;
pub use network::Activation;
pub use target::{Link, Target};
pub use truncation::Truncation;

pub(crate) use target::rectifier_power;

use std::ops::RangeInclusive;
use std::sync::Arc;

use gaussian_measure::GaussianMeasure;
use level::Weight;
use network::{Network, Which};
use scaled::Scaled;
use sphere::Profile;
use torus::Torus;

use super::Spectrum;
use crate::error::{Error, Result};

/// Largest number of levels of kernels on spheres and under Gaussian measures.
const LARGEST_COUNT: usize = 100_000;

/// Largest number of levels whose cost grows as their square.
const LARGEST_SQUARE_COUNT: usize = 5_000;

/// Dimensions for which the recurrences are accurate and the sums short.
const DIMENSIONS: RangeInclusive<u64> = 1..=1_000_000;

/// Lengths, in units of the sphere's radius, the inputs' standard deviation or the torus' period.
const LENGTHS: RangeInclusive<f64> = 1e-3..=1e3;

/// Eigenvalues smaller than this are not kept in a spectrum one by one: the smallest that [`Spectrum`] allows.
const SMALLEST: f64 = 1e-70;

/// A kernel with a measure of inputs for which the eigenvalues are known exactly.
///
/// Eigenvalues are those of the integral operator `f -> integral k(x, y) f(y) dmu(y)` with a probability measure `mu`,
/// so that they add up, with their degeneracies, to the mean of `k(x, x)`, the [`trace`](Self::trace). There are
/// three families:
///
/// - functions of `x.y` on the unit sphere in `d >= 2` dimensions under the uniform measure: [`nngp`](Self::nngp),
///   [`ntk`](Self::ntk), [`laplace`](Self::laplace), [`gaussian`](Self::gaussian),
///   [`exponential`](Self::exponential), [`polynomial`](Self::polynomial), [`power_series`](Self::power_series),
///   [`function`](Self::function);
/// - the Gaussian kernel under a Gaussian measure: [`gaussian_measure`](Self::gaussian_measure);
/// - stationary kernels on a torus: [`torus_matern`](Self::torus_matern), [`torus_gaussian`](Self::torus_gaussian).
///
/// # Examples
///
/// ```
/// use spectralaw::spectrum::kernel::{Activation, Kernel, Link, Target};
///
/// // the tangent kernel of a network with three hidden layers, on the sphere in 10 dimensions
/// let kernel = Kernel::ntk(Activation::Relu, 3, 10)?;
/// let levels = kernel.levels(1000)?;
/// assert_eq!(levels[2].degeneracy(), 54.0);
/// assert!(levels.iter().all(|level| level.relative_error() < 1e-11));
///
/// // a rectifier of one direction as the target, and its loss curve
/// let spectrum = kernel.spectrum(&Target::single_index(Link::Relu), 1000)?;
/// assert!((spectrum.trace() - kernel.trace()).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Kernel {
    dimension: u64,
    family: Family,
}

#[derive(Debug, Clone)]
enum Family {
    Sphere(Profile),
    GaussianMeasure(GaussianMeasure),
    Torus(Torus),
}

impl Kernel {
    /// The covariance of the outputs of an infinitely wide fully connected network with random weights, the NNGP
    /// kernel, on the unit sphere in `dimension` dimensions: equation (K.network).
    ///
    /// `depth` is the number of hidden layers, from 1 to 20. Variances are scaled so that rectifiers preserve them (He
    /// initialization), there are no biases, and `k(x, x) = 1` for rectifiers; other variances by
    /// [`with_variances`](Self::with_variances). At depth 1 with rectifiers it is the arc-cosine kernel of degree 1.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension below 2 or above 10^6, and for a depth outside 1 to 20.
    pub fn nngp(activation: Activation, depth: u32, dimension: u64) -> Result<Self> {
        Self::network(Which::Covariance, activation, depth, dimension)
    }

    /// The neural tangent kernel of the same network, all weights and biases being trained: equation (K.tangent).
    ///
    /// Without changed variances `k(x, x) = depth + 1` for rectifiers.
    ///
    /// # Errors
    ///
    /// As for [`nngp`](Self::nngp).
    pub fn ntk(activation: Activation, depth: u32, dimension: u64) -> Result<Self> {
        Self::network(Which::Tangent, activation, depth, dimension)
    }

    fn network(which: Which, activation: Activation, depth: u32, dimension: u64) -> Result<Self> {
        if !(1..=20).contains(&depth) {
            let allowed = "a number of hidden layers from 1 to 20";
            return Err(Error::OutOfRange { name: "depth", value: f64::from(depth), allowed });
        }
        Self::sphere(dimension, Profile::Network(Network { activation, which, depth, weight: 1.0, bias: 0.0 }))
    }

    /// Sets the variances of weights and biases in all layers: `weight` from 1e-3 to 1e3 relative
    /// to the default, `bias` from 0 to 1e3 added to each layer's covariance.
    ///
    /// In the usual parameters of rectifiers `weight` is half the variance of weights times the number of inputs
    /// (1 is He initialization), and for the error function it is that variance; for the first layer, whose inputs have
    /// norm 1, it is the variance of the weights itself.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for values outside these ranges, and [`Error::Unsuited`] for kernels that are not of
    /// networks.
    pub fn with_variances(mut self, weight: f64, bias: f64) -> Result<Self> {
        check("weight variance", weight, 1e-3..=1e3, "from 1e-3 to 1e3, relative to the default of 1")?;
        check("bias variance", bias, 0.0..=1e3, "from 0 to 1e3")?;
        match &mut self.family {
            Family::Sphere(Profile::Network(network)) => (network.weight, network.bias) = (weight, bias),
            _ => return unsuited("variances of weights and biases belong to nngp and ntk kernels alone"),
        }
        Ok(self)
    }

    /// `exp(-|x - y|/scale)` on the unit sphere.
    ///
    /// With scales below 0.1 or so in ten dimensions and more the first levels are exponentially small. Where neither
    /// the contour nor the power series resolves them, weights below 1e-5 of the trace have absolute errors of about
    /// 1e-15, as stated with each level.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension below 2 or above 10^6, and for a scale outside 1e-3 to 1e3.
    pub fn laplace(scale: f64, dimension: u64) -> Result<Self> {
        check_length(scale)?;
        Self::sphere(dimension, Profile::Laplace { scale })
    }

    /// `exp(-|x - y|^2/(2 scale^2))` on the unit sphere.
    ///
    /// # Errors
    ///
    /// As for [`laplace`](Self::laplace).
    pub fn gaussian(scale: f64, dimension: u64) -> Result<Self> {
        check_length(scale)?;
        Self::sphere(dimension, Profile::Exponential { strength: scale.powi(-2), trace: 1.0 })
    }

    /// `exp(x.y/scale^2)` on the unit sphere.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension below 2 or above 10^6, and for a scale outside 0.1 to 1e3.
    pub fn exponential(scale: f64, dimension: u64) -> Result<Self> {
        check(
            "scale",
            scale,
            0.1..=1e3,
            "from 0.1 to 1e3; for smaller ones take the gaussian kernel, which is a multiple",
        )?;
        let strength = scale.powi(-2);
        Self::sphere(dimension, Profile::Exponential { strength, trace: strength.exp() })
    }

    /// `(offset + x.y)^degree` on the unit sphere, with degrees from 1 to 100 and offsets from 0 to 1e3.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for values outside these ranges and for a dimension below 2 or above 10^6.
    pub fn polynomial(degree: u32, offset: f64, dimension: u64) -> Result<Self> {
        check("degree", f64::from(degree), 1.0..=100.0, "from 1 to 100")?;
        check("offset", offset, 0.0..=1e3, "from 0 to 1e3")?;
        let trace = (1.0 + offset).powi(degree as i32);
        check("offset", trace, 1.0..=1e70, "small enough for (offset + 1)^degree to stay below 1e70")?;
        // binomial terms from the highest power down
        let mut coefficients = vec![1.0];
        for m in (0..degree).rev() {
            let above = f64::from(degree - m);
            let next = coefficients[coefficients.len() - 1] * offset * f64::from(m + 1) / above;
            coefficients.push(next);
        }
        coefficients.reverse();
        Self::sphere(dimension, Profile::Series(coefficients.into()))
    }

    /// `sum_m coefficients[m] (x.y)^m` on the unit sphere, with at most 10,001 coefficients `>= 0`: all of them, as it
    /// must be for a kernel in every dimension.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] without a positive coefficient, [`Error::BadEntry`] for coefficients outside 0 to 1e60,
    /// [`Error::OutOfRange`] for too many and for a dimension below 2 or above 10^6.
    pub fn power_series(coefficients: &[f64], dimension: u64) -> Result<Self> {
        let name = "coefficients";
        if let Some(index) = coefficients.iter().position(|a| !(0.0..=1e60).contains(a)) {
            return Err(Error::BadEntry {
                name,
                index,
                value: coefficients[index],
                allowed: "a number from 0 to 1e60",
            });
        }
        if !coefficients.iter().any(|a| *a > 0.0) {
            return Err(Error::Empty { name: "the list of positive coefficients" });
        }
        check("number of coefficients", coefficients.len() as f64, 1.0..=10_001.0, "at most 10001")?;
        Self::sphere(dimension, Profile::Series(coefficients.into()))
    }

    /// Any kernel `f(theta)` of the angle `theta` between two points of the unit sphere, from 0 to pi.
    ///
    /// The function must be analytic for angles strictly between 0 and pi, with algebraic singularities or none at
    /// these two ends (kernels that are smooth, or functions of `|x - y|`, are); the integrals then converge
    /// exponentially. Values are known to rounding, so that each eigenvalue has an absolute error of about 1e-16
    /// `f(0)`, which [`Level::error`] includes: weights with large degeneracies are not resolved. Where a power series
    /// is known, [`power_series`](Self::power_series) has full relative accuracy.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension below 2 or above 10^6, and if `f(0)` is not a number from 1e-60 to 1e60.
    /// Later, [`levels`](Self::levels) returns [`Error::Unsuited`] if an eigenvalue is negative beyond its error.
    pub fn function(f: impl Fn(f64) -> f64 + Send + Sync + 'static, dimension: u64) -> Result<Self> {
        check("the kernel function at angle 0", f(0.0), 1e-60..=1e60, "from 1e-60 to 1e60")?;
        Self::sphere(dimension, Profile::Function(sphere::Function(Arc::new(f))))
    }

    /// `exp(-|x - y|^2/(2 scale^2))` for inputs with `dimension` independent Gaussian components of mean 0 and the
    /// given standard deviation: equation (K.Mehler). Eigenvalues are geometric.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension outside 1 to 10^6, a deviation that is not from 1e-60 to 1e60, and a scale
    /// outside 1e-3 to 1e3 deviations.
    pub fn gaussian_measure(scale: f64, deviation: f64, dimension: u64) -> Result<Self> {
        check("dimension", dimension as f64, 1.0..=*DIMENSIONS.end() as f64, "from 1 to 1e6")?;
        check("standard deviation of the inputs", deviation, 1e-60..=1e60, "from 1e-60 to 1e60")?;
        check("scale", scale / deviation, LENGTHS, "from 1e-3 to 1e3 standard deviations of the inputs")?;
        Ok(Self { dimension, family: Family::GaussianMeasure(GaussianMeasure { scale, deviation }) })
    }

    /// The Gaussian kernel `exp(-r^2/(2 scale^2))`, summed over all periods, on the torus `[0, 1)^d` under the uniform
    /// measure: equation (K.torus).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension outside 1 to 1000 and a scale outside 1e-3 to 1e3.
    pub fn torus_gaussian(scale: f64, dimension: u64) -> Result<Self> {
        check_length(scale)?;
        Self::torus(dimension, Torus::Gaussian { scale })
    }

    /// The Matern kernel of smoothness `nu` (1/2 is exponential, infinity Gaussian) with length `scale`, 1 at distance
    /// 0, summed over all periods, on the torus `[0, 1)^d` under the uniform measure: equation (K.torus).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a dimension outside 1 to 1000, a smoothness outside 0.01 to 1000 and a scale outside
    /// 1e-3 to 1e3.
    pub fn torus_matern(smoothness: f64, scale: f64, dimension: u64) -> Result<Self> {
        check("smoothness", smoothness, 0.01..=1e3, "from 0.01 to 1000; beyond, take the gaussian kernel")?;
        check_length(scale)?;
        Self::torus(dimension, Torus::Matern { smoothness, scale })
    }

    fn sphere(dimension: u64, profile: Profile) -> Result<Self> {
        check("dimension", dimension as f64, 2.0..=*DIMENSIONS.end() as f64, "from 2 to 1e6 for a sphere")?;
        Ok(Self { dimension, family: Family::Sphere(profile) })
    }

    fn torus(dimension: u64, torus: Torus) -> Result<Self> {
        check("dimension", dimension as f64, 1.0..=1000.0, "from 1 to 1000 for a torus")?;
        Ok(Self { dimension, family: Family::Torus(torus) })
    }

    /// Dimension `d` of the inputs; the sphere itself has one less.
    pub fn dimension(&self) -> u64 {
        self.dimension
    }

    /// The kernel of an input with itself, which is the same for all inputs: the sum of all eigenvalues.
    pub fn trace(&self) -> f64 {
        match &self.family {
            Family::Sphere(profile) => profile.trace(),
            Family::GaussianMeasure(_) => 1.0,
            Family::Torus(torus) => torus.trace(self.dimension),
        }
    }

    /// The first `count` levels, in the order of their [`degree`](Level::degree).
    ///
    /// On a torus these are the squared lengths `|n|^2` that lattice points have. Relative errors are 1e-14 to 1e-12
    /// and stated with each level; larger for [`function`](Self::function), for [`laplace`](Self::laplace) with small
    /// scales, and for networks with strong biases, which leave little to most levels. Eigenvalues do not always
    /// descend with the degree: some kernels have only even or only odd levels, the others being exactly 0.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a count of 0 or above 100,000 (5,000 for functions and on a torus);
    /// [`Error::Unsuited`] for a [`function`](Self::function) that is not a kernel.
    pub fn levels(&self, count: usize) -> Result<Vec<Level>> {
        self.check_count(count)?;
        let d = self.dimension;
        let levels = |degeneracies: Vec<(u64, Scaled)>, weights: Vec<Weight>| -> Vec<Level> {
            degeneracies.into_iter().zip(weights).map(|((degree, n), w)| Level::new(degree, n, w)).collect()
        };
        let numbered = |degeneracies: Vec<Scaled>| (0..).zip(degeneracies).collect();
        match &self.family {
            Family::Sphere(profile) => {
                let degeneracies = degeneracy::harmonics(d, count);
                let weights = profile.weights(d, &degeneracies)?;
                Ok(levels(numbered(degeneracies), weights))
            }
            Family::GaussianMeasure(measure) => {
                Ok(levels(numbered(degeneracy::products(d, count)), measure.weights(d, count)))
            }
            Family::Torus(torus) => {
                let shells = degeneracy::shells(d, count);
                let weights = torus.weights(d, &shells);
                Ok(levels(shells, weights))
            }
        }
    }

    /// What multiplies the tangent kernel of rectifiers with one hidden layer, if this is one without biases.
    pub(crate) fn scale_of_rectifiers(&self) -> Result<f64> {
        match &self.family {
            Family::Sphere(Profile::Network(Network { activation, which: Which::Tangent, depth: 1, weight, bias }))
                if *activation == Activation::Relu && *bias <= 0.0 =>
            {
                Ok(weight * weight)
            }
            _ => unsuited(
                "a finite width is known for the tangent kernel of rectifiers with one hidden layer and no biases: take ntk with \
                 relu and depth 1, or omit the width",
            ),
        }
    }

    fn check_count(&self, count: usize) -> Result<()> {
        let square = matches!(self.family, Family::Torus(_) | Family::Sphere(Profile::Function(_)));
        let (largest, allowed) = if square {
            (LARGEST_SQUARE_COUNT, "from 1 to 5000 for this kernel")
        } else {
            (LARGEST_COUNT, "from 1 to 100000")
        };
        check("number of levels", count as f64, 1.0..=largest as f64, allowed)
    }

    /// The spectrum that a model is made from: the first `count` levels with the target's power on them.
    ///
    /// It is the spectrum of the [`truncation`](Self::truncation), which describes the treatment of all further levels.
    ///
    /// # Errors
    ///
    /// As for [`levels`](Self::levels), and [`Error::Unsuited`] for a target that belongs to other inputs.
    pub fn spectrum(&self, target: &Target, count: usize) -> Result<Spectrum> {
        self.truncation(target, count)?.spectrum()
    }

    /// The power of a target on each of the first `count` levels, summed over all eigenfunctions of a level.
    ///
    /// # Errors
    ///
    /// As for [`spectrum`](Self::spectrum).
    pub fn target_power(&self, target: &Target, count: usize) -> Result<Vec<f64>> {
        Ok(target.power(self, &self.levels(count)?)?.0)
    }

    fn largest_count(&self) -> usize {
        match self.family {
            Family::Torus(_) | Family::Sphere(Profile::Function(_)) => LARGEST_SQUARE_COUNT,
            _ => LARGEST_COUNT,
        }
    }

    /// The exponent `b` with which eigenvalues fall as `i^-b` in the number `i` of eigenfunctions in descending order;
    /// `None` if they fall faster than every power, if they end, or if it is not known ([`function`](Self::function)).
    /// Equation (K.exponents).
    pub fn eigenvalue_exponent(&self) -> Option<f64> {
        let d = self.dimension as f64;
        match &self.family {
            Family::Sphere(profile) => profile.degree_exponent(d).map(|exponent| exponent / (d - 1.0)),
            Family::GaussianMeasure(_) | Family::Torus(Torus::Gaussian { .. }) => None,
            Family::Torus(Torus::Matern { smoothness, .. }) => Some(1.0 + 2.0 * smoothness / d),
        }
    }
}

/// One over the number of spherical harmonics of each of the first `count` degrees: equation (K.sphere).
pub(crate) fn reciprocals_of_harmonics(dimension: u64, count: usize) -> Vec<f64> {
    degeneracy::harmonics(dimension, count).into_iter().map(|number| (scaled::Scaled::ONE / number).value()).collect()
}

/// `value` within a range, or the error.
fn check(name: &'static str, value: f64, range: RangeInclusive<f64>, allowed: &'static str) -> Result<()> {
    if range.contains(&value) { Ok(()) } else { Err(Error::OutOfRange { name, value, allowed }) }
}

fn check_length(scale: f64) -> Result<()> {
    check("scale", scale, LENGTHS, "from 1e-3 to 1e3, in units of the sphere's radius or the torus' period")
}

fn unsuited<T>(problem: &str) -> Result<T> {
    Err(Error::Unsuited { problem: problem.to_owned() })
}
