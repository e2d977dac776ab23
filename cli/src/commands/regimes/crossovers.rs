//! Where two resources limit the loss alike, as curves over a map.

use spectralaw::table::{Coordinate, Grid};
use spectralaw::{Optimizer, Resource, Spectrum};

use crate::plot::map::{Map, Overlay, Side};

/// Points of a curve over a map.
const COUNT: u32 = 64;

/// One of the axes of a grid as a resource.
#[derive(Clone, Copy)]
struct Axis {
    resource: Resource,
    /// Gradient-flow times are so many times what the axis counts; NaN where that changes from step to step.
    pace: f64,
}

impl Axis {
    fn new(axis: Coordinate, optimizer: &Optimizer) -> Self {
        match axis {
            Coordinate::Width => Self { resource: Resource::Width, pace: 1.0 },
            Coordinate::Samples => Self { resource: Resource::Samples, pace: 1.0 },
            Coordinate::Along => Self { resource: Resource::Time, pace: optimizer.pace().unwrap_or(f64::NAN) },
        }
    }

    /// The amount of this resource that is as limiting as a given amount of another.
    fn crossover(self, spectrum: &Spectrum, other: Self, amount: f64) -> f64 {
        spectrum.equally_limiting(other.resource, other.pace * amount, self.resource) / self.pace
    }

    fn name(self, other: Self) -> String {
        format!("{}*({})", self.resource.letter(), other.resource.letter())
    }
}

/// The curves over a map that is spanned by the given axes of a grid: where both are equally limiting, and where either
/// is as limiting as the third resource, as far as it is these two that limit.
pub fn overlays(
    map: &Map,
    (x, y): (Coordinate, Coordinate),
    grid: &Grid,
    spectrum: &Spectrum,
    optimizer: &Optimizer,
) -> Vec<Overlay> {
    let third = Coordinate::ALL.into_iter().find(|axis| *axis != x && *axis != y).unwrap_or(Coordinate::Along);
    let fixed = grid.coordinate(third, 0);
    let [x, y, third] = [x, y, third].map(|axis| Axis::new(axis, optimizer));
    let ends = |side: &Side| (side.edges[0], side.edges[side.edges.len() - 1]);
    let along = |(low, high): (f64, f64)| {
        (0..=COUNT).map(move |i| low * (high / low).powf(f64::from(i) / f64::from(COUNT))).collect::<Vec<f64>>()
    };
    let (x_ends, y_ends) = (ends(&map.x), ends(&map.y));
    // beyond the point at which all three meet another one of them limits
    let meeting = (fixed > 0.0 && fixed.is_finite())
        .then(|| (x.crossover(spectrum, third, fixed), y.crossover(spectrum, third, fixed)));
    let most = meeting.map_or(f64::INFINITY, |(_, y)| y);
    let curve = along((y_ends.0, y_ends.1.min(most))).into_iter().map(|at| (x.crossover(spectrum, y, at), at));
    let mut overlays = vec![Overlay { name: x.name(y), points: curve.collect() }];
    if let Some((x_at, y_at)) = meeting {
        overlays.push(Overlay { name: x.name(third), points: vec![(x_at, y_at.max(y_ends.0)), (x_at, y_ends.1)] });
        overlays.push(Overlay { name: y.name(third), points: vec![(x_at.max(x_ends.0), y_at), (x_ends.1, y_at)] });
    }
    let is_drawable = |(x, y): &(f64, f64)| [x, y].into_iter().all(|v| *v > 0.0 && v.is_finite());
    for overlay in &mut overlays {
        overlay.points.retain(is_drawable);
    }
    let is_inside = |points: &[(f64, f64)]| {
        let reaches = |&(x, y): &(f64, f64)| x <= x_ends.1 && y <= y_ends.1;
        points.len() > 1 && points.iter().all(|p| p.0.is_finite()) && points.iter().any(reaches)
    };
    overlays.retain(|overlay| is_inside(&overlay.points));
    overlays
}
