//! The derivations behind the code, from the folder `theory/`. This module exists in the documentation only, with the
//! feature `theory`.
//!
//! The documentation of other items cites equations by the labels used here, such as "equation (R)".
#![doc = include_str!(concat!(env!("OUT_DIR"), "/theory/README.md"))]

macro_rules! pages {
    ($($module:ident: $file:literal),* $(,)?) => {
        $(
            #[doc = include_str!(concat!(env!("OUT_DIR"), "/theory/", $file))]
            pub mod $module {}
        )*
    };
}

pages! {
    notation: "00-notation.md",
    resolvent: "01-resolvent.md",
    correlations: "02-correlations.md",
    losses: "03-losses.md",
    sums: "04-sums.md",
    optimizers: "05-optimizers.md",
    gradients: "06-gradients.md",
    laws: "07-laws.md",
    kernels: "08-kernels.md",
    measurements: "09-measurements.md",
    runs: "10-runs.md",
    spread: "11-spread.md",
    networks: "12-networks.md",
}
