//! How far a measured spectrum is used, and whether it can tell so much.

use crate::spectrum::Spectrum;

/// The largest sizes, and numbers of learned modes, for which losses of a measured spectrum were asked.
///
/// Beyond a tenth of its modes the eigenvalues of a measured spectrum are those of the sample more than those of the
/// kernel, and it has none beyond all of them. Estimates of numerical errors do not count that.
///
/// # Examples
///
/// ```
/// use spectralaw::data::Reach;
///
/// let mut reach = Reach::default();
/// reach.size(1e3, f64::INFINITY);
/// assert!(reach.beyond(1e5).is_none());
/// let beyond = reach.beyond(5000.0).unwrap();
/// assert!(!beyond.is_all && beyond.amounts == [("width", 1e3)]);
/// assert!(reach.beyond(1000.0).unwrap().is_all);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reach {
    width: f64,
    samples: f64,
    learned: f64,
}

/// What goes beyond what a measured spectrum can tell.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Beyond {
    /// Whether it goes beyond all of the modes, not only beyond a tenth of them.
    pub is_all: bool,
    /// The amounts that do so, with their names: `width`, `samples` and `learned modes`.
    pub amounts: Vec<(&'static str, f64)>,
}

/// Beyond this share of the modes, eigenvalues are those of the sample more than of the kernel.
const OF_THE_KERNEL: f64 = 0.1;

impl Reach {
    /// Includes the sizes of a model. Infinite ones are limits, in which only what is learned matters.
    pub fn size(&mut self, width: f64, samples: f64) {
        let larger = |old: f64, new: f64| if new.is_finite() { old.max(new) } else { old };
        (self.width, self.samples) = (larger(self.width, width), larger(self.samples, samples));
    }

    /// Includes a ridge at infinite sizes, above which modes are learned.
    pub fn ridge(&mut self, spectrum: &Spectrum, ridge: f64) {
        let learned = spectrum.effective_dimension(ridge).unwrap_or(f64::INFINITY);
        self.learned = self.learned.max(learned.min(spectrum.modes()));
    }

    /// Includes a time of gradient flow at infinite sizes: modes are learned above its inverse.
    pub fn flow_time(&mut self, spectrum: &Spectrum, time: f64) {
        self.ridge(spectrum, time.recip());
    }

    /// What goes beyond all modes of a spectrum that has so many; if nothing does, what goes beyond a tenth of them.
    pub fn beyond(&self, modes: f64) -> Option<Beyond> {
        let all = [("width", self.width), ("samples", self.samples), ("learned modes", self.learned)];
        let above = |share: f64| -> Vec<(&'static str, f64)> {
            all.into_iter().filter(|(_, amount)| *amount > 0.0 && *amount >= share * modes).collect()
        };
        let shares = [(true, 1.0), (false, OF_THE_KERNEL * (1.0 + f64::EPSILON))];
        let beyond = shares.into_iter().map(|(is_all, share)| Beyond { is_all, amounts: above(share) });
        beyond.into_iter().find(|beyond| !beyond.amounts.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;

    #[test]
    fn what_is_learned_counts_where_sizes_are_infinite() -> Result<()> {
        let spectrum = Spectrum::from_modes_with_multiplicity(&[1.0, 1e-6], &[1.0, 1.0], &[10.0, 90.0])?;
        let beyond = |ridge: f64| {
            let mut reach = Reach::default();
            reach.ridge(&spectrum, ridge);
            reach.beyond(spectrum.modes())
        };
        assert_eq!((beyond(1e-2), beyond(f64::INFINITY)), (None, None));
        let weakly = beyond(1e-6).map(|beyond| (beyond.is_all, beyond.amounts[0].1.round()));
        assert_eq!(weakly, Some((false, 55.0)));
        assert_eq!(beyond(0.0), Some(Beyond { is_all: true, amounts: vec![("learned modes", 100.0)] }));
        let mut reach = Reach::default();
        reach.flow_time(&spectrum, 1e6);
        assert!(reach.beyond(100.0).is_some_and(|beyond| !beyond.is_all));
        Ok(())
    }

    #[test]
    fn a_tenth_itself_is_known() {
        let beyond = |width: f64, samples: f64| {
            let mut reach = Reach::default();
            reach.size(width, samples);
            reach.beyond(1000.0)
        };
        assert_eq!((beyond(f64::INFINITY, f64::INFINITY), beyond(100.0, 50.0)), (None, None));
        assert!(beyond(101.0, 999.0).is_some_and(|beyond| !beyond.is_all && beyond.amounts.len() == 2));
        assert!(beyond(101.0, 1000.0).is_some_and(|beyond| beyond.amounts == [("samples", 1000.0)]));
    }
}
