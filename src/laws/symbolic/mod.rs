//! Scaling exponents as exact functions of `a` and `b`, and the compute-optimal exponents that follow from them.
//!
//! Built from below: a `ring` of integers and fractions carries `polynomial`s, which `roots` and `factors` take
//! apart; their quotients are the `exponent`s, read by `formula` and written by `notation`. Inequalities between
//! exponents make a `region`, simplified by what `half_planes` and `signs` prove; `piecewise` exponents change
//! between regions. Exponents of resources make a `monomial`, and terms and a cost a `program` (equation
//! (Program)). Its vertices (`basis`) are enumerated in the `analysis`, which finds the `optimum` at a point and
//! its phase around it, written as `oriented` by its region; a `diagram` collects the phases.

mod analysis;
mod basis;
mod diagram;
mod exponent;
mod factors;
mod formula;
mod half_planes;
mod monomial;
mod notation;
mod optimum;
mod oriented;
mod piecewise;
mod polynomial;
mod program;
mod region;
mod ring;
mod roots;
mod signs;

#[cfg(test)]
mod optimality;
#[cfg(test)]
mod paquette;
#[cfg(test)]
mod testing;

pub(crate) use analysis::{largest_distance, neighbours};
pub(crate) use diagram::Survey;
pub use diagram::{PhaseDiagram, phase_diagram};
pub use exponent::Exponent;
pub use monomial::Monomial;
pub use num_rational::BigRational;
pub use optimum::{Optimum, Phase, Share};
pub use oriented::Oriented;
pub use piecewise::Piecewise;
pub use program::Program;
pub use region::Region;
