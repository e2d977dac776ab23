//! Tables of runs from a known law.

use spectralaw::fit::{Fit, FitOptions, Law, Runs, Setting};

/// Constants of the parametric law that Besiroglu et al. (2024) fitted to language models.
pub const TRUTH: [f64; 5] = [1.8172, 482.01, 2085.43, 0.3478, 0.3658];

/// SplitMix64, as everywhere where random numbers have to be the same on all machines.
pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of mean 0 and variance 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * (1.0 - self.uniform()).ln()).sqrt(), std::f64::consts::TAU * self.uniform());
        radius * angle.cos()
    }

    /// Of Student's law with three degrees of freedom: heavy tails.
    pub fn heavy(&mut self) -> f64 {
        let squares: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
        self.normal() / (squares / 3.0).sqrt()
    }
}

/// Sizes and data as in practice: each size on several amounts of data around those of its best use.
pub fn settings(sizes: usize, each: usize) -> Vec<Setting> {
    let size = |i: usize| 4e7 * 2_f64.powf(8.0 * i as f64 / (sizes - 1) as f64);
    let data = |i: usize, j: usize| 20.0 * size(i) * 2_f64.powf(5.0 * (j as f64 / (each - 1) as f64 - 0.4));
    (0..sizes).flat_map(|i| (0..each).map(move |j| (i, j))).map(|(i, j)| Setting::new(size(i), data(i, j))).collect()
}

/// Losses with a scatter of their logarithms.
pub fn losses(law: Law, constants: &[f64], settings: &[Setting], mut scatter: impl FnMut() -> f64) -> Vec<f64> {
    settings.iter().map(|setting| law.loss(constants, setting) * scatter().exp()).collect()
}

/// A fit with few refits.
pub fn fit(law: Law, settings: &[Setting], losses: &[f64], options: &FitOptions) -> Fit {
    Fit::new(&Runs::new(settings, losses).unwrap(), law, options).unwrap()
}
