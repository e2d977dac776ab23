//! Amplitudes of the power laws in closed form, for `lambda_k = k^-b`, `lambda_k w*_k^2 = k^-a` with infinitely many
//! modes. `r = (a-1)/b`.

use std::f64::consts::{LN_2, PI};

use special::Gamma;

use crate::numerics::hurwitz_zeta_scaled;

/// The constant of Euler and Mascheroni.
const EULER: f64 = 0.577_215_664_901_532_9;

/// The coefficient of a monomial, `constant + slope ln x` in one resource; `slope` is 0 away from the borders between
/// power laws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amplitude {
    pub constant: f64,
    pub slope: f64,
}

impl From<f64> for Amplitude {
    fn from(constant: f64) -> Self {
        Self { constant, slope: 0.0 }
    }
}

/// The exponents, with what all amplitudes need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amplitudes {
    a: f64,
    b: f64,
    /// `(a-1)/b`
    r: f64,
    /// `A = (pi/b)/sin(pi/b)`: `D = A kappa^(-1/b)`
    density: f64,
}

impl Amplitudes {
    pub fn new(a: f64, b: f64) -> Self {
        Self { a, b, r: (a - 1.0) / b, density: PI / b / (PI / b).sin() }
    }

    /// `G = (pi/b)/sin(pi r)`: `E = G kappa^(r-1)`.
    fn power(&self) -> f64 {
        PI / self.b / (PI * self.r).sin()
    }

    /// `t^-r`, equation (A.time).
    pub fn time(&self) -> f64 {
        gamma(self.r) / self.b * 2f64.powf(-self.r)
    }

    /// `N^-(a-1)` for `a - 1 < b`, `N^-b` beyond, equation (A.width).
    pub fn width(&self, border: bool) -> Amplitude {
        if border {
            let scale = self.density.powf(self.b);
            return Amplitude { constant: scale * (EULER - self.density.ln()), slope: scale };
        }
        if self.r < 1.0 {
            (self.power() * self.density.powf(self.a - 1.0)).into()
        } else {
            (zeta(self.a - self.b) * self.density.powf(self.b)).into()
        }
    }

    /// `P^-(a-1)` for `a - 1 < 2b`, `P^-2b` beyond, equation (A.data).
    pub fn data(&self, border: bool) -> Amplitude {
        let scale = self.b * self.density.powf(2.0 * self.b);
        if border {
            return Amplitude { constant: scale * (EULER - self.density.ln() - 1.0 / self.b), slope: scale };
        }
        if self.r < 2.0 {
            // (1 - r) pi / sin(pi r) is regular at r = 1
            let x = PI * (1.0 - self.r);
            let regular = if x.abs() < 1e-8 { 1.0 } else { x / x.sin() };
            (regular * self.density.powf(self.a - 1.0)).into()
        } else {
            (zeta(self.a - 2.0 * self.b) * scale).into()
        }
    }

    /// `N^-1 t^(1/b - r)` for `a - 1 < b`, `N^-1 t^(1/b - 1)` beyond, equation (A.early-width).
    pub fn early_width(&self, border: bool) -> Amplitude {
        let beta = 1.0 / self.b;
        if border {
            let scale = self.density * 2f64.powf(beta - 1.0) / gamma(beta);
            let constant = scale * ((LN_2 - Gamma::digamma(beta)) / self.b + EULER - beta);
            return Amplitude { constant, slope: scale / self.b };
        }
        if self.r < 1.0 {
            let exponent = beta - self.r;
            (self.r * self.power() * self.density * 2f64.powf(exponent) / gamma(1.0 + exponent)).into()
        } else {
            (zeta(self.a - self.b) * self.density * 2f64.powf(beta - 1.0) / gamma(beta)).into()
        }
    }

    /// `P^-1 t^(1/b - r)` for `a - 1 < 2b`, `P^-1 t^(1/b - 2)` beyond, equation (A.early-data), and with a logarithm of
    /// `t` at the border, equation (A.borders).
    pub fn early_data(&self, border: bool) -> Amplitude {
        let (b, r, beta) = (self.b, self.r, 1.0 / self.b);
        if r > 2.0 && !border {
            return (zeta(self.a - 2.0 * b) / b * gamma(2.0 - beta) * 2f64.powf(beta - 2.0)).into();
        }
        let half = |x: f64, y: f64, z: f64| hypergeometric_at_half(x, y, z);
        // residuals decay more slowly
        let slower = 2.0 * gamma(1.0 - beta) * gamma(1.0 + r) * 2f64.powf(-1.0 - r) / (beta * (1.0 + beta))
            * half(1.0 + r, beta, 2.0 + beta);
        // and scatter from one data set to the next
        let early = 2f64.powf(-r) * b * half(r, beta, 1.0 + beta);
        let scale = gamma(r) * gamma(2.0 - beta);
        if border {
            let late = EULER * (1.0 + b) - 1.0 + logarithm_at_half(2.0 - beta);
            let slope = 2f64.powf(beta - 2.0);
            let constant = (slower + scale * (early + slope * late)) / (b * b);
            return Amplitude { constant, slope: scale * slope / (b * b) };
        }
        let late = 2f64.powf(beta - 2.0) / (2.0 - r) * half(2.0 - beta, 2.0 - r, 3.0 - r);
        ((slower + scale * (early + late)) / (b * b)).into()
    }

    /// `P^-1 t^(1/b)` per unit of label noise, equation (A.early-noise).
    pub fn early_noise(&self) -> f64 {
        let beta = 1.0 / self.b;
        gamma(1.0 - beta) * (2.0 - 2f64.powf(beta))
    }

    /// `N^-1` of the relative variance between runs at the end of training on unlimited data, equation
    /// (A.spread-width).
    pub fn variance_of_width(&self) -> f64 {
        2.0 * self.b * self.r.min(1.0).powi(2)
    }

    /// `P^-1` of the relative variance at infinite width, equation (A.spread-data).
    pub fn variance_of_data(&self) -> f64 {
        let (b, r) = (self.b, self.r.min(2.0));
        2.0 * ((5.0 * r * r - 4.0 * r + 4.0) / 6.0 * b + r - 1.0 + 1.0 / (3.0 * b))
    }

    /// `P^-1` of the relative variance of what label noise adds, equation (A.spread-data).
    pub fn variance_of_noise(&self) -> f64 {
        2.0 * (2.0 * self.b - 1.0) * (self.b - 1.0) / (3.0 * self.b)
    }

    /// `N^-1` for `a - 1 < b`, `N^-1 t^(r - 1)` beyond, of the relative variance before the width limits the loss,
    /// equation (A.spread-time), and with a logarithm of `t` at the border, equation (A.spread-borders).
    pub fn variance_of_early_width(&self, border: bool) -> Amplitude {
        let r = self.r;
        if border {
            return Amplitude { constant: EULER * (1.0 + self.b) + 2.0 * LN_2, slope: 1.0 };
        }
        if r > 1.0 {
            return (zeta(self.a - self.b) * self.b * r / gamma(r)).into();
        }
        // the integral of v^-r (1 + v)^(2 r - 1) from 0 to 1
        let integral = 2f64.powf(r - 1.0) / (1.0 - r) * hypergeometric_at_half(1.0 + r, 1.0 - r, 2.0 - r);
        (r * r * 4f64.powf(1.0 - r) * integral).into()
    }

    /// `P^-1` for `a - 1 < 2b`, `P^-1 t^(r - 2)` beyond, of the relative variance before the number of samples limits
    /// the loss, equation (A.spread-time), and with a logarithm of `t` at the border, equation (A.spread-borders).
    pub fn variance_of_early_data(&self, border: bool) -> Amplitude {
        let (b, r) = (self.b, self.r);
        if r > 2.0 && !border {
            return (zeta(self.a - 2.0 * b) * b * r * (r + 1.0) / (4.0 * gamma(r))).into();
        }
        let quarters = |exponent: f64, weight: &dyn Fn(f64) -> f64| series_in_quarters(exponent, weight);
        // (the integral over s, with s = 2 - u above 1)
        let above = |n: f64| 2.0 / (n + 1.0) - 4.0 / (2.0 * n + 3.0) + 1.0 / (2.0 * n + 4.0);
        let regular = 2.0 * r * r * quarters(r + 1.0, &|n| 1.0 / ((2.0 * n + 1.0) * (2.0 * n + 2.0)));
        let scale = r * (r + 1.0) / 4.0;
        if border {
            let late = quarters(4.0, &|n| if n > 0.0 { 1.0 / n + above(n) } else { above(n) });
            let constant = EULER * (1.0 + b) - 1.0 + late + regular / scale;
            return Amplitude { constant: scale * constant, slope: scale };
        }
        (scale * quarters(r + 2.0, &|n| (2.0 - r + n).recip() + above(n)) + regular).into()
    }

    /// `(eta/B) t^-(2 - 1/b)` in intrinsic time `eta t`, for `a - 1 > b`, to leading order in `eta/B`, equation
    /// (A.sgd).
    pub fn gradient_noise(&self) -> f64 {
        let exponent = 2.0 - 1.0 / self.b;
        zeta(self.a - self.b) / (2.0 * self.b) * gamma(exponent) * 2f64.powf(-exponent)
    }
}

fn gamma(x: f64) -> f64 {
    Gamma::gamma(x)
}

/// `zeta(s)` for `s > 1`.
fn zeta(s: f64) -> f64 {
    hurwitz_zeta_scaled(s, 1.0)
}

/// `2F1(x, y; z; 1/2)` for positive `z`: the terms fall by half each.
fn hypergeometric_at_half(x: f64, y: f64, z: f64) -> f64 {
    let (mut sum, mut term, mut n) = (1.0, 1.0, 0.0);
    while n < 400.0 {
        term *= 0.5 * (x + n) * (y + n) / ((z + n) * (1.0 + n));
        sum += term;
        n += 1.0;
        if term.abs() < f64::EPSILON * 0.1 * sum {
            break;
        }
    }
    sum
}

/// `sum_n (x)_n/(n! 4^n) weight(n)` for positive weights of order `1/n`: the terms fall to a quarter each.
fn series_in_quarters(x: f64, weight: &dyn Fn(f64) -> f64) -> f64 {
    let (mut sum, mut power, mut n) = (0.0, 1.0, 0.0);
    while n < 200.0 {
        let term = power * weight(n);
        sum += term;
        power *= 0.25 * (x + n) / (n + 1.0);
        n += 1.0;
        if term < f64::EPSILON * 0.1 * sum && n > x {
            break;
        }
    }
    sum
}

/// `sum_(n>=1) (x)_n/(n! n 2^n) = int_0^1 ((1 - s/2)^-x - 1)/s ds`: the terms fall by half each.
fn logarithm_at_half(x: f64) -> f64 {
    let (mut sum, mut power, mut n) = (0.0, 1.0, 1.0);
    while n < 400.0 {
        power *= 0.5 * (x + n - 1.0) / n;
        sum += power / n;
        if power.abs() < f64::EPSILON * 0.1 * sum.abs() {
            break;
        }
        n += 1.0;
    }
    sum
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Model, Optimizer, Spectrum};

    /// Exponents on both sides of every border: `r = (a-1)/b` around 1 and 2, `b` near 1 and large.
    const LAWS: [(f64, f64); 12] = [
        (1.5, 1.25),
        (1.5, 2.0),
        (2.0, 1.5),
        (1.2, 3.0),
        (2.2, 1.1),
        (3.0, 1.5),
        (2.6, 1.2),
        (3.5, 2.0),
        (4.0, 1.2),
        (5.5, 2.0),
        (4.5, 1.5),
        (7.0, 1.3),
    ];

    /// The deviation from a law at two scales: small at the second, and fallen at the predicted rate.
    fn approaches(what: &str, scales: [f64; 2], rate: f64, exact_over_law: impl Fn(f64) -> f64) {
        let [first, second] = scales.map(|x| (exact_over_law(x) - 1.0).abs());
        // constants of the next order differ by factors; a law that is exact leaves rounding
        let predicted = 2.0 * first * (scales[1] / scales[0]).powf(-0.9 * rate) + 1e-12;
        assert!(second < predicted, "{what}: {first:e} {second:e}, rate {rate}");
        assert!(first < 0.9, "{what}: {first:e}");
    }

    #[test]
    fn exact_curves_approach_their_laws() {
        for (a, b) in LAWS {
            let law = Amplitudes::new(a, b);
            let base = Model::new(&Spectrum::power_law(a, b).unwrap());
            let (r, beta) = ((a - 1.0) / b, 1.0 / b);
            let name = |what: &str| format!("{what} of a = {a}, b = {b}");
            let end = |model: Model| model.ridge_regression(&[0.0]).unwrap().points()[0];
            let wide = |n: f64| end(base.clone().with_width(n).unwrap());
            let many = |n: f64| end(base.clone().with_samples(n).unwrap());
            let sizes = [1e3, 1e6];

            let flow = |t: f64| base.gradient_flow(&[t]).unwrap().points()[0].signal;
            approaches(&name("time"), [1e3, 1e6], beta, |t| flow(t) / (law.time() * t.powf(-r)));
            let exponent = (a - 1.0).min(b);
            let rate = (a - 1.0 - b).abs().min(1.0);
            let scale = law.width(false).constant;
            approaches(&name("width"), sizes, rate, |n| wide(n).signal / (scale * n.powf(-exponent)));
            let exponent = (a - 1.0).min(2.0 * b);
            let rate = (a - 1.0 - 2.0 * b).abs().min(1.0);
            // (the mean predictor over features, equation (A.ensemble), has the same law but for the factor b)
            let (scale, mean) = (law.data(false).constant, law.data(false).constant / b);
            approaches(&name("data"), sizes, rate, |n| many(n).signal / (scale * n.powf(-exponent)));
            approaches(&name("ensemble"), sizes, rate, |n| wide(n).terms.bias / (mean * n.powf(-exponent)));
            approaches(&name("noise"), sizes, 1.0, |n| many(n).noise / b);

            // corrections of order 1/N and 1/P, at sizes so large that their squares do not matter
            let times = [1e2, 1e4];
            let size = |t: f64| 1e7 * t;
            let at = |model: Model, t: f64| model.gradient_flow(&[t]).unwrap().points()[0];
            let (exponent, scale) = ((beta - r).max(beta - 1.0), law.early_width(false).constant);
            approaches(&name("early width"), times, beta.min((1.0 - r).abs()), |t| {
                let excess = at(base.clone().with_width(size(t)).unwrap(), t).signal - flow(t);
                excess * size(t) / (scale * t.powf(exponent))
            });
            let (exponent, scale) = ((beta - r).max(beta - 2.0), law.early_data(false).constant);
            approaches(&name("early data"), times, beta.min((2.0 - r).abs()), |t| {
                let excess = at(base.clone().with_samples(size(t)).unwrap(), t).signal - flow(t);
                excess * size(t) / (scale * t.powf(exponent))
            });
            approaches(&name("early noise"), times, beta, |t| {
                let excess = at(base.clone().with_samples(size(t)).unwrap(), t).noise - 1.0;
                excess * size(t) / (law.early_noise() * t.powf(beta))
            });
        }
    }

    #[test]
    fn noise_of_small_steps() {
        for (a, b) in LAWS.into_iter().filter(|(a, b)| a - 1.0 > *b) {
            let law = Amplitudes::new(a, b);
            let base = Model::new(&Spectrum::power_law(a, b).unwrap());
            for t in [1e7, 1e9] {
                let eta = 1e-4;
                let point = base.train(&Optimizer::sgd(eta, 1.0).unwrap(), &[t]).unwrap().points()[0];
                // what is stirred up by early losses, and the gradient's noise at the present loss, eta tr/(2B) of it
                let early = law.gradient_noise() * eta * (eta * t).powf(-2.0 + 1.0 / b);
                let present = 0.5 * eta * base.spectrum().trace() * point.terms.bias;
                // the next order is eta tr = 1e-3 at most, and that of the law in time
                let allowed = 2e-3 + (eta * t).powf(-(1.0 / b).min(((a - 1.0) / b - 1.0).abs()));
                assert!((point.terms.gradient_noise / (early + present) - 1.0).abs() < 2.0 * allowed, "{a} {b} {t}");
            }
        }
    }

    #[test]
    fn logarithms_at_the_borders() {
        for b in [1.2, 1.5, 2.0, 3.0] {
            let model = |a: f64| Model::new(&Spectrum::power_law(a, b).unwrap());
            for n in [1e4_f64, 1e6] {
                let law = Amplitudes::new(1.0 + b, b);
                let exact = model(1.0 + b).with_width(n).unwrap().ridge_regression(&[0.0]).unwrap().points()[0].signal;
                let Amplitude { constant, slope } = law.width(true);
                // the next order is 1/N
                assert!((exact / ((constant + slope * n.ln()) * n.powf(-b)) - 1.0).abs() < 30.0 / n, "width {b} {n}");
                let law = Amplitudes::new(1.0 + 2.0 * b, b);
                let point = model(1.0 + 2.0 * b).with_samples(n).unwrap().ridge_regression(&[0.0]).unwrap().points()[0];
                let Amplitude { constant, slope } = law.data(true);
                let exact = point.signal / n.powf(-2.0 * b);
                assert!((exact / (constant + slope * n.ln()) - 1.0).abs() < 30.0 / n, "data {b} {n}");
            }
            let (law, t, n) = (Amplitudes::new(1.0 + b, b), 1e6_f64, 1e14_f64);
            let at = |model: Model| model.gradient_flow(&[t]).unwrap().points()[0].signal;
            let excess = at(model(1.0 + b).with_width(n).unwrap()) - at(model(1.0 + b));
            let Amplitude { constant, slope } = law.early_width(true);
            let exact = excess * n / t.powf(1.0 / b - 1.0);
            // the next order is t^(-1/b) = 1e-2 at most, and the difference of two losses has lost digits
            assert!((exact / (constant + slope * t.ln()) - 1.0).abs() < 3e-2, "early width {b}");
        }
    }

    #[test]
    fn logarithm_of_early_samples() {
        for b in [1.2, 1.5, 2.0, 3.0] {
            let a = 1.0 + 2.0 * b;
            let model = Model::new(&Spectrum::power_law(a, b).unwrap());
            let Amplitude { constant, slope } = Amplitudes::new(a, b).early_data(true);
            for t in [1e3_f64, 1e5] {
                // a correction of order 1/P: P is large for the sake of its square
                let p = 1e6 * t;
                let at = |model: &Model| model.gradient_flow(&[t]).unwrap().points()[0].signal;
                let exact = (at(&model.clone().with_samples(p).unwrap()) - at(&model)) * p / t.powf(1.0 / b - 2.0);
                // the next order
                let allowed = t.powf(-1.0 / b);
                assert!((exact / (constant + slope * t.ln()) - 1.0).abs() < allowed, "early samples {b} {t}");
            }
        }
    }
}
