//! The first levels of a kernel, and the remainder beyond them.

use super::level::{Level, Weight};
use super::scaled::Scaled;
use super::{Kernel, SMALLEST, Target};
use crate::error::Result;
use crate::spectrum::Spectrum;

/// Degeneracies above this are beyond what [`Spectrum`] allows.
const LARGEST_DEGENERACY: f64 = 1e100;

/// The first levels of a kernel with a target's power on them, and the remainders of both beyond them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Truncation {
    /// Levels that are kept one by one, in the order of their degree.
    pub levels: Vec<Level>,
    /// The target's power on each of these levels, on all eigenfunctions together, `>= 0`.
    pub target_power: Vec<f64>,
    /// The trace of all levels that are not kept, as one level without target power; `None` if rounding errors of the
    /// trace hide it. Its degree is that of the first of them.
    pub rest: Option<Level>,
    /// Target power on levels that are not kept, `>= 0`.
    pub floor: f64,
}

impl Truncation {
    /// The spectrum of these levels and of the remainder.
    ///
    /// # Errors
    ///
    /// As for [`Spectrum::from_modes_with_multiplicity`].
    pub fn spectrum(&self) -> Result<Spectrum> {
        let all = || self.levels.iter().chain(&self.rest);
        let eigenvalues: Vec<f64> = all().map(Level::eigenvalue).collect();
        let degeneracies: Vec<f64> = all().map(Level::degeneracy).collect();
        let mut powers: Vec<f64> =
            self.levels.iter().zip(&self.target_power).map(|(level, power)| power / level.degeneracy()).collect();
        powers.resize(eigenvalues.len(), 0.0);
        Spectrum::from_modes_with_multiplicity(&eigenvalues, &powers, &degeneracies)?.with_floor(self.floor)
    }
}

impl Kernel {
    /// The first `count` levels with the target's power on them, and the remainder beyond them.
    ///
    /// Target power on levels that are not kept goes to the [`floor`](Truncation::floor), where it is never learned.
    /// Their trace is kept as one more level of as small an eigenvalue as the next one, without target power: together
    /// they act like a ridge, as in the full kernel. Levels with eigenvalues below 1e-70 or degeneracies above 1e100
    /// are never kept one by one.
    ///
    /// # Errors
    ///
    /// As for [`levels`](Self::levels), and [`Error::Unsuited`](crate::Error::Unsuited) for a target that belongs to
    /// other inputs.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::spectrum::kernel::{Activation, Kernel, Link, Target};
    ///
    /// let kernel = Kernel::nngp(Activation::Relu, 2, 5)?;
    /// let truncation = kernel.truncation(&Target::single_index(Link::Sign), 10)?;
    /// let learned: f64 = truncation.target_power.iter().sum();
    /// assert!((learned + truncation.floor - 1.0).abs() < 1e-12);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn truncation(&self, target: &Target, count: usize) -> Result<Truncation> {
        self.check_count(count)?;
        // one more, for the size of what is not kept
        let mut levels = self.levels(count.saturating_add(1).min(self.largest_count()))?;
        let (mut target_power, total) = target.power(self, &levels)?;
        let resolved =
            |l: &Level| (l.weight <= 0.0 || l.eigenvalue() >= SMALLEST) && l.degeneracy() <= LARGEST_DEGENERACY;
        let kept = levels.iter().take(count).take_while(|level| resolved(level)).count();
        let trace = self.trace();
        let value = trace - levels.iter().take(kept).map(Level::weight).sum::<f64>();
        let error = levels.iter().take(kept).map(Level::error).sum::<f64>() + 1e-14 * trace;
        let rest = (value > error).then(|| {
            let next = levels[kept.saturating_sub(1)..].iter().map(Level::eigenvalue).filter(|l| *l > 0.0);
            let eigenvalue = next.fold(f64::INFINITY, f64::min).clamp(SMALLEST, trace);
            let degree = levels.get(kept).or(levels.last()).map_or(0, Level::degree);
            Level::new(degree, Scaled::new(value / eigenvalue), Weight { value, error })
        });
        levels.truncate(kept);
        target_power.truncate(kept);
        let floor = (total - target_power.iter().sum::<f64>()).max(0.0);
        Ok(Truncation { levels, target_power, rest, floor })
    }
}
