//! Tables, and the forms in which they are handed out.

pub mod beyond;
pub mod delivery;
pub mod file;
pub mod formats;
pub mod number;
pub mod report;
pub mod table;
