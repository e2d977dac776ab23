//! The runs that a sweep consists of, in order, and the columns of its result.

use spectralaw::table::{Cells, Column, Table};

use super::definition::{Definition, Given};
use crate::commands::task::{Plan, Swept};
use crate::failure::Failure;
use crate::plot::map::ONE_MAP;
use crate::progress::Progress;

/// More runs than this are refused.
const MOST: usize = 100_000;

/// All runs of a sweep.
pub struct Units {
    units: Vec<Unit>,
    /// Options that are swept, each with the column that tells its value, if there is one.
    swept: Vec<(String, Option<Column>)>,
    /// The reason against a figure, if there is one.
    pub no_figure: Option<String>,
    /// Whether the commands draw maps.
    pub is_map: bool,
    /// The columns of a run, without values.
    columns: Table,
    /// Columns whose values, all combined, make the rows of a run.
    axes: Vec<&'static str>,
}

/// One run.
pub struct Unit {
    /// Its position.
    pub index: usize,
    /// The values of the options that are swept.
    pub chosen: Vec<Given>,
    /// What is computed.
    pub task: Box<dyn Swept>,
    /// Rows of its answer.
    pub rows: usize,
}

impl Units {
    /// All combinations of the lists, the last one varying fastest, each checked.
    pub fn new(definition: &Definition) -> Result<Self, Failure> {
        let swept = definition.swept();
        let dimensions = definition.dimensions();
        let lengths: Vec<usize> = dimensions.iter().map(|members| swept[members[0]].1.len()).collect();
        let count = lengths.iter().try_fold(1_usize, |count, length| count.checked_mul(*length));
        let Some(count) = count.filter(|count| *count <= MOST) else {
            return Err(Failure::refused(format!("the lists have more than {MOST} combinations: split the sweep")));
        };
        let mut units = Vec::with_capacity(count);
        let mut first: Option<Plan> = None;
        for index in 0..count {
            let chosen = combination(&swept, &dimensions, index);
            let within = |failure: Failure| failure.within(&words(&swept, &chosen));
            let task = definition.task(&chosen).map_err(within)?;
            let plan = task.plan().map_err(within)?;
            if first.as_ref().is_some_and(|first| !first.columns.names().eq(plan.columns.names())) {
                let keys: Vec<&str> = swept.iter().map(|(key, _)| key.as_str()).collect();
                return Err(Failure::refused(format!(
                    "the runs of a sweep have the same columns, but those of {} have others than the first: split the \
                     sweep by one of {}",
                    words(&swept, &chosen),
                    keys.join(", ")
                )));
            }
            units.push(Unit { index, chosen, task, rows: plan.rows });
            first.get_or_insert(plan);
        }
        let Some(plan) = first else { return Err(Failure::refused("the sweep is empty")) };
        let columns = swept.iter().map(|(key, values)| (key.clone(), column(key, values, &plan))).collect();
        let one_map = (plan.is_map && units.len() > 1).then(|| ONE_MAP.to_owned());
        let no_figure = plan.no_figure.or(one_map);
        Ok(Self { units, swept: columns, no_figure, is_map: plan.is_map, columns: plan.columns, axes: plan.axes })
    }

    /// The runs of a shard: every `count`-th one.
    pub fn shard(&self, position: usize, count: usize) -> Vec<&Unit> {
        self.units.iter().skip(position).step_by(count.max(1)).collect()
    }

    /// All runs.
    pub fn all(&self) -> &[Unit] {
        &self.units
    }

    /// The options that are swept.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.swept.iter().map(|(key, _)| key.as_str())
    }

    /// The columns that tell a row from all others.
    pub fn coordinates(&self) -> Vec<String> {
        let name = |(key, column): &(String, Option<Column>)| {
            column.as_ref().map_or_else(|| key.replace('-', "_"), |column| column.name.to_string())
        };
        let mut all: Vec<String> = self.swept.iter().map(name).collect();
        for axis in &self.axes {
            if !all.iter().any(|name| name == axis) {
                all.push((*axis).to_owned());
            }
        }
        all
    }

    /// Columns of the result that are known before any work, with all rows.
    pub fn known(&self) -> Result<Table, Failure> {
        let mut all: Option<Table> = None;
        for unit in &self.units {
            let mut columns = self.prefix(unit, unit.rows);
            columns.extend(unit.task.coordinates()?.into_columns());
            // an option without a column of its own has the one of the answer
            for ((key, column), given) in self.swept.iter().zip(&unit.chosen) {
                let name = key.replace('-', "_");
                if let (None, Given::Number(number)) = (column, given)
                    && columns.iter().all(|column| column.name != name)
                {
                    columns.push(Column::sizes(name, vec![*number; unit.rows]));
                }
            }
            let own = Table::new(columns)?;
            match &mut all {
                Some(all) => all.append(&own)?,
                None => all = Some(own),
            }
        }
        Ok(all.unwrap_or_default())
    }

    /// The columns of the result, without values.
    pub fn columns(&self) -> Vec<Column> {
        let unit = Column::sizes("unit", Vec::new());
        let told = self.swept.iter().filter_map(|(_, column)| column.clone());
        std::iter::once(unit).chain(told).chain(self.columns.columns().iter().cloned()).collect()
    }

    /// The columns that a run has before those of its answer, with so many rows.
    pub fn prefix(&self, unit: &Unit, rows: usize) -> Vec<Column> {
        let index = Column::sizes("unit", vec![unit.index as f64; rows]);
        let told = self.swept.iter().zip(&unit.chosen).filter_map(|((_, column), given)| {
            let column = column.as_ref()?;
            let cells = match (&column.cells, given) {
                (Cells::Sizes(_), Given::Number(number)) => Cells::Sizes(vec![*number; rows]),
                _ => Cells::Words(vec![given.word().into(); rows]),
            };
            Some(Column { name: column.name.clone(), cells })
        });
        std::iter::once(index).chain(told).collect()
    }

    /// Computes a run: its part of the result.
    pub fn compute(&self, unit: &Unit) -> Result<Table, Failure> {
        let keys: Vec<&str> = self.keys().collect();
        let told = keys.iter().zip(&unit.chosen).map(|(key, given)| format!("{key} = {}", given.word()));
        let words = told.collect::<Vec<_>>().join(", ");
        let table = unit.task.table(&mut Progress::silent()).map_err(|failure| failure.within(&words))?;
        let rows = table.rows();
        Ok(Table::new(self.prefix(unit, rows).into_iter().chain(table.into_columns()).collect())?)
    }
}

/// One value of each list; lists of one dimension have theirs at the same position.
fn combination(swept: &[(String, Vec<Given>)], dimensions: &[Vec<usize>], mut index: usize) -> Vec<Given> {
    let mut positions = vec![0; swept.len()];
    for members in dimensions.iter().rev() {
        let length = swept[members[0]].1.len();
        for &member in members {
            positions[member] = index % length;
        }
        index /= length;
    }
    swept.iter().zip(positions).map(|((_, values), position)| values[position].clone()).collect()
}

fn words(swept: &[(String, Vec<Given>)], chosen: &[Given]) -> String {
    let told = swept.iter().zip(chosen).map(|((key, _), given)| format!("{key} = {}", given.word()));
    told.collect::<Vec<_>>().join(", ")
}

/// The column that tells the value of an option: none if a column of the answer does.
fn column(key: &str, values: &[Given], plan: &Plan) -> Option<Column> {
    let name = key.replace('-', "_");
    let are_numbers = values.iter().all(|value| matches!(value, Given::Number(_)));
    if are_numbers && plan.coordinates.contains(&name.as_str()) {
        return None;
    }
    let is_taken = name == "unit" || plan.columns.column(&name).is_some();
    let name = if is_taken { format!("{name}_option") } else { name };
    let cells = if are_numbers { Cells::Sizes(Vec::new()) } else { Cells::Words(Vec::new()) };
    Some(Column { name: name.into(), cells })
}
