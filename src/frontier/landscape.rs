//! A coarse map of the loss over all resources, which shows every valley that is wider than its cells.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::cost::Cost;
use super::objective::Objective;
use super::range::{Range, Values};
use crate::error::{Result, go_on};
use crate::numerics::log_grid;
use crate::resource::{COUNT, Resource};

/// Losses on a logarithmic grid: one map serves all budgets.
pub(crate) struct Landscape {
    /// Resources other than the time that are not fixed, with the logarithms of their values.
    axes: Vec<(Resource, Vec<f64>)>,
    /// Logarithms of all resources at every point of the grid of those axes, the last one varying fastest.
    points: Vec<Values>,
    /// Logarithms of the times.
    times: Vec<f64>,
    /// Logarithms of the losses, a row of times for each point; rows end where the largest budget does,
    /// or where nothing changes any more.
    losses: Vec<Vec<f64>>,
}

/// A place from which to look for a minimum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Logarithms of all resources.
    pub at: Values,
    /// Logarithm of the loss, interpolated.
    pub log_loss: f64,
}

/// Values per decade, by the number of axes other than the time.
fn density(axes: usize) -> f64 {
    match axes {
        0 | 1 => 6.0,
        2 => 2.5,
        _ => 1.5,
    }
}

/// Times for each factor of ten.
const TIMES: f64 = 3.0;

impl Landscape {
    /// The map of everything that the largest budget allows; axes other than the time are `fineness` times as dense as
    /// usual. `progress` is called with each share of the work as it is done, and may end the work.
    pub fn new(
        objective: &Objective,
        cost: &Cost,
        ranges: &[Range; COUNT],
        log_budget: f64,
        fineness: f64,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Self> {
        let least: Values = ranges.map(|range| range.least.ln());
        let reach = |resource: Resource| {
            let most = ranges[resource.index()].most.ln();
            most.min(cost.affordable(resource, &least, log_budget))
        };
        let free: Vec<Resource> = Resource::ALL
            .into_iter()
            .filter(|resource| *resource != Resource::Time && !ranges[resource.index()].is_fixed())
            .collect();
        let axis = |&resource: &Resource| {
            (resource, log_grid(least[resource.index()], reach(resource), density(free.len()) * fineness))
        };
        let axes: Vec<(Resource, Vec<f64>)> = free.iter().map(axis).collect();
        let times = log_grid(least[Resource::Time.index()], reach(Resource::Time), TIMES);

        let count = axes.iter().map(|(_, values)| values.len()).product();
        let points: Vec<Values> = (0..count)
            .map(|mut position| {
                let mut at = least;
                for (resource, values) in axes.iter().rev() {
                    at[resource.index()] = values[position % values.len()];
                    position /= values.len();
                }
                at
            })
            .collect();
        // one time beyond what is affordable, to interpolate; the first one even after the end of training
        let count = |at: &Values| -> Result<usize> {
            let affordable = cost.affordable(Resource::Time, at, log_budget);
            if affordable < times[0] {
                return Ok(0);
            }
            let last = affordable.min(objective.log_end(&at.map(f64::exp))?);
            Ok((times.partition_point(|&t| t <= last) + 1).min(times.len()))
        };
        let within: Vec<f64> = times.iter().map(|t| t.exp()).collect();
        // rows that differ in the batch alone share their work
        let batches = axes.iter().position(|(resource, _)| *resource == Resource::Batch);
        let strides = batches.map_or((1, 1), |axis| {
            let inner: usize = axes[axis + 1..].iter().map(|(_, values)| values.len()).product();
            (inner, axes[axis].1.len())
        });
        let groups: Vec<Vec<usize>> = (0..points.len())
            .filter(|position| position / strides.0 % strides.1 == 0)
            .map(|first| (0..strides.1).map(|batch| first + batch * strides.0).collect())
            .collect();
        let rows = |group: &Vec<usize>| -> Result<Vec<Vec<f64>>> {
            go_on(progress(group.len() as f64 / points.len() as f64))?;
            let counts = group.iter().map(|&position| count(&points[position])).collect::<Result<Vec<_>>>()?;
            let paid: Vec<usize> = (0..group.len()).filter(|&i| counts[i] > 0).collect();
            let values: Vec<Values> = paid.iter().map(|&i| points[group[i]].map(f64::exp)).collect();
            let paid_counts: Vec<usize> = paid.iter().map(|&i| counts[i]).collect();
            let mut rows = vec![Vec::new(); group.len()];
            for (i, losses) in paid.into_iter().zip(objective.along_of_batches(&values, &within, &paid_counts)?) {
                rows[i] = losses.into_iter().map(f64::ln).collect();
            }
            Ok(rows)
        };
        let of_groups = groups.par_iter().map(rows).collect::<Result<Vec<_>>>()?;
        let mut losses = vec![Vec::new(); points.len()];
        for (position, row) in groups.iter().flatten().zip(of_groups.into_iter().flatten()) {
            losses[*position] = row;
        }
        Ok(Self { axes, points, times, losses })
    }

    /// Places better than all of their neighbours within the budget, the best one first.
    pub fn candidates(&self, cost: &Cost, log_budget: f64) -> Vec<Candidate> {
        let best: Vec<Option<Candidate>> =
            (0..self.points.len()).map(|position| self.best_time(position, cost, log_budget)).collect();
        let loss = |position: usize| best[position].map_or(f64::INFINITY, |candidate| candidate.log_loss);
        let is_minimum = |position: &usize| {
            let own = loss(*position);
            own < f64::INFINITY && self.neighbours(*position).all(|other| loss(other) >= own)
        };
        let mut candidates: Vec<Candidate> =
            (0..self.points.len()).filter(is_minimum).filter_map(|position| best[position]).collect();
        candidates.sort_by(|x, y| x.log_loss.total_cmp(&y.log_loss));
        candidates
    }

    /// How far apart neighbours are, in the logarithm.
    pub fn spacing(&self) -> f64 {
        std::f64::consts::LN_10 / density(self.axes.len())
    }

    /// The least loss at any time within the budget.
    fn best_time(&self, position: usize, cost: &Cost, log_budget: f64) -> Option<Candidate> {
        let mut at = self.points[position];
        let (losses, last) = (&self.losses[position], cost.affordable(Resource::Time, &at, log_budget));
        let within = self.times[..losses.len()].partition_point(|&t| t <= last);
        let grid = losses[..within].iter().zip(&self.times).map(|(loss, time)| (*loss, *time));
        let mut best = grid.min_by(|x, y| x.0.total_cmp(&y.0))?;
        if within < losses.len() {
            let (before, after) = (self.times[within - 1], self.times[within]);
            let share = (last - before) / (after - before);
            let loss = losses[within - 1] * (1.0 - share) + losses[within] * share;
            if loss < best.0 {
                best = (loss, last);
            }
        }
        at[Resource::Time.index()] = best.1;
        Some(Candidate { at, log_loss: best.0 })
    }

    /// Positions that differ by one step on one axis.
    fn neighbours(&self, position: usize) -> impl Iterator<Item = usize> {
        let mut stride = 1;
        let steps: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .flat_map(|(_, values)| {
                let place = position / stride % values.len();
                let below = (place > 0).then(|| position - stride);
                let above = (place + 1 < values.len()).then(|| position + stride);
                stride *= values.len();
                below.into_iter().chain(above)
            })
            .collect();
        steps.into_iter()
    }
}
