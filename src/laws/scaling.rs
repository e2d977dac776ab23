//! What grows with the budget in a phase of the best allocation.

use super::Allocation;
use super::symbolic::{Exponent, Phase};
use crate::resource::Resource;

/// Resources that laws know. (Their B is batch over learning rate, which grows as the batch does.)
const PAID: [Resource; 4] = [Resource::Time, Resource::Width, Resource::Samples, Resource::Batch];

/// `name = C^exponent`, or `C^-exponent` for the loss, where several exponents may do as well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scaling {
    /// What grows or falls.
    pub name: &'static str,
    /// Its letter in formulas.
    pub symbol: &'static str,
    /// Whether it falls: the loss.
    pub falls: bool,
    /// How fast, in one optimum.
    pub exponent: Exponent,
    /// The smallest and the largest exponent in any optimum, if they differ.
    pub range: Option<[Exponent; 2]>,
}

impl Allocation {
    /// The loss and everything that is paid for in a phase. For `b < 1` time is intrinsic and a step is only `N^-(1-b)` of
    /// it: steps are listed as well, and whoever pays for them pays for width.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::laws::{Allocation, ScalingLaws, Training};
    ///
    /// let allocation = Allocation::new("N*t")?;
    /// let optimum = ScalingLaws::new(1.5, 1.25, Training::Flow)?.frontier(&allocation)?;
    /// let names: Vec<&str> = allocation.scalings(&optimum.phases[0]).iter().map(|scaling| scaling.name).collect();
    /// assert_eq!(names, ["loss", "time", "width"]);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn scalings(&self, phase: &Phase) -> Vec<Scaling> {
        let scaling = |name, symbol, exponent: &Exponent| Scaling {
            name,
            symbol,
            falls: false,
            exponent: exponent.clone(),
            range: None,
        };
        let mut out = vec![Scaling { falls: true, ..scaling("loss", "L", &phase.loss) }];
        let cost = self.cost();
        let is_paid = |symbol: &str| {
            let mut powers = cost.resources().iter().zip(cost.powers());
            powers.any(|(name, power)| name == symbol && !power.is_zero())
        };
        let to_one = 1 - Exponent::b();
        let pays_for_steps =
            is_paid(Resource::Time.letter()) && phase.regions.iter().all(|region| region.sign_of(&to_one) == Some(1));
        for resource in PAID {
            let (symbol, name) = (resource.letter(), resource.name());
            let Some(share) = phase.shares.iter().find(|share| share.resource == symbol) else { continue };
            if is_paid(symbol) || resource == Resource::Width && pays_for_steps {
                let range = (!share.is_determined()).then(|| [share.lowest.clone(), share.highest.clone()]);
                out.push(Scaling { range, ..scaling(name, symbol, &share.exponent) });
            }
        }
        let exponent_of = |resource: Resource| phase.exponent_of(resource.letter());
        if let (true, Some(time), Some(width)) =
            (pays_for_steps, exponent_of(Resource::Time), exponent_of(Resource::Width))
        {
            out.push(scaling("steps", "s", &(time + width * to_one)));
        }
        out
    }
}
