//! A command's options, checked and ready to be computed: by the command itself, or many times by a sweep.

use crate::failure::Failure;
use crate::output::table::Table;
use crate::plot::chart::Chart;
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// The plan, known before any work.
#[derive(Debug)]
pub struct Plan {
    /// The columns of the answer, without values.
    pub columns: Table,
    /// Number of rows of the answer.
    pub rows: usize,
    /// Columns whose values, all combined, make the rows.
    pub axes: Vec<&'static str>,
    /// Columns that say where a row is, and have the value of the option of the same name if that is a single one.
    pub coordinates: Vec<&'static str>,
    /// The reason against a figure, if there is one.
    pub no_figure: Option<String>,
    /// Whether the figure is a map, of which there is one at a time.
    pub is_map: bool,
}

/// The options of a command, but for those that say where the answer goes.
pub trait Task: Sync {
    /// Checks all that can be checked without reading files.
    fn plan(&self) -> Result<Plan, Failure>;

    /// Columns of the answer that are known before any work, with all rows.
    fn coordinates(&self) -> Result<Table, Failure>;

    /// The answer; its rows are as many as planned.
    fn table(&self, progress: &mut Progress) -> Result<Table, Failure>;

    /// What a figure shows of the answer.
    fn picture(&self, table: &Table) -> Result<Picture, Failure>;

    /// What a figure shows of the answer beside others.
    fn curves(&self, table: &Table) -> Result<Chart, Failure>;
}
