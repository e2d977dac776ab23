//! The best exponents: numbers at a point, and functions around it.

use std::fmt;

use num_rational::BigRational;

use super::exponent::Exponent;
use super::oriented::Oriented;
use super::region::Region;

/// The best exponents of a [`Program`](super::Program) at a point, in exact numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Optimum {
    /// `ell`: the loss falls as `C^-ell`.
    pub loss: BigRational,
    /// How each resource grows.
    pub shares: Vec<Share<BigRational>>,
    /// Names of the terms that limit the loss: those that fall no faster than it in every optimum.
    pub limiting: Vec<String>,
    /// Whether the point lies on a border between phases, or on a line on which terms happen to be equal.
    pub on_border: bool,
    /// The phase whose functions of `a` and `b` have these values, if the point is not on a border. On a border, the
    /// phases around the point with their regions, as found in 24 directions at a distance of at most 1e-9.
    pub phases: Vec<Phase>,
}

/// The exponents of a resource: `resource = C^exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share<F> {
    /// Name of the resource.
    pub resource: String,
    /// The exponent in one optimum.
    pub exponent: F,
    /// The smallest exponent in any optimum.
    pub lowest: F,
    /// The largest one.
    pub highest: F,
}

impl<F: PartialEq> Share<F> {
    /// Whether there is only one exponent.
    pub fn is_determined(&self) -> bool {
        self.lowest == self.highest
    }
}

/// The best exponents of a [`Program`](super::Program) as functions of `a` and `b`, and where they are the best.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Phase {
    /// `ell`: the loss falls as `C^-ell`.
    pub loss: Exponent,
    /// How each resource grows.
    pub shares: Vec<Share<Exponent>>,
    /// Names of the terms that limit the loss.
    pub limiting: Vec<String>,
    /// Regions in which all this holds. On lines in them on which terms happen to be equal, other splits may be as
    /// good. A solution that is optimal in several ways at once, such as that of terms that are always equal, may hold
    /// in more regions.
    pub regions: Vec<Region>,
}

impl Optimum {
    /// Whether only one split of the cost is the best.
    pub fn is_unique(&self) -> bool {
        self.shares.iter().all(Share::is_determined)
    }

    /// The exponent of a resource, by its name.
    pub fn exponent_of(&self, resource: &str) -> Option<&BigRational> {
        self.shares.iter().find(|share| share.resource == resource).map(|share| &share.exponent)
    }
}

impl Phase {
    /// Whether only one split of the cost is the best.
    pub fn is_unique(&self) -> bool {
        self.shares.iter().all(Share::is_determined)
    }

    /// The exponent of a resource, by its name.
    pub fn exponent_of(&self, resource: &str) -> Option<&Exponent> {
        self.shares.iter().find(|share| share.resource == resource).map(|share| &share.exponent)
    }

    /// Whether exponents and limiting terms are the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.loss == other.loss && self.shares == other.shares && self.limiting == other.limiting
    }

    /// Adds the regions of the same phase.
    pub(super) fn add_regions(&mut self, other: &Self) {
        let new = other.regions.iter().filter(|region| !self.regions.contains(region));
        let new: Vec<Region> = new.cloned().collect();
        self.regions.extend(new);
    }

    /// An exponent as text, with parts that are positive in the regions of the phase.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::laws::{Allocation, ScalingLaws, Training};
    ///
    /// let laws = ScalingLaws::new(2.2, 0.4, Training::Flow)?;
    /// let phase = &laws.frontier(&Allocation::new("N*t")?)?.phases[0];
    /// assert_eq!(phase.loss.to_string(), "b*(1 - a)/(a*b - b^2 - 2*a - b + 2)");
    /// assert_eq!(phase.written(&phase.loss), "b*(a - 1)/(b^2 + 2*a + b - a*b - 2)");
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn written(&self, exponent: &Exponent) -> String {
        self.oriented(exponent).to_string()
    }

    /// `base` to a power, or to minus this power if it falls, as text with parts that are positive in the regions of
    /// the phase: `N^(1/(b + 1))` or `C^-(a - 1)`.
    pub fn power_of(&self, base: &str, falls: bool, power: &Exponent) -> String {
        self.oriented(power).power_of(base, falls)
    }

    /// [`power_of`](Self::power_of) as LaTeX.
    pub fn latex_power_of(&self, base: &str, falls: bool, power: &Exponent) -> String {
        self.oriented(power).latex_power_of(base, falls)
    }

    fn oriented(&self, exponent: &Exponent) -> Oriented {
        Oriented::new(exponent, &self.regions)
    }

    /// As LaTeX, such as `L \sim C^{-\frac{a-1}{b+1}},\; N \sim C^{\frac{1}{b+1}}`, without the region.
    pub fn latex(&self) -> String {
        let scaling = |name: &str, falls: bool, power: &Exponent| {
            format!(r"{name} \sim {}", self.latex_power_of("C", falls, power))
        };
        let loss = scaling("L", true, &self.loss);
        let shares = self.shares.iter().map(|share| scaling(&share.resource, false, &share.exponent));
        std::iter::once(loss).chain(shares).collect::<Vec<_>>().join(r",\; ")
    }
}

impl fmt::Display for Phase {
    /// Such as `L ~ C^-((a - 1)/(b + 1)), N ~ C^(1/(b + 1)), t ~ C^(b/(b + 1)) limited by width and time where a > 1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L ~ {}", self.power_of("C", true, &self.loss))?;
        for share in &self.shares {
            write!(f, ", {} ~ {}", share.resource, self.power_of("C", false, &share.exponent))?;
            if !share.is_determined() {
                let [lowest, highest] = [&share.lowest, &share.highest].map(|end| self.written(end));
                write!(f, " (exponents from {lowest} to {highest})")?;
            }
        }
        let regions: Vec<String> = self.regions.iter().map(Region::to_string).collect();
        write!(f, " limited by {} where {}", self.limiting.join(" and "), regions.join(", or "))
    }
}
