//! Options that several commands share.

pub mod check;
pub mod inputs;
pub mod model;
pub mod optimizer;
pub mod reading;
pub mod spectrum;
pub mod training;
pub mod values;
