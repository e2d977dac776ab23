//! Random numbers for resampling: a function of a seed and a position, the same on every machine and in any thread.

/// SplitMix64 of Steele, Lea and Flood 2014: a hash of a counter.
pub(crate) struct Random {
    counter: u64,
}

impl Random {
    /// The sequence of a seed and a stream; those of different streams are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut start = Self { counter: seed };
        let mut begin = Self { counter: start.next() ^ stream };
        Self { counter: begin.next() }
    }

    fn next(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.counter;
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normal with mean 0 and variance 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// An index below `count`, which is positive.
    pub fn index(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count.saturating_sub(1))
    }
}
