//! What is compared: which loss, and what two runs have in common.

/// A loss of a run: a derivative of the objective's least value (equation (Spread.objective)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Observable {
    /// On fresh data.
    Test,
    /// On the samples.
    Train,
}

/// What two runs have in common; whatever they do not share is drawn independently (equation (Spread.shared)).
///
/// # Examples
///
/// ```
/// use spectralaw::spread::Common;
///
/// assert_eq!(Common::DATA, Common { features: false, ..Common::EVERYTHING });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Common {
    /// The random features.
    pub features: bool,
    /// The inputs of the training samples.
    pub inputs: bool,
    /// The noise on the labels of the training samples.
    pub label_noise: bool,
}

impl Common {
    /// Runs that differ in nothing but what is compared.
    pub const EVERYTHING: Self = Self { features: true, inputs: true, label_noise: true };

    /// The same data set, inputs and labels, and independent features.
    pub const DATA: Self = Self { features: false, ..Self::EVERYTHING };

    /// The same features, and independent data sets.
    pub const FEATURES: Self = Self { features: true, inputs: false, label_noise: false };

    /// Independent runs, whose losses do not covary.
    pub const NOTHING: Self = Self { features: false, inputs: false, label_noise: false };
}
