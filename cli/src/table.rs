//! What a command computed, column by column: the one form from which every output is written.

/// Numbers of one kind, one for each point.
#[derive(Debug)]
pub struct Column {
    /// Name in csv, json and npz.
    pub name: &'static str,
    /// Sizes are written without `.0` when they are whole.
    pub is_size: bool,
    /// One value for each point.
    pub values: Vec<f64>,
}

/// Columns of equal length.
#[derive(Debug)]
pub struct Table {
    /// In the order in which they are written.
    pub columns: Vec<Column>,
}

impl Table {
    /// Number of points.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// The values of a column, empty if there is none of that name.
    pub fn column(&self, name: &str) -> &[f64] {
        self.columns.iter().find(|column| column.name == name).map_or(&[], |column| &column.values)
    }
}
