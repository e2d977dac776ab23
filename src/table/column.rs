//! A column of numbers or words, and how its values are taken from points.

use std::borrow::Cow;

/// Values of one kind, one for each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name, as in data files.
    pub name: Cow<'static, str>,
    /// The values.
    pub cells: Cells,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers that are written without `.0` where they are whole, as sizes are.
    Sizes(Vec<f64>),
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Words without line breaks.
    Words(Vec<Cow<'static, str>>),
}

impl Cells {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Sizes(numbers) | Self::Numbers(numbers) => numbers.len(),
            Self::Words(words) => words.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both hold values of one kind.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The first so many, at most.
    pub(super) fn first(&self, count: usize) -> Self {
        match self {
            Self::Sizes(numbers) => Self::Sizes(numbers[..count.min(numbers.len())].to_vec()),
            Self::Numbers(numbers) => Self::Numbers(numbers[..count.min(numbers.len())].to_vec()),
            Self::Words(words) => Self::Words(words[..count.min(words.len())].to_vec()),
        }
    }

    /// Adds values of the same kind; no others.
    pub(super) fn append(&mut self, more: &Self) {
        match (self, more) {
            (Self::Sizes(own), Self::Sizes(more)) | (Self::Numbers(own), Self::Numbers(more)) => own.extend(more),
            (Self::Words(own), Self::Words(more)) => own.extend(more.iter().cloned()),
            (Self::Sizes(_) | Self::Numbers(_) | Self::Words(_), _) => {}
        }
    }
}

/// The name of a column, and what it tells of a point.
pub type Quantity<T> = (&'static str, Of<T>);

/// What is taken of a point.
#[derive(Debug)]
pub enum Of<T> {
    /// A number.
    Number(fn(&T) -> f64),
    /// A word.
    Word(fn(&T) -> Cow<'static, str>),
}

// (derived, they would ask the same of points)
impl<T> Clone for Of<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Of<T> {}

impl Column {
    /// A column of sizes.
    pub fn sizes(name: impl Into<Cow<'static, str>>, sizes: Vec<f64>) -> Self {
        Self { name: name.into(), cells: Cells::Sizes(sizes) }
    }

    /// A column of numbers.
    pub fn numbers(name: impl Into<Cow<'static, str>>, numbers: Vec<f64>) -> Self {
        Self { name: name.into(), cells: Cells::Numbers(numbers) }
    }

    /// A column of words.
    pub fn words(name: impl Into<Cow<'static, str>>, words: Vec<Cow<'static, str>>) -> Self {
        Self { name: name.into(), cells: Cells::Words(words) }
    }

    /// The column of a quantity, without values.
    pub fn empty<T>((name, of): &Quantity<T>) -> Self {
        match of {
            Of::Number(_) => Self::numbers(*name, Vec::new()),
            Of::Word(_) => Self::words(*name, Vec::new()),
        }
    }

    /// Adds the values of points to the column of their quantity.
    pub(super) fn extend<T>(&mut self, (_, of): &Quantity<T>, points: &[T]) {
        match (&mut self.cells, of) {
            // adding zero turns -0 into 0
            (Cells::Sizes(numbers) | Cells::Numbers(numbers), Of::Number(of)) => {
                numbers.extend(points.iter().map(|point| of(point) + 0.0));
            }
            (Cells::Words(words), Of::Word(of)) => words.extend(points.iter().map(of)),
            (Cells::Sizes(_) | Cells::Numbers(_), Of::Word(_)) | (Cells::Words(_), Of::Number(_)) => {}
        }
    }
}
