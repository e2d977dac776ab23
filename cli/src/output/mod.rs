//! The forms in which tables are handed out.

pub mod blocks;
pub mod delivery;
pub mod file;
pub mod formats;
pub mod json;
pub mod report;
