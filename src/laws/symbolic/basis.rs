//! Basic solutions of the min-max program, over numbers or over functions.

use super::ring::Ring;

/// The program (equation (Program)) with coefficients from a field: how fast each term falls with each resource, and
/// how the cost grows with it.
#[derive(Debug, Clone)]
pub(super) struct Tableau<F> {
    /// How fast each term falls with each resource, by terms and resources.
    pub(super) decay: Vec<Vec<F>>,
    /// How the cost grows with each resource.
    pub(super) cost: Vec<F>,
}

/// Which terms limit the loss, and which resources grow: as many of one as of the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Basis {
    terms: Vec<usize>,
    resources: Vec<usize>,
}

/// The point at which all terms of a basis are equal and only its resources grow.
#[derive(Debug, Clone)]
pub(super) struct Vertex<F> {
    pub(super) loss: F,
    /// Exponents of all resources.
    pub(super) shares: Vec<F>,
    /// By how much each term falls faster than the loss.
    pub(super) slacks: Vec<F>,
}

/// Weights that prove a vertex to be optimal, if all are at least 0.
#[derive(Debug, Clone)]
pub(super) struct Multipliers<F> {
    /// The weights of all terms, with the sum 1.
    pub(super) weights: Vec<F>,
    /// By how much the weighted terms gain less from each resource than its cost is worth.
    pub(super) excesses: Vec<F>,
}

impl Basis {
    /// Positions of the terms.
    pub(super) fn terms(&self) -> &[usize] {
        &self.terms
    }

    /// Positions of the resources.
    pub(super) fn resources(&self) -> &[usize] {
        &self.resources
    }

    /// All choices among some terms and resources.
    pub(super) fn all(terms: usize, resources: usize) -> Vec<Self> {
        let members = |set: usize, size: usize| (0..size).filter(|i| set >> i & 1 == 1).collect::<Vec<_>>();
        let mut found = Vec::new();
        for chosen in 1..1usize << terms {
            for growing in (1..1usize << resources).filter(|r| r.count_ones() == chosen.count_ones()) {
                found.push(Self { terms: members(chosen, terms), resources: members(growing, resources) });
            }
        }
        found
    }
}

impl<F: Ring> Tableau<F> {
    /// `None` if the terms of the basis do not determine a point.
    pub(super) fn vertex(&self, basis: &Basis) -> Option<Vertex<F>> {
        let minus_one = F::one().negated();
        let mut rows: Vec<Vec<F>> = Vec::new();
        for &i in &basis.terms {
            let mut row: Vec<F> = basis.resources.iter().map(|&j| self.decay[i][j].clone()).collect();
            row.extend([minus_one.clone(), F::zero()]);
            rows.push(row);
        }
        let mut row: Vec<F> = basis.resources.iter().map(|&j| self.cost[j].clone()).collect();
        row.extend([F::zero(), F::one()]);
        rows.push(row);
        let mut solution = solved(rows)?;
        let loss = solution.pop()?;
        let shares = spread(&basis.resources, solution, self.cost.len());
        let slacks = self.decay.iter().map(|decay| dot(decay, &shares).minus(&loss)).collect();
        Some(Vertex { loss, shares, slacks })
    }

    /// `None` where there is no vertex.
    pub(super) fn multipliers(&self, basis: &Basis) -> Option<Multipliers<F>> {
        let mut rows: Vec<Vec<F>> = Vec::new();
        for &j in &basis.resources {
            let mut row: Vec<F> = basis.terms.iter().map(|&i| self.decay[i][j].clone()).collect();
            row.extend([self.cost[j].negated(), F::zero()]);
            rows.push(row);
        }
        let mut row = vec![F::one(); basis.terms.len()];
        row.extend([F::zero(), F::one()]);
        rows.push(row);
        let mut solution = solved(rows)?;
        let worth = solution.pop()?;
        let weights = spread(&basis.terms, solution, self.decay.len());
        let excess = |(j, cost): (usize, &F)| {
            let gain = self.decay.iter().zip(&weights).fold(F::zero(), |sum, (d, w)| sum.plus(&d[j].times(w)));
            worth.times(cost).minus(&gain)
        };
        let excesses = self.cost.iter().enumerate().map(excess).collect();
        Some(Multipliers { weights, excesses })
    }
}

/// Values at some positions of a list, and zero at the others.
fn spread<F: Ring>(positions: &[usize], values: Vec<F>, length: usize) -> Vec<F> {
    let mut all = vec![F::zero(); length];
    for (&position, value) in positions.iter().zip(values) {
        all[position] = value;
    }
    all
}

fn dot<F: Ring>(x: &[F], y: &[F]) -> F {
    x.iter().zip(y).fold(F::zero(), |sum, (x, y)| sum.plus(&x.times(y)))
}

/// Solution of linear equations, given as rows with the right-hand side at their ends; `None` if there is not exactly
/// one.
fn solved<F: Ring>(mut rows: Vec<Vec<F>>) -> Option<Vec<F>> {
    let size = rows.len();
    for column in 0..size {
        let pivot = (column..size).find(|&row| !rows[row][column].is_zero())?;
        rows.swap(column, pivot);
        let scale = rows[column][column].clone();
        let scaled: Option<Vec<F>> = rows[column].iter().map(|x| x.quotient(&scale)).collect();
        let scaled = scaled?;
        let others = rows.iter_mut().enumerate().filter(|(index, row)| *index != column && !row[column].is_zero());
        for (_, row) in others {
            let factor = row[column].clone();
            for (x, y) in row.iter_mut().zip(&scaled) {
                *x = x.minus(&factor.times(y));
            }
        }
        rows[column] = scaled;
    }
    rows.into_iter().map(|mut row| row.pop()).collect()
}
