//! Phases over the plane of `a` and `b`.

use num_rational::BigRational;

use super::analysis::Analysis;
use super::optimum::Phase;
use super::program::Program;
use super::region::Region;
use crate::error::Result;

/// All phases that were found at the points of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhaseDiagram {
    /// Different phases, in the order in which they were found. Regions of the same phase that lie next to each other
    /// are written as one, which adds the line between them.
    pub phases: Vec<Phase>,
    /// For each point of the grid, the position of the phase in whose region it lies; `None` on borders and where there is
    /// no program.
    pub points: Vec<Option<usize>>,
}

/// Finds the phases at points `(a, b)`, with the program that is valid at each.
///
/// The program may differ from point to point, as terms appear and disappear: say where each holds by
/// [`Program::valid_in`], so that phases end there. Points without a program (`None`), and those that do not lie in the
/// region of theirs, are passed over.
///
/// # Errors
///
/// What the program returns, and [`Error::BadProgram`](crate::Error::BadProgram) as for [`Program::optimum`].
///
/// # Examples
///
/// ```
/// use spectralaw::laws::symbolic::{BigRational, Exponent, Monomial, Piecewise, Program, Region, phase_diagram};
///
/// let (a, b) = (Exponent::a(), Exponent::b());
/// let resources = ["t", "N"];
/// let time = Monomial::decaying(&resources, &[((&a - 1) / &b)?, Exponent::integer(0)])?;
/// let cost = Monomial::parse("N*t", &resources)?;
/// let width = Piecewise::min(&a - 1, b.clone());
///
/// let grid: Vec<_> = (3..20).flat_map(|i| (3..10).map(move |j| [i, j])).collect();
/// let grid: Vec<_> = grid.iter().map(|p| p.map(|n| BigRational::new(n.into(), 2.into())).into()).collect();
/// let diagram = phase_diagram(&grid, |x, y| {
///     let Some((region, width)) = width.case_at(x, y) else { return Ok(None) };
///     let width = Monomial::decaying(&resources, &[Exponent::integer(0), width.clone()])?;
///     let program = Program::new(&[("time", time.clone()), ("width", width)], cost.clone())?;
///     Ok(Some(program.valid_in(region.clone().and(&a - 1).and(b.clone()))))
/// })?;
/// let phases: Vec<String> = diagram.phases.iter().map(|p| format!("{} where {}", p.loss, p.regions[0])).collect();
/// assert_eq!(phases[0], "(a - 1)/(b + 1) where a > 1 and a - 1 < b");
/// assert_eq!(phases[1], "b*(a - 1)/(b^2 + a - 1) where a - 1 > b and b > 0");
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn phase_diagram(
    points: &[(BigRational, BigRational)],
    mut program: impl FnMut(&BigRational, &BigRational) -> Result<Option<Program>>,
) -> Result<PhaseDiagram> {
    let mut survey = Survey::default();
    for (a, b) in points {
        let program = program(a, b)?.map(|program| survey.position_of(program));
        survey.visit(a, b, program)?;
    }
    Ok(survey.finished())
}

/// A phase diagram on the way, for points that come one by one: each program is analysed once for each of its phases.
#[derive(Default)]
pub(crate) struct Survey {
    programs: Vec<Surveyed>,
    phases: Vec<Phase>,
    points: Vec<Option<usize>>,
}

/// A program with the regions that are known, each with the position of its phase.
struct Surveyed {
    analysis: Analysis,
    regions: Vec<(Region, usize)>,
}

impl Survey {
    /// The position of a program, which is added if it is new.
    pub(crate) fn position_of(&mut self, program: Program) -> usize {
        let known = self.programs.iter().position(|surveyed| *surveyed.analysis.program() == program);
        known.unwrap_or_else(|| {
            self.programs.push(Surveyed { analysis: Analysis::new(program), regions: Vec::new() });
            self.programs.len() - 1
        })
    }

    /// Adds a point with the position of its program.
    pub(crate) fn visit(&mut self, a: &BigRational, b: &BigRational, program: Option<usize>) -> Result<()> {
        let phase = match program {
            Some(program) => self.phase_at(a, b, program)?,
            None => None,
        };
        self.points.push(phase);
        Ok(())
    }

    fn phase_at(&mut self, a: &BigRational, b: &BigRational, program: usize) -> Result<Option<usize>> {
        let Surveyed { analysis, regions } = &mut self.programs[program];
        // what was proved of a region holds at all of its points
        if let Some((_, phase)) = regions.iter().find(|(region, _)| region.contains(a, b)) {
            return Ok(Some(*phase));
        }
        if !analysis.program().region().contains(a, b) {
            return Ok(None);
        }
        let optimum = analysis.optimum(a, b)?;
        let Some(found) = optimum.phases.first().filter(|_| !optimum.on_border) else { return Ok(None) };
        let phase = self.phases.iter().position(|other| other.is_same(found)).unwrap_or(self.phases.len());
        regions.extend(found.regions.iter().map(|region| (region.clone(), phase)));
        match self.phases.get_mut(phase) {
            Some(known) => known.add_regions(found),
            None => self.phases.push(found.clone()),
        }
        Ok(Some(phase))
    }

    /// All that was found.
    pub(crate) fn finished(mut self) -> PhaseDiagram {
        for phase in &mut self.phases {
            while join_two(&mut phase.regions) {}
        }
        PhaseDiagram { phases: self.phases, points: self.points }
    }
}

/// Replaces two neighbouring regions by one; whether there were two.
fn join_two(regions: &mut Vec<Region>) -> bool {
    for i in 0..regions.len() {
        for j in 0..i {
            if let Some(joined) = regions[j].joined(&regions[i]) {
                regions.remove(i);
                regions[j] = joined;
                return true;
            }
        }
    }
    false
}
