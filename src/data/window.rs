//! One window of modes and the power law fitted to it.

/// The error of an exponent, relative to it or absolute, beyond which nothing is known of it.
const UNKNOWN: (f64, f64) = (0.5, 3.0);

/// A power law fitted to a window of modes (equation (Fit.eigenvalues) or (Fit.power)).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WindowFit {
    /// First mode of the window, counted from 1.
    pub first: usize,
    /// Last mode of the window.
    pub last: usize,
    /// `b`, or `a`: the law falls as `k^-exponent`.
    pub exponent: f64,
    /// Standard error: the scatter of neighbouring modes, together with how far the exponents of windows depart that
    /// hold half of this one or more (equation (Fit.error)).
    pub error: f64,
    /// The departure from the exponent that is furthest beyond the tolerance, of all windows inside this one: 0 for a
    /// power law.
    pub bend: f64,
    /// The tolerance for that departure: a twentieth of the exponent, or what the scatter of neighbouring modes makes
    /// likely (equation (Fit.straight)).
    pub tolerance: f64,
}

impl WindowFit {
    /// Whether the window is straight: no window inside it has an exponent that departs by more than the tolerance.
    pub fn is_straight(&self) -> bool {
        self.bend.abs() <= self.tolerance
    }

    /// Whether the exponent is known well enough to be called one.
    pub(super) fn is_known(&self) -> bool {
        self.error <= (UNKNOWN.0 * self.exponent.abs()).max(UNKNOWN.1)
    }

    /// The logarithm of the ratio of the last mode to the first.
    pub(super) fn length(&self) -> f64 {
        (self.last as f64 / self.first as f64).ln()
    }

    /// The merit of a window as the law of the spectrum: long is good, straight is better.
    pub(super) fn merit(&self) -> f64 {
        let departure = self.bend / self.tolerance;
        self.length() * (1.0 - 0.5 * departure * departure)
    }
}
