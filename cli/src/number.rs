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

/// Significant digits of numbers in messages, at most.
const DIGITS: usize = 10;

/// Longer words, and longer messages, are cut.
const LONGEST_WORD: usize = 300;
const LONGEST_MESSAGE: usize = 1500;

/// A message whose numbers have few digits, and whose words fit on the screen; names of files stay as they are.
pub fn briefly(message: &str) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || "._+-/\\".contains(c);
    let mut told = String::with_capacity(message.len().min(LONGEST_MESSAGE));
    let mut rest = message;
    while !rest.is_empty() && told.len() < LONGEST_MESSAGE {
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        told += &brief_word(word);
        let end = after.find(is_of_word).unwrap_or(after.len());
        told.extend(after[..end].chars().take(LONGEST_WORD));
        rest = &after[end..];
    }
    if rest.is_empty() { told } else { told + " ..." }
}

fn brief_word(word: &str) -> String {
    let number = word.trim_end_matches(['.', '-']);
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || b".+-eE".contains(&byte));
    if is_number && number.bytes().filter(u8::is_ascii_digit).count() > DIGITS {
        match number.parse::<f64>() {
            Ok(value)
                if value.is_finite() && (value != 0.0 || !number.bytes().any(|byte| matches!(byte, b'1'..=b'9'))) =>
            {
                return rounded(value, DIGITS) + &word[number.len()..];
            }
            // beyond all doubles
            Ok(_) => {
                let shown: String = number.chars().take(DIGITS).collect();
                return format!("{shown}... ({} digits)", number.len());
            }
            Err(_) => {}
        }
    }
    if word.chars().nth(LONGEST_WORD).is_some() {
        let shown: String = word.chars().take(40).collect();
        return shown + "...";
    }
    word.to_owned()
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

    #[test]
    fn messages_are_brief() {
        let cases = [
            ("time is 0.000000000000000001, but", "time is 1e-18, but"),
            ("at most 0.30000000000000004.", "at most 0.3."),
            ("-1234567890123", "-1.23456789e12"),
            ("x12345678901234.npy: no", "x12345678901234.npy: no"),
            ("a/12345678901234/b.npy", "a/12345678901234/b.npy"),
            ("12345678901234.npy", "12345678901234.npy"),
            ("1e400 and 1e-400", "1e400 and 1e-400"),
        ];
        for (long, brief) in cases {
            assert_eq!(briefly(long), brief);
        }
        assert_eq!(briefly(&"1".repeat(309)), "1.111111111e308");
        assert_eq!(briefly(&"7".repeat(400)), "7777777777... (400 digits)");
        assert!(briefly(&"word ".repeat(1_000_000)).len() < 2 * LONGEST_MESSAGE);
        assert!(briefly(&"x".repeat(5_000_000)).len() < 100);
        assert!(briefly(&"=".repeat(5_000_000)).len() < 400);
    }
}
