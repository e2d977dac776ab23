//! Targets: how much of a function's mean square lies on each level of a kernel.

use std::fmt;
use std::sync::Arc;

use super::degeneracy::harmonics_ratio;
use super::lattice::ln_epstein;
use super::level::Level;
use super::{Family, Kernel, check, function, series, unsuited};
use crate::error::{Error, Result};
use crate::numerics::hurwitz_zeta_scaled;

/// A target function, as the power (mean square) that it has on the eigenfunctions of a kernel.
///
/// # Examples
///
/// ```
/// use spectralaw::spectrum::kernel::{Kernel, Link, Target};
///
/// // a Laplace kernel, and a function drawn from a Gaussian process with a smoother covariance
/// let teacher = Kernel::gaussian(1.0, 5)?;
/// let spectrum = Kernel::laplace(1.0, 5)?.spectrum(&Target::teacher(&teacher), 100)?;
/// assert!((spectrum.total_power() - 1.0).abs() < 1e-12);
///
/// // the sign of one direction
/// let sign = Target::single_index(Link::Sign);
/// assert!(Kernel::laplace(1.0, 5)?.spectrum(&sign, 100)?.floor() < 0.01);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Target {
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Harmonics { exponent: f64 },
    White { levels: usize },
    Teacher(Box<Kernel>),
    SingleIndex(Link),
}

/// The function `f` of a single-index target `f(w.x)` on the unit sphere, with a unit vector `w`.
#[derive(Clone)]
#[non_exhaustive]
pub enum Link {
    /// `max(w.x, 0)`
    Relu,
    /// The sign of `w.x`.
    Sign,
    /// `sum_m c_m (w.x)^m`, coefficients from the constant up: at most 101 of them.
    Polynomial(Vec<f64>),
    /// The Hermite polynomial `He_n(sqrt(d) w.x)/sqrt(n!)` of degree `n <= 30`: in high dimension, where
    /// `sqrt(d) w.x` is nearly Gaussian, of mean square nearly 1.
    Hermite(u32),
    /// Any function of `w.x`, analytic between -1 and 1. Single coefficients have absolute errors of rounding; levels
    /// that these hide count as 0, and their power is added to the floor.
    Function(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relu => f.write_str("Relu"),
            Self::Sign => f.write_str("Sign"),
            Self::Polynomial(coefficients) => f.debug_tuple("Polynomial").field(coefficients).finish(),
            Self::Hermite(n) => f.debug_tuple("Hermite").field(n).finish(),
            Self::Function(_) => f.write_str("Function(..)"),
        }
    }
}

/// Largest number of coefficients of a polynomial.
const LARGEST_POLYNOMIAL: usize = 101;

/// Largest degree of a Hermite polynomial: their coefficients alternate.
const LARGEST_HERMITE: u32 = 30;

/// Largest number of levels that a function is projected on.
const LARGEST_PROJECTION: usize = 5_000;

impl Target {
    /// Power `k^-exponent` on all eigenfunctions of degree `k = 1, 2, ...` together, none on the constant, scaled to a
    /// mean square of 1. On a torus in `d` dimensions, whose degrees `k = |n|` are not integers,
    /// `k^-(exponent + d - 1)` on each eigenfunction (equation (K.Epstein)): there are some `k^(d-1)` of them between
    /// `k` and `k + 1`. The exponent must exceed 1; values are checked by [`Kernel::spectrum`].
    pub fn harmonics(exponent: f64) -> Self {
        Self { kind: Kind::Harmonics { exponent } }
    }

    /// Equal power on each eigenfunction of the first `levels` levels, none on others, scaled to a mean square
    /// of 1.
    pub fn white(levels: usize) -> Self {
        Self { kind: Kind::White { levels } }
    }

    /// The mean over functions drawn from a Gaussian process whose covariance is another kernel on the same inputs: its
    /// eigenvalues are the power on each eigenfunction, its trace the mean square (equation (K.teacher)). The same
    /// inputs are the same space, dimension and measure; other kernels are refused by [`Kernel::spectrum`].
    pub fn teacher(kernel: &Kernel) -> Self {
        Self { kind: Kind::Teacher(Box::new(kernel.clone())) }
    }

    /// A function of one direction, on the sphere: equation (K.single).
    pub fn single_index(link: Link) -> Self {
        Self { kind: Kind::SingleIndex(link) }
    }

    /// Power on each of these levels of a kernel, and on all of them and those that follow.
    pub(super) fn power(&self, kernel: &Kernel, levels: &[Level]) -> Result<(Vec<f64>, f64)> {
        match &self.kind {
            Kind::Harmonics { exponent } => harmonic_power(*exponent, kernel, levels),
            Kind::White { levels: white } => {
                let white = *white;
                check("levels of white power", white as f64, 1.0..=1e5, "from 1 to 1e5")?;
                white_power(white, levels).map(|power| (power, 1.0))
            }
            Kind::Teacher(teacher) => {
                if !teacher.shares_eigenfunctions(kernel) {
                    return unsuited(
                        "the teacher's kernel has other eigenfunctions than the kernel that learns: take the same dimension, \
                         both on the sphere or both on the torus, or the same kernel under a Gaussian measure",
                    );
                }
                let power = teacher.levels(levels.len())?.iter().map(Level::weight).collect();
                Ok((power, teacher.trace()))
            }
            Kind::SingleIndex(link) => {
                let Family::Sphere(_) = kernel.family else {
                    return unsuited("a single-index target needs a kernel on the sphere");
                };
                link.power(kernel.dimension, levels)
            }
        }
    }

    /// The exponent `a` with which the power per eigenfunction falls as `i^-a` in the number `i` of eigenfunctions of a
    /// kernel, counted with the degree; `None` if it falls faster than every power, if it ends, or if it is not known.
    /// Equation (K.exponents).
    pub fn power_exponent(&self, kernel: &Kernel) -> Option<f64> {
        let d = kernel.dimension as f64;
        let on_sphere = |degree_power: f64| (degree_power + d - 2.0) / (d - 1.0);
        match (&self.kind, &kernel.family) {
            (Kind::Harmonics { exponent }, Family::Sphere(_)) => Some(on_sphere(*exponent)),
            (Kind::Harmonics { exponent }, Family::GaussianMeasure(_) | Family::Torus(_)) => {
                Some((exponent + d - 1.0) / d)
            }
            (Kind::Teacher(teacher), _) if teacher.shares_eigenfunctions(kernel) => teacher.eigenvalue_exponent(),
            (Kind::SingleIndex(Link::Relu), Family::Sphere(_)) => Some(on_sphere(4.0)),
            (Kind::SingleIndex(Link::Sign), Family::Sphere(_)) => Some(on_sphere(2.0)),
            _ => None,
        }
    }
}

fn harmonic_power(exponent: f64, kernel: &Kernel, levels: &[Level]) -> Result<(Vec<f64>, f64)> {
    if exponent <= 1.0 {
        return Err(Error::Divergent { name: "exponent of the harmonics", value: exponent });
    }
    check("exponent of the harmonics", exponent, 1.0..=100.0, "above 1 and at most 100")?;
    let power: Vec<f64> = if let Family::Torus(_) = kernel.family {
        // |n|^-2s on each of the points of a shell
        let s = 0.5 * (exponent + kernel.dimension as f64 - 1.0);
        let all = ln_epstein(kernel.dimension, s);
        let shell = |level: &Level| (level.ln_degeneracy() - s * (level.degree() as f64).ln() - all).exp();
        levels.iter().map(|level| if level.degree() > 0 { shell(level) } else { 0.0 }).collect()
    } else {
        let zeta = hurwitz_zeta_scaled(exponent, 1.0);
        let one = |level: &Level| (level.degree() as f64).powf(-exponent) / zeta;
        levels.iter().map(|level| if level.degree() > 0 { one(level) } else { 0.0 }).collect()
    };
    Ok((power, 1.0))
}

/// Shares of the degeneracies, computed on the scale of the largest.
fn white_power(white: usize, levels: &[Level]) -> Result<Vec<f64>> {
    if white > levels.len() {
        let allowed = "no larger than the number of levels asked for";
        return Err(Error::OutOfRange { name: "levels of white power", value: white as f64, allowed });
    }
    let largest = levels[..white].iter().map(Level::ln_degeneracy).fold(0.0, f64::max);
    let share = |level: &Level| (level.ln_degeneracy() - largest).exp();
    let total: f64 = levels[..white].iter().map(share).sum();
    Ok(levels.iter().enumerate().map(|(k, level)| if k < white { share(level) / total } else { 0.0 }).collect())
}

impl Kernel {
    fn shares_eigenfunctions(&self, other: &Self) -> bool {
        self.dimension == other.dimension
            && match (&self.family, &other.family) {
                (Family::Sphere(_), Family::Sphere(_)) | (Family::Torus(_), Family::Torus(_)) => true,
                (Family::GaussianMeasure(one), Family::GaussianMeasure(two)) => one == two,
                _ => false,
            }
    }
}

impl Link {
    /// `N(d, k) <f P_k>^2` of the levels, and `<f^2>`.
    fn power(&self, dimension: u64, levels: &[Level]) -> Result<(Vec<f64>, f64)> {
        let count = levels.len();
        match self {
            Self::Relu => Ok((half_line_power(dimension, count, 0), 0.5 / dimension as f64)),
            Self::Sign => Ok((half_line_power(dimension, count, 1), 1.0)),
            Self::Polynomial(coefficients) => {
                if let Some(index) = coefficients.iter().position(|c| !(-1e30..=1e30).contains(c)) {
                    let (name, value) = ("coefficients of the polynomial", coefficients[index]);
                    return Err(Error::BadEntry { name, index, value, allowed: "a number from -1e30 to 1e30" });
                }
                let allowed = "from 1 to 101";
                let number = coefficients.len() as f64;
                check("number of coefficients", number, 1.0..=LARGEST_POLYNOMIAL as f64, allowed)?;
                Ok(polynomial_power(coefficients, dimension, levels))
            }
            Self::Hermite(degree) => {
                check("Hermite degree", f64::from(*degree), 0.0..=f64::from(LARGEST_HERMITE), "from 0 to 30")?;
                Ok(polynomial_power(&hermite(*degree, dimension as f64), dimension, levels))
            }
            Self::Function(f) => function_power(f.as_ref(), dimension, levels),
        }
    }
}

/// The power of `max(w.x, 0)`, with a unit vector `w`, on each of the first `count` degrees.
pub(crate) fn rectifier_power(dimension: u64, count: usize) -> Vec<f64> {
    half_line_power(dimension, count, 0)
}

/// The power of the rectifier (even degrees and 1) or of the sign (odd degrees): closed forms, equation (K.half).
fn half_line_power(dimension: u64, count: usize, parity: usize) -> Vec<f64> {
    let d = dimension as f64;
    // w: the density of the weight at 0, Gamma(d/2) / (sqrt(pi) Gamma((d - 1)/2)), from d to d + 2 by d/(d - 1)
    let mut density = if dimension.is_multiple_of(2) { std::f64::consts::FRAC_1_PI } else { 0.5 };
    let mut n = if dimension.is_multiple_of(2) { 2.0 } else { 3.0 };
    while n < d {
        density *= n / (n - 1.0);
        n += 2.0;
    }
    // sqrt(N(d, k)) times P_k(0), or for odd degrees P_k'(0), squared
    let mut square = if parity == 0 { 1.0 } else { d };
    let mut power = vec![0.0; count];
    let mut k = parity;
    while k < count {
        let x = k as f64;
        let coefficient = match (parity, k) {
            (0, _) => density / ((x - 1.0) * (x + d - 1.0)),
            _ => 2.0 * density / (x * (x + d - 2.0)),
        };
        power[k] = coefficient * coefficient * square;
        let degeneracies = harmonics_ratio(d, x) * harmonics_ratio(d, x + 1.0);
        // P_{k+2}(0)/P_k(0); derivatives at 0 are those of the polynomials of degree k - 1 in d + 2 dimensions, times
        // k (k + d - 2)/(d - 1)
        let step = if parity == 0 {
            (x + 1.0) / (x + d - 1.0)
        } else {
            x / (x + d) * ((x + 2.0) * (x + d) / (x * (x + d - 2.0)))
        };
        square *= degeneracies * step * step;
        k += 2;
    }
    if parity == 0 && count > 1 {
        // the odd part of the rectifier is half the identity
        power[1] = 0.25 / d;
    }
    power
}

fn polynomial_power(coefficients: &[f64], dimension: u64, levels: &[Level]) -> (Vec<f64>, f64) {
    let count = levels.len();
    let projections = series::projections(coefficients, dimension, coefficients.len());
    let degeneracies = super::degeneracy::harmonics(dimension, coefficients.len());
    let mut power: Vec<f64> = projections.iter().zip(&degeneracies).map(|(p, n)| p * p / n.value()).collect();
    let total = power.iter().sum();
    power.resize(count, 0.0);
    (power, total)
}

/// Coefficients of `He_n(sqrt(d) u)/sqrt(n!)` in powers of `u`.
fn hermite(degree: u32, d: f64) -> Vec<f64> {
    let (mut before, mut now) = (Vec::new(), vec![1.0]);
    for n in 0..degree {
        // normalised: He_{n+1} = (x He_n - sqrt(n) He_{n-1}) / sqrt(n + 1)
        let n = f64::from(n);
        let mut next = vec![0.0];
        next.extend(now.iter().map(|c| c * (d / (n + 1.0)).sqrt()));
        for (c, b) in next.iter_mut().zip(&before) {
            *c -= b * (n / (n + 1.0)).sqrt();
        }
        before = now;
        now = next;
    }
    now
}

fn function_power(f: &dyn Fn(f64) -> f64, dimension: u64, levels: &[Level]) -> Result<(Vec<f64>, f64)> {
    let count = levels.len().min(LARGEST_PROJECTION);
    let angle = |theta: f64| f(theta.cos());
    let projections = function::project(&angle, &[], dimension, count);
    let square = function::project(&|theta| angle(theta).powi(2), &[], dimension, 1)[0];
    if !(0.0..=1e100).contains(&square.value) || projections.iter().any(|p| !p.value.is_finite()) {
        return unsuited("the link function has no finite mean square on the sphere");
    }
    let mut power: Vec<f64> = projections
        .iter()
        .zip(levels)
        .map(|(p, level)| {
            // what rounding hides is 0
            if p.value.abs() > p.error { (2.0 * p.value.abs().ln() + level.ln_degeneracy()).exp() } else { 0.0 }
        })
        .collect();
    power.resize(levels.len(), 0.0);
    Ok((power, square.value))
}
