//! Where the operator's spectrum ends, on the negative real axis of the Laplace argument.

use std::convert::Infallible;

use num_complex::Complex64;

use super::Solver;
use crate::numerics::{Sample, root_between};
use crate::spectrum::Excess;

impl Solver<'_> {
    /// The slow edge of the operator's spectrum, as a Laplace argument: the singularity `z < 0` that is nearest to 0.
    ///
    /// It is away from 0 only with fewer modes than features and samples. There `z(kappa)` of equation (R) has its
    /// minimum between the smallest eigenvalue and 0 (equation (R.edge)).
    pub fn slow_edge(&self) -> f64 {
        let smallest = self.eigenvalues.smallest();
        if self.surplus >= 0.0 || smallest <= 0.0 {
            return 0.0;
        }
        if self.smaller.is_infinite() {
            return -smallest;
        }
        let (mut low, mut high) = (-smallest, 0.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            let (_, derivative, r) = self.real_axis(middle);
            if r > 0.0 && derivative > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
        }
        if high < 0.0 { self.real_axis(high).0 } else { 0.0 }
    }

    /// The slowest residual on samples that are interpolated, as a Laplace argument: with fewer samples than features and
    /// modes the operator has eigenvalues 0, which are not felt on the samples, and a gap above these; `None` with more
    /// samples.
    ///
    /// At the end of the gap `z(kappa)` has its minimum between 0 and the `kappa` at which all samples are learned
    /// (equation (R.gap)).
    pub fn interpolation_edge(&self) -> Option<f64> {
        if self.width_is_smaller || self.complement <= 0.0 || self.surplus <= 0.0 {
            return None;
        }
        // the slope dz/dkappa, negative where there is none of the gap
        let at = |log_kappa: f64| {
            let (z, derivative, _) = self.real_axis(log_kappa.exp());
            Sample { x: log_kappa, value: if z < 0.0 { derivative } else { -1.0 }, found: z }
        };
        let mut above = at(self.real(0.0).ok()?.kappa.re.ln() - SMALL_STEP);
        let mut step = 0.25;
        let mut below = at(above.x - step);
        while below.value > 0.0 && step < 1000.0 {
            step *= 2.0;
            (above, below) = (below, at(below.x - step));
        }
        // (at a minimum z is known to the square of its slope)
        let tolerance = SLOPE_OF_MINIMUM * above.value;
        let root = root_between(below, above, tolerance, |x| {
            let Sample { value, found, .. } = at(x);
            Ok::<_, Infallible>((value, found))
        });
        let Ok((root, _)) = root;
        (root.found < 0.0).then_some(root.found)
    }

    /// The fast edge of the operator's spectrum, as a Laplace argument: the singularity `z < 0` that is farthest from
    /// 0.
    ///
    /// `z(kappa)` of equation (R) has its maximum over `kappa` below minus the largest eigenvalue there (equation
    /// (R.top)). An isolated largest eigenvalue counts with the spread that the theory gives it.
    pub fn fast_edge(&self) -> f64 {
        let largest = self.eigenvalues.largest();
        if self.smaller.is_infinite() {
            return -largest;
        }
        // the slope dz/dkappa at kappa = -largest (1 + e^x)
        let at = |x: f64| {
            let (z, derivative, _) = self.real_axis(-largest * (1.0 + x.exp()));
            Sample { x, value: derivative, found: z }
        };
        let (mut low, mut above) = (-36.0, at(80.0));
        while above.x - low > SMOOTH {
            let middle = at(0.5 * (low + above.x));
            if middle.value > 0.0 {
                above = middle;
            } else {
                low = middle.x;
            }
        }
        let below = at(low);
        if below.value >= 0.0 || below.value.is_nan() {
            return above.found;
        }
        let root = root_between(below, above, SLOPE_OF_MINIMUM, |x| {
            let Sample { value, found, .. } = at(x);
            Ok::<_, Infallible>((value, found))
        });
        // (at a maximum z is known to the square of its slope)
        root.map_or(above.found, |(root, _)| root.found)
    }

    /// The Laplace argument beyond the fast edge at which `-D` is a given number; the fast edge if it is smaller there.
    pub fn where_modes_are(&self, number: f64) -> f64 {
        let largest = self.eigenvalues.largest();
        let kappa = |x: f64| -largest * (1.0 + x.exp());
        let (mut low, mut high) = (-36.0, 80.0);
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            let d = self.eigenvalues.one_point_sums(Complex64::from(kappa(middle))).0;
            if -d.re > number {
                low = middle;
            } else {
                high = middle;
            }
        }
        let (z, derivative, _) = self.real_axis(kappa(high));
        if derivative > 0.0 { z } else { self.fast_edge() }
    }

    /// `z(kappa)` of equation (R) on the real axis outside of minus the eigenvalues, its derivative, and `1 - D/m`.
    fn real_axis(&self, kappa: f64) -> (f64, f64, f64) {
        if self.smaller.is_infinite() {
            return (kappa, 1.0, 1.0);
        }
        let Excess { value, a2, .. } = self.eigenvalues.excess(Complex64::from(kappa), self.smaller);
        let r = -value.re / self.smaller;
        let r_larger = self.complement + self.ratio * r;
        let derivative = r * r_larger + kappa * a2.re / self.smaller * (r_larger + self.ratio * r);
        (kappa * r * r_larger, derivative, r)
    }
}

/// On intervals of the logarithm as short as this slopes next to the fast edge are smooth.
const SMOOTH: f64 = 0.5;

/// From where all samples are learned into the gap.
const SMALL_STEP: f64 = 1e-6;

/// The slope at a minimum, relative to that at the other end of the gap.
const SLOPE_OF_MINIMUM: f64 = 1e-8;
