//! Least squares with solutions that are nowhere negative.

/// Columns of a matrix, normalised; a solution is scaled back.
pub(super) struct NonNegative {
    columns: Vec<Vec<f64>>,
    norms: Vec<f64>,
}

/// A new column whose part orthogonal to those in use is below this share of it adds nothing but rounding.
const DEPENDENT: f64 = 1e-13;

/// Where the residual has no larger cosine with any column that is not in use, no column is worth adding.
const OPTIMAL: f64 = 1e-15;

/// Columns that have come in, times this, bound the number of exchanges.
const EXCHANGES: usize = 5;

impl NonNegative {
    pub fn new(mut columns: Vec<Vec<f64>>) -> Self {
        let norms: Vec<f64> = columns.iter().map(|c| dot(c, c).sqrt().max(f64::MIN_POSITIVE)).collect();
        for (column, norm) in columns.iter_mut().zip(&norms) {
            column.iter_mut().for_each(|x| *x /= norm);
        }
        Self { columns, norms }
    }

    /// The solution `x >= 0` of the least `|A x - b|`, by the method of Lawson and Hanson (1974): columns come in where
    /// the residual asks for them, and go out where they would turn negative.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut active = Active::new(b);
        let mut x: Vec<f64> = Vec::new();
        let mut refused = vec![false; self.columns.len()];
        for _ in 0..EXCHANGES * self.columns.len() {
            let residual = active.residual();
            let candidate = (0..self.columns.len())
                .filter(|j| !refused[*j] && !active.members.contains(j))
                .map(|j| (j, dot(&self.columns[j], &residual)))
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((candidate, gain)) = candidate else { break };
            if gain <= OPTIMAL * dot(b, b).sqrt() {
                break;
            }
            if !active.push(candidate, &self.columns[candidate]) {
                refused[candidate] = true;
                continue;
            }
            x.push(0.0);
            let mut proposal = active.solution();
            if proposal.last().is_none_or(|last| *last <= 0.0) {
                // rounding alone asked for it
                active.remove(active.members.len() - 1, &self.columns);
                x.pop();
                refused[candidate] = true;
                continue;
            }
            while proposal.iter().any(|value| *value <= 0.0) {
                // as far towards the proposal as all stay positive
                let step = x.iter().zip(&proposal).filter(|(_, p)| **p <= 0.0).map(|(x, p)| x / (x - p));
                let step = step.fold(1.0, f64::min);
                x.iter_mut().zip(&proposal).for_each(|(x, p)| *x += step * (p - *x));
                for place in (0..x.len()).rev() {
                    if x[place] <= 0.0 || (proposal[place] <= 0.0 && x[place] <= f64::EPSILON) {
                        active.remove(place, &self.columns);
                        x.remove(place);
                    }
                }
                proposal = active.solution();
            }
            x = proposal;
            refused.fill(false);
        }
        let mut solution = vec![0.0; self.columns.len()];
        active.members.iter().zip(x).for_each(|(j, x)| solution[*j] = x / self.norms[*j]);
        solution
    }
}

/// Columns in use, with their factorisation in orthonormal directions and a triangle.
struct Active<'a> {
    b: &'a [f64],
    members: Vec<usize>,
    directions: Vec<Vec<f64>>,
    /// Column by column of the triangle.
    triangle: Vec<Vec<f64>>,
}

impl<'a> Active<'a> {
    fn new(b: &'a [f64]) -> Self {
        Self { b, members: Vec::new(), directions: Vec::new(), triangle: Vec::new() }
    }

    /// False for a column that depends on those in use.
    fn push(&mut self, index: usize, column: &[f64]) -> bool {
        let mut rest = column.to_vec();
        let mut overlaps = vec![0.0; self.directions.len()];
        // twice is enough (Kahan, Parlett)
        for _ in 0..2 {
            for (overlap, direction) in overlaps.iter_mut().zip(&self.directions) {
                let share = dot(direction, &rest);
                *overlap += share;
                rest.iter_mut().zip(direction).for_each(|(r, d)| *r -= share * d);
            }
        }
        let norm = dot(&rest, &rest).sqrt();
        if norm <= DEPENDENT {
            return false;
        }
        rest.iter_mut().for_each(|r| *r /= norm);
        overlaps.push(norm);
        self.members.push(index);
        self.directions.push(rest);
        self.triangle.push(overlaps);
        true
    }

    fn remove(&mut self, place: usize, columns: &[Vec<f64>]) {
        let behind = self.members.split_off(place);
        self.directions.truncate(place);
        self.triangle.truncate(place);
        for index in &behind[1..] {
            // (what was independent of more columns is so of fewer)
            self.push(*index, &columns[*index]);
        }
    }

    fn solution(&self) -> Vec<f64> {
        let mut x: Vec<f64> = self.directions.iter().map(|d| dot(d, self.b)).collect();
        for i in (0..x.len()).rev() {
            x[i] /= self.triangle[i][i];
            let value = x[i];
            for (above, entry) in x[..i].iter_mut().zip(&self.triangle[i]) {
                *above -= value * entry;
            }
        }
        x
    }

    fn residual(&self) -> Vec<f64> {
        let mut rest = self.b.to_vec();
        for _ in 0..2 {
            for direction in &self.directions {
                let share = dot(direction, &rest);
                rest.iter_mut().zip(direction).for_each(|(r, d)| *r -= share * d);
            }
        }
        rest
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solutions_satisfy_the_conditions_of_a_minimum() {
        // columns of 1/(k + mu), strongly dependent, and a right-hand side that wants negative weights
        let ks: Vec<f64> = (0..30).map(|i| 1.3_f64.powi(i - 20)).collect();
        let columns: Vec<Vec<f64>> = (0..40)
            .map(|j| {
                let mu = 1.25_f64.powi(j - 30);
                ks.iter().map(|k| mu / (k + mu)).collect()
            })
            .collect();
        let b: Vec<f64> = ks.iter().map(|k| 1.0 / (1.0 + k) + 0.3 * (5.0 * k).sin()).collect();
        let x = NonNegative::new(columns.clone()).solve(&b);
        assert!(x.iter().all(|x| *x >= 0.0) && x.iter().any(|x| *x > 0.0));
        let mut residual = b.clone();
        for (x, column) in x.iter().zip(&columns) {
            residual.iter_mut().zip(column).for_each(|(r, c)| *r -= x * c);
        }
        for (x, column) in x.iter().zip(&columns) {
            let slope = dot(column, &residual) / dot(column, column).sqrt();
            assert!(slope < 1e-12, "{slope}");
            assert!(*x <= 0.0 || slope.abs() < 1e-10, "{x} {slope}");
        }
    }
}
