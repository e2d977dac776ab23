//! Products of powers of named quantities and numbers, as they are typed: `ensemble*width*time`, `samples/200`.

/// A product.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    text: String,
    factor: f64,
    powers: Vec<(String, f64)>,
}

impl Product {
    /// Reads text; or what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut product = Self { text: text.trim().to_owned(), factor: 1.0, powers: Vec::new() };
        let mut sign = 1.0;
        let mut rest = text;
        loop {
            let end = rest.find(['*', '/']).unwrap_or(rest.len());
            product.multiply(rest[..end].trim(), sign).map_err(|problem| format!("`{text}`: {problem}"))?;
            let Some(operator) = rest[end..].chars().next() else { return Ok(product) };
            sign = if operator == '/' { -1.0 } else { 1.0 };
            rest = &rest[end + 1..];
        }
    }

    /// Multiplies by a factor, or divides by it.
    fn multiply(&mut self, factor: &str, sign: f64) -> Result<(), String> {
        let refuse =
            || format!("`{factor}` is no column, number or power of one: write products as in width*time^2/100");
        let (base, exponent) = factor.split_once('^').unwrap_or((factor, "1"));
        let exponent: f64 = exponent.trim().parse().map_err(|_| refuse())?;
        let base = base.trim();
        let is_name = base.starts_with(|c: char| c.is_ascii_lowercase())
            && base.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match base.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 && exponent.is_finite() => {
                self.factor *= number.powf(sign * exponent);
            }
            Err(_) if is_name && exponent.is_finite() => self.powers.push((base.to_owned(), sign * exponent)),
            _ => return Err(refuse()),
        }
        if self.factor.is_finite() && self.factor > 0.0 { Ok(()) } else { Err(refuse()) }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The quantities in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.powers.iter().map(|(name, _)| name.as_str())
    }

    /// The column and the number, if it is the product of these two.
    pub fn scaled_column(&self) -> Option<(&str, f64)> {
        match &self.powers[..] {
            [(name, exponent)] if exponent.to_bits() == 1.0_f64.to_bits() => Some((name, self.factor)),
            _ => None,
        }
    }

    /// Its value for values of the quantities.
    pub fn value(&self, of: impl Fn(&str) -> f64) -> f64 {
        let power = |(name, exponent): &(String, f64)| of(name).powf(*exponent);
        self.powers.iter().map(power).product::<f64>() * self.factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_values() {
        let of = |name: &str| if name == "width" { 4.0 } else { 10.0 };
        let cases = [("time", 10.0), ("width * time", 40.0), ("time/200", 0.05), ("width^0.5*time^-1*5", 1.0)];
        for (text, value) in cases {
            let product = Product::parse(text).unwrap_or_else(|problem| unreachable!("{problem}"));
            assert!((product.value(of) - value).abs() < 1e-15, "{text}");
        }
        for text in ["", "a*", "2^", "a+b", "-1", "0", "a^x", "A", "nan", "1e200*1e200"] {
            assert!(Product::parse(text).is_err_and(|problem| problem.contains("write products as in")), "{text}");
        }
    }
}
