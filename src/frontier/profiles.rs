//! IsoFLOP profiles: the loss over one resource at one budget, everything else at its best.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::{Frontier, FrontierPoint};
use crate::error::{Error, Result, go_on};
use crate::resource::Resource;

/// A point of an IsoFLOP profile.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProfilePoint {
    /// The budget.
    pub budget: f64,
    /// What is varied.
    pub resource: Resource,
    /// Its value here.
    pub value: f64,
    /// Its best value.
    pub best: f64,
    /// The test loss at the best value.
    pub best_test_loss: f64,
    /// The best choice of everything else; none if the budget does not pay for the value, or it is beyond its bounds.
    pub point: Option<FrontierPoint>,
}

/// Values on either side of the best one.
const ON_EITHER_SIDE: i32 = 12;

/// Values for each factor of ten: a profile spans a factor of a hundred.
const DENSITY: f64 = 12.0;

/// How much of the work the minima are, for those who wait.
const SHARE_OF_MINIMA: f64 = 0.2;

impl Frontier {
    /// Points of each of the [`profiles`](Self::profiles): log-spaced over a factor of a hundred, the best in the
    /// middle.
    pub const PROFILE_POINTS: usize = 2 * ON_EITHER_SIDE as usize + 1;

    /// The best of everything else for each of several values of one resource, at one budget: an IsoFLOP profile.
    /// Values that the budget does not pay for are left out.
    ///
    /// # Errors
    ///
    /// As for [`points`](Self::points) and [`with_range`](Self::with_range).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Resource, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
    /// let best = frontier.points(&[1e6])?[0].clone();
    /// let profile = frontier.profile(1e6, Resource::Width, &[0.5 * best.width, best.width, 2.0 * best.width])?;
    /// assert!(profile[0].test_loss > profile[1].test_loss && profile[2].test_loss > profile[1].test_loss);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn profile(&self, budget: f64, resource: Resource, values: &[f64]) -> Result<Vec<FrontierPoint>> {
        if values.is_empty() {
            return Err(Error::Empty { name: "values" });
        }
        let mut out = Vec::with_capacity(values.len());
        for &value in values {
            let fixed = self.clone().with_range(resource, value, value)?;
            if fixed.pays(budget) {
                out.extend(fixed.points(&[budget])?);
            }
        }
        Ok(out)
    }

    /// Profiles around the best value of a resource at each budget, one after the other; `progress` is told, from any
    /// thread, by how much the share of the work that is done has grown, and may end the work.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] for a resource that is not free; [`Error::Interrupted`] if `progress` ends
    /// the work; others as for [`points`](Self::points).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use spectralaw::{Model, Resource, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
    /// let profile = frontier.profiles(Resource::Width, &[1e6], &|_| ControlFlow::Continue(()))?;
    /// assert_eq!(profile.len(), Frontier::PROFILE_POINTS);
    /// let losses = profile.iter().filter_map(|point| Some(point.point.as_ref()?.test_loss));
    /// assert!(losses.fold(f64::INFINITY, f64::min) >= profile[0].best_test_loss * (1.0 - 1e-12));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn profiles(
        &self,
        resource: Resource,
        budgets: &[f64],
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Vec<ProfilePoint>> {
        self.check_free(resource)?;
        let range = self.ranges[resource.index()];
        let minima = self.points_with_progress(budgets, &|share| progress(SHARE_OF_MINIMA * share))?;
        let mut all = Vec::with_capacity(budgets.len() * Self::PROFILE_POINTS);
        for minimum in minima {
            let (budget, best, best_test_loss) = (minimum.budget, minimum.value_of(resource), minimum.test_loss);
            let at = |place: i32| {
                let value = best * 10_f64.powf(f64::from(place) / DENSITY);
                let is_allowed = (range.least..=range.most).contains(&value);
                let point = if is_allowed { self.profile(budget, resource, &[value])?.pop() } else { None };
                Ok(ProfilePoint { budget, resource, value, best, best_test_loss, point })
            };
            let places = (-ON_EITHER_SIDE..=ON_EITHER_SIDE).into_par_iter();
            all.extend(places.map(at).collect::<Result<Vec<_>>>()?);
            go_on(progress((1.0 - SHARE_OF_MINIMA) / budgets.len() as f64))?;
        }
        Ok(all)
    }

    /// Points of profiles anywhere: for each pair of a budget and a value of a resource, the best of everything else.
    ///
    /// # Errors
    ///
    /// As for [`profiles`](Self::profiles).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Resource, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
    /// let measured = frontier.profile_points(Resource::Width, &[(1e6, 100.0), (1e7, 100.0)])?;
    /// let loss = |i: usize| measured[i].point.as_ref().map(|point| point.test_loss);
    /// assert!(loss(1) < loss(0));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn profile_points(&self, resource: Resource, places: &[(f64, f64)]) -> Result<Vec<ProfilePoint>> {
        self.check_free(resource)?;
        let budgets: Vec<f64> = places.iter().map(|(budget, _)| *budget).collect();
        let minima = self.points(&budgets)?;
        let range = self.ranges[resource.index()];
        let at = |(minimum, (budget, value)): (&FrontierPoint, &(f64, f64))| {
            let (budget, value) = (*budget, *value);
            let is_allowed = (range.least..=range.most).contains(&value);
            let point = if is_allowed { self.profile(budget, resource, &[value])?.pop() } else { None };
            let (best, best_test_loss) = (minimum.value_of(resource), minimum.test_loss);
            Ok(ProfilePoint { budget, resource, value, best, best_test_loss, point })
        };
        minima.par_iter().zip(places).map(at).collect()
    }

    /// Refuses to vary a resource that is fixed.
    pub(super) fn check_free(&self, resource: Resource) -> Result<()> {
        if self.is_free(resource) {
            return Ok(());
        }
        let problem = format!("the {} is not free: give it a range, or a cost that contains it", resource.name());
        Err(Error::BadProgram { problem })
    }
}
