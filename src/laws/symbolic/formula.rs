//! Formulas as text: exponents such as `(a - 1)/b`, and products of powers such as `6*N^(1 - b)*t`.

use std::str::FromStr;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::exponent::Exponent;
use super::ring::Ring;
use crate::error::{Error, Result};

/// Longest text that is read.
const MAX_LENGTH: usize = 1000;

/// Deepest nesting of parentheses and signs.
const MAX_DEPTH: usize = 50;

/// Highest degree of a polynomial, and highest power, that is read.
const MAX_DEGREE: u32 = 24;

impl FromStr for Exponent {
    type Err = Error;

    /// Reads any formula of `a`, `b`, integers and decimal numbers, as an [`Exponent`] prints it or not, `+ - * / ^`
    /// (to an integer power) and parentheses, up to 1000 characters and degree 24.
    ///
    /// # Errors
    ///
    /// [`Error::BadFormula`] names the part that was not understood.
    fn from_str(text: &str) -> Result<Self> {
        let mut reader = Reader::new(text)?;
        let value = reader.sum()?;
        reader.end()?;
        Ok(value)
    }
}

/// A product of powers with a number in front: the number, and the power of each resource.
pub(super) fn power_product(text: &str, resources: &[String]) -> Result<(BigRational, Vec<Exponent>)> {
    let mut reader = Reader::new(text)?;
    let mut prefactor = BigRational::one();
    let mut powers = vec![Exponent::integer(0); resources.len()];
    let mut divide = false;
    loop {
        if let Some(Token::Name(name)) = reader.peek().cloned() {
            let Some(index) = resources.iter().position(|r| *r == name) else {
                let known = resources.join(", ");
                let problem = format!("`{name}` is none of the resources: write a product of powers of {known}");
                return Err(reader.bad(&problem));
            };
            reader.at += 1;
            let power = if reader.accept('^') { reader.atom()? } else { Exponent::integer(1) };
            powers[index] = if divide { &powers[index] - power } else { &powers[index] + power };
        } else {
            let start = reader.at;
            let number = reader.atom()?;
            let Some(number) = number.as_constant().filter(Signed::is_positive) else {
                reader.at = start;
                return Err(reader.unexpected("a positive number or a resource"));
            };
            prefactor = if divide { prefactor / number } else { prefactor * number };
        }
        if reader.accept('*') {
            divide = false;
        } else if reader.accept('/') {
            divide = true;
        } else {
            reader.end()?;
            return Ok((prefactor, powers));
        }
    }
}

/// Whether a name can be that of a resource.
pub(super) fn is_name(text: &str) -> bool {
    let letters = |c: char| c.is_alphanumeric() || c == '_';
    text.chars().all(letters) && text.chars().next().is_some_and(|c| !c.is_numeric())
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(BigRational),
    Name(String),
    Symbol(char),
}

/// Recursive descent over the tokens of a text.
struct Reader<'a> {
    text: &'a str,
    /// Tokens, each with its text.
    tokens: Vec<(Token, &'a str)>,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self> {
        let mut reader = Self { text, tokens: Vec::new(), at: 0, depth: 0 };
        if text.len() > MAX_LENGTH {
            let start: String = text.chars().take(20).collect();
            let problem = format!("is longer than {MAX_LENGTH} characters: write a shorter one");
            return Err(Error::BadFormula { formula: format!("{start}..."), problem });
        }
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = |member: fn(char) -> bool| rest.find(|c| !member(c)).unwrap_or(rest.len());
            let (token, length) = if first.is_ascii_digit() || first == '.' {
                let length = number_length(rest);
                let Some(number) = decimal(&rest[..length]) else {
                    return Err(reader.bad(&format!("`{}` is not a number", &rest[..length])));
                };
                (Token::Number(number), length)
            } else if is_name(&rest[..first.len_utf8()]) {
                let length = length(|c| c.is_alphanumeric() || c == '_');
                (Token::Name(rest[..length].to_owned()), length)
            } else if "+-*/^()".contains(first) {
                (Token::Symbol(first), 1)
            } else {
                return Err(reader.bad(&format!("`{first}` has no meaning here: use + - * / ^ and parentheses")));
            };
            let (written, after) = rest.split_at(length);
            reader.tokens.push((token, written));
            rest = after.trim_start();
        }
        Ok(reader)
    }

    fn bad(&self, problem: &str) -> Error {
        Error::BadFormula { formula: self.text.to_owned(), problem: problem.to_owned() }
    }

    fn unexpected(&self, expected: &str) -> Error {
        match self.tokens.get(self.at) {
            Some((_, written)) => {
                let before: String = self.tokens[..self.at].iter().map(|(_, w)| *w).collect();
                let place = if before.is_empty() { "at its start".to_owned() } else { format!("after `{before}`") };
                self.bad(&format!("`{written}` {place} is not {expected}"))
            }
            None => self.bad(&format!("ends where {expected} should follow")),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// Consumes the next token if it is this symbol.
    fn accept(&mut self, symbol: char) -> bool {
        let here = self.peek() == Some(&Token::Symbol(symbol));
        self.at += usize::from(here);
        here
    }

    fn end(&self) -> Result<()> {
        if self.at == self.tokens.len() { Ok(()) } else { Err(self.unexpected("an operator")) }
    }

    fn sum(&mut self) -> Result<Exponent> {
        let mut sum = self.product()?;
        loop {
            if self.accept('+') {
                sum = sum + self.product()?;
            } else if self.accept('-') {
                sum = sum - self.product()?;
            } else {
                return Ok(sum);
            }
            self.check_degree(&sum)?;
        }
    }

    fn product(&mut self) -> Result<Exponent> {
        let mut product = self.signed()?;
        loop {
            if self.accept('*') {
                product = product * self.signed()?;
            } else if self.accept('/') {
                product = (product / self.signed()?).map_err(|_| self.bad("divides by zero"))?;
            } else {
                return Ok(product);
            }
            self.check_degree(&product)?;
        }
    }

    fn signed(&mut self) -> Result<Exponent> {
        let mut negative = false;
        while self.accept('-') {
            negative = !negative;
        }
        let base = self.atom()?;
        let value = if self.accept('^') { self.raised(&base)? } else { base };
        Ok(if negative { -value } else { value })
    }

    /// The power of a base to the integer that follows.
    fn raised(&mut self, base: &Exponent) -> Result<Exponent> {
        let negative = self.accept('-');
        let power = match self.peek() {
            Some(Token::Number(n)) if n.is_integer() => n.to_u32().filter(|n| *n <= MAX_DEGREE),
            _ => None,
        };
        let power = power.ok_or_else(|| self.unexpected("an integer power up to 24"))?;
        self.at += 1;
        let degree = base.numerator().total_degree().max(base.denominator().total_degree());
        if degree as u64 * u64::from(power) > u64::from(MAX_DEGREE) {
            return Err(self.bad("has a degree above 24: write a simpler one"));
        }
        let value = base.power(power);
        if negative { (1 / value).map_err(|_| self.bad("divides by zero")) } else { Ok(value) }
    }

    /// A number, a symbol or an expression in parentheses, possibly with a sign.
    fn atom(&mut self) -> Result<Exponent> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.bad("is nested too deeply: leave out parentheses"));
        }
        let value = match self.peek() {
            Some(Token::Number(number)) => Exponent::from(number.clone()),
            Some(Token::Name(name)) if name == "a" => Exponent::a(),
            Some(Token::Name(name)) if name == "b" => Exponent::b(),
            Some(Token::Symbol('-')) => {
                self.at += 1;
                let value = -self.atom()?;
                self.depth -= 1;
                return Ok(value);
            }
            Some(Token::Symbol('(')) => {
                self.at += 1;
                let value = self.sum()?;
                if self.peek() != Some(&Token::Symbol(')')) {
                    return Err(self.unexpected("an operator or `)`"));
                }
                value
            }
            _ => return Err(self.unexpected("a number, `a`, `b` or `(`")),
        };
        self.at += 1;
        self.depth -= 1;
        Ok(value)
    }

    fn check_degree(&self, value: &Exponent) -> Result<()> {
        let degree = value.numerator().total_degree().max(value.denominator().total_degree());
        let fits = degree <= MAX_DEGREE as usize;
        if fits { Ok(()) } else { Err(self.bad("has a degree above 24: write a simpler one")) }
    }
}

/// The length of the number, such as `6`, `0.5` or `1e-3`, at the beginning of a text.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let plain = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let Some(exponent) = text[plain..].strip_prefix(['e', 'E']) else { return plain };
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    match digits(unsigned) {
        0 => plain,
        count => plain + 1 + (exponent.len() - unsigned.len()) + count,
    }
}

/// Powers of ten beyond the range of doubles.
const LARGEST_POWER_OF_TEN: i32 = 400;

/// An integer or a decimal number, exactly.
fn decimal(text: &str) -> Option<BigRational> {
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
    let power: i32 = power.parse().ok()?;
    if power.abs() > LARGEST_POWER_OF_TEN {
        return None;
    }
    let scale = power.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let ten = BigInt::from(10).pow(scale.unsigned_abs());
    Some(if scale < 0 { BigRational::new(digits, ten) } else { BigRational::from_integer(digits * ten) })
}
