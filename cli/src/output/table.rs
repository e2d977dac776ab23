//! The results of a command, column by column: the one form from which every output is written.

use std::borrow::Cow;

/// Values of one kind, one for each point.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name in csv, json and npz.
    pub name: Cow<'static, str>,
    /// The values.
    pub cells: Cells,
}

/// What a column holds.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Numbers that are written without `.0` when they are whole.
    Sizes(Vec<f64>),
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Words without line breaks.
    Words(Vec<Cow<'static, str>>),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Sizes(numbers) | Self::Numbers(numbers) => numbers.len(),
            Self::Words(words) => words.len(),
        }
    }
}

/// The name of a column, and how a point's value is got.
pub type Quantity<T> = (&'static str, Of<T>);

/// The quantity that is taken of a point.
#[derive(Debug, Clone, Copy)]
pub enum Of<T> {
    /// A number.
    Number(fn(&T) -> f64),
    /// A word.
    Word(fn(&T) -> Cow<'static, str>),
}

impl Column {
    /// A column without values, for those of a quantity.
    pub fn empty<T>(quantity: &Quantity<T>) -> Self {
        let cells = match quantity.1 {
            Of::Number(_) => Cells::Numbers(Vec::new()),
            Of::Word(_) => Cells::Words(Vec::new()),
        };
        Self { name: quantity.0.into(), cells }
    }

    /// Adds the quantity of more points.
    pub fn extend<T>(&mut self, quantity: &Quantity<T>, points: &[T]) {
        match (&mut self.cells, &quantity.1) {
            // adding zero turns -0 into 0
            (Cells::Numbers(numbers), Of::Number(of)) => numbers.extend(points.iter().map(|point| of(point) + 0.0)),
            (Cells::Words(words), Of::Word(of)) => words.extend(points.iter().map(of)),
            _ => {}
        }
    }
}

/// Columns of equal length.
#[derive(Debug, Clone)]
pub struct Table {
    /// In the order in which they are written.
    pub columns: Vec<Column>,
}

impl Table {
    /// Quantities of points.
    pub fn of<T>(quantities: &[Quantity<T>], points: &[T]) -> Self {
        let column = |quantity: &Quantity<T>| {
            let mut column = Column::empty(quantity);
            column.extend(quantity, points);
            column
        };
        Self { columns: quantities.iter().map(column).collect() }
    }

    /// Number of points.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// Adds the rows of a table with the same columns.
    pub fn append(&mut self, more: &Self) {
        for (column, more) in self.columns.iter_mut().zip(&more.columns) {
            match (&mut column.cells, &more.cells) {
                (Cells::Sizes(all) | Cells::Numbers(all), Cells::Sizes(more) | Cells::Numbers(more)) => {
                    all.extend(more);
                }
                (Cells::Words(all), Cells::Words(more)) => all.extend(more.iter().cloned()),
                _ => {}
            }
        }
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The numbers of a column, empty if there is none of that name.
    pub fn numbers(&self, name: &str) -> &[f64] {
        match self.column(name).map(|column| &column.cells) {
            Some(Cells::Sizes(numbers) | Cells::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }

    /// The words of a column, empty if there is none of that name.
    pub fn words(&self, name: &str) -> &[Cow<'static, str>] {
        match self.column(name).map(|column| &column.cells) {
            Some(Cells::Words(words)) => words,
            _ => &[],
        }
    }
}
