//! The resources of a model and its training.

use crate::error::Error;

/// A resource on which a loss depends, and for which a budget may pay.
///
/// A [`Frontier`](crate::frontier::Frontier) varies all six. Questions of a single resource, such as
/// [`Model::excess`](crate::Model::excess) and [`Spectrum::crossover`](crate::Spectrum::crossover), accept time, width
/// and samples, and refuse the others.
///
/// # Examples
///
/// ```
/// use spectralaw::{Model, Optimizer, Resource, Spectrum};
///
/// assert_eq!((Resource::Width.name(), Resource::Width.letter()), ("width", "N"));
///
/// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(1e3)?;
/// let refused = model.excess(&Optimizer::GradientFlow, &[1e4], Resource::Batch).unwrap_err();
/// let remedy = "the excess over an unlimited batch is not known: give time, width or samples";
/// assert_eq!(refused.to_string(), remedy);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// The time of training, or the number of steps: `t`.
    Time,
    /// The width, the number of random features: `N`.
    Width,
    /// The number of training samples: `P`.
    Samples,
    /// The samples in a batch of stochastic gradient descent: `B`.
    Batch,
    /// The number of models, of independent features, whose predictors are averaged: `E`.
    Ensemble,
    /// The learning rate, which costs nothing: `eta`.
    LearningRate,
}

/// Number of resources.
pub(crate) const COUNT: usize = 6;

impl Resource {
    /// All of them, in the order of [`index`](Self::index).
    pub(crate) const ALL: [Self; COUNT] =
        [Self::Time, Self::Width, Self::Samples, Self::Batch, Self::Ensemble, Self::LearningRate];

    /// All of them, in the order in which tables list them: what a model has, then how it is trained.
    pub const LISTED: [Self; COUNT] =
        [Self::Width, Self::Time, Self::Samples, Self::Batch, Self::Ensemble, Self::LearningRate];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Width => "width",
            Self::Samples => "samples",
            Self::Batch => "batch",
            Self::Ensemble => "ensemble",
            Self::LearningRate => "learning rate",
        }
    }

    /// In formulas, such as those of costs: `t`, `N`, `P`, `B`, `E` and `eta`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Time => "t",
            Self::Width => "N",
            Self::Samples => "P",
            Self::Batch => "B",
            Self::Ensemble => "E",
            Self::LearningRate => "eta",
        }
    }

    /// Its position in lists with a value for every resource.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Time => 0,
            Self::Width => 1,
            Self::Samples => 2,
            Self::Batch => 3,
            Self::Ensemble => 4,
            Self::LearningRate => 5,
        }
    }

    /// Whether it counts something, and may be asked to be an integer.
    pub(crate) fn is_count(self, in_steps: bool) -> bool {
        match self {
            Self::Width | Self::Samples | Self::Batch | Self::Ensemble => true,
            Self::Time => in_steps,
            Self::LearningRate => false,
        }
    }

    /// The message that refuses a question about resources other than time, width and samples; `asked` precedes the
    /// resource's name.
    pub(crate) fn refused(self, asked: &str) -> Error {
        let name = self.name();
        Error::Unsuited { problem: format!("{asked} {name} is not known: give time, width or samples") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, Optimizer, Spectrum};

    #[test]
    fn indices_are_places_in_the_list() {
        for (place, resource) in Resource::ALL.into_iter().enumerate() {
            assert_eq!(resource.index(), place);
        }
    }

    #[test]
    fn questions_that_only_three_have_an_answer_to_refuse_the_others() -> crate::Result<()> {
        let spectrum = Spectrum::power_law(1.5, 1.25)?;
        let model = Model::new(&spectrum).with_width(1e3)?.with_samples(1e4)?;
        for resource in Resource::ALL {
            let answers = [
                model.excess(&Optimizer::GradientFlow, &[1e2], resource).err(),
                spectrum.limited_loss(resource, 10.0).err(),
                spectrum.crossover(resource, 10.0, Resource::Time).err(),
                spectrum.crossover(Resource::Time, 10.0, resource).err(),
            ];
            let is_known = matches!(resource, Resource::Time | Resource::Width | Resource::Samples);
            for error in answers {
                assert_eq!(error.is_none(), is_known, "{resource:?} {error:?}");
                let told = error.map(|error| error.to_string()).unwrap_or_default();
                assert!(is_known || told.contains(resource.name()), "{told}");
                assert!(is_known || told.ends_with(": give time, width or samples"), "{told}");
            }
        }
        Ok(())
    }
}
