//! Solution of the min-max program: exact numbers at a point and, from their bases, functions around it.

use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::Signed;

use super::basis::{Basis, Multipliers, Tableau, Vertex};
use super::exponent::Exponent;
use super::optimum::{Optimum, Phase, Share};
use super::program::Program;
use super::region::Region;
use super::ring::Ring;
use crate::error::{Error, Result};

/// The distance of neighbours from a point if no border lies in between.
pub(crate) fn largest_distance() -> BigRational {
    BigRational::new(1.into(), 1_000_000_000.into())
}

/// Points in 24 directions from a point, within a distance in `a` and in `b`; those of larger `b` come first.
pub(crate) fn neighbours(a: &BigRational, b: &BigRational, distance: &BigRational) -> Vec<(BigRational, BigRational)> {
    let third = distance / BigRational::from_integer(3.into());
    let step = |n: i64| &third * BigRational::from_integer(n.into());
    let square = (-3..=3).rev().flat_map(|j: i64| (-3..=3).map(move |i: i64| (i, j)));
    let edge = square.filter(|(i, j)| i.abs().max(j.abs()) == 3);
    edge.map(|(i, j)| (a + step(i), b + step(j))).collect()
}

impl Program {
    /// The best exponents at a point, and around it as functions of `a` and `b`.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] outside the region in which the program is valid, where an exponent has a pole, and
    /// where the cost does not grow with a resource that it contains.
    pub fn optimum(&self, a: &BigRational, b: &BigRational) -> Result<Optimum> {
        Analysis::new(self.clone()).optimum(a, b)
    }
}

/// A program with the functions found so far, for use at many points.
pub(super) struct Analysis {
    program: Program,
    tableau: Tableau<Exponent>,
    /// `None` for a basis without a vertex.
    functions: HashMap<Basis, Option<Functions>>,
    phases: HashMap<PhaseKey, Phase>,
}

/// The key of a phase: the bases of all optima, and the positions of those with the smallest and the largest exponents.
type PhaseKey = (Vec<Basis>, Vec<usize>, Vec<usize>);

/// A basis at a point at which it is optimal.
struct Candidate {
    basis: Basis,
    vertex: Vertex<BigRational>,
    multipliers: Multipliers<BigRational>,
}

impl Candidate {
    /// Whether the multipliers force all terms of the basis to be equal and all other resources to stay fixed.
    fn leaves_one_vertex(&self) -> bool {
        let terms = self.multipliers.weights.iter().filter(|weight| !weight.is_zero()).count();
        let fixed = self.multipliers.excesses.iter().filter(|excess| !excess.is_zero()).count();
        terms + fixed == self.vertex.shares.len()
    }
}

/// A basis as functions of `a` and `b`.
#[derive(Debug, Clone)]
struct Functions {
    vertex: Vertex<Exponent>,
    multipliers: Multipliers<Exponent>,
}

impl Functions {
    /// The functions that must not be negative for the basis to be optimal.
    fn conditions(&self) -> impl Iterator<Item = &Exponent> {
        conditions(&self.vertex, &self.multipliers)
    }

    fn limits(&self, term: usize) -> bool {
        self.vertex.slacks[term].is_zero()
    }
}

fn conditions<'a, F>(vertex: &'a Vertex<F>, multipliers: &'a Multipliers<F>) -> impl Iterator<Item = &'a F> {
    let primal = vertex.shares.iter().chain(&vertex.slacks);
    primal.chain(&multipliers.weights).chain(&multipliers.excesses)
}

impl Analysis {
    pub(super) fn new(program: Program) -> Self {
        let tableau = program.tableau();
        Self { program, tableau, functions: HashMap::new(), phases: HashMap::new() }
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// The vertices of all optima at a point, each with a proof (equation (Program)).
    fn candidates(&self, tableau: &Tableau<BigRational>) -> Result<Vec<Candidate>> {
        let mut best: Vec<(Basis, Vertex<BigRational>)> = Vec::new();
        for basis in Basis::all(tableau.decay.len(), tableau.cost.len()) {
            let Some(vertex) = tableau.vertex(&basis) else { continue };
            if vertex.shares.iter().chain(&vertex.slacks).any(BigRational::is_negative) {
                continue;
            }
            if best.first().is_none_or(|(_, other)| vertex.loss >= other.loss) {
                best.retain(|(_, other)| other.loss == vertex.loss);
                best.push((basis, vertex));
            }
        }
        let proved = |(basis, vertex): (Basis, Vertex<BigRational>)| {
            let multipliers = tableau.multipliers(&basis)?;
            let holds = !multipliers.weights.iter().chain(&multipliers.excesses).any(BigRational::is_negative);
            holds.then_some(Candidate { basis, vertex, multipliers })
        };
        let candidates: Vec<Candidate> = best.into_iter().filter_map(proved).collect();
        if candidates.is_empty() {
            return Err(Error::NoConvergence { what: format!("the exponents of the cost {}", self.program.cost()) });
        }
        Ok(candidates)
    }

    /// The functions of a basis, if it has a vertex.
    fn functions(&mut self, basis: &Basis) -> Option<Functions> {
        if let Some(known) = self.functions.get(basis) {
            return known.clone();
        }
        let pair = self.tableau.vertex(basis).zip(self.tableau.multipliers(basis));
        let functions = pair.map(|(vertex, multipliers)| Functions { vertex, multipliers });
        self.functions.insert(basis.clone(), functions.clone());
        functions
    }

    pub(super) fn optimum(&mut self, a: &BigRational, b: &BigRational) -> Result<Optimum> {
        let tableau = self.program.tableau_at(a, b)?;
        let candidates = self.candidates(&tableau)?;
        let inside = self.phase_at(a, b, &tableau, &candidates);
        let on_border = inside.is_none();
        let phases = match inside {
            Some(phase) => vec![phase],
            None => self.around(a, b)?,
        };
        let vertices: Vec<&Vertex<BigRational>> = candidates.iter().map(|candidate| &candidate.vertex).collect();
        let limits = |term: usize| vertices.iter().all(|vertex| vertex.slacks[term].is_zero());
        let (lowest, highest) = self.extremes(&vertices);
        let shares = self.shares(&vertices, &lowest, &highest);
        Ok(Optimum { loss: vertices[0].loss.clone(), shares, limiting: self.names(limits), on_border, phases })
    }

    /// The phases around a point.
    fn around(&mut self, a: &BigRational, b: &BigRational) -> Result<Vec<Phase>> {
        let mut phases: Vec<Phase> = Vec::new();
        for (a, b) in neighbours(a, b, &largest_distance()) {
            // the region in which the program is valid may end here
            let Ok(tableau) = self.program.tableau_at(&a, &b) else { continue };
            let candidates = self.candidates(&tableau)?;
            let Some(phase) = self.phase_at(&a, &b, &tableau, &candidates) else { continue };
            match phases.iter_mut().find(|other| other.is_same(&phase)) {
                Some(known) => known.add_regions(&phase),
                None => phases.push(phase),
            }
        }
        Ok(phases)
    }

    /// The phase in which a point lies, unless it is on a border: unless functions are equal there that differ
    /// elsewhere.
    fn phase_at(
        &mut self,
        a: &BigRational,
        b: &BigRational,
        tableau: &Tableau<BigRational>,
        candidates: &[Candidate],
    ) -> Option<Phase> {
        for candidate in candidates {
            let functions = self.functions(&candidate.basis)?;
            let mut pairs = conditions(&candidate.vertex, &candidate.multipliers).zip(functions.conditions());
            if pairs.any(|(number, function)| number.is_zero() && !function.is_zero()) {
                return None;
            }
        }
        // Of the bases that could describe an optimum, none may be missing here that exists around.
        let limits = |term: usize| candidates.iter().any(|candidate| candidate.vertex.slacks[term].is_zero());
        let grows = |resource: usize| candidates.iter().all(|candidate| !candidate.vertex.shares[resource].is_zero());
        let (terms, resources) = (tableau.decay.len(), tableau.cost.len());
        for basis in Basis::all(terms, resources) {
            let possible = basis.terms().iter().all(|&term| limits(term))
                && (0..resources).all(|resource| !grows(resource) || basis.resources().contains(&resource));
            if possible && tableau.vertex(&basis).is_none() && self.functions(&basis).is_some() {
                return None;
            }
        }
        self.phase(candidates).filter(|phase| phase.regions.iter().any(|region| region.contains(a, b)))
    }

    /// The phase of all bases that are optimal.
    fn phase(&mut self, bases: &[Candidate]) -> Option<Phase> {
        let (lowest, highest) = self.extremes(&bases.iter().map(|candidate| &candidate.vertex).collect::<Vec<_>>());
        let key = (bases.iter().map(|c| c.basis.clone()).collect::<Vec<_>>(), lowest.clone(), highest.clone());
        if let Some(known) = self.phases.get(&key) {
            return Some(known.clone());
        }
        let functions = key.0.iter().map(|basis| self.functions(basis)).collect::<Option<Vec<_>>>()?;
        let vertices: Vec<&Vertex<Exponent>> = functions.iter().map(|f| &f.vertex).collect();
        let shares = self.shares(&vertices, &lowest, &highest);
        // Everything that is said must hold: one proof without a zero is enough, as it leaves one vertex only.
        // Otherwise the vertices are all those there are as long as all stay, and so do the proofs.
        let complete = bases.iter().position(|candidate| candidate.leaves_one_vertex());
        let proofs = complete.map_or(&functions[..], |index| &functions[index..=index]);
        let mut positive: Vec<Exponent> = proofs.iter().flat_map(Functions::conditions).cloned().collect();
        for (j, (&low, &high)) in lowest.iter().zip(&highest).enumerate() {
            let share = |index: usize| &vertices[index].shares[j];
            let others = 0..vertices.len();
            positive.extend(others.flat_map(|k| [share(high) - share(k), share(k) - share(low)]));
        }
        positive.extend(self.program.cost().powers().iter().cloned());
        positive.retain(|e| !e.is_zero());
        let optimal = Region::new(positive).without_squares();
        let region = self.program.region().intersection(&optimal).simplified();
        let phase = Phase {
            loss: functions[0].vertex.loss.clone(),
            shares,
            limiting: self.names(|term| functions.iter().all(|f| f.limits(term))),
            regions: vec![region],
        };
        self.phases.insert(key, phase.clone());
        Some(phase)
    }

    /// For each resource that costs something, the first vertex with the smallest exponent, and with the largest.
    fn extremes(&self, vertices: &[&Vertex<BigRational>]) -> (Vec<usize>, Vec<usize>) {
        let first = |j: usize, largest: bool| {
            let better = |x: &BigRational, y: &BigRational| if largest { x > y } else { x < y };
            (1..vertices.len())
                .fold(0, |best, i| if better(&vertices[i].shares[j], &vertices[best].shares[j]) { i } else { best })
        };
        let all = |largest: bool| (0..self.program.priced().len()).map(|j| first(j, largest)).collect();
        (all(false), all(true))
    }

    /// Exponents of all resources: those of the first vertex, and of the extreme ones.
    fn shares<F: Ring>(&self, vertices: &[&Vertex<F>], lowest: &[usize], highest: &[usize]) -> Vec<Share<F>> {
        let share = |(index, resource): (usize, &String)| {
            let exponents = match self.program.priced().iter().position(|&j| j == index) {
                Some(j) => [0, lowest[j], highest[j]].map(|vertex| vertices[vertex].shares[j].clone()),
                None => [F::zero(), F::zero(), F::zero()],
            };
            let [exponent, lowest, highest] = exponents;
            Share { resource: resource.clone(), exponent, lowest, highest }
        };
        self.program.cost().resources().iter().enumerate().map(share).collect()
    }

    fn names(&self, chosen: impl Fn(usize) -> bool) -> Vec<String> {
        let terms = self.program.terms().iter().enumerate().filter(|(index, _)| chosen(*index));
        terms.map(|(_, (name, _))| name.clone()).collect()
    }
}
