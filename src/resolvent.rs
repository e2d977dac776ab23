//! The self-consistent resolvent: kappa(z) of equation (R), for real ridges and complex Laplace arguments.

mod continuation;
mod edges;

use std::borrow::Cow;

use num_complex::Complex64;

use crate::error::{Error, Result};
use crate::lanes::ComplexLanes;
use crate::model::Model;
use crate::number::{Number, Real};
use crate::precision::{NEWTON_STEP, REAL_LIMIT, RESOLVENT_RANGE};
use crate::spectrum::{Excess, Measure, Points};

/// The resolvent of a model at one argument: a ridge, or a Laplace variable of gradient flow.
///
/// `z = kappa (1 - D(kappa)/P) (1 - D(kappa)/N)`, equation (R), on the branch with `kappa ~ z` at infinity, which is
/// analytic in `z` off the negative real axis.
///
/// # Examples
///
/// ```
/// use num_complex::Complex64;
/// use spectralaw::{Model, Spectrum};
///
/// let model = Model::new(&Spectrum::power_law(2.0, 1.5)?).with_samples(500.0)?;
/// let resolvent = model.resolvent(Complex64::new(1e-3, 0.0))?;
/// assert!((resolvent.kappa().re - 0.0015593205801270843).abs() < 1e-15);
/// assert!((resolvent.df1().re - 179.3475271395122).abs() < 1e-10);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Resolvent {
    z: Complex64,
    kappa: Complex64,
    r_samples: Complex64,
    r_width: Complex64,
    df1: Complex64,
    df2: Complex64,
    residual: f64,
    iterations: usize,
}

impl Resolvent {
    /// The limit of an infinite ridge, in which `kappa ~ z` and no mode is learned.
    const UNTRAINED: Self = Self {
        z: Complex64::new(f64::INFINITY, 0.0),
        kappa: Complex64::new(f64::INFINITY, 0.0),
        r_samples: Complex64::ONE,
        r_width: Complex64::ONE,
        df1: Complex64::ZERO,
        df2: Complex64::ZERO,
        residual: 0.0,
        iterations: 0,
    };

    /// The argument.
    pub fn z(&self) -> Complex64 {
        self.z
    }

    /// The renormalised ridge `kappa(z)`; same units as the eigenvalues.
    pub fn kappa(&self) -> Complex64 {
        self.kappa
    }

    /// `R1 = 1 - df1/P`, the response of the residual on the samples; 1 for infinitely many samples.
    pub fn r1(&self) -> Complex64 {
        self.r_samples
    }

    /// `R3 = 1 - df1/N`, the response of the features; 1 at infinite width.
    pub fn r3(&self) -> Complex64 {
        self.r_width
    }

    /// `df1 = D(kappa) = sum_k lambda_k / (lambda_k + kappa)`, the effective number of learned modes (equation (D)).
    pub fn df1(&self) -> Complex64 {
        self.df1
    }

    /// `df2 = sum_k lambda_k^2 / (lambda_k + kappa)^2` (equation (S2) at equal arguments).
    pub fn df2(&self) -> Complex64 {
        self.df2
    }

    /// Transfer function of a mode, `H_k(z) = (kappa/z) / (kappa + lambda_k)`, equation (H).
    ///
    /// At `z = 0` with `kappa > 0` it has a pole; `z H_k(z)` is then `kappa / (kappa + lambda_k)`. At an infinite ridge
    /// it is 0, and `z H_k(z)` tends to 1.
    pub fn transfer(&self, eigenvalue: f64) -> Complex64 {
        if self.z.re.is_infinite() {
            return Complex64::ZERO;
        }
        self.kappa / (self.z * (self.kappa + eigenvalue))
    }

    /// Size of the equation's residual at the solution, relative to its largest term.
    pub fn residual(&self) -> f64 {
        self.residual
    }

    /// Newton steps taken, continuation included.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    fn conjugate(mut self) -> Self {
        let values =
            [&mut self.z, &mut self.kappa, &mut self.r_samples, &mut self.r_width, &mut self.df1, &mut self.df2];
        for value in values {
            *value = value.conj();
        }
        self
    }
}

impl Model {
    /// The resolvent at any complex `z` off the negative real axis; real `z >= 0` is a ridge.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for negative real arguments, and for moduli that are not 0 or from 1e-100 to 1e100, except
    /// for the infinite ridge, at which `kappa` is infinite and nothing is learned; [`Error::Unresolved`] if the answer
    /// lies below the smallest resolved eigenvalue of an infinite spectrum.
    pub fn resolvent(&self, z: Complex64) -> Result<Resolvent> {
        if z.re == f64::INFINITY && z.im == 0.0 {
            return Ok(Resolvent::UNTRAINED);
        }
        let size = z.norm();
        if !(size == 0.0 || RESOLVENT_RANGE.contains(&size)) {
            let allowed = "0, of modulus from 1e-100 to 1e100, or an infinite ridge";
            return Err(Error::OutOfRange { name: "modulus of z", value: size, allowed });
        }
        if z.im == 0.0 && z.re < 0.0 {
            let allowed = "off the negative real axis, where the resolvent has its cut";
            return Err(Error::OutOfRange { name: "z", value: z.re, allowed });
        }
        if z.im < 0.0 {
            return Ok(self.resolvent(z.conj())?.conjugate());
        }
        let mut solver = Solver::new(self);
        let refined;
        let state = if z.im == 0.0 {
            solver.real(z.re)?
        } else {
            let (state, eigenvalues) = solve_off_axis(self, z)?;
            refined = eigenvalues;
            solver = Solver { eigenvalues: &refined, ..solver };
            state
        };
        let (df1, df2, residual) = if state.kappa.norm() > 0.0 {
            let sums = solver.eigenvalues.sums(state.kappa, false);
            (sums.a, sums.c2, solver.residual(&state))
        } else {
            let all = Complex64::from(self.spectrum().modes());
            (all, all, 0.0)
        };
        Ok(Resolvent {
            z,
            kappa: state.kappa,
            r_samples: state.r_samples,
            r_width: state.r_width,
            df1,
            df2,
            residual,
            iterations: state.iterations,
        })
    }
}

/// A solution of equation (R), or several at once, with the derivatives that continuation to a neighbouring argument
/// needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State<T = Complex64> {
    pub z: T,
    pub kappa: T,
    /// `1 - D/P`
    pub r_samples: T,
    /// `1 - D/N`
    pub r_width: T,
    /// `d ln kappa / d ln z`
    slope: T,
    iterations: usize,
}

impl State<ComplexLanes> {
    /// The solutions from an index on, the last one again where there are no more.
    pub fn of(states: &[State], start: usize) -> Self {
        let last = states.len() - 1;
        let lanes = |part: fn(&State) -> Complex64| ComplexLanes::from_fn(|i| part(&states[(start + i).min(last)]));
        Self {
            z: lanes(|s| s.z),
            kappa: lanes(|s| s.kappa),
            r_samples: lanes(|s| s.r_samples),
            r_width: lanes(|s| s.r_width),
            slope: lanes(|s| s.slope),
            iterations: states[start].iterations,
        }
    }

    /// One of the solutions.
    fn lane(&self, i: usize) -> State {
        State {
            z: self.z.lane(i),
            kappa: self.kappa.lane(i),
            r_samples: self.r_samples.lane(i),
            r_width: self.r_width.lane(i),
            slope: self.slope.lane(i),
            iterations: self.iterations,
        }
    }
}

impl State {
    /// `d ln kappa / d ln z`
    pub fn slope(&self) -> Complex64 {
        self.slope
    }

    /// The solution at the conjugate argument.
    pub fn conjugate(&self) -> Self {
        Self {
            z: self.z.conj(),
            kappa: self.kappa.conj(),
            r_samples: self.r_samples.conj(),
            r_width: self.r_width.conj(),
            slope: self.slope.conj(),
            iterations: self.iterations,
        }
    }

    /// The solution at a real argument off the support, where rounding has left imaginary parts.
    pub fn on_real_axis(&self) -> Self {
        let real = |x: Complex64| Complex64::from(x.re);
        Self {
            z: real(self.z),
            kappa: real(self.kappa),
            r_samples: real(self.r_samples),
            r_width: real(self.r_width),
            slope: real(self.slope),
            iterations: self.iterations,
        }
    }
}

/// Solution at any `z` in the upper half plane, with the eigenvalues as they were summed there.
///
/// Next to the negative axis the sums depend on single modes. The angle is therefore approached in steps, and the
/// eigenvalues are compiled anew around `kappa` whenever it has come much closer to the axis or moved along it.
pub(crate) fn solve_off_axis(model: &Model, z: Complex64) -> Result<(State, Cow<'_, Measure>)> {
    let coarse = Solver::new(model);
    let start = coarse.real(z.norm())?;
    let to_axis = z.im.atan2(-z.re);
    if to_axis >= SAFE_ANGLE {
        return Ok((coarse.advance(&start, z)?, Cow::Borrowed(coarse.eigenvalues)));
    }
    let at_angle = |angle: f64| z.norm() * Complex64::new(-angle.cos(), angle.sin());
    let mut angle = SAFE_ANGLE;
    let mut state = coarse.advance(&start, at_angle(angle))?;
    let mut focus = Complex64::ZERO;
    let mut eigenvalues = Cow::Borrowed(coarse.eigenvalues);
    for _ in 0..REAL_LIMIT {
        // (where kappa is real to rounding, rounding alone would move it by more than its imaginary part)
        let resolution = (0.5 * focus.im.abs()).max(1e-13 * state.kappa.norm());
        if (state.kappa - focus).norm() > resolution {
            focus = state.kappa;
            let Some(near) = model.spectrum().eigenvalues_near(focus) else {
                let allowed = "farther from the negative real axis: this spectrum was compressed, and its single modes, \
                               which matter there, were not kept";
                return Err(Error::OutOfRange { name: "z", value: z.re, allowed });
            };
            eigenvalues = near;
        } else if angle <= to_axis {
            return Ok((state, eigenvalues));
        }
        angle = (0.25 * angle).max(to_axis);
        let solver = Solver { eigenvalues: &eigenvalues, ..coarse };
        state = solver.advance(&state, if angle > to_axis { at_angle(angle) } else { z })?;
    }
    Err(Error::NoConvergence { what: format!("the resolvent at z = {z:e}") })
}

/// The value of an equation, relative to its terms, that counts as rounding.
const HOLDS: f64 = 2.0 * f64::EPSILON;

/// Angle to the negative axis from which on every compiled spectrum is accurate.
const SAFE_ANGLE: f64 = 0.6;

/// Equation (R) in the form (R.min), which keeps full relative accuracy for any sizes and any `z`.
///
/// With `m = min(N, P)`, `rho = m / max(N, P)`: `y = 1 - D/m` solves `rho y^2 + (1 - rho) y = z/kappa`, and `kappa` is
/// the root of `F = D(kappa)/m + y(z/kappa) - 1`. Neither `1 - D/m` near 0 nor `1 - rho` near 0 is ever formed by
/// subtraction of rounded numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Solver<'a> {
    eigenvalues: &'a Measure,
    /// The number of modes in excess of `m`
    surplus: f64,
    smaller: f64,
    /// `m / max(N, P)` and its complement to 1
    ratio: f64,
    complement: f64,
    width_is_smaller: bool,
}

/// `F` with its derivatives by `ln kappa` and `ln z`, and `y`.
struct Equation<T: Number = Complex64> {
    value: T,
    by_kappa: T,
    by_z: T,
    y: T,
    /// Size of the terms of `value`
    size: T::Real,
}

impl<'a> Solver<'a> {
    pub fn new(model: &'a Model) -> Self {
        let (width, samples) = (model.width(), model.samples());
        let (smaller, larger) = (width.min(samples), width.max(samples));
        let (ratio, complement) =
            if larger.is_infinite() { (0.0, 1.0) } else { (smaller / larger, (larger - smaller) / larger) };
        Self {
            eigenvalues: model.spectrum().eigenvalues(),
            surplus: if smaller.is_infinite() { f64::NEG_INFINITY } else { model.spectrum().modes_beyond(smaller) },
            smaller,
            ratio,
            complement,
            width_is_smaller: width <= samples,
        }
    }

    fn equation<T: Points>(&self, kappa: T, z: T) -> Equation<T> {
        let constant = T::Real::constant;
        let Excess { value: excess, size, a2 } = self.eigenvalues.excess(kappa, self.smaller);
        let s = z.over(kappa);
        let root = (s * (4.0 * self.ratio)).plus(constant(self.complement * self.complement)).sqrt();
        // both vanish at z = 0 with N = P
        let is_regular = constant(-self.complement).is_below(s.size());
        let y = T::choose(is_regular, (s * 2.0).over(root.plus(constant(self.complement))), root);
        let s_dy = T::choose(is_regular, s.over(root), root);
        Equation {
            // (next to the edge of a narrow spectrum every bit counts)
            value: excess.per(self.smaller) + y,
            by_kappa: -(kappa * a2).per(self.smaller) - s_dy,
            by_z: s_dy,
            y,
            size: size * self.smaller.recip() + y.modulus(),
        }
    }

    fn state<T: Points>(&self, z: T, kappa: T, equation: &Equation<T>, iterations: usize) -> State<T> {
        let of_larger = (equation.y * self.ratio).plus(T::Real::constant(self.complement));
        let (r_width, r_samples) =
            if self.width_is_smaller { (equation.y, of_larger) } else { (of_larger, equation.y) };
        State { z, kappa, r_samples, r_width, slope: -equation.by_z.over(equation.by_kappa), iterations }
    }

    /// Size of `F` at a solution, relative to its largest term.
    fn residual(&self, state: &State) -> f64 {
        if self.smaller.is_infinite() {
            return 0.0;
        }
        let equation = self.equation(state.kappa, state.z);
        equation.value.norm() / (1.0 + equation.y.norm())
    }

    /// The relative error of `kappa` at a real solution, in units of rounding.
    pub fn condition(&self, state: &State) -> f64 {
        if self.smaller.is_infinite() {
            return 0.0;
        }
        let equation = self.equation(state.kappa, state.z);
        equation.size / equation.by_kappa.norm()
    }

    /// Both sizes infinite: `kappa = z`.
    fn trivial(z: Complex64) -> State {
        let one = Complex64::ONE;
        State { z, kappa: z, r_samples: one, r_width: one, slope: one, iterations: 0 }
    }

    /// Solution at real `z >= 0`: the root is unique, `F` falls from positive to negative as `kappa` grows.
    pub fn real(&self, z: f64) -> Result<State> {
        let argument = Complex64::from(z);
        let resolved = self.eigenvalues.smallest_resolved();
        let unresolved = || Error::Unresolved { smallest: resolved, request: format!("the resolvent at z = {z:e}") };
        if self.smaller.is_infinite() {
            return if z > 0.0 && z < resolved { Err(unresolved()) } else { Ok(Self::trivial(argument)) };
        }
        if z <= 0.0 && self.surplus <= 0.0 {
            return Ok(self.interpolating());
        }
        let high = 4.0 * (z + self.eigenvalues.total() / self.smaller);
        let mut low = z.max(resolved).max(*RESOLVENT_RANGE.start());
        if z < resolved && self.equation(Complex64::from(low), argument).value.re < 0.0 {
            return Err(unresolved());
        }
        let mut high = high.ln();
        low = low.ln();
        // The logarithm of F + 1 is close to linear in ln kappa, whichever end one starts from.
        let mut w = if z > 0.0 && z.ln() > low { z.ln() } else { 0.5 * (low + high) };
        for iteration in 1..=REAL_LIMIT {
            let kappa = Complex64::from(w.exp());
            let equation = self.equation(kappa, argument);
            let f = equation.value.re;
            if f >= 0.0 {
                low = w;
            } else {
                high = w;
            }
            let step = -f.ln_1p() * (1.0 + f) / equation.by_kappa.re;
            let mut next = w + step;
            if !(next > low && next < high) {
                next = if step.abs() < NEWTON_STEP { w } else { 0.5 * (low + high) };
            }
            if step.abs() < NEWTON_STEP || high - low < f64::EPSILON * w.abs().max(1.0) {
                // The step itself where it is known, not the difference of two rounded logarithms, and not cut off at
                // an end of the bracket: kappa may be z to rounding, and is never below it (equation (R.real)).
                let last = if step.abs() < NEWTON_STEP { step } else { next - w };
                let kappa = Complex64::from(last.exp_m1().mul_add(kappa.re, kappa.re).max(z));
                let equation = self.equation(kappa, argument);
                return Ok(self.state(argument, kappa, &equation, iteration));
            }
            w = next;
        }
        Err(Error::NoConvergence { what: format!("the resolvent at z = {z:e}") })
    }

    /// `z = 0` with at least as many features and samples as modes: everything is learned, `kappa = 0`.
    fn interpolating(&self) -> State {
        let y = Complex64::from(self.surplus.abs() / self.smaller);
        let of_larger = self.complement + self.ratio * y;
        let (r_width, r_samples) = if self.width_is_smaller { (y, of_larger) } else { (of_larger, y) };
        let zero = Complex64::ZERO;
        State { z: zero, kappa: zero, r_samples, r_width, slope: Complex64::ONE, iterations: 0 }
    }
}
