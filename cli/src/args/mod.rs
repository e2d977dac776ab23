//! Options that several commands share.

pub mod method;
pub mod model;
pub mod optimizer;
pub mod reading;
pub mod recognised;
pub mod spectrum;
pub mod training;
pub mod values;
