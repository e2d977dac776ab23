//! Residual polynomials of methods of training, step by step or by powers, without any approximation.

use spectralaw::Schedule;

use crate::double_double::{Complex, Double, ONE, UNIT, ZERO, complex, real};

/// A method without gradient noise.
#[derive(Debug, Clone)]
pub enum Method {
    Flow,
    MomentumFlow {
        inertia: f64,
    },
    Descent {
        rate: f64,
    },
    HeavyBall {
        rate: f64,
        momentum: f64,
    },
    Nesterov {
        rate: f64,
        momentum: f64,
    },
    /// Rates of each step, followed by the last one for ever, the schedule that they are of if they are no list, and
    /// Nesterov's momentum `s/(s+3)` or a constant one of the heavy ball.
    Steps {
        rates: Vec<f64>,
        schedule: Option<Schedule>,
        momentum: Momentum,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Momentum {
    None,
    HeavyBall(f64),
    Accelerated,
}

/// A matrix `[[a, b], [c, d]]` of complex numbers.
#[derive(Clone, Copy)]
struct Matrix([Complex; 4]);

impl std::ops::Mul for Matrix {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h])
    }
}

impl Method {
    /// `p_t(-z)`.
    pub fn residual(&self, z: Complex, t: f64) -> Complex {
        match self {
            Self::Flow => z.times(real(t)).exp(),
            Self::MomentumFlow { inertia } => with_inertia(z, *inertia, t),
            Self::Descent { rate } => (UNIT + z.times(real(*rate))).powu(t as u64),
            // v_(t+1) = (u + b) v_t - b v_(t-1), from v_(-1) = v_0 = 1
            Self::HeavyBall { rate, momentum } => {
                let u = UNIT + z.times(real(*rate));
                let b = complex(real(*momentum), ZERO);
                recurrence(u + b, -b, t)
            }
            Self::Nesterov { rate, momentum } => {
                let u = UNIT + z.times(real(*rate));
                let b = complex(real(*momentum), ZERO);
                recurrence(u + u * b, -(u * b), t)
            }
            Self::Steps { rates, momentum, .. } => {
                let (mut now, mut before) = (UNIT, UNIT);
                for step in 0..t as usize {
                    let u = UNIT + z.times(real(rates[step.min(rates.len() - 1)]));
                    let difference = now - before;
                    let next = match momentum {
                        Momentum::None => u * now,
                        Momentum::HeavyBall(b) => u * now + difference.times(real(*b)),
                        Momentum::Accelerated => {
                            let s = step as f64;
                            u * (now + difference.times(real(s) / real(s + 3.0)))
                        }
                    };
                    (before, now) = (now, next);
                }
                now
            }
        }
    }
}

/// `v_t` of `v_(t+1) = a v_t + b v_(t-1)` from ones.
fn recurrence(a: Complex, b: Complex, t: f64) -> Complex {
    let zero = Complex::from(ZERO);
    let step = Matrix([a, b, UNIT, zero]);
    let identity = Matrix([UNIT, zero, zero, UNIT]);
    let Matrix([p, q, ..]) = crate::double_double::power(step, identity, t as u64);
    p + q
}

/// Equation (Momentum.flow): both exponents, or the hyperbolic functions where they nearly coincide.
fn with_inertia(z: Complex, inertia: f64, t: f64) -> Complex {
    if inertia <= 0.0 {
        return z.times(real(t)).exp();
    }
    let b = real(inertia);
    let t = real(t);
    // b s^2 + s = z
    let root = (UNIT + z.times(b * real(4.0))).sqrt();
    let damping = t / (b * real(2.0));
    let w = root.times(damping);
    if w.norm() < 0.5 {
        let (mut term, mut cosh, mut sinh) = (UNIT, UNIT, UNIT);
        for i in 1..24 {
            let n = f64::from(2 * i);
            term = term * w * w;
            term = term.times(ONE / real(n * (n - 1.0)));
            cosh += term;
            sinh += term.times(ONE / real(n + 1.0));
        }
        return (cosh + sinh.times(damping)).times((-damping).exp());
    }
    // slow exponent without cancellation: 2 z / (1 + root)
    let slow = (z + z) / (UNIT + root);
    let fast = -(UNIT + root).times(ONE / (b * real(2.0)));
    let amplitude = (UNIT + root) / (root + root);
    let other: Complex = (root - UNIT) / (root + root);
    let grown = |exponent: Complex| {
        let exponent = exponent.times(t);
        if exponent.re.value() < -690.0 { Complex::from(ZERO) } else { exponent.exp() }
    };
    amplitude * grown(slow) + other * grown(fast)
}

/// The same at an eigenvalue: a real number.
pub fn residual_of_mode(method: &Method, eigenvalue: Double, t: f64) -> Double {
    method.residual((-eigenvalue).into(), t).re
}
