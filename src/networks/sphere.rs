//! Networks with inputs on a sphere, in closed form: equation (Network.sphere).

use super::closure::Mode;
use super::representation::{OnePoint, arguments, represent, resolvents};
use super::saturation::Saturation;
use super::{MeanMode, NetworkSpectrum, Networks};
use crate::error::{Error, Result};
use crate::spectrum::kernel::{Kernel, Target, reciprocals_of_harmonics, rectifier_power};

/// Smallest eigenvalue, in units of the trace, down to which a width is resolved.
const SMALLEST: f64 = 1e-12;

/// Degrees are summed one by one up to this multiple of those that are kept, on which eigenvalues fall by its square at
/// least.
const DEGREES: usize = 20;

/// Degrees with eigenvalues below this share of an argument are summed as if they were 0.
const NEGLIGIBLE: f64 = 1e-11;

/// An iteration ends when it changes a number by less than this share.
const CONVERGED: f64 = 1e-14;

/// Far more than the 40 steps that are needed.
const STEPS: usize = 10_000;

impl Kernel {
    /// The spectrum that networks of a finite width have on average: equation (Network.spectrum).
    ///
    /// For [`ntk`](Self::ntk) kernels of rectifiers with one hidden layer and no biases; `width` is the number of
    /// hidden units, from 1 to 1e9. All layers are trained, from the network's own output as the zero, in the lazy
    /// regime. The spectrum is that of one network of many, on new samples; it is resolved down to the smallest of the
    /// first `levels` eigenvalues of infinite width, which [`truncation`](Self::truncation) keeps, or to 1e-12 of the
    /// trace. For widths of a few units the loss at the end of training is too small: see "What the closure neglects"
    /// in the theory.
    ///
    /// # Errors
    ///
    /// As for [`truncation`](Self::truncation); [`Error::OutOfRange`] for the width; [`Error::Unsuited`] for other
    /// kernels.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::Model;
    /// use spectralaw::spectrum::kernel::{Activation, Kernel, Target};
    ///
    /// let (kernel, target) = (Kernel::ntk(Activation::Relu, 1, 20)?, Target::white(3));
    /// let narrow = kernel.at_width(&target, 60, 32.0)?;
    /// let [narrow, wide] = [narrow.spectrum()?, kernel.spectrum(&target, 60)?];
    /// // the same trace and power
    /// assert!((narrow.trace() - 2.0).abs() < 1e-9 && (narrow.total_power() - 1.0).abs() < 1e-9);
    /// // and more loss, the later in training the more
    /// let loss = |spectrum| Model::new(spectrum).with_samples(400.0)?.gradient_flow(&[3.0, 300.0]);
    /// let (narrow, wide) = (loss(&narrow)?, loss(&wide)?);
    /// let excess = |i: usize| narrow.points()[i].test_loss - wide.points()[i].test_loss;
    /// assert!(excess(0) > 0.001 && excess(1) > 0.2);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn at_width(&self, target: &Target, levels: usize, width: f64) -> Result<NetworkSpectrum> {
        let scale = self.scale_of_rectifiers()?;
        check_width(width)?;
        let truncation = self.truncation(target, levels)?;
        let kept = truncation.levels.iter().map(|level| level.eigenvalue() / scale).filter(|value| *value > 0.0);
        let trace = self.trace() / scale;
        let smallest = kept.clone().fold(trace, f64::min).max(SMALLEST * trace);
        let sphere = Sphere::new(self.dimension(), DEGREES * levels, &truncation.target_power);
        let values = sphere.one_point(width, &arguments(smallest, trace))?;
        let power: f64 = truncation.target_power.iter().sum();
        let mut spectrum = represent(width, &values, kept, trace, power);
        // variances of weights multiply the kernel
        spectrum.eigenvalues.iter_mut().for_each(|value| *value *= scale);
        spectrum.smallest_argument *= scale;
        spectrum.floor += truncation.floor;
        Ok(spectrum)
    }

    /// Networks of any width that learn a target on the sphere: the spectra of [`at_width`](Self::at_width), and that of
    /// infinite width.
    ///
    /// # Errors
    ///
    /// As for [`at_width`](Self::at_width).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::Optimizer;
    /// use spectralaw::frontier::Stop;
    /// use spectralaw::spectrum::kernel::{Activation, Kernel, Target};
    ///
    /// let networks = Kernel::ntk(Activation::Relu, 1, 20)?.networks(&Target::white(3), 60)?;
    /// // hidden units that are enough until t = 100 on 400 samples: the loss is within 5 per cent of the limit
    /// let enough = networks.sufficient_width(400.0, 0.0, &Optimizer::GradientFlow, Stop::At(100.0), 0.05)?;
    /// assert!(enough.width > 100.0 && enough.width < 150.0);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn networks(&self, target: &Target, levels: usize) -> Result<Networks> {
        self.scale_of_rectifiers()?;
        let limit = self.spectrum(target, levels)?;
        let (kernel, target) = (self.clone(), target.clone());
        let (again, same) = (kernel.clone(), target.clone());
        let means = move |width| again.mean_modes(&same, levels, width);
        Ok(Networks::new(limit, move |width| kernel.at_width(&target, levels, width)).with_means(means))
    }

    /// The mean resolvents of networks of a width on all degrees that are kept, and on those that the kernel lacks.
    fn mean_modes(&self, target: &Target, levels: usize, width: f64) -> Result<Vec<MeanMode>> {
        let scale = self.scale_of_rectifiers()?;
        check_width(width)?;
        let truncation = self.truncation(target, levels)?;
        let trace = self.trace() / scale;
        let kept = truncation.levels.iter().map(|level| level.eigenvalue() / scale).filter(|value| *value > 0.0);
        let smallest = kept.fold(trace, f64::min).max(SMALLEST * trace);
        let sphere = Sphere::new(self.dimension(), DEGREES * levels, &truncation.target_power);
        let arguments = arguments(smallest, trace);
        let degrees = &sphere.degrees[..sphere.degrees.partition_point(|degree| degree.eigenvalue >= smallest)];
        let mut values: Vec<(f64, Vec<f64>)> =
            degrees.iter().map(|degree| (degree.eigenvalue, Vec::with_capacity(arguments.len()))).collect();
        let mut now = sphere.saturated([0.0, 0.0]);
        for &k in &arguments {
            now = sphere.solve(k, width, now)?.1;
            for (degree, (_, values)) in degrees.iter().zip(&mut values) {
                values.push(Mode::new(k, Sphere::covariance(degree, now), width).resolvent);
            }
        }
        let mean = |(degree, resolvent): (&Degree, Vec<(f64, f64)>)| MeanMode {
            multiplicity: degree.reciprocal.recip(),
            target_power: degree.power,
            resolvent: resolvent.into_iter().map(|(mu, weight)| (scale * mu, weight)).collect(),
        };
        let learned = degrees.iter().zip(resolvents(width, &arguments, &values)).map(mean);
        // (what is not learned, with the power of degrees beyond)
        let kept: f64 = degrees.iter().map(|degree| degree.power).sum();
        let all: f64 = truncation.target_power.iter().sum::<f64>() + truncation.floor;
        let rest = MeanMode { multiplicity: 0.0, target_power: (all - kept).max(0.0), resolvent: vec![(0.0, 1.0)] };
        Ok(learned.chain([rest]).collect())
    }
}

/// A number of hidden units.
pub(crate) fn check_width(width: f64) -> Result<()> {
    if (1.0..=1e9).contains(&width) {
        return Ok(());
    }
    let allowed = "from 1 to 1e9 hidden units; omit it for an infinite width";
    Err(Error::OutOfRange { name: "width", value: width, allowed })
}

/// A degree that rectifiers have.
struct Degree {
    /// `s_l^2` of equation (Network.waves), and `(d - 1) q_l^2`.
    waves: [f64; 2],
    /// Of the number of harmonics.
    reciprocal: f64,
    /// `lambda_l` at infinite width.
    eigenvalue: f64,
    /// Of the target, on all its harmonics.
    power: f64,
}

/// Rectifiers on the unit sphere.
struct Sphere {
    dimension: f64,
    degrees: Vec<Degree>,
    /// Sums of both waves from each degree on.
    tails: Vec<[f64; 2]>,
    /// Power of the target on degrees that rectifiers lack.
    power_of_no_degree: f64,
    saturation: Saturation,
}

impl Sphere {
    fn new(dimension: u64, count: usize, power: &[f64]) -> Self {
        let d = dimension as f64;
        let count = count.max(200);
        let squares = rectifier_power(dimension, count);
        let mut power_of_no_degree = 0.0;
        let mut degrees = Vec::new();
        for (l, (square, reciprocal)) in squares.into_iter().zip(reciprocals_of_harmonics(dimension, count)).enumerate()
        {
            let power = power.get(l).copied().unwrap_or(0.0);
            let l = l as f64;
            let waves = [square, l * (l + d - 2.0) * square];
            let eigenvalue = 2.0 * ((d + 1.0) * waves[0] + waves[1]) * reciprocal;
            if eigenvalue > 0.0 {
                degrees.push(Degree { waves, reciprocal, eigenvalue, power });
            } else {
                power_of_no_degree += power;
            }
        }
        // what is left of the sums of equation (Network.waves)
        let mut rest = [0.5 / d, 0.5 - 0.5 / d];
        let tail = |degree: &Degree| {
            let from = rest;
            rest.iter_mut().zip(degree.waves).for_each(|(rest, wave)| *rest = (*rest - wave).max(0.0));
            from
        };
        let mut tails: Vec<[f64; 2]> = degrees.iter().map(tail).collect();
        tails.push(rest);
        Self { dimension: d, degrees, tails, power_of_no_degree, saturation: Saturation::new() }
    }

    /// `D_n` and `E_n` at descending arguments.
    fn one_point(&self, width: f64, arguments: &[f64]) -> Result<Vec<OnePoint>> {
        // saturation grows as arguments fall: what it was is a start from above
        let mut start = self.saturated([0.0, 0.0]);
        let mut values = Vec::with_capacity(arguments.len());
        for &k in arguments {
            let (value, end) = self.solve(k, width, start)?;
            values.push(value);
            start = end;
        }
        Ok(values)
    }

    /// `S` and `S'` at `I/n` and `I'/n`.
    fn saturated(&self, [radial, across]: [f64; 2]) -> [f64; 2] {
        [self.saturation.mean(self.dimension + 1.0, radial), self.saturation.mean(1.0, across)]
    }

    /// `L_l` of a degree.
    fn covariance(degree: &Degree, [s, s_across]: [f64; 2]) -> f64 {
        degree.reciprocal * (degree.waves[0] * s + degree.waves[1] * s_across)
    }

    /// The iteration below equation (Network.saturation).
    fn solve(&self, k: f64, width: f64, start: [f64; 2]) -> Result<(OnePoint, [f64; 2])> {
        let across = self.dimension - 1.0;
        let mut now = start;
        for _ in 0..STEPS {
            // I, and (d - 1) I'
            let sums = self.sums(k, width, now);
            let next = self.saturated([sums[0] / width, sums[1] / across / width]);
            let change = next.iter().zip(now).map(|(next, now)| (next / now - 1.0).abs()).fold(0.0, f64::max);
            now = next;
            if change < CONVERGED {
                let d = now[0] * sums[0] + now[1] * sums[1];
                return Ok((OnePoint { k, d, e: self.power_left(k, width, now) }, now));
            }
        }
        Err(Error::NoConvergence { what: format!("the features of a network of {width} units at {k:e}") })
    }

    fn sums(&self, k: f64, width: f64, saturated: [f64; 2]) -> [f64; 2] {
        let single = self.degrees.partition_point(|degree| degree.eigenvalue > NEGLIGIBLE * k);
        let mut sums = [0.0, 0.0];
        for degree in &self.degrees[..single] {
            let without = Mode::new(k, Self::covariance(degree, saturated), width).without;
            sums.iter_mut().zip(degree.waves).for_each(|(sum, wave)| *sum += wave / without);
        }
        // the mean of eigenvalues ~ l^-d over waves ~ l^-2
        let last = self.degrees[..single].last().map_or(0.0, |last| Self::covariance(last, saturated));
        let without = Mode::new(k, last / (self.dimension + 1.0), width).without;
        sums.iter_mut().zip(self.tails[single]).for_each(|(sum, tail)| *sum += tail / without);
        sums
    }

    /// `E_n`: what is on degrees that rectifiers lack stays.
    fn power_left(&self, k: f64, width: f64, saturated: [f64; 2]) -> f64 {
        let left = |degree: &Degree| degree.power * Mode::new(k, Self::covariance(degree, saturated), width).resolvent;
        self.power_of_no_degree / k + self.degrees.iter().map(left).sum::<f64>()
    }
}
