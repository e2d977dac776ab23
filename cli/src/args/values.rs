//! Lists and ranges of numbers as they are typed: `1,10,100` and `1e0:1e8:41`.

use crate::number::rounded;

/// The most values that a range may have.
const LARGEST_COUNT: usize = 10_000_000;

/// Numbers that an option takes, in the order in which they were typed; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(Vec<f64>);

impl Values {
    /// All of them.
    pub fn all(&self) -> &[f64] {
        &self.0
    }

    /// Values typed as a range are rounded to integers, each taken once.
    fn whole_in_a_range(self, text: &str) -> Self {
        let Self(mut values) = self;
        if text.contains(':') {
            values.iter_mut().for_each(|value| *value = value.round());
            values.dedup_by_key(|value| value.to_bits());
        }
        Self(values)
    }

    /// To be read.
    pub fn words(&self) -> String {
        words(&self.0)
    }
}

/// All of the values if they are few, else the ends, to be read.
pub fn words(values: &[f64]) -> String {
    let word = |value: f64| rounded(value, 6);
    match values {
        few @ ([] | [_] | [_, _] | [_, _, _]) => few.iter().copied().map(word).collect::<Vec<_>>().join(", "),
        [first, .., last] => format!("{} to {} ({} values)", word(*first), word(*last), values.len()),
    }
}

/// Sizes of a model: `--width`, `--samples`.
pub fn sizes(text: &str) -> Result<Values, String> {
    parse(text, |x| x >= 1.0, "a number from 1 on, or inf")
}

/// Times of training.
pub fn times(text: &str) -> Result<Values, String> {
    parse(text, |x| (0.0..=1e30).contains(&x) || x == f64::INFINITY, "a number from 0 to 1e30, or inf")
}

/// Numbers of steps; a range is rounded to integers, each of which is taken once.
pub fn steps(text: &str) -> Result<Values, String> {
    let allowed = "an integer from 0 to 1e12, or inf";
    let fits = |x: f64| (0.0..=1e12).contains(&x) && x.fract() <= 0.0 || x == f64::INFINITY;
    Ok(parse(text, fits, allowed)?.whole_in_a_range(text))
}

/// Ridges.
pub fn ridges(text: &str) -> Result<Values, String> {
    let fits = |x: f64| x == 0.0 || (1e-100..=1e100).contains(&x) || x == f64::INFINITY;
    parse(text, fits, "0, a number from 1e-100 to 1e100, or inf")
}

/// A list that is no range, of numbers whose range the library checks.
pub fn list(text: &str) -> Result<Values, String> {
    let number = |part| one(part, |_| true, "a number such as 0.3, or a list such as 0.3,0.2,0.1");
    Ok(Values(text.split(',').map(number).collect::<Result<_, _>>()?))
}

/// A number whose range the library checks.
pub fn number(text: &str) -> Result<f64, String> {
    one(text, |_| true, "one, such as 0.1 or 1e4")
}

/// One number that is at least 0, such as a variance.
pub fn non_negative(text: &str) -> Result<f64, String> {
    one(text, |x| (0.0..=1e100).contains(&x), "a number from 0 to 1e100")
}

/// A bound on a choice, whose range the library checks.
pub fn bound(text: &str) -> Result<f64, String> {
    one(text, |x| x > 0.0, "a positive number, or bounds as in 32..1024")
}

/// Budgets.
pub fn budgets(text: &str) -> Result<Values, String> {
    parse(text, |x| (1e-100..=1e100).contains(&x), "a number from 1e-100 to 1e100")
}

/// A count of models to average over.
pub fn count(text: &str) -> Result<f64, String> {
    one(text, |x| x >= 1.0, "a number from 1 on, or inf")
}

/// A count of modes.
pub fn modes(text: &str) -> Result<f64, String> {
    let fits = |x: f64| (1.0..=1e15).contains(&x) && x.fract() <= 0.0 || x == f64::INFINITY;
    one(text, fits, "an integer from 1 to 1e15, or inf")
}

/// Numbers of modes in their order.
pub fn ranks(text: &str) -> Result<Values, String> {
    let fits = |x: f64| (1.0..=1e15).contains(&x) && x.fract() <= 0.0;
    Ok(parse(text, fits, "an integer from 1 to 1e15")?.whole_in_a_range(text))
}

/// Eigenvalues of modes.
pub fn eigenvalues(text: &str) -> Result<Values, String> {
    parse(text, |x| x == 0.0 || (1e-70..=1e70).contains(&x), "0, or a number from 1e-70 to 1e70")
}

/// Rates of decay.
pub fn rates(text: &str) -> Result<Values, String> {
    parse(text, |x| (1e-100..=1e100).contains(&x), "a number from 1e-100 to 1e100")
}

/// An exponent of a power law.
pub fn exponent(text: &str) -> Result<f64, String> {
    one(text, |x| (0.0..=100.0).contains(&x), "a number from 0 to 100")
}

fn parse(text: &str, fits: impl Fn(f64) -> bool, allowed: &str) -> Result<Values, String> {
    if text.contains(':') {
        return range(text, fits, allowed);
    }
    let values: Vec<f64> = text.split(',').map(|part| one(part, &fits, allowed)).collect::<Result<_, _>>()?;
    Ok(Values(values))
}

fn one(text: &str, fits: impl Fn(f64) -> bool, allowed: &str) -> Result<f64, String> {
    let text = text.trim();
    match text.parse::<f64>() {
        // digits beyond all doubles are no infinity
        Ok(value) if value.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit()) => {
            Err(format!("{text} is out of range, give {allowed}"))
        }
        // adding zero turns -0 into 0, which prints without a sign
        Ok(value) if fits(value) => Ok(value + 0.0),
        Ok(_) => Err(format!("{text} is out of range, give {allowed}")),
        Err(_) => Err(format!("`{text}` is not a number, give {allowed}")),
    }
}

/// `FIRST:LAST:COUNT`, equally spaced in the logarithm, both ends exact.
fn range(text: &str, fits: impl Fn(f64) -> bool, allowed: &str) -> Result<Values, String> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let [first, last, count] = parts[..] else {
        return Err("a range is FIRST:LAST:COUNT, as in 1:1e6:25, and a list is 1,10,100".to_owned());
    };
    let (first, last) = (one(first, &fits, allowed)?, one(last, &fits, allowed)?);
    for end in [first, last] {
        if !(end > 0.0 && end.is_finite()) {
            return Err(format!("{end} cannot be an end of a log-spaced range, list it with commas instead"));
        }
    }
    let count = match count.parse::<usize>() {
        Ok(count @ 2..=LARGEST_COUNT) => count,
        _ => return Err(format!("the count of a range is {count}, give an integer from 2 to {LARGEST_COUNT}")),
    };
    // decimal logarithms keep whole decades exact
    let (start, span) = (first.log10(), last.log10() - first.log10());
    let steps = (count - 1) as f64;
    let inner = (1..count - 1).map(|i| 10_f64.powf(start + span * i as f64 / steps));
    let (low, high) = (first.min(last), first.max(last));
    let values = std::iter::once(first).chain(inner.map(|x| x.clamp(low, high))).chain(std::iter::once(last));
    Ok(Values(values.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hit_their_ends_and_whole_decades() {
        let values = times("1e0:1e8:41").unwrap_or_else(|problem| unreachable!("{problem}"));
        assert_eq!(values.all().len(), 41);
        let decades: Vec<u64> = values.all().iter().step_by(5).map(|x| x.to_bits()).collect();
        let expected: Vec<u64> = (0..=8).map(|k| 10_f64.powi(k).to_bits()).collect();
        assert_eq!(decades, expected);
        assert!(values.all().is_sorted());
    }

    #[test]
    fn a_range_may_descend() {
        let values = ridges("0.3:1e-7:5").unwrap_or_else(|problem| unreachable!("{problem}"));
        assert_eq!(values.all().first().map(|x| x.to_bits()), Some(0.3_f64.to_bits()));
        assert_eq!(values.all().last().map(|x| x.to_bits()), Some(1e-7_f64.to_bits()));
        assert!(values.all().is_sorted_by(|x, y| x > y));
    }

    #[test]
    fn steps_are_integers() {
        let values = steps("1:100:9").unwrap_or_else(|problem| unreachable!("{problem}"));
        let expected = [1.0, 2.0, 3.0, 6.0, 10.0, 18.0, 32.0, 56.0, 100.0];
        assert_eq!(values, Values(expected.to_vec()));
        assert_eq!(steps("1:4:30").map(|values| values.all().len()), Ok(4));
        assert!(steps("2.5").is_err() && steps("-1").is_err());
    }

    #[test]
    fn every_refusal_names_a_remedy() {
        for text in ["", "x", "nan", "1,,2", "1:2", "1:2:3:4", "0:1:5", "1:inf:5", "1:2:1", "1:2:1e3", "1:2:99999999"] {
            assert!(times(text).is_err_and(|problem| problem.contains("give") || problem.contains("list")), "{text}");
        }
        assert!(sizes("0.5").is_err_and(|problem| problem.contains("0.5") && problem.contains("from 1 on")));
    }
}
