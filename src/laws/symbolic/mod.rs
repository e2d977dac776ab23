//! Scaling exponents as exact functions of `a` and `b`, and the compute-optimal exponents that follow from them.
//!
//! An [`Exponent`] is a quotient of polynomials in `a` and `b`. A [`Monomial`] raises resources to such powers: it is a
//! term of a loss, or a cost. Terms and a cost make a [`Program`] (equation (Program)), which has an [`Optimum`] at
//! each point: numbers, and around the point a [`Phase`], whose formulas hold in a [`Region`].
//! [`ScalingLaws`](crate::laws::ScalingLaws) and [`Allocation`](crate::laws::Allocation) do all this for the losses of
//! the theory.

// Built from below: a `ring` of integers and fractions carries `polynomial`s, which `roots` and `factors` take apart;
// their quotients are the `exponent`s, read by `formula` and written by `notation`. Inequalities between exponents make
// a `region`, simplified by what `half_planes` and `signs` prove. The vertices (`basis`) of a `program` of `monomial`s
// are enumerated in the `analysis`, which finds the `optimum` at a point and its phase around it, written as `oriented`
// by its region; a `survey` collects the phases.
mod analysis;
mod basis;
mod exponent;
mod factors;
mod formula;
mod half_planes;
mod monomial;
mod notation;
mod optimum;
mod oriented;
mod polynomial;
mod program;
mod region;
mod ring;
mod roots;
mod signs;
mod survey;

#[cfg(test)]
mod tests;

pub(crate) use analysis::{largest_distance, neighbours};
pub use exponent::Exponent;
pub use monomial::Monomial;
pub use num_rational::BigRational;
pub use optimum::{Optimum, Phase, Share};
pub use program::Program;
pub use region::Region;
pub(crate) use survey::Survey;
