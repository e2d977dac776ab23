//! Numbers as text.

/// The shortest text that reads back as the same number; whole numbers keep a `.0`, to be floats in every language.
pub fn exact(value: f64) -> String {
    format!("{value:?}")
}

/// Like [`exact`], but whole numbers are written as such.
pub fn shortest(value: f64) -> String {
    let mut text = exact(value);
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

/// At most `digits` significant digits, for reading: plain where that is short, with an exponent otherwise.
pub fn rounded(value: f64, digits: usize) -> String {
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits.max(6) as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return trimmed(&format!("{value:.decimals$}")).to_owned();
    }
    format!("{}e{exponent}", trimmed(mantissa))
}

fn trimmed(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(rounded(0.0, 6), "0");
        assert_eq!(rounded(1.0, 6), "1");
        assert_eq!(rounded(0.123456789, 6), "0.123457");
        assert_eq!(rounded(123456.7, 6), "123457");
        assert_eq!(rounded(999999.7, 6), "1e6");
        assert_eq!(rounded(1.5e-9, 6), "1.5e-9");
        assert_eq!(rounded(f64::INFINITY, 6), "inf");
        assert_eq!(shortest(1000.0), "1000");
        assert_eq!(shortest(1e300), "1e300");
        assert_eq!(exact(1.0), "1.0");
    }
}
