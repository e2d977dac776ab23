//! Cautions on measured spectra that are used beyond a tenth of their modes, or beyond all of them.

use spectralaw::{Optimizer, Spectrum};

use crate::output::number::rounded;
use crate::plot::grid::{ALONG, Grid, SAMPLES, WIDTH};

/// The largest sizes, and numbers of learned modes, that a command has chosen or found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reached {
    width: f64,
    samples: f64,
    learned: f64,
}

/// Beyond this share of the modes, eigenvalues are those of the sample more than of the kernel.
const OF_THE_KERNEL: f64 = 0.1;

impl Reached {
    /// A size of a model; infinite ones are limits, which only what is learned decides.
    pub fn size(&mut self, width: f64, samples: f64) {
        let larger = |old: f64, new: f64| if new.is_finite() { old.max(new) } else { old };
        (self.width, self.samples) = (larger(self.width, width), larger(self.samples, samples));
    }

    /// A ridge without limits of size: what is learned is above it.
    pub fn ridge(&mut self, spectrum: &Spectrum, ridge: f64) {
        let learned = spectrum.effective_dimension(ridge).unwrap_or(f64::INFINITY);
        self.learned = self.learned.max(learned.min(spectrum.modes()));
    }

    /// A time, or number of steps, without limits of size: what is learned is above the inverse of the time.
    pub fn trained(&mut self, spectrum: &Spectrum, optimizer: &Optimizer, at: f64) {
        self.ridge(spectrum, optimizer.flow_time(at).recip());
    }

    /// All sizes of a grid.
    pub fn sizes_of(grid: &Grid) -> Self {
        let mut reached = Self::default();
        reached.sizes(grid);
        reached
    }

    /// All sizes of a grid, and whether there is one without limits.
    fn sizes(&mut self, grid: &Grid) -> bool {
        let [widths, samples] = [WIDTH, SAMPLES].map(|axis| grid.axes[axis].values.all());
        widths.iter().for_each(|width| self.size(*width, f64::INFINITY));
        samples.iter().for_each(|samples| self.size(f64::INFINITY, *samples));
        [widths, samples].iter().all(|sizes| sizes.iter().any(|size| size.is_infinite()))
    }

    /// All sizes and times of a grid.
    pub fn trained_on(grid: &Grid, spectrum: &Spectrum, optimizer: &Optimizer) -> Self {
        let mut reached = Self::default();
        if reached.sizes(grid) {
            let latest = grid.axes[ALONG].values.all().iter().copied().fold(0.0, f64::max);
            reached.trained(spectrum, optimizer, latest);
        }
        reached
    }

    /// All sizes and ridges of a grid.
    pub fn ridges_on(grid: &Grid, spectrum: &Spectrum) -> Self {
        let mut reached = Self::default();
        if reached.sizes(grid) {
            let least = grid.axes[ALONG].values.all().iter().copied().fold(f64::INFINITY, f64::min);
            reached.ridge(spectrum, least);
        }
        reached
    }

    /// What is to be said of a file with so many modes.
    pub fn remark(&self, modes: f64, file: &str) -> Option<String> {
        let all = [("width", self.width), ("samples", self.samples), ("learned modes", self.learned)];
        let above = |share: f64| -> Vec<String> {
            let reached = all.into_iter().filter(|(_, size)| *size > 0.0 && *size >= share * modes);
            reached.map(|(name, size)| format!("{name} {}", rounded(size, 4))).collect()
        };
        let (count, how) = (rounded(modes, 6), "halves of the data tell: spectrum --halves, then --check");
        match (above(1.0), above(OF_THE_KERNEL * (1.0 + f64::EPSILON))) {
            (strongly, _) if !strongly.is_empty() => Some(format!(
                "CAUTION: {} of {count} modes in {file}: of more than was measured a spectrum says nothing, and `error`, which is numerical, does not \
                 count that ({how})",
                strongly.join(" and ")
            )),
            (_, weakly) if !weakly.is_empty() => Some(format!(
                "caution: {} of {count} modes in {file}: beyond a tenth of them eigenvalues are those of the sample more than of the kernel, which `error`, \
                 being numerical, does not count ({how})",
                weakly.join(" and ")
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_said() {
        let told = |width: f64, samples: f64| {
            let mut reached = Reached::default();
            reached.size(width, samples);
            reached.remark(1000.0, "s.npz").unwrap_or_default()
        };
        assert_eq!(told(f64::INFINITY, f64::INFINITY), "");
        assert_eq!(told(100.0, 50.0), "");
        assert!(told(101.0, 50.0).starts_with("caution: width 101 of 1000 modes in s.npz: beyond a tenth"));
        assert!(told(101.0, 999.0).starts_with("caution: width 101 and samples 999 of"));
        assert!(told(101.0, 1000.0).starts_with("CAUTION: samples 1000 of 1000 modes in s.npz: of more than was"));
    }

    #[test]
    fn what_is_learned_is_counted_where_sizes_are_infinite() -> spectralaw::Result<()> {
        let spectrum = Spectrum::from_modes_with_multiplicity(&[1.0, 1e-6], &[1.0, 1.0], &[10.0, 90.0])?;
        let told = |ridge: f64| {
            let mut reached = Reached::default();
            reached.ridge(&spectrum, ridge);
            reached.remark(spectrum.modes(), "s.npz").unwrap_or_default()
        };
        assert_eq!(told(1e-2), "");
        assert_eq!(told(f64::INFINITY), "");
        assert!(told(1e-6).starts_with("caution: learned modes 55 of 100"));
        assert!(told(0.0).starts_with("CAUTION: learned modes 100 of 100"));
        let mut reached = Reached::default();
        reached.trained(&spectrum, &Optimizer::gradient_descent(0.1)?, 1e7);
        assert!(reached.remark(100.0, "s.npz").is_some_and(|told| told.starts_with("caution: learned modes 55")));
        Ok(())
    }
}
