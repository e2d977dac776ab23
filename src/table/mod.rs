//! Answers as columns: what the command line writes, and what any other program can hand on.
//!
//! A [`Table`] has a row for each point and a [`Column`] for each quantity. [`quantities`] lists the columns of every
//! answer, a [`Grid`] has the points at which losses and regimes are computed, in parallel, and a [`ModeGrid`] those of
//! single modes. [`Question`]s of one model have an [`Answer`], a [`SettingPair`] has comparisons by runs.
//!
//! # Examples
//!
//! Losses of two widths at three times:
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use spectralaw::table::{Along, Grid, quantities};
//! use spectralaw::{Model, Optimizer, Spectrum};
//!
//! let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_noise_variance(0.1)?;
//! let grid = Grid::new(&[100.0, 1000.0], &[1e4], Along::Time, &[1.0, 1e3, 1e6])?;
//! let losses = |model: &Model, times: &[f64]| Ok(model.train(&Optimizer::GradientFlow, times)?.into_points());
//! let table = grid.table(&model, &quantities::loss(false), losses, |_| ControlFlow::Continue(()))?;
//! assert_eq!(table.rows(), 6);
//! assert_eq!(table.numbers("width"), [100.0, 100.0, 100.0, 1000.0, 1000.0, 1000.0]);
//! assert!(table.numbers("test_loss")[5] < table.numbers("test_loss")[2]);
//! # Ok::<(), spectralaw::Error>(())
//! ```

mod column;
mod grid;
mod mode_grid;
mod pair;
pub mod quantities;
mod question;

use std::borrow::Cow;

pub use self::column::{Cells, Column, Of, Quantity};
pub use self::grid::{Along, Axis, Coordinate, Grid};
pub use self::mode_grid::{Mode, ModeGrid};
pub use self::pair::SettingPair;
pub use self::question::{Answer, Question};
use crate::error::{Error, Result};

/// Columns of equal length, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// A table of columns.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for columns of different lengths.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::table::{Column, Table};
    ///
    /// let columns = vec![Column::sizes("width", vec![10.0, 20.0]), Column::numbers("test_loss", vec![0.5, 0.25])];
    /// let table = Table::new(columns)?;
    /// assert_eq!((table.rows(), table.numbers("test_loss")[1]), (2, 0.25));
    /// assert!(table.column("samples").is_none());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        if let [first, others @ ..] = &columns[..]
            && let Some(other) = others.iter().find(|other| other.cells.len() != first.cells.len())
        {
            let problem = format!(
                "column {} has {} values but {} has {}: give one of each per row",
                first.name,
                first.cells.len(),
                other.name,
                other.cells.len()
            );
            return Err(Error::Unsuited { problem });
        }
        Ok(Self { columns })
    }

    /// The quantities of points, a row for each point.
    pub fn of<T>(quantities: &[Quantity<T>], points: &[T]) -> Self {
        let mut table = Self::empty(quantities);
        table.extend(quantities, points);
        table
    }

    /// The columns of quantities, without rows.
    pub fn empty<T>(quantities: &[Quantity<T>]) -> Self {
        Self { columns: quantities.iter().map(Column::empty).collect() }
    }

    /// Adds a row for each point; the quantities are those of which the table was made.
    fn extend<T>(&mut self, quantities: &[Quantity<T>], points: &[T]) {
        for (column, quantity) in self.columns.iter_mut().zip(quantities) {
            column.extend(quantity, points);
        }
    }

    /// Adds columns on the right.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for columns of another length.
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = Column>) -> Result<Self> {
        self.columns.extend(columns);
        Self::new(self.columns)
    }

    /// Adds the rows of another table below its own.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for a table with other columns.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::table::{Column, Table};
    ///
    /// let mut table = Table::new(vec![Column::words("bounds", vec!["width max".into()])])?;
    /// table.append(&table.clone())?;
    /// assert_eq!(table.words("bounds"), ["width max", "width max"]);
    /// assert!(table.append(&Table::default()).is_err());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn append(&mut self, more: &Self) -> Result<()> {
        let are_alike = |(own, other): (&Column, &Column)| own.name == other.name && own.cells.is_like(&other.cells);
        if self.columns.len() != more.columns.len() || !self.columns.iter().zip(&more.columns).all(are_alike) {
            let names = |table: &Self| table.names().collect::<Vec<_>>().join(", ");
            let problem =
                format!("rows of {} do not fit below those of {}: give the same columns", names(more), names(self));
            return Err(Error::Unsuited { problem });
        }
        for (column, more) in self.columns.iter_mut().zip(&more.columns) {
            column.cells.append(&more.cells);
        }
        Ok(())
    }

    /// The first so many rows, or all of them if there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::table::{Column, Table};
    ///
    /// let table = Table::new(vec![Column::numbers("time", vec![1.0, 2.0, 3.0])])?;
    /// assert_eq!(table.first(2).numbers("time"), [1.0, 2.0]);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    #[must_use]
    pub fn first(&self, rows: usize) -> Self {
        let first = |column: &Column| Column { name: column.name.clone(), cells: column.cells.first(rows) };
        Self { columns: self.columns.iter().map(first).collect() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, to keep.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_ref())
    }

    /// The column of a name, if there is one.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The numbers of a column; empty if there is none of that name.
    pub fn numbers(&self, name: &str) -> &[f64] {
        match self.column(name).map(|column| &column.cells) {
            Some(Cells::Sizes(numbers) | Cells::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }

    /// The words of a column; empty if there is none of that name.
    pub fn words(&self, name: &str) -> &[Cow<'static, str>] {
        match self.column(name).map(|column| &column.cells) {
            Some(Cells::Words(words)) => words,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_one_length() {
        let columns = vec![Column::numbers("x", vec![1.0]), Column::numbers("y", vec![1.0, 2.0])];
        let told = Table::new(columns).map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(told, "column x has 1 values but y has 2: give one of each per row");
        assert!(Table::default().with_columns([Column::numbers("x", vec![1.0])]).is_ok_and(|table| table.rows() == 1));
    }

    #[test]
    fn rows_fit_below_those_of_the_same_columns_only() -> Result<()> {
        let mut table = Table::new(vec![Column::numbers("x", vec![1.0])])?;
        let others =
            [Column::numbers("y", vec![2.0]), Column::sizes("x", vec![2.0]), Column::words("x", vec!["two".into()])];
        for other in others {
            assert!(table.append(&Table::new(vec![other])?).is_err());
        }
        table.append(&Table::new(vec![Column::numbers("x", vec![2.0])])?)?;
        assert_eq!(table.numbers("x"), [1.0, 2.0]);
        Ok(())
    }
}
