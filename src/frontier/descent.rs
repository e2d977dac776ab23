//! The minimum over several resources at once, where the loss has slopes by all of them: a quasi-Newton descent along
//! what the budget pays for.

use super::objective::Loss;
use super::search::{Minimum, Search};
use crate::error::Result;
use crate::precision::SLOPE_TOLERANCE;
use crate::resource::Resource;

/// Fewer free resources than this are searched one within the other, which takes no more losses.
const FEWEST: usize = 3;

/// Steps of the descent, and how often one is shortened.
const STEPS: usize = 60;
const SHORTER: usize = 12;

/// The factor by which it is.
const SHORTENED: f64 = 0.3;

/// The longest step in the logarithm of a resource.
const LONGEST: f64 = 1.5;

/// A second derivative by the logarithm of a resource where nothing is known.
const CURVATURE: f64 = 0.3;

/// Share of the decrease that slopes promise which has to come true.
const PROMISED: f64 = 1e-4;

/// Changes of the logarithm of a loss that are not told from rounding.
const ROUNDING: f64 = 1e-12;

/// Where rounding hides all further descent slopes this small are accepted.
const ACCEPTED: f64 = 1e-8;

/// A start that leaves more of the time than this, in its logarithm, is one of training that stops early.
const NEARLY_SPENT: f64 = 0.5;

/// Logarithms of values closer to a bound than this are at it.
const AT_BOUND: f64 = 1e-13;

/// A place of the descent: a minimum if its slopes vanish.
struct Place {
    minimum: Minimum,
    log_loss: f64,
    /// Slopes by the free resources but the time, which spends what is left of the budget.
    slopes: Vec<f64>,
}

/// An estimate of the inverse of the second derivatives.
#[derive(Debug, Clone, Default)]
pub(super) struct Inverse(Vec<Vec<f64>>);

impl Inverse {
    fn new(curvatures: impl Iterator<Item = f64>) -> Self {
        let diagonal: Vec<f64> = curvatures.map(|c| if c > 0.0 { c.recip() } else { CURVATURE.recip() }).collect();
        let row = |i: usize| (0..diagonal.len()).map(|j| if i == j { diagonal[i] } else { 0.0 }).collect();
        Self((0..diagonal.len()).map(row).collect())
    }

    fn diagonal(&self, i: usize) -> f64 {
        self.0[i][i]
    }

    /// The step to where the slopes of those resources that may move vanish: minus the product of these slopes with the
    /// inverse of their own second derivatives, from which the others are eliminated.
    fn direction(&self, slopes: &[f64], moves: &[bool]) -> Vec<f64> {
        let mut inverse = self.0.clone();
        for held in (0..moves.len()).filter(|&i| !moves[i]) {
            let row = inverse[held].clone();
            for entries in &mut inverse {
                let share = entries[held] / row[held];
                entries.iter_mut().zip(&row).for_each(|(entry, own)| *entry -= share * own);
            }
        }
        let along = |(row, moves_to): (&Vec<f64>, &bool)| {
            let terms = row.iter().zip(slopes).zip(moves).filter(|(_, moves)| **moves);
            if *moves_to { -terms.map(|((h, slope), _)| h * slope).sum::<f64>() } else { 0.0 }
        };
        inverse.iter().zip(moves).map(along).collect()
    }

    /// The update of Broyden, Fletcher, Goldfarb and Shanno for a step and the change of slopes along it.
    fn learn(&mut self, step: &[f64], change: &[f64]) {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let curvature = dot(step, change);
        if curvature <= 1e-10 * (dot(step, step) * dot(change, change)).sqrt() {
            return;
        }
        let image: Vec<f64> = self.0.iter().map(|row| dot(row, change)).collect();
        let along = (1.0 + dot(&image, change) / curvature) / curvature;
        for (i, row) in self.0.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry += along * step[i] * step[j] - (image[i] * step[j] + step[i] * image[j]) / curvature;
            }
        }
    }
}

impl Search<'_> {
    /// The minimum downhill from the start, if all of the budget is spent there and all slopes are known on the way;
    /// `None` otherwise.
    pub(super) fn descend(&mut self) -> Result<Option<Minimum>> {
        let (free, last) = match self.order.split_last() {
            Some((&Resource::Time, others)) if others.len() + 1 >= FEWEST => (others.to_vec(), Resource::Time.index()),
            _ => return Ok(None),
        };
        let start = std::array::from_fn(|i| self.hints[i].at);
        if self.cost.affordable(Resource::Time, &start, self.log_budget) - start[last] < NEARLY_SPENT {
            let found = self.descend_over(&free)?;
            if let Some(minimum) = &found {
                for (i, resource) in free.iter().enumerate() {
                    let hint = &mut self.hints[resource.index()];
                    (hint.at, hint.curvature) = (minimum.at[resource.index()], self.inverse.diagonal(i).recip());
                }
            }
            return Ok(found);
        }
        Ok(None)
    }

    fn descend_over(&mut self, free: &[Resource]) -> Result<Option<Minimum>> {
        let bounds: Vec<(f64, f64)> = free
            .iter()
            .map(|resource| {
                let range = self.ranges[resource.index()];
                (range.least.ln(), range.most.ln())
            })
            .collect();
        let start: Vec<f64> =
            free.iter().zip(&bounds).map(|(resource, b)| self.hints[resource.index()].at.clamp(b.0, b.1)).collect();
        if self.inverse.0.len() != free.len() {
            self.inverse = Inverse::new(free.iter().map(|resource| self.hints[resource.index()].curvature));
        }
        let mut inverse = std::mem::take(&mut self.inverse);
        let mut at = start;
        let Some(mut here) = self.place_at(free, &at)? else { return Ok(None) };
        for _ in 0..STEPS {
            // resources at a bound stay there where the loss falls beyond it
            let is_held = |i: usize| {
                (at[i] <= bounds[i].0 + AT_BOUND && here.slopes[i] > 0.0)
                    || (at[i] >= bounds[i].1 - AT_BOUND && here.slopes[i] < 0.0)
            };
            let moves: Vec<bool> = (0..free.len()).map(|i| !is_held(i)).collect();
            let steepest = here.slopes.iter().zip(&moves).filter(|(_, moves)| **moves);
            let steepest = steepest.fold(0.0_f64, |most, (slope, _)| most.max(slope.abs()));
            if steepest <= SLOPE_TOLERANCE {
                self.inverse = inverse;
                return Ok(here.is_minimum().then_some(here.minimum));
            }
            let mut direction = inverse.direction(&here.slopes, &moves);
            let longest = direction.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
            let mut share = if longest > LONGEST { LONGEST / longest } else { 1.0 };
            let mut found = None;
            for _ in 0..SHORTER {
                let next: Vec<f64> =
                    (0..free.len()).map(|i| (at[i] + share * direction[i]).clamp(bounds[i].0, bounds[i].1)).collect();
                let step: Vec<f64> = next.iter().zip(&at).map(|(x, y)| x - y).collect();
                let promised: f64 = step.iter().zip(&here.slopes).map(|(step, slope)| step * slope).sum();
                if let Some(there) = self.place_at(free, &next)?
                    && there.log_loss <= here.log_loss + PROMISED * promised.min(0.0) + ROUNDING
                {
                    found = Some((next, step, there));
                    break;
                }
                share *= SHORTENED;
            }
            let Some((next, step, there)) = found else {
                direction.clear();
                // (walls all around, or rounding)
                return Ok((steepest <= ACCEPTED && here.is_minimum()).then_some(here.minimum));
            };
            let change: Vec<f64> = there.slopes.iter().zip(&here.slopes).map(|(x, y)| x - y).collect();
            inverse.learn(&step, &change);
            (at, here) = (next, there);
        }
        Ok(None)
    }

    /// The loss where the time spends what other resources leave of the budget; `None` where that is not a time within
    /// its bounds, where training diverges, or a slope is not known.
    fn place_at(&self, free: &[Resource], values: &[f64]) -> Result<Option<Place>> {
        let mut at = self.ranges.map(|range| range.least.ln());
        for (resource, value) in free.iter().zip(values) {
            at[resource.index()] = *value;
        }
        let time = Resource::Time.index();
        let range = self.ranges[time];
        let affordable = self.cost.affordable(Resource::Time, &at, self.log_budget);
        if !(range.least.ln()..range.most.ln()).contains(&affordable) {
            return Ok(None);
        }
        at[time] = affordable;
        let loss: Loss = self.objective.at(&at.map(f64::exp), self.ranges)?;
        let elasticities = self.cost.elasticities(&at);
        let multiplier = -loss.slopes[time] / elasticities[time];
        let slopes: Vec<f64> = free
            .iter()
            .map(|resource| loss.slopes[resource.index()] + multiplier * elasticities[resource.index()])
            .collect();
        let is_known = loss.value > 0.0 && loss.value.is_finite() && slopes.iter().all(|slope| slope.is_finite());
        let minimum = Minimum { at, loss, multiplier, elasticities };
        Ok(is_known.then(|| Place { minimum, log_loss: loss.value.ln(), slopes }))
    }
}

impl Place {
    /// Whether more time would help, so that all of the budget is spent.
    fn is_minimum(&self) -> bool {
        self.minimum.multiplier > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier::{Cost, Frontier};
    use crate::resource::COUNT;
    use crate::{Model, Optimizer, Spectrum};

    /// The inverse of a quadratic form is learned from steps along it.
    #[test]
    fn second_derivatives_are_learned() {
        let second = [[2.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 0.7]];
        let image = |step: &[f64]| -> Vec<f64> {
            second.iter().map(|row| row.iter().zip(step).map(|(a, x)| a * x).sum()).collect()
        };
        let mut inverse = Inverse::new([0.0; COUNT].into_iter().take(3));
        let mut at = vec![1.0, -2.0, 0.5];
        for _ in 0..40 {
            let slopes = image(&at);
            let direction = inverse.direction(&slopes, &[true; 3]);
            // the exact minimum along the direction
            let (down, curvature): (f64, f64) = direction
                .iter()
                .zip(&slopes)
                .zip(image(&direction))
                .fold((0.0, 0.0), |(down, curvature), ((d, slope), image)| (down + d * slope, curvature + d * image));
            if curvature <= 0.0 {
                break;
            }
            let step: Vec<f64> = direction.iter().map(|d| -d * down / curvature).collect();
            at.iter_mut().zip(&step).for_each(|(x, step)| *x += step);
            inverse.learn(&step, &image(&step));
        }
        assert!(at.iter().all(|x| x.abs() < 1e-12), "{at:?}");
        // with one at a bound the others go where their slopes vanish
        let at = [1.0, -2.0, 0.5];
        let step = inverse.direction(&image(&at), &[true, false, true]);
        let there: Vec<f64> = at.iter().zip(&step).map(|(x, step)| x + step).collect();
        let slopes = image(&there);
        assert!(step[1].abs() <= 0.0 && slopes[0].abs() < 1e-9 && slopes[2].abs() < 1e-9, "{step:?} {slopes:?}");
    }

    /// The same minimum as by nested searches, with far fewer losses.
    #[test]
    fn agrees_with_nested_searches() -> Result<()> {
        let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_noise_variance(0.1)?;
        let sgd = Optimizer::sgd(0.1, 1.0)?;
        let widest = |frontier: Frontier| frontier.with_bounds(Resource::LearningRate, None, None);
        for frontier in [
            Frontier::new(&model, Cost::parse("6*N*t + 100*P")?)?,
            Frontier::of(&model, &sgd, Cost::parse("N*B*t")?)?,
            widest(Frontier::of(&model, &sgd, Cost::parse("N*B*t")?)?)?,
            Frontier::of(&model, &sgd, Cost::parse("N*B*t + 3*N^2")?)?,
        ] {
            for budget in [1e6, 1e9] {
                let point = frontier.points(&[budget])?.remove(0);
                let at: [f64; COUNT] = Resource::ALL.map(|resource| point.value_of(resource).ln());
                let mut search = frontier.search(f64::ln(budget), &at, &[0.0; COUNT]);
                let Some(joint) = search.descend()? else { continue };
                let nested = search.nested()?;
                let (x, y) = (joint.loss, nested.loss);
                // (the minimum itself is flat: slopes of 1e-8 are a loss of 1e-15 more)
                let allowed = x.error + y.error + 1e-13;
                assert!((x.value / y.value - 1.0).abs() <= allowed, "{budget}: {x:?} {y:?}");
            }
        }
        Ok(())
    }
}
