//! Momentum with parameters that change from step to step: the three-term recurrence of equation (Momentum), followed
//! one step after the other.

use std::marker::PhantomData;

use num_complex::Complex64;
use rayon::prelude::*;

use super::residuals::{Left, on_axis, with_errors_of_steps};
use super::roots::log_modulus;
use super::{ExactRoots, MANY_STEPS, Mapped, Method, Residuals, Roots};
use crate::lanes::{ComplexLanes, LANES, Lanes, Stage, vectorised};
use crate::number::{Number, Real};
use crate::numerics::ComplexDouble;
use crate::precision::{LONGEST_OSCILLATION, LONGEST_RECURRENCE};
use crate::training::{Momentum, Schedule};

/// A method that adds a share of the last step to the next one.
pub(super) trait Remembering: Method {
    /// With constant parameters.
    fn new(learning_rate: f64, momentum: f64) -> Self;

    /// Where the gradient is taken: from where training is, and where the memory alone would lead.
    fn gradient_at<T>(now: T, ahead: T) -> T;

    /// The exponent by which a residual decays per step of size `eta`, divided by `eta m`, for modes of which both
    /// roots coincide.
    fn decay_where_roots_meet(momentum: f64) -> f64;
}

/// A method with momentum on a schedule, or with momentum that grows.
#[derive(Debug)]
pub(super) struct Recurrence<'a, M> {
    schedule: &'a Schedule,
    momentum: Momentum,
    largest_rate: f64,
    /// With the largest parameters.
    largest: M,
}

impl<'a, M: Remembering> Recurrence<'a, M> {
    pub fn new(schedule: &'a Schedule, momentum: Momentum) -> Self {
        let largest_rate = schedule.largest();
        Self { schedule, momentum, largest_rate, largest: M::new(largest_rate, momentum.largest()) }
    }

    /// The residuals at some points (a row for each of ascending times), each with the logarithm of a factor that keeps
    /// it from overflowing.
    fn follow(&self, points: &[Complex64], times: &[f64]) -> Vec<Vec<(Complex64, f64)>> {
        let (Some(&last), Some(farthest)) = (times.last(), points.iter().map(|z| z.norm()).reduce(f64::max)) else {
            return vec![Vec::new(); times.len()];
        };
        let mut blocks: Vec<Block> = points.chunks(GROUPS * LANES).map(Block::new).collect();
        // a step multiplies now and the last change by this at most
        let growth = 2.0 + 2.0 * self.largest_rate * farthest;
        let unchecked = (MOST_GROWTH / growth.log10()).clamp(1.0, 256.0) as usize;
        let share = if last * (points.len() as f64) < WORTH_THREADS { blocks.len() } else { 1 };
        let of_blocks = |blocks: &mut [Block]| {
            let (mut step, mut parameters) = (0.0, Vec::with_capacity(unchecked));
            let mut advance = |&t: &f64| {
                while step < t {
                    parameters.clear();
                    while step < t && parameters.len() < unchecked {
                        parameters.push((self.schedule.rate(step), self.momentum.at(step)));
                        step += 1.0;
                    }
                    for block in blocks.iter_mut().filter(|block| !block.is_settled()) {
                        vectorised(Advance::<M> { block, parameters: &parameters, method: PhantomData });
                        block.rescale();
                        block.forget();
                    }
                }
                blocks.iter().flat_map(Block::values).collect::<Vec<_>>()
            };
            times.iter().map(&mut advance).collect::<Vec<_>>()
        };
        let share = share.max(blocks.len().div_ceil(rayon::current_num_threads()));
        let parts: Vec<Vec<Vec<(Complex64, f64)>>> = blocks.par_chunks_mut(share).map(of_blocks).collect();
        let row = |i: usize| parts.iter().flat_map(|part| part[i].iter().copied()).take(points.len()).collect();
        (0..times.len()).map(row).collect()
    }
}

/// Points that are followed side by side: several groups of lanes, so that none waits for the result of an operation.
struct Block {
    z: [ComplexLanes; GROUPS],
    now: [ComplexLanes; GROUPS],
    /// What rounding has left out of `now`: changes may be as small, step after step.
    rest: [ComplexLanes; GROUPS],
    change: [ComplexLanes; GROUPS],
    /// Logarithms of the factors that were taken out.
    logs: [f64; GROUPS * LANES],
}

impl Block {
    /// Untrained, at up to as many points as there are lanes.
    fn new(points: &[Complex64]) -> Self {
        let (zero, one) = (ComplexLanes::constant(0.0), ComplexLanes::constant(1.0));
        let mut z = [zero; GROUPS];
        for (z, group) in z.iter_mut().zip(ComplexLanes::groups(points)) {
            *z = group;
        }
        Self { z, now: [one; GROUPS], rest: [zero; GROUPS], change: [zero; GROUPS], logs: [0.0; GROUPS * LANES] }
    }

    /// Whether nothing is left.
    fn is_settled(&self) -> bool {
        let zero = [ComplexLanes::constant(0.0); GROUPS];
        self.now == zero && self.change == zero
    }

    /// Makes zeros of all numbers once they are so small that products with them would be subnormal, and slow.
    fn forget(&mut self) {
        let mut largest = Lanes::ZERO;
        for part in self.now.iter().chain(&self.change) {
            largest = largest.max(part.size());
        }
        if largest.0.iter().all(|size| *size < FORGOTTEN) {
            let zero = [ComplexLanes::constant(0.0); GROUPS];
            (self.now, self.rest, self.change) = (zero, zero, zero);
        }
    }

    /// Takes out a factor where numbers have become large.
    fn rescale(&mut self) {
        for (i, log) in self.logs.iter_mut().enumerate() {
            let parts = [&mut self.now[i / LANES], &mut self.rest[i / LANES], &mut self.change[i / LANES]];
            if parts[0].lane(i % LANES).norm_sqr() > LARGEST {
                let factor = LARGEST.sqrt().recip();
                for part in parts {
                    part.re.0[i % LANES] *= factor;
                    part.im.0[i % LANES] *= factor;
                }
                *log += 0.5 * LARGEST.ln();
            }
        }
    }

    fn values(&self) -> impl Iterator<Item = (Complex64, f64)> {
        self.logs.iter().enumerate().map(|(i, log)| (self.now[i / LANES].lane(i % LANES), *log))
    }
}

/// Some steps of a recurrence, by their learning rates and momenta.
struct Advance<'a, M> {
    block: &'a mut Block,
    parameters: &'a [(f64, f64)],
    method: PhantomData<M>,
}

impl<M: Remembering> Stage for Advance<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Block { z, now, rest, change, .. } = self.block;
        let (at, mut here, mut lost, mut last) = (*z, *now, *rest, *change);
        // (by the last change: what is rounded of the sum does not come back multiplied by the memory)
        for &(eta, beta) in self.parameters {
            for i in 0..GROUPS {
                let kept = last[i] * beta;
                last[i] = kept + at[i] * eta * M::gradient_at(here[i], here[i] + kept);
                // (compensated, as by Kahan 1965)
                let more = last[i] + lost[i];
                let next = here[i] + more;
                lost[i] = more - (next - here[i]);
                here[i] = next;
            }
        }
        (*now, *rest, *change) = (here, lost, last);
    }
}

impl<M: Remembering> Method for Recurrence<'_, M> {
    fn latest(&self) -> f64 {
        if self.momentum.as_constant().is_some() { LONGEST_RECURRENCE } else { LONGEST_OSCILLATION }
    }

    fn effective_time(&self, t: f64) -> f64 {
        let steps_remembered = self.momentum.as_constant().map_or(t, |beta| (1.0 - beta).recip());
        self.schedule.time(t) * steps_remembered
    }

    fn roots(&self, z: Complex64) -> Roots {
        self.largest.roots(z)
    }

    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        self.largest.exact_roots(z)
    }

    fn is_power(&self) -> bool {
        false
    }

    fn at<'a>(&'a self, times: &'a [f64]) -> Box<dyn Residuals + 'a> {
        Box::new(Followed { recurrence: self, times })
    }

    fn log_size(&self, z: f64, t: f64) -> f64 {
        self.log_residual(z, t)
    }

    fn log_residual(&self, z: f64, t: f64) -> f64 {
        self.log_sizes(&[z], t)[0]
    }

    fn log_sizes(&self, points: &[f64], t: f64) -> Vec<f64> {
        let points: Vec<Complex64> = points.iter().map(|&z| Complex64::from(z)).collect();
        self.at(&[t]).log_sizes(&points).remove(0)
    }

    fn stable_product(&self) -> f64 {
        self.largest.stable_product()
    }

    fn has_end(&self, fast: f64) -> bool {
        M::new(self.schedule.last(), self.momentum.largest()).has_end(fast)
    }

    fn oscillations_decayed(&self, t: f64) -> f64 {
        let steps = self.late_time(t);
        match self.momentum.as_constant() {
            // As rates fall, modes that have oscillated turn slow: what decays least per effective step is where the
            // roots meet at the largest rate.
            Some(beta) if steps >= MANY_STEPS => steps * M::decay_where_roots_meet(beta),
            Some(_) | None => 0.0,
        }
    }

    /// Steps of the largest learning rate that the schedule amounts to.
    fn late_time(&self, t: f64) -> f64 {
        self.schedule.time(t) / self.largest_rate
    }

    fn mapped(&self, s: Complex64, alternating: bool) -> Mapped {
        Mapped { amplitude: Complex64::ONE, ..self.largest.mapped(s, alternating) }
    }
}

/// Residuals by following the recurrence.
struct Followed<'a, M> {
    recurrence: &'a Recurrence<'a, M>,
    times: &'a [f64],
}

impl<M: Remembering> Residuals for Followed<'_, M> {
    fn of(&self, points: &[ComplexDouble], log_scales: &[f64]) -> Vec<Vec<Complex64>> {
        let points: Vec<Complex64> = points.iter().map(|z| z.value()).collect();
        let of_row =
            |(row, scale): (Vec<(Complex64, f64)>, &f64)| row.iter().map(|(p, log)| p * (log - scale).exp()).collect();
        self.recurrence.follow(&points, self.times).into_iter().zip(log_scales).map(of_row).collect()
    }

    fn on_axis(&self, points: &[f64], log_scales: &[f64]) -> Vec<Vec<Left>> {
        with_errors_of_steps(self.of(&on_axis(points), log_scales), log_scales, self.times)
    }

    fn log_sizes(&self, points: &[Complex64]) -> Vec<Vec<f64>> {
        let of_row = |row: Vec<(Complex64, f64)>| row.iter().map(|(p, log)| log_modulus(*p) + log).collect();
        self.recurrence.follow(points, self.times).into_iter().map(of_row).collect()
    }
}

/// Groups of lanes in a block.
const GROUPS: usize = 2;

/// Points times steps that are worth waking other threads.
const WORTH_THREADS: f64 = 1e5;

/// Squared moduli beyond which a recurrence is scaled down.
const LARGEST: f64 = 1e200;

/// The power of 10 by which numbers may grow between two looks at them: the square of what is below [`LARGEST`] by then
/// is still finite.
const MOST_GROWTH: f64 = 50.0;

/// What has shrunk to this will not come back.
const FORGOTTEN: f64 = 1e-250;
