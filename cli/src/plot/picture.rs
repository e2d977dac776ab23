//! What a command draws, in the terminal and in figures.

use crate::plot::chart::Chart;
use crate::plot::map::Map;

/// A picture before it is drawn.
#[derive(Debug, Clone)]
pub enum Picture {
    /// Curves over one coordinate.
    Curves(Chart),
    /// Areas in the plane of two coordinates.
    Map(Map),
    /// Why there is none.
    None(String),
}

impl Picture {
    /// In place of one that nobody wants to see.
    pub fn unasked() -> Self {
        Self::None("it was not asked for".to_owned())
    }
}
