//! Drawing again from what was measured: the same draws on every machine.

/// A source of draws with replacement (SplitMix64 of Steele, Lea and Flood 2014: a hash of a counter, ample for
/// resampling).
pub(super) struct Resampler {
    counter: u64,
}

impl Resampler {
    pub fn new() -> Self {
        Self { counter: 0 }
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

    /// How often each of so many things is drawn in as many draws with replacement.
    pub fn counts(&mut self, of: usize) -> Vec<f64> {
        let mut counts = vec![0.0; of];
        for _ in 0..of {
            let i = ((self.uniform() * of as f64) as usize).min(of - 1);
            counts[i] += 1.0;
        }
        counts
    }
}
