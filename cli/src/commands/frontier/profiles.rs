//! IsoFLOP profiles: the loss over one resource, everything else at its best, at the same budget.

use rayon::prelude::*;
use spectralaw::Resource;

use super::problem::Problem;
use super::quantities::{Profiled, Row};
use crate::failure::Failure;
use crate::progress::Progress;

/// Values on a profile: so many on either side of the best one, and the best one itself.
const ON_EITHER_SIDE: i32 = 12;

/// Values on a profile.
pub const VALUES: usize = 2 * ON_EITHER_SIDE as usize + 1;

/// Values for each factor of ten: a profile spans a factor of a hundred.
const DENSITY: f64 = 12.0;

/// How much of the work the minima are.
const SHARE_OF_MINIMA: f64 = 0.2;

/// Profiles around the best value at each budget; points that the budget does not pay for, and those beyond the bounds,
/// have no loss.
pub fn profiles(
    problem: &Problem,
    resource: Resource,
    budgets: &[f64],
    progress: &mut Progress,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::with_capacity(budgets.len() * VALUES);
    let minima = progress.over(SHARE_OF_MINIMA, |grow| problem.frontier.points_with_progress(budgets, grow))?;
    for best in minima {
        let centre = best.value_of(resource);
        let values = (-ON_EITHER_SIDE..=ON_EITHER_SIDE).map(|step| centre * 10_f64.powf(f64::from(step) / DENSITY));
        let points: Vec<Row> = values
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|value| {
                let profiled = Profiled { resource, value, best: centre, best_loss: best.test_loss };
                let point = if problem.allows(resource, value) {
                    problem.frontier.profile(best.budget, resource, &[value])?.pop()
                } else {
                    None
                };
                Ok(Row::profile(problem, best.budget, profiled, point))
            })
            .collect::<Result<_, Failure>>()?;
        progress.grow((1.0 - SHARE_OF_MINIMA) / budgets.len() as f64);
        rows.extend(points);
    }
    Ok(rows)
}
