//! The choices: a number fixes a resource, `32..1024` leaves it free between bounds, `..` leaves it free.

use crate::args::values;
use crate::number::rounded;

/// Bounds on a resource as they are typed; none where there is no limit but that of the theory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The lower one.
    pub least: Option<f64>,
    /// The upper one.
    pub most: Option<f64>,
}

impl Bounds {
    /// Reads `1000`, `inf`, `32..1024`, `32..`, `..1024` or `..`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bound = |text: &str| match text.trim() {
            "" => Ok(None),
            text => values::bound(text).map(Some),
        };
        match text.split_once("..") {
            Some((least, most)) => Ok(Self { least: bound(least)?, most: bound(most)? }),
            None if text.contains([',', ':']) => Err("give one number, which fixes it, or bounds, as in 32..1024, \
                                                      32.. or ..1024"
                .to_owned()),
            None => values::bound(text).map(|value| Self { least: Some(value), most: Some(value) }),
        }
    }

    /// The number at which it is fixed.
    pub fn fixed(self) -> Option<f64> {
        let (least, most) = (self.least?, self.most?);
        (least >= most).then_some(least)
    }

    /// In words.
    pub fn words(self) -> String {
        let number = |bound: f64| rounded(bound, 6);
        match (self.least, self.most) {
            (Some(least), Some(most)) if least < most => format!("from {} to {}", number(least), number(most)),
            (Some(value), Some(_)) => number(value),
            (Some(least), None) => format!("from {} on", number(least)),
            (None, Some(most)) => format!("up to {}", number(most)),
            (None, None) => "free".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read() {
        let bounds = |least, most| Ok(Bounds { least, most });
        assert_eq!(Bounds::parse("1e3"), bounds(Some(1e3), Some(1e3)));
        assert_eq!(Bounds::parse("inf").map(Bounds::fixed), Ok(Some(f64::INFINITY)));
        assert_eq!(Bounds::parse("32..1024"), bounds(Some(32.0), Some(1024.0)));
        assert_eq!(Bounds::parse("1.5.."), bounds(Some(1.5), None));
        assert_eq!(Bounds::parse("..1e6"), bounds(None, Some(1e6)));
        assert_eq!(Bounds::parse(" .. "), bounds(None, None));
        for text in ["", "x", "1..x", "nan", "1,2", "1:2:3", "1..2..3"] {
            assert!(Bounds::parse(text).is_err_and(|problem| problem.contains("give")), "{text}");
        }
    }
}
