//! Step by step: sums of exponentials over the nodes of a contour, updated once per step.

use num_complex::Complex64;

use super::{Batches, Excess};
use crate::contour::{Contour, Support};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::precision::{CONTOUR_GROWTH, CONTOUR_ROUNDING, LONGEST_STEPWISE};
use crate::resolvent::Solver;
use crate::training::Schedule;
use crate::training::evolution::{Around, too_many_nodes};
use crate::training::integrands::integrands;

/// The excess at ascending steps (equation (Sgd.stepwise)).
///
/// The kernel of noise made at step `s` and felt at step `t` is a sum over nodes of products of what each step in
/// between leaves. One number per node carries all of the past.
pub(super) fn excess(model: &Model, schedule: &Schedule, batches: Batches, steps: &[f64]) -> Result<Vec<Excess>> {
    let Some(&last) = steps.last() else { return Ok(Vec::new()) };
    if last <= 0.0 {
        return Ok(vec![Excess::default(); steps.len()]);
    }
    if last > LONGEST_STEPWISE {
        let allowed = "at most 1e5 with stochastic gradients on a schedule, which are followed step by step; choose a \
                       constant learning rate for more";
        return Err(Error::OutOfRange { name: "number of steps", value: last, allowed });
    }
    let support = Support { fast: Solver::new(model).fast_edge(), slow: 0.0 };
    // Noise of all ages is felt, from one step on: no product of consecutive steps may grow.
    let rates = schedule.rates(last);
    let growth = |z: Complex64| -> f64 {
        let of_step = |rate: f64| {
            let [left, plain] = batches.factors(rate * z);
            left.norm_sqr().max(plain.norm_sqr()).max(1.0).ln() * 0.5
        };
        rates.iter().map(|(rate, count)| count * of_step(*rate)).sum()
    };
    let bound = growth(Complex64::from(support.fast)) + CONTOUR_GROWTH;
    let shape = Contour::widest_closed(support, |points| points.iter().all(|&z| growth(z) <= bound));
    let log_rho = shape.ok_or_else(|| too_many_nodes("number of steps", last))?;
    let around = Around::ellipse(model, log_rho, last, support)?;
    let model = around.model(model);
    let contour = &around.contour;
    let mut nodes: Vec<Node> = integrands(model, contour)?
        .iter()
        .zip(contour.nodes.iter().zip(&contour.weights))
        .map(|(f, (&z, weight))| {
            let weight = 2.0 * weight;
            Node {
                z,
                signal: weight * f.signal,
                noise: weight * f.noise,
                train: weight * f.train_kernel,
                test: weight * f.test_kernel,
                left: Complex64::ONE,
                plain: Complex64::ONE,
                stirred: [Complex64::ZERO; 2],
            }
        })
        .collect();
    let mut out = Vec::with_capacity(steps.len());
    let mut step = 0.0;
    for &at in steps {
        while step < at {
            let losses = sums(&nodes);
            let rate = schedule.rate(step);
            let drive = rate * rate / batches.size;
            for node in &mut nodes {
                let factors = batches.factors(rate * node.z);
                node.advance(factors, [drive * losses.drive_signal, drive * losses.drive_noise]);
            }
            step += 1.0;
        }
        let excess = sums(&nodes).excess;
        // every step rounds
        let rounding = CONTOUR_ROUNDING + 2.0 * f64::EPSILON * at;
        let (signal_error, noise_error) = (rounding * excess.signal_error, rounding * excess.noise_error);
        out.push(Excess { signal_error, noise_error, ..excess });
    }
    Ok(out)
}

struct Node {
    z: Complex64,
    /// Integrands with the weight of the node.
    signal: Complex64,
    noise: Complex64,
    train: Complex64,
    test: Complex64,
    /// What is left of a squared residual, and what would be without gradient noise.
    left: Complex64,
    plain: Complex64,
    /// The past: what is left of the noise made by the signal, and by the label noise.
    stirred: [Complex64; 2],
}

impl Node {
    fn advance(&mut self, [q, plain]: [Complex64; 2], drive: [f64; 2]) {
        self.left *= q;
        self.plain *= plain;
        for (stirred, drive) in self.stirred.iter_mut().zip(drive) {
            *stirred = *stirred * q + drive;
        }
    }
}

/// Losses at one step.
#[derive(Default)]
struct Losses {
    /// Train losses, which drive the noise.
    drive_signal: f64,
    drive_noise: f64,
    /// Its errors are still the sizes of the terms.
    excess: Excess,
}

fn sums(nodes: &[Node]) -> Losses {
    let mut out = Losses::default();
    let excess = &mut out.excess;
    for node in nodes {
        let [signal, noise] = node.stirred;
        let beyond = node.left - node.plain;
        out.drive_signal += (node.signal * node.plain).re;
        out.drive_noise += (node.noise * node.plain).re;
        excess.train_signal += (node.train * signal).re + (node.signal * beyond).re;
        excess.train_noise += (node.train * noise).re + (node.noise * beyond).re;
        // (the drift of Gaussian features is that of one pass, where test and train are the same)
        excess.signal += (node.test * signal).re + (node.signal * beyond).re;
        excess.noise += (node.test * noise).re + (node.noise * beyond).re;
        excess.signal_error += (node.test * signal).norm_sqr().sqrt() + (node.signal * node.left).norm_sqr().sqrt();
        excess.noise_error += (node.test * noise).norm_sqr().sqrt() + (node.noise * node.left).norm_sqr().sqrt();
    }
    out.drive_signal += excess.train_signal;
    out.drive_noise += excess.train_noise;
    out
}
