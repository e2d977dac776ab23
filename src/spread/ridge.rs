//! Runs of ridge regression: covariances of losses, and the mean to the next order (equations (Spread.ridge) and
//! (Shift.ridge)).

use super::common::{Common, Observable};
use super::estimate::Estimate;
use super::level::{Levels, Powers, powers};
use super::mixed::Mixed;
use crate::error::Result;
use crate::model::Model;
use crate::resolvent::Solver;

/// One model at one ridge, with what the derivatives of equation (Spread.ridge) need.
#[derive(Debug, Clone)]
pub(super) struct Side {
    kappa: f64,
    inverse_width: f64,
    inverse_samples: f64,
    /// Label noise, and the floor, which acts alike on the samples (equation (Floor)).
    noise_variance: f64,
    floor: f64,
    r1: f64,
    r3: f64,
    /// `dz/dkappa` of (R), and `n` at equal arguments
    slope: f64,
    n: f64,
    /// Relative error of any sum at this level.
    accuracy: f64,
}

/// Rounding of a sum of positive terms, of the power functions in it and of the series for modes far away.
const SUM: f64 = 16.0 * f64::EPSILON;

impl Side {
    /// At a ridge from 0 to infinity.
    pub fn new(model: &Model, ridge: f64) -> Result<Self> {
        let mut side = Self {
            kappa: f64::INFINITY,
            inverse_width: model.width().recip(),
            inverse_samples: model.samples().recip(),
            noise_variance: model.noise_variance(),
            floor: model.spectrum().floor(),
            r1: 1.0,
            r3: 1.0,
            slope: 1.0,
            n: 1.0,
            accuracy: SUM,
        };
        if ridge.is_infinite() {
            return Ok(side);
        }
        let solver = Solver::new(model);
        let state = solver.real(ridge)?;
        side.kappa = state.kappa.re;
        (side.r1, side.r3) = (state.r_samples.re, state.r_width.re);
        if side.kappa <= 0.0 {
            // everything is learned, and the width drops out
            let diverges = model.spectrum().modes_beyond(model.samples()) >= 0.0 && model.samples().is_finite();
            (side.inverse_width, side.r3) = (0.0, 1.0);
            side.slope = if diverges { 0.0 } else { side.r1 };
            return Ok(side);
        }
        side.accuracy = SUM * (1.0 + solver.condition(&state)) + model.spectrum().compression_error();
        let forgotten = Levels::new(model.spectrum(), [side.kappa; 2]).modes([powers(1, 1), powers(0, 0)]);
        side.n = side.r3 + forgotten * side.inverse_width;
        side.slope = side.r1 * side.n + side.r3 * forgotten * side.inverse_samples;
        Ok(side)
    }

    /// Whether the loss is finite: not at ridge 0 with as many features as samples, or samples as modes.
    pub fn is_finite(&self) -> bool {
        self.slope > 0.0
    }

    fn estimate(&self, value: f64) -> Estimate {
        Estimate::relative(value, self.accuracy)
    }

    /// `d ln kappa` of a loss as a derivative.
    fn level_change(&self) -> f64 {
        -self.r3 / self.slope
    }

    /// Applies the derivative that a loss is to a function with its derivative along the change of this side.
    fn applied(&self, observable: Observable, value: Estimate, change: Estimate) -> Estimate {
        let derivative = change + value * self.estimate(self.n / self.slope);
        match observable {
            Observable::Test => derivative,
            Observable::Train => derivative * self.estimate(self.r1 * self.r1),
        }
    }
}

/// The change of `rho` of a loss as a derivative: a test loss is a source, which weakens the samples.
const fn weakening(observable: Observable) -> f64 {
    match observable {
        Observable::Test => -1.0,
        Observable::Train => 0.0,
    }
}

/// What a pair sum has of one of its arguments.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    /// `l`
    Learned,
    /// `x`
    Left,
}

impl Share {
    /// Its powers, and the sign of its derivative by `ln kappa`, which is `-l x` or `l x`.
    const fn powers(self) -> (Powers, f64) {
        match self {
            Self::Learned => (powers(1, 0), -1.0),
            Self::Left => (powers(0, 1), 1.0),
        }
    }
}

/// A pair sum with its derivatives.
fn pair_sum(sides: [&Side; 2], shares: [Share; 2], sum: impl Fn([Powers; 2]) -> f64) -> Mixed {
    let [(one, sign), (two, other_sign)] = shares.map(Share::powers);
    let (change, other_change) = (sign * sides[0].level_change(), other_sign * sides[1].level_change());
    let both = powers(1, 1);
    let accuracy = 2.0 * (sides[0].accuracy + sides[1].accuracy);
    let estimate = |at: [Powers; 2], factor: f64| Estimate::relative(factor * sum(at), 2.0 * accuracy);
    // (a level that is 0 or infinite does not change)
    let scaled =
        |at: [Powers; 2], factor: f64| if factor.is_finite() { estimate(at, factor) } else { Estimate::default() };
    Mixed {
        value: estimate([one, two], 1.0),
        first: scaled([both, two], change),
        second: scaled([one, both], other_change),
        both: scaled([both, both], change * other_change),
    }
}

/// The covariance of two losses of models on one spectrum (equation (Spread.ridge)), which have the sizes in common of
/// what they share.
pub(super) fn covariance(model: &Model, sides: [&Side; 2], observables: [Observable; 2], common: Common) -> Estimate {
    let [x, y] = sides;
    let levels = Levels::new(model.spectrum(), [x.kappa, y.kappa]);
    let modes = |shares| pair_sum(sides, shares, |at| levels.modes(at));
    let target = |shares| pair_sum(sides, shares, |at| levels.target(at));
    let (learned, left) = (Share::Learned, Share::Left);
    let rho = observables.map(weakening);
    let one = Mixed::constant(1.0);
    let rr = Mixed {
        first: Estimate::exact(rho[0]),
        second: Estimate::exact(rho[1]),
        both: Estimate::exact(rho[0] * rho[1]),
        ..one
    };
    let features = if common.features { x.inverse_width } else { 0.0 };
    let samples = x.inverse_samples;
    let label_noise = if common.label_noise { x.noise_variance } else { 0.0 };
    let s2 = modes([learned, learned]);
    // kappa S1, kappa' S1, kappa T2, kappa' T2
    let (w, w2) = (modes([left, learned]), modes([learned, left]));
    let (v, v2) = (target([left, learned]), target([learned, left]));
    // in the forms (C.den), without subtraction
    let n =
        if common.features { (one - s2 * features).with_value(x.estimate(x.r3) + w2.value * features) } else { one };
    let g = if common.inputs {
        let p = (one - rr * s2 * samples).with_value(x.estimate(x.r1) + w2.value * samples);
        let den = if common.features {
            let value = x.estimate(x.r1) * y.estimate(y.r3)
                + x.estimate(x.r1) * w.value * features
                + y.estimate(y.r3) * w2.value * samples;
            (p * n - rr * w * w2 * (features * samples)).with_value(value)
        } else {
            p
        };
        let seen = target([left, left]) + Mixed::constant(label_noise + x.floor);
        (p * v * v2 * features + rr * w * v2 * seen * (2.0 * features * samples) + rr * n * seen * seen * samples)
            * den.inv()
    } else {
        // (equation (Spread.parts))
        v * v2 * n.inv() * features + rr * (label_noise * label_noise * samples)
    };
    let along_first = |value: Estimate, change: Estimate| x.applied(observables[0], value, change);
    let (plain, changed) = (along_first(g.value, g.first), along_first(g.second, g.both));
    y.applied(observables[1], plain, changed) * 2.0
}

/// What is to be added to the mean of a loss (equation (Shift.ridge)), from the loop of equation (Shift).
pub(super) fn shift(model: &Model, side: &Side, observable: Observable) -> Estimate {
    let levels = Levels::new(model.spectrum(), [side.kappa; 2]);
    let alone = |l, x| [powers(l, x), powers(0, 0)];
    let modes = |l, x| side.estimate(levels.modes(alone(l, x)));
    let target = |l, x| side.estimate(levels.target(alone(l, x)));
    let level = side.level_change();
    let level = if level.is_finite() { level } else { 0.0 };
    let number = |value: Estimate, slope: Estimate| Mixed { value, first: slope * level, ..Mixed::default() };
    let (iw, is) = (side.inverse_width, side.inverse_samples);
    let one = Mixed::constant(1.0);
    let rho = Mixed { first: Estimate::exact(weakening(observable)), ..one };
    let rho2 = rho * rho;

    // sums, and their derivatives by ln kappa: of l it is -l x, of x it is l x
    let s2 = number(modes(2, 0), modes(2, 1) * -2.0);
    let s2_slope = number(modes(2, 1) * -2.0, modes(3, 1) * -2.0 + modes(2, 2) * 4.0);
    let w = number(modes(1, 1), modes(2, 1) - modes(1, 2));
    let w_slope = number(modes(2, 1) - modes(1, 2), modes(3, 1) - modes(2, 2) * 4.0 + modes(1, 3));
    let seen = number(target(0, 2), target(1, 2) * 2.0) + Mixed::constant(side.noise_variance + side.floor);
    let v = number(target(1, 1), target(2, 1) - target(1, 2));
    // kappa^2 U1 and kappa U2
    let u1 = number(target(1, 2), target(2, 2) * 2.0 - target(1, 3));
    let u2 = number(target(2, 1), target(3, 1) - target(2, 2) * 2.0);

    let n = (one - s2 * iw).with_value(side.estimate(side.n));
    let p = (one - rho2 * s2 * is).with_value(side.estimate(side.r1) + w.value * is);
    let den = (p * n - rho2 * w * w * (iw * is)).with_value(side.estimate(side.slope));
    let inverse = den.inv();
    let by_level = -(rho2 * s2_slope * n * is + p * s2_slope * iw + rho2 * w * w_slope * (2.0 * iw * is)) * inverse;
    let by_rho = -(rho * (s2 * n * is + w * w * (iw * is))) * inverse * 2.0;
    let c0 = (n * seen + w * v * iw) * inverse * is;
    let c3 = (p * v + rho2 * w * seen * is) * inverse * iw;
    let rung = (p * u2 * iw - rho2 * n * u1 * is + rho2 * w * u1 * (2.0 * iw * is)) * inverse;
    let phi = rung + (rho2 * c0 - c3) * by_level * 0.5 - rho2 * (one - rho) * c0 * by_rho * 0.5;
    side.applied(observable, phi.value, phi.first)
}
