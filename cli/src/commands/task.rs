//! A command's options, checked and ready to be computed: by the command itself, or many times by a sweep.

use spectralaw::table::Table;

use crate::failure::Failure;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::Report;
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

    /// What people see of the work.
    fn progress(&self, plan: &Plan) -> Progress {
        Progress::new(plan.rows, "points")
    }

    /// The answer; its rows are as many as planned.
    fn table(&self, progress: &mut Progress) -> Result<Table, Failure>;

    /// The rows of the answer block after block, if they can be computed so; `take` writes them. Whether they were.
    fn for_each_block(&self, progress: &mut Progress, take: &mut TakeBlock<'_>) -> Result<bool, Failure> {
        let _ = (progress, take);
        Ok(false)
    }

    /// What a figure shows of the answer.
    fn picture(&self, table: &Table) -> Result<Picture, Failure>;

    /// What people are told of the answer.
    fn report<'a>(&self, table: &'a Table) -> Result<Report<'a>, Failure>;
}

/// A task that a sweep runs many times.
pub trait Swept: Task {
    /// Columns of the answer that are known before any work, with all rows.
    fn coordinates(&self) -> Result<Table, Failure>;

    /// What a figure shows of the answer beside others.
    fn curves(&self, table: &Table) -> Result<Chart, Failure>;
}

/// What becomes of a block of rows.
pub type TakeBlock<'a> = dyn FnMut(&Table) -> Result<(), Failure> + Send + 'a;

/// Answers of more rows are written as they are computed, where only data are asked for: they are not held in memory.
const LONG: usize = 1 << 16;

/// Runs a task by itself: checks everything that can be wrong, computes, writes and prints.
pub fn run(task: &impl Task, delivery: &DeliveryArguments) -> Result<(), Failure> {
    let plan = task.plan()?;
    let files = delivery.files(plan.no_figure.as_deref())?;
    let progress = &mut task.progress(&plan);
    if plan.rows > LONG && !delivery.draws(&files) {
        let written = delivery.deliver_in_blocks(&files, &plan.columns, |take| {
            delivery.compute(|| task.for_each_block(progress, take))
        })?;
        if written {
            return Ok(());
        }
    }
    let (table, picture) = delivery.compute(|| {
        let table = task.table(progress)?;
        let picture = delivery.draws(&files).then(|| task.picture(&table)).transpose()?;
        Ok((table, picture))
    })?;
    delivery.deliver(&files, &task.report(&table)?, &|| picture.clone().unwrap_or_else(Picture::unasked))
}
