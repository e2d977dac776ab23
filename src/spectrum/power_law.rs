//! Power-law spectra, finite or infinite, with breaks and spikes: exact sums without truncation.

use std::sync::Arc;

use super::measure::{Measure, Moments};
use super::{Compiled, Focus, Spectrum};
use crate::error::{Error, Result};
use crate::numerics::{Double, GaussRule, gauss_counting, hurwitz_zeta_scaled};
use crate::precision::{
    EIGENVALUE_RANGE, LARGEST_MODE, LARGEST_POWER, MOMENTS, PANEL_EIGENVALUE_RATIO, PANEL_MODE_RATIO, PANEL_NODES,
    SMALLEST_EIGENVALUE, UNDERFLOW_EIGENVALUE,
};

/// Power-law spectra: `lambda_k = k^-b`, `lambda_k w*_k^2 = k^-a`, k = 1, 2, ... (equation (P)), with variations:
/// finitely many modes, breaks, spikes.
///
/// # Examples
///
/// ```
/// use spectralaw::spectrum::PowerLaw;
///
/// // ten thousand modes, steeper from mode 100 on, and one strong mode in front
/// let spectrum = PowerLaw::new(1.5, 1.25)
///     .with_modes(1e4)
///     .with_break(100.0, 2.0, 1.5)
///     .with_spike(10.0, 3.0)
///     .spectrum()?;
/// assert_eq!(spectrum.modes(), 10_001.0);
/// assert_eq!(spectrum.largest_eigenvalue(), 10.0);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PowerLaw {
    a: f64,
    b: f64,
    modes: f64,
    breaks: Vec<Break>,
    spikes: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Break {
    mode: f64,
    a: f64,
    b: f64,
}

/// One stretch of modes `first..end` on which both laws are pure powers: `scale * (k / first)^-exponent`.
struct Stretch {
    first: f64,
    end: f64,
    a: f64,
    b: f64,
    eigenvalue: f64,
    power: f64,
}

impl Stretch {
    fn at(&self, k: f64) -> (f64, f64) {
        let x = k / self.first;
        (self.eigenvalue * x.powf(-self.b), self.power * x.powf(-self.a))
    }

    /// Whether nothing of modes from `k` on needs a node.
    fn is_resolved_before(&self, k: f64, eigenvalue: f64) -> bool {
        let is_small = eigenvalue < SMALLEST_EIGENVALUE && k > LARGEST_MODE;
        self.end.is_infinite() && (is_small || eigenvalue < UNDERFLOW_EIGENVALUE)
    }

    /// Modes of the panel that begins at mode `k`; in the last stretch panels shrink towards the last mode.
    fn panel(&self, last: bool, k: f64) -> f64 {
        let growth = PANEL_EIGENVALUE_RATIO.powf(1.0 / self.b).min(PANEL_MODE_RATIO) - 1.0;
        let rest = self.end - k;
        let most = if last && self.end.is_finite() { (rest / 2.0).floor() } else { rest };
        (k * growth).floor().min(most)
    }

    /// The largest number of modes in a panel at mode `k` for arguments in focus.
    fn focused_panel(&self, focus: Focus, k: f64, eigenvalue: f64) -> f64 {
        match focus {
            Focus::Point(kappa) => {
                let pole = self.first * (-kappa / self.eigenvalue).powf(-self.b.recip());
                (0.5 * (pole - k).norm()).floor()
            }
            // the angle of the ellipse to the axis where |kappa| is the eigenvalue
            Focus::Ellipse { log_rho, top } => {
                (1.5 * k / self.b * log_rho * (top / eigenvalue).sqrt().max(1.0)).floor()
            }
        }
    }

    /// Whether panels have to be smaller for arguments in focus.
    fn changes(&self, last: bool, focus: Focus) -> bool {
        let mut k = self.first;
        while k < self.end {
            let (eigenvalue, _) = self.at(k);
            if self.is_resolved_before(k, eigenvalue) {
                return false;
            }
            let count = self.panel(last, k);
            let is_panel = count > PANEL_NODES as f64;
            if is_panel && self.focused_panel(focus, k, eigenvalue) < count {
                return true;
            }
            k += if is_panel { count } else { 1.0 };
        }
        false
    }
}

impl PowerLaw {
    /// The pure law with infinitely many modes. Values are checked by [`spectrum`](Self::spectrum).
    pub fn new(a: f64, b: f64) -> Self {
        Self { a, b, modes: f64::INFINITY, breaks: Vec::new(), spikes: Vec::new() }
    }

    /// Keeps modes 1 to `modes` only: an integer from 1 to 1e15, or infinity.
    #[must_use]
    pub fn with_modes(mut self, modes: f64) -> Self {
        self.modes = modes;
        self
    }

    /// From mode number `mode` on the exponents are `a` and `b`; both laws stay continuous there.
    #[must_use]
    pub fn with_break(mut self, mode: f64, a: f64, b: f64) -> Self {
        self.breaks.push(Break { mode, a, b });
        self
    }

    /// Adds one mode of the given eigenvalue and target power to those of the law.
    #[must_use]
    pub fn with_spike(mut self, eigenvalue: f64, target_power: f64) -> Self {
        self.spikes.push((eigenvalue, target_power));
        self
    }

    /// Exponent of the target power (of the first stretch if there are breaks).
    pub fn a(&self) -> f64 {
        self.a
    }

    /// Exponent of the eigenvalues (of the first stretch if there are breaks).
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Number of modes of the law, without spikes.
    pub fn modes(&self) -> f64 {
        self.modes
    }

    /// True for `lambda_k = k^-b`, `lambda_k w*_k^2 = k^-a` alone, without breaks or spikes.
    pub fn is_pure(&self) -> bool {
        self.breaks.is_empty() && self.spikes.is_empty()
    }

    /// Compiles the spectrum.
    ///
    /// # Errors
    ///
    /// [`Error::Divergent`] if the exponents of an infinite tail are not above 1; [`Error::OutOfRange`] for exponents
    /// outside 0 to 100, a number of modes that is not an integer from 1 to 1e15, breaks that do not ascend, and spikes
    /// that are not positive.
    pub fn spectrum(self) -> Result<Spectrum> {
        self.check()?;
        let (eigenvalues, power) = self.measures(None);
        if let Some(spike) = self.spikes.iter().find(|spike| spike.0 <= eigenvalues.unresolved_below()) {
            let allowed = "above the eigenvalues of the law that are not resolved one by one, about 1e-36 and below";
            return Err(Error::OutOfRange { name: "eigenvalue of a spike", value: spike.0, allowed });
        }
        let modes = Double::new(self.modes + self.spikes.len() as f64);
        let (law, exact, bins) = (Some(self), None, Vec::new());
        let compiled = Compiled {
            eigenvalues,
            power,
            modes,
            law,
            exact,
            bins,
            compression_error: 0.0,
            noise: None,
            has_levels: false,
        };
        Ok(Spectrum { compiled: Arc::new(compiled), floor: 0.0 })
    }

    /// The measures of eigenvalues and of target power; accurate for arguments next to the negative axis, too, if they
    /// are in `focus`.
    pub(super) fn measures(&self, focus: Option<Focus>) -> (Measure, Measure) {
        let mut nodes: Vec<(f64, Double, f64)> = self.spikes.iter().map(|&(l, p)| (l, Double::new(1.0), p)).collect();
        let mut rest = None;
        for stretch in self.stretches() {
            rest = add_nodes(&stretch, self.is_last(&stretch), focus, &mut nodes);
        }
        nodes.sort_by(|x, y| y.0.total_cmp(&x.0));
        let lambda: Vec<f64> = nodes.iter().map(|n| n.0).collect();
        let (eigenvalue_rest, power_rest) = rest.unzip();
        let eigenvalues = Measure::of_modes(lambda.clone(), nodes.iter().map(|n| n.1).collect(), eigenvalue_rest);
        let power = Measure::new(lambda, nodes.iter().map(|n| n.2).collect(), power_rest);
        (eigenvalues, power)
    }

    /// The measures for arguments in focus, if they are others than those without one.
    pub(super) fn refined(&self, focus: Focus) -> Option<(Measure, Measure)> {
        let changes = self.stretches().iter().any(|stretch| stretch.changes(self.is_last(stretch), focus));
        changes.then(|| self.measures(Some(focus)))
    }

    fn is_last(&self, stretch: &Stretch) -> bool {
        stretch.end >= self.modes + 1.0
    }

    fn check(&self) -> Result<()> {
        let exponents = std::iter::once((self.a, self.b)).chain(self.breaks.iter().map(|s| (s.a, s.b)));
        for (a, b) in exponents {
            for (name, value) in [("a", a), ("b", b)] {
                if !(0.0..=100.0).contains(&value) {
                    return Err(Error::OutOfRange { name, value, allowed: "from 0 to 100" });
                }
            }
        }
        let countable = (1.0..=1e15).contains(&self.modes) && self.modes.fract() == 0.0;
        if !countable && self.modes != f64::INFINITY {
            let allowed = "an integer from 1 to 1e15, or infinite";
            return Err(Error::OutOfRange { name: "modes", value: self.modes, allowed });
        }
        if self.modes.is_infinite() {
            let (a, b) = self.breaks.last().map_or((self.a, self.b), |s| (s.a, s.b));
            for (name, value) in [("a", a), ("b", b)] {
                if value <= 1.0 {
                    return Err(Error::Divergent { name, value });
                }
            }
        }
        let mut previous = 1.0;
        for s in &self.breaks {
            if !(s.mode > previous && s.mode < self.modes && s.mode.fract() == 0.0) {
                let allowed = "an integer above 1 and the break before it, and below the number of modes";
                return Err(Error::OutOfRange { name: "break", value: s.mode, allowed });
            }
            previous = s.mode;
        }
        if let Some(stretch) = self.stretches().iter().find(|stretch| stretch.eigenvalue < UNDERFLOW_EIGENVALUE) {
            let allowed = "where the eigenvalues are still above 1e-76: drop the break, it is never resolved";
            return Err(Error::OutOfRange { name: "break", value: stretch.first, allowed });
        }
        for &(eigenvalue, power) in &self.spikes {
            if !EIGENVALUE_RANGE.contains(&eigenvalue) {
                let allowed = "from 1e-70 to 1e70";
                return Err(Error::OutOfRange { name: "eigenvalue of a spike", value: eigenvalue, allowed });
            }
            if !(0.0..=LARGEST_POWER).contains(&power) {
                let allowed = "from 0 to 1e100";
                return Err(Error::OutOfRange { name: "target power of a spike", value: power, allowed });
            }
        }
        Ok(())
    }

    fn stretches(&self) -> Vec<Stretch> {
        let ends = self.breaks.iter().map(|s| s.mode).chain(std::iter::once(self.modes + 1.0));
        let exponents = std::iter::once((self.a, self.b)).chain(self.breaks.iter().map(|s| (s.a, s.b)));
        let (mut first, mut eigenvalue, mut power) = (1.0, 1.0, 1.0);
        let mut out = Vec::new();
        for (end, (a, b)) in ends.zip(exponents) {
            let stretch = Stretch { first, end, a, b, eigenvalue, power };
            (eigenvalue, power) = stretch.at(end);
            first = end;
            out.push(stretch);
        }
        out
    }
}

/// Adds `(eigenvalue, multiplicity, power)` nodes for the modes of a stretch (equation (Panels)) and returns the
/// moments of what lies beyond the last node, for eigenvalues and for power, if the stretch is infinite.
///
/// Small mode numbers are kept one by one; then panels, each summed by the Gauss rule of its counting measure.
/// Towards the last mode of a finite spectrum panels shrink geometrically, because exponentially small losses need
/// the sums at negative arguments right next to the smallest eigenvalue, and around the poles of what is summed, the
/// mode numbers at which `lambda = -kappa`, for arguments in focus.
fn add_nodes(
    stretch: &Stretch,
    last: bool,
    focus: Option<Focus>,
    nodes: &mut Vec<(f64, Double, f64)>,
) -> Option<(Moments, Moments)> {
    let mut rules = CountingRules::default();
    let mut rest: Option<Unresolved> = None;
    let mut k = stretch.first;
    while k < stretch.end {
        let (eigenvalue, power) = stretch.at(k);
        if stretch.is_resolved_before(k, eigenvalue) {
            return Some(infinite_rest(stretch, k));
        }
        if eigenvalue < UNDERFLOW_EIGENVALUE && rest.is_none() {
            rest = Some(Unresolved::new(eigenvalue));
        }
        let mut count = stretch.panel(last, k);
        if let Some(focus) = focus {
            count = count.min(stretch.focused_panel(focus, k, eigenvalue));
        }
        if count <= PANEL_NODES as f64 {
            match &mut rest {
                Some(rest) => rest.add(eigenvalue, 1.0, power),
                None => nodes.push((eigenvalue, Double::new(1.0), power)),
            }
            k += 1.0;
            continue;
        }
        let rule = rules.of(count);
        for (x, w) in rule.nodes.iter().zip(&rule.weights) {
            let (eigenvalue, power) = stretch.at(k - 0.5 + 0.5 * count * (x + 1.0));
            match &mut rest {
                Some(rest) => rest.add(eigenvalue, count * w, count * w * power),
                None => nodes.push((eigenvalue, Double::new(count * w), count * w * power)),
            }
        }
        if rest.is_none()
            && let Some((_, last, _)) = nodes.last_mut()
        {
            // the modes of a panel are counted exactly
            let counted: Double = rule.weights.iter().map(|w| count * w).sum();
            *last = last.plus(Double::new(count).minus(counted));
        }
        k += count;
    }
    rest.map(Unresolved::into_moments)
}

/// Modes of a finite law whose eigenvalues are too small for nodes: their moments, for eigenvalues and for power.
struct Unresolved {
    scale: f64,
    eigenvalues: [f64; MOMENTS],
    power: [f64; MOMENTS],
}

impl Unresolved {
    fn new(scale: f64) -> Self {
        Self { scale, eigenvalues: [0.0; MOMENTS], power: [0.0; MOMENTS] }
    }

    fn add(&mut self, eigenvalue: f64, multiplicity: f64, power: f64) {
        let ratio = eigenvalue / self.scale;
        for (values, weight) in [(&mut self.eigenvalues, multiplicity * eigenvalue), (&mut self.power, power)] {
            let mut term = weight;
            for value in values {
                *value += term;
                term *= ratio;
            }
        }
    }

    fn into_moments(self) -> (Moments, Moments) {
        let moments = |values| Moments { scale: self.scale, values };
        (moments(self.eigenvalues), moments(self.power))
    }
}

/// Moments of modes `k, k + 1, ...` to infinity, scaled by the eigenvalue of mode `k`: Hurwitz zeta values (equation
/// (Rest)).
fn infinite_rest(stretch: &Stretch, k: f64) -> (Moments, Moments) {
    let (eigenvalue, power) = stretch.at(k);
    let moments = |weight: f64, exponent: f64| {
        let values = std::array::from_fn(|i| weight * hurwitz_zeta_scaled(exponent + stretch.b * i as f64, k));
        Moments { scale: eigenvalue, values }
    };
    (moments(eigenvalue, stretch.b), moments(power, stretch.a))
}

/// Gauss rules of counting measures. Beyond `FAR` points the rule differs from Gauss-Legendre by a term in
/// `1/count^2` alone (the next one is below rounding), so that two rules serve for all of them.
#[derive(Default)]
struct CountingRules {
    limit: Option<(GaussRule, GaussRule)>,
}

const FAR: f64 = 1e6;

impl CountingRules {
    fn of(&mut self, count: f64) -> GaussRule {
        if count < FAR {
            return gauss_counting(PANEL_NODES, count);
        }
        let (legendre, far) = self
            .limit
            .get_or_insert_with(|| (gauss_counting(PANEL_NODES, f64::INFINITY), gauss_counting(PANEL_NODES, FAR)));
        let share = (FAR / count).powi(2);
        let mix = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x + (y - x) * share).collect();
        GaussRule { nodes: mix(&legendre.nodes, &far.nodes), weights: mix(&legendre.weights, &far.weights) }
    }
}
