//! Phases over the plane of `a` and `b`.

use num_rational::BigRational;

use super::analysis::Analysis;
use super::optimum::Phase;
use super::program::Program;
use super::region::Region;
use crate::error::Result;

/// The phases found so far at the points visited one by one. Each program is analysed once for each of its phases.
///
/// The program may differ from point to point, as terms appear and disappear. [`Program::valid_in`] says where each
/// holds, so that phases end there.
#[derive(Default)]
pub(crate) struct Survey {
    programs: Vec<Surveyed>,
    phases: Vec<Phase>,
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

    /// Looks at a point, with the program at this position: the position of the phase in whose region the point lies;
    /// `None` on borders and outside the region in which the program is valid.
    pub(crate) fn visit(&mut self, a: &BigRational, b: &BigRational, program: usize) -> Result<Option<usize>> {
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

    /// The different phases, in the order in which they were found. Regions of the same phase that lie next to each
    /// other are written as one, which adds the line between them.
    pub(crate) fn phases(mut self) -> Vec<Phase> {
        for phase in &mut self.phases {
            while join_two(&mut phase.regions) {}
        }
        self.phases
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
