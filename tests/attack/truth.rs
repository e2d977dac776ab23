//! Losses by plain evaluation: sums over modes for infinite sizes, trapezoidal double sums over contours for finite
//! ones, recursions for stochastic gradients. Everything is evaluated twice, on different contours, and the difference
//! is what is not known of it.

use spectralaw::Schedule;

use crate::contours::{self, Contour};
use crate::double_double::{Complex, Double, ONE, ZERO, real};
use crate::method::{Method, residual_of_mode};
use crate::operator::{BIAS, NOISE, Operator, PAIRS, SAME_DATA, SAME_FEATURES, SIGNAL, State};

/// A number and how far the true one may be from it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub value: Double,
    pub uncertainty: f64,
}

/// Losses without label noise, and per unit of it, of the modes alone. What could not be evaluated is `None`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Losses {
    pub signal: Option<Known>,
    pub noise: Option<Known>,
    pub bias: Option<Known>,
    pub same_data: Option<Known>,
    pub same_features: Option<Known>,
    pub train_signal: Option<Known>,
    pub train_noise: Option<Known>,
}

/// Logarithms of how accurate contours are made, and by how much residuals may grow on them: two of each.
const QUALITIES: [(f64, f64); 2] = [(58.0, 8.0), (65.0, 10.0)];

/// Rounding of sums of terms of order one.
const ROUNDING: f64 = 1e-29;

fn known(values: [Option<Double>; 2]) -> Option<Known> {
    let [Some(x), Some(y)] = values else { return None };
    let difference = (x - y).abs().value();
    // (NaN is not known)
    let uncertainty = 3.0 * difference + ROUNDING * y.abs().value();
    uncertainty.is_finite().then_some(Known { value: y, uncertainty })
}

fn exact(value: Double) -> Option<Known> {
    let rounding = ROUNDING * (1.0 + value.abs().value());
    rounding.is_finite().then_some(Known { value, uncertainty: rounding })
}

/// How much work one evaluation may be: nodes of double and of single sums.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub pairs: usize,
    pub singles: usize,
}

/// Losses of ridge regression (equation (Ridge)); ridge 0 is the end of training.
pub fn ridge(operator: &Operator, ridge: f64) -> Losses {
    let state = operator.real_state(real(ridge));
    if !state.kappa.re.is_positive() {
        if operator.width == operator.samples && !operator.is_full() {
            // as many features and samples as modes: the two limits differ
            return Losses::default();
        }
        // equation (Ridge.all)
        let samples = ONE - operator.modes() / real(operator.samples);
        let zero = exact(ZERO);
        return Losses {
            signal: zero,
            noise: exact(ONE / samples),
            bias: zero,
            same_data: zero,
            same_features: zero,
            train_signal: zero,
            train_noise: exact(samples),
        };
    }
    let inverses = operator.inverses(state.kappa);
    let pair = operator.pair(&state, &state, &inverses, &inverses);
    let r1 = state.r1.re;
    // what is known of small responses
    let smallest = if operator.width == operator.samples { state.r1.norm().min(1.0) } else { 1.0 };
    let known = |value: Double| {
        // (with as many features as samples both vanish in the limit, together with the digits)
        let uncertainty =
            if smallest > 1e-25 || ridge > 0.0 { 1e-29 / smallest * value.abs().value() } else { f64::NAN };
        uncertainty.is_finite().then_some(Known { value, uncertainty })
    };
    Losses {
        signal: known(pair[SIGNAL].re),
        noise: known(pair[NOISE].re),
        bias: known(pair[BIAS].re),
        same_data: known(pair[SAME_DATA].re),
        same_features: known(pair[SAME_FEATURES].re),
        train_signal: known(r1 * r1 * pair[SIGNAL].re),
        train_noise: known(r1 * r1 * pair[NOISE].re),
    }
}

/// Losses of a method without gradient noise at a finite time `t > 0`.
pub fn training(operator: &Operator, method: &Method, t: f64, budget: Budget) -> Losses {
    if operator.smallest_size().is_infinite() {
        let signal = operator
            .levels
            .iter()
            .filter(|level| level.2.is_positive())
            .map(|&(lambda, _, power)| {
                let residual = residual_of_mode(method, lambda, t);
                power * residual * residual
            })
            .sum();
        let (signal, one) = (exact(signal), exact(ONE));
        return Losses {
            signal,
            noise: one,
            bias: signal,
            same_data: signal,
            same_features: signal,
            train_signal: signal,
            train_noise: one,
        };
    }
    let edges = (ZERO, operator.fast_edge() * real(1.0001));
    let pairs = |edges| QUALITIES.map(|quality| double_sums(operator, method, t, edges, quality, budget.pairs));
    let whole = pairs(edges);
    let term = |values: &[Option<[Double; PAIRS]>; 2], term: usize| known(values.map(|v| v.map(|v| v[term])));
    let singles = QUALITIES.map(|quality| single_sums(operator, method, t, edges, quality, budget.singles));
    let single = |term: usize| known(singles.map(|v| v.map(|v| v[term])));
    let mut signal = whole;
    let of_loss = term(&whole, SIGNAL);
    if operator.is_full() && of_loss.is_none_or(|known| known.uncertainty > 1e-18 * known.value.value()) {
        // exponentially small: relative to what is left of the slowest residual
        let slow = operator.slow_edge() * real(1.0 - 1e-13);
        let relative = pairs((slow, edges.1));
        if term(&relative, SIGNAL).is_some() {
            signal = relative;
        }
    }
    let mut losses = Losses {
        signal: term(&signal, SIGNAL),
        noise: term(&whole, NOISE),
        bias: term(&signal, BIAS),
        same_data: term(&signal, SAME_DATA),
        same_features: term(&signal, SAME_FEATURES),
        train_signal: single(1),
        train_noise: single(2),
    };
    if operator.samples.is_infinite() {
        // equation (Flow.width): the better of two
        let other = single(0);
        losses.noise = exact(ONE);
        losses.train_noise = exact(ONE);
        losses.signal = match (losses.signal, other) {
            (Some(x), Some(y)) => Some(if x.uncertainty < y.uncertainty { x } else { y }),
            (x, y) => x.or(y),
        };
        // on infinitely many samples a training sample is like any other
        losses.train_signal = losses.signal;
    }
    losses
}

/// Contours on which a residual to the power `factor` can be integrated.
fn contours(
    method: &Method,
    t: f64,
    edges: (Double, Double),
    (digits, growth): (f64, f64),
    factor: f64,
    limit: usize,
) -> Option<Vec<Contour>> {
    if let Method::Flow = method {
        return Some(vec![contours::hyperbola(edges.0, real(factor * t), digits)]);
    }
    let late = || {
        // (of squares, those of the time twice as long)
        contours::late(method, factor * t, edges, digits)
    };
    let around = contours::ellipse(method, t, edges, (growth / factor, digits), limit.min(120));
    if let Some(ellipse) = around {
        return Some(vec![ellipse]);
    }
    late()
        .or_else(|| contours::ellipse(method, t, edges, (growth / factor, digits), limit).map(|ellipse| vec![ellipse]))
}

fn states(operator: &Operator, contours: &[Contour]) -> Option<Vec<State>> {
    let mut out = Vec::new();
    for contour in contours {
        out.extend(operator.along(&contour.nodes)?);
    }
    Some(out)
}

fn double_sums(
    operator: &Operator,
    method: &Method,
    t: f64,
    edges: (Double, Double),
    quality: (f64, f64),
    limit: usize,
) -> Option<[Double; PAIRS]> {
    let contours = contours(method, t, edges, quality, 1.0, limit)?;
    let states = states(operator, &contours)?;
    let weights: Vec<Complex> = contours
        .iter()
        .flat_map(|contour| contour.nodes.iter().zip(&contour.weights))
        .map(|(z, weight)| *weight * method.residual(*z, t) / *z)
        .collect();
    let inverses: Vec<Vec<Complex>> = states.iter().map(|state| operator.inverses(state.kappa)).collect();
    let conjugate = |state: &State| State {
        z: state.z.conj(),
        kappa: state.kappa.conj(),
        r1: state.r1.conj(),
        r3: state.r3.conj(),
        d: state.d.conj(),
    };
    let mut sums = [ZERO; PAIRS];
    for i in 0..states.len() {
        let mirrored: Vec<Complex> = inverses[i].iter().map(|x| x.conj()).collect();
        let mirror = conjugate(&states[i]);
        for j in 0..=i {
            let same = operator.pair(&states[i], &states[j], &inverses[i], &inverses[j]);
            let other = operator.pair(&mirror, &states[j], &mirrored, &inverses[j]);
            let (w, v) = (weights[i] * weights[j], weights[i].conj() * weights[j]);
            let count = real(if i == j { 2.0 } else { 4.0 });
            for (sum, (same, other)) in sums.iter_mut().zip(same.iter().zip(&other)) {
                *sum += ((w * *same).re + (v * *other).re) * count;
            }
        }
    }
    Some(sums)
}

/// The integrals of the squared residual: test loss of infinitely many samples, train loss without and per unit of
/// noise.
fn single_sums(
    operator: &Operator,
    method: &Method,
    t: f64,
    edges: (Double, Double),
    quality: (f64, f64),
    limit: usize,
) -> Option<[Double; 3]> {
    let contours = contours(method, t, edges, quality, 2.0, limit)?;
    let states = states(operator, &contours)?;
    let weights = contours.iter().flat_map(|contour| &contour.weights);
    let mut sums = [ZERO; 3];
    for (state, weight) in states.iter().zip(weights) {
        let residual = method.residual(state.z, t);
        let weight = *weight * residual * residual;
        let e = target(operator, state);
        for (sum, term) in sums.iter_mut().zip([state.kappa * e / state.z, e / state.r3, state.r1 / state.z]) {
            *sum += (weight * term).re * real(2.0);
        }
    }
    Some(sums)
}

fn target(operator: &Operator, state: &State) -> Complex {
    let levels = operator.levels.iter().filter(|level| level.2.is_positive());
    levels.map(|level| (Complex::from(level.0) + state.kappa).inverse().times(level.2)).sum()
}

/// Stochastic gradient descent.
#[derive(Debug, Clone)]
pub struct Stochastic {
    /// As in [`Method::Steps`].
    pub rates: Vec<f64>,
    pub schedule: Option<Schedule>,
    pub batch: f64,
    /// Exact moments of Gaussian features instead of the mean field.
    pub gaussian: bool,
}

impl Stochastic {
    fn drift(&self) -> Double {
        if self.gaussian { ONE + ONE / real(self.batch) } else { ONE }
    }

    fn rate(&self, step: usize) -> f64 {
        self.rates[step.min(self.rates.len() - 1)]
    }

    /// The method without gradient noise.
    pub fn full_batch(&self) -> Method {
        match self.rates[..] {
            [rate] => Method::Descent { rate },
            _ => Method::Steps {
                rates: self.rates.clone(),
                schedule: self.schedule.clone(),
                momentum: crate::method::Momentum::None,
            },
        }
    }

    /// Test and train loss of stochastic gradients for a target outside the span plus label noise of variance
    /// `unlearnable`, after `t` steps.
    pub fn losses(&self, operator: &Operator, unlearnable: Double, t: f64, budget: Budget) -> [Option<Known>; 2] {
        if operator.smallest_size().is_infinite() {
            let loss = exact(self.without_sizes(operator, unlearnable, t));
            return [loss, loss];
        }
        let both = QUALITIES.map(|quality| self.volterra(operator, unlearnable, t as usize, quality, budget));
        let train = known([both[0].map(|x| x[1]), both[1].map(|x| x[1])]);
        let stirred = known([both[0].map(|x| x[0]), both[1].map(|x| x[0])]);
        if operator.samples.is_infinite() {
            return [train, train];
        }
        let plain = training(operator, &self.full_batch(), t, budget);
        let test = match (plain.signal, plain.noise, stirred) {
            (Some(signal), Some(noise), Some(stirred)) => Some(Known {
                value: signal.value + unlearnable * noise.value + stirred.value,
                uncertainty: signal.uncertainty + unlearnable.value() * noise.uncertainty + stirred.uncertainty,
            }),
            _ => None,
        };
        [test, train]
    }

    /// Both sizes infinite: the recursion of the squared residual of each mode, powers of its matrix if there are many
    /// steps at a constant rate.
    fn without_sizes(&self, operator: &Operator, unlearnable: Double, t: f64) -> Double {
        let modes = &operator.levels;
        let factor = |lambda: Double, rate: f64| {
            let step = real(rate) * lambda;
            ONE - step * real(2.0) + self.drift() * step * step
        };
        let mut squares: Vec<Double> = modes.iter().map(|level| level.2).collect();
        let long = t > 300.0 && self.rates.len() == 1;
        if long {
            // matrix of modes and of the constant that drives them
            let size = modes.len() + 1;
            let rate = self.rates[0];
            let drive = real(rate) * real(rate) / real(self.batch);
            let mut matrix = vec![ZERO; size * size];
            for (i, &(lambda, multiplicity, _)) in modes.iter().enumerate() {
                let driven = drive * lambda * lambda * multiplicity;
                for j in 0..modes.len() {
                    matrix[i * size + j] = driven;
                }
                matrix[i * size + i] += factor(lambda, rate);
                matrix[i * size + size - 1] = driven * unlearnable;
            }
            matrix[size * size - 1] = ONE;
            squares.push(ONE);
            let mut left = t as u64;
            while left > 0 {
                if left % 2 == 1 {
                    squares = (0..size).map(|i| (0..size).map(|j| matrix[i * size + j] * squares[j]).sum()).collect();
                }
                left /= 2;
                if left > 0 {
                    let mut next = vec![ZERO; size * size];
                    for i in 0..size {
                        for k in 0..size {
                            for j in 0..size {
                                next[i * size + j] += matrix[i * size + k] * matrix[k * size + j];
                            }
                        }
                    }
                    matrix = next;
                }
            }
            squares.pop();
        } else {
            for step in 0..t as usize {
                let loss = squares.iter().copied().sum::<Double>() + unlearnable;
                let rate = self.rate(step);
                let drive = real(rate) * real(rate) / real(self.batch) * loss;
                for (square, &(lambda, multiplicity, _)) in squares.iter_mut().zip(modes) {
                    *square = *square * factor(lambda, rate) + drive * lambda * lambda * multiplicity;
                }
            }
        }
        squares.into_iter().sum::<Double>() + unlearnable
    }

    /// Equation (Sgd): what gradient noise adds to the test loss, and the train loss. Kernels of every pair of steps.
    fn volterra(
        &self,
        operator: &Operator,
        unlearnable: Double,
        t: usize,
        quality: (f64, f64),
        budget: Budget,
    ) -> Option<[Double; 2]> {
        let edges = (ZERO, operator.fast_edge() * real(1.0001));
        let constant = Method::Descent { rate: self.rates.iter().copied().fold(0.0, f64::max) };
        let contours = contours(&constant, t as f64, edges, quality, 2.0, budget.singles)?;
        let states = states(operator, &contours)?;
        let weights: Vec<Complex> = contours.iter().flat_map(|contour| contour.weights.iter().copied()).collect();
        let factor = |z: Complex, rate: f64| {
            let step = z.times(real(rate));
            Complex::from(ONE) + step + step + (step * step).times(self.drift())
        };
        let integral = |terms: &mut dyn Iterator<Item = Complex>| -> Double {
            terms.zip(&weights).map(|(term, weight)| (term * *weight).re).sum::<Double>() * real(2.0)
        };
        let mut losses: Vec<Double> = Vec::new();
        let mut stirred = ZERO;
        let drives: Vec<Complex> = states
            .iter()
            .map(|state| target(operator, state) / state.r3 + (state.r1 / state.z).times(unlearnable))
            .collect();
        for now in 0..=t {
            let plain = integral(
                &mut states
                    .iter()
                    .zip(&drives)
                    .map(|(state, drive)| (0..now).fold(*drive, |product, u| product * factor(state.z, self.rate(u)))),
            );
            let mut loss = plain;
            // products over the steps after s
            let mut products: Vec<Complex> = states.iter().map(|state| -(state.z * state.d)).collect();
            stirred = ZERO;
            for s in (0..now).rev() {
                let rate = real(self.rate(s));
                let drive = rate * rate / real(self.batch) * losses[s];
                loss += drive * integral(&mut products.iter().copied());
                if now == t {
                    stirred += drive * integral(&mut products.iter().zip(&states).map(|(x, state)| *x / state.r1));
                }
                for (product, state) in products.iter_mut().zip(&states) {
                    *product = *product * factor(state.z, self.rate(s));
                }
            }
            losses.push(loss);
        }
        Some([stirred, losses[t]])
    }
}
