//! Exponents that are different functions in different regions.

use std::fmt;

use num_rational::BigRational;

use super::exponent::Exponent;
use super::notation::Style;
use super::region::Region;

/// An exponent with several cases, such as the smaller one of two exponents.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::symbolic::{Exponent, Piecewise};
///
/// // how the loss falls with the width: as the target has it, or as the features average
/// let width = Piecewise::min(Exponent::a() - 1, Exponent::b());
/// assert_eq!(width.to_string(), "min(a - 1, b)");
/// let (region, exponent) = &width.cases()[0];
/// assert_eq!((region.to_string(), exponent.to_string()), ("a - 1 < b".into(), "a - 1".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Piecewise {
    cases: Vec<(Region, Exponent)>,
    /// What it was built as, if there are two cases.
    extremum: Option<(Extremum, Exponent, Exponent)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Extremum {
    Min,
    Max,
}

impl Piecewise {
    /// The smaller one.
    pub fn min(x: Exponent, y: Exponent) -> Self {
        Self::extremum(Extremum::Min, x, y)
    }

    /// The larger one.
    pub fn max(x: Exponent, y: Exponent) -> Self {
        Self::extremum(Extremum::Max, x, y)
    }

    fn extremum(extremum: Extremum, x: Exponent, y: Exponent) -> Self {
        let excess = match extremum {
            Extremum::Min => &y - &x,
            Extremum::Max => &x - &y,
        };
        // where one of them always wins, there is one case
        let decided = if excess.is_zero() { Some(1) } else { Region::everywhere().sign_of(&excess) };
        match decided {
            Some(1..) => Self::from(x),
            Some(_) => Self::from(y),
            None => {
                let regions = [excess.clone(), -excess].map(|positive| Region::new([positive]).simplified());
                let cases = regions.into_iter().zip([x.clone(), y.clone()]).collect();
                Self { cases, extremum: Some((extremum, x, y)) }
            }
        }
    }

    /// The first exponent whose region contains a point is the exponent there.
    pub fn from_cases(cases: Vec<(Region, Exponent)>) -> Self {
        Self { cases, extremum: None }
    }

    /// Regions and what the exponent is there.
    pub fn cases(&self) -> &[(Region, Exponent)] {
        &self.cases
    }

    /// The case at a point; `None` on the border between regions and outside of all of them.
    pub fn case_at(&self, a: &BigRational, b: &BigRational) -> Option<&(Region, Exponent)> {
        self.cases.iter().find(|(region, _)| region.contains(a, b))
    }

    /// The value at a point, for a minimum or maximum also where both are equal; `None` outside of all regions, and at
    /// poles.
    pub fn evaluate(&self, a: &BigRational, b: &BigRational) -> Option<BigRational> {
        match &self.extremum {
            Some((extremum, x, y)) => {
                let (x, y) = (x.evaluate(a, b)?, y.evaluate(a, b)?);
                Some(if *extremum == Extremum::Min { x.min(y) } else { x.max(y) })
            }
            None => self.case_at(a, b)?.1.evaluate(a, b),
        }
    }

    /// As LaTeX, such as `\min(a-1,\, b)`.
    pub fn latex(&self) -> String {
        let style = Style::Latex;
        match (&self.extremum, &self.cases[..]) {
            (Some((extremum, x, y)), _) => {
                let name = if *extremum == Extremum::Min { r"\min" } else { r"\max" };
                let inside = format!(r"{},\, {}", style.exponent(x), style.exponent(y));
                format!("{name}{}", style.parenthesised(&inside))
            }
            (None, [(region, exponent)]) if *region == Region::everywhere() => style.exponent(exponent),
            (None, cases) => {
                let case = |(region, e): &(Region, Exponent)| format!("{} & {}", style.exponent(e), region.latex());
                let cases: Vec<String> = cases.iter().map(case).collect();
                format!(r"\begin{{cases}} {} \end{{cases}}", cases.join(r" \\ "))
            }
        }
    }
}

impl From<Exponent> for Piecewise {
    fn from(exponent: Exponent) -> Self {
        Self::from_cases(vec![(Region::everywhere(), exponent)])
    }
}

impl fmt::Display for Piecewise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (&self.extremum, &self.cases[..]) {
            (Some((Extremum::Min, x, y)), _) => format!("min({x}, {y})"),
            (Some((Extremum::Max, x, y)), _) => format!("max({x}, {y})"),
            (None, [(region, exponent)]) if *region == Region::everywhere() => exponent.to_string(),
            (None, cases) => {
                let case = |(region, exponent): &(Region, Exponent)| format!("{exponent} where {region}");
                cases.iter().map(case).collect::<Vec<_>>().join("; ")
            }
        };
        f.pad(&text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{config, exponent, exponents, rational, rationals};
    use super::*;

    #[test]
    fn what_is_always_smaller_is_the_minimum() {
        let (x, y) = (exponent("a"), exponent("a + 1"));
        assert_eq!(Piecewise::min(x.clone(), y.clone()), Piecewise::from(x.clone()));
        assert_eq!(Piecewise::max(x.clone(), y.clone()), Piecewise::from(y));
        assert_eq!(Piecewise::max(x.clone(), x.clone()), Piecewise::from(x));
    }

    #[test]
    fn cases_are_written() {
        let max = Piecewise::max(Exponent::integer(0), exponent("1 - b"));
        assert_eq!(max.to_string(), "max(0, 1 - b)");
        assert_eq!(max.latex(), r"\max(0,\, 1-b)");
        let cases = Piecewise::from_cases(max.cases().to_vec());
        assert_eq!(cases.to_string(), "0 where b > 1; 1 - b where b < 1");
        assert_eq!(cases.latex(), r"\begin{cases} 0 & b > 1 \\ 1-b & b < 1 \end{cases}");
        assert_eq!(Piecewise::min(exponent("1/b"), exponent("a")).latex(), r"\min\left(\frac{1}{b},\, a\right)");
        // on the border both are right, but neither case is
        let border = (rational(0, 1), rational(1, 1));
        assert_eq!(max.evaluate(&border.0, &border.1), Some(rational(0, 1)));
        assert_eq!(max.case_at(&border.0, &border.1), None);
    }

    proptest! {
        #![proptest_config(config(64))]

        #[test]
        fn cases_are_extrema(x in exponents(), y in exponents(), a in rationals(), b in rationals()) {
            let min = Piecewise::min(x.clone(), y.clone());
            let max = Piecewise::max(x.clone(), y.clone());
            if let (Some(u), Some(v)) = (x.evaluate(&a, &b), y.evaluate(&a, &b)) {
                prop_assert_eq!(min.evaluate(&a, &b), Some((&u).min(&v).clone()));
                prop_assert_eq!(max.evaluate(&a, &b), Some((&u).max(&v).clone()));
                if u != v {
                    let case = min.case_at(&a, &b).and_then(|(_, e)| e.evaluate(&a, &b));
                    prop_assert_eq!(case, Some((&u).min(&v).clone()));
                }
            }
        }
    }
}
