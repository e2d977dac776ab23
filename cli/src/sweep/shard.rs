//! A part of a sweep, for one of several machines.

use std::fmt;

/// Which of how many parts, counted from zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shard {
    /// Which one.
    pub position: usize,
    /// How many there are.
    pub count: usize,
}

/// More parts than this are refused.
const MOST: usize = 100_000;

impl Shard {
    /// All of a sweep.
    pub const WHOLE: Self = Self { position: 0, count: 1 };

    /// Reads `2/8`, the second of eight.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<usize>().ok().filter(|number| (1..=MOST).contains(number));
        let both = text.split_once('/').and_then(|(i, n)| Some((number(i)?, number(n)?)));
        match both {
            Some((i, n)) if i <= n => Ok(Self { position: i - 1, count: n }),
            _ => Err(format!("give I/N with I from 1 to N and N up to {MOST}, as in 2/8")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.position + 1, self.count)
    }
}
