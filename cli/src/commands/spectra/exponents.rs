//! Exponents of measured spectra, in words and as lines of a chart.

use spectralaw::data::{Bend, ExponentFit, WindowFit, eigenvalue_exponent, loss_exponents, power_exponent};

use super::answer::Answer;
use crate::number::rounded;
use crate::plot::chart::{Curve, Role};

/// The exponents of both laws, or why there are none.
pub struct Fits {
    /// `b`.
    pub eigenvalue: spectralaw::Result<ExponentFit>,
    /// `a`.
    pub power: spectralaw::Result<ExponentFit>,
}

/// Points of a fitted line.
const POINTS: usize = 40;

impl Fits {
    /// Of the first modes of an answer.
    pub fn new(answer: &Answer) -> Self {
        let modes = answer.fitted.min(answer.eigenvalues.len());
        let (eigenvalues, power) = (&answer.eigenvalues[..modes], &answer.power[..modes]);
        Self { eigenvalue: eigenvalue_exponent(eigenvalues), power: power_exponent(eigenvalues, power) }
    }

    /// What is known of both exponents, and of the losses that follow.
    pub fn words(&self) -> Vec<(&'static str, String)> {
        let mut lines =
            vec![("b", words(&self.eigenvalue, "lambda_k ~ k^-b")), ("a", words(&self.power, "lambda_k w_k^2 ~ k^-a"))];
        if let (Ok(eigenvalue), Ok(power)) = (&self.eigenvalue, &self.power) {
            lines.push(("loss", losses(&power.best, &eigenvalue.best)));
        }
        lines
    }

    /// Straight lines over the windows, through the modes.
    pub fn curves(&self, answer: &Answer, tails: &[f64]) -> Vec<Curve> {
        let curve = |line: usize, points: Vec<(f64, f64)>| Curve::new(Role::Fit(line), "fitted", points);
        let eigenvalue = self.eigenvalue.iter().map(|fit| curve(0, line(&fit.best, &answer.eigenvalues)));
        eigenvalue.chain(self.power.iter().map(|fit| curve(1, tail(&fit.best, tails)))).collect()
    }
}

/// An exponent with its window, or the refusal.
fn words(fit: &spectralaw::Result<ExponentFit>, law: &str) -> String {
    let fit = match fit {
        Ok(fit) => fit,
        Err(error) => return format!("{law}: {error}"),
    };
    let WindowFit { first, last, exponent, error, .. } = fit.best;
    let straight = fit.windows.iter().filter(|window| window.is_straight() && window.last >= 10 * window.first).count();
    let [exponent, low, high] = [exponent, fit.range.0, fit.range.1].map(|x| rounded(x, 3));
    let error = rounded(error, 2);
    let others = match straight {
        0 | 1 => "the only straight window".to_owned(),
        count => format!("{low} to {high} in all {count} straight windows"),
    };
    format!("{law}: {exponent} +- {error} in modes {first} to {last}; {others}{}", bends(&fit.bends))
}

/// The exponents between all bends; nothing where there are none. Noise may part a line in two of one slope: that is no
/// bend.
fn bends(bends: &[Bend]) -> String {
    let seen: Vec<&Bend> = bends.iter().filter(|bend| rounded(bend.before, 2) != rounded(bend.after, 2)).collect();
    let Some(last) = seen.last() else { return String::new() };
    let before = |bend: &&Bend| format!("{} up to mode {}, ", rounded(bend.before, 3), bend.mode);
    format!("; it bends: {}{} beyond", seen.iter().map(before).collect::<String>(), rounded(last.after, 3))
}

/// Exponents of the losses, where they are defined, each with the error that those of a and b leave.
fn losses(power: &WindowFit, eigenvalue: &WindowFit) -> String {
    let of = |window: &WindowFit| (window.exponent, window.error);
    let Some(exponents) = loss_exponents(of(power), of(eigenvalue)) else {
        return "no power law: it needs a > 1 and b > 0".to_owned();
    };
    let [time, width, samples] =
        exponents.map(|(exponent, error)| format!("({} +- {})", rounded(exponent, 2), rounded(error, 2)));
    format!("~ t^-{time}, N^-{width}, P^-{samples}, if both laws go on without end")
}

/// The least-squares line of equation (Fit.eigenvalues), whose constant has the weights of its slope.
fn line(window: &WindowFit, eigenvalues: &[f64]) -> Vec<(f64, f64)> {
    let modes = window.first..=window.last;
    let (mut weights, mut sum) = (0.0, 0.0);
    for (mode, eigenvalue) in modes.zip(&eigenvalues[window.first - 1..]).filter(|(_, eigenvalue)| **eigenvalue > 0.0) {
        let k = mode as f64;
        weights += k.recip();
        sum += (eigenvalue.ln() + window.exponent * k.ln()) / k;
    }
    spread(window).map(|k| (k, (sum / weights - window.exponent * k.ln()).exp())).collect()
}

/// The power beyond a mode, if the power in the window falls as the fitted law (equation (Fit.power)).
fn tail(window: &WindowFit, tails: &[f64]) -> Vec<(f64, f64)> {
    let tail = |mode: usize| tails.get(mode).copied().unwrap_or(0.0);
    let (before, after) = (if window.first > 1 { tail(window.first - 2) } else { 1.0 }, tail(window.last - 1));
    let law = |mode: usize| (mode as f64).powf(-window.exponent);
    let scale = (before - after) / (window.first..=window.last).map(law).sum::<f64>();
    let mut drawn: Vec<usize> = spread(window).map(|k| k.round() as usize).collect();
    drawn.dedup();
    let (mut beyond, mut points, mut last) = (0.0, Vec::with_capacity(drawn.len()), window.last);
    for mode in drawn.into_iter().rev() {
        beyond += (mode + 1..=last).rev().map(law).sum::<f64>();
        last = mode;
        points.push((mode as f64, after + scale * beyond));
    }
    points.reverse();
    points
}

/// Mode numbers across a window.
fn spread(window: &WindowFit) -> impl Iterator<Item = f64> {
    let (first, last) = (window.first as f64, window.last as f64);
    (0..=POINTS).map(move |i| first * (last / first).powf(i as f64 / POINTS as f64))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MODES: usize = 400;

    fn law(exponent: f64) -> Vec<f64> {
        (1..=MODES).map(|k| 3.0 * (k as f64).powf(-exponent)).collect()
    }

    /// Through an exact law the line is the law itself.
    #[test]
    fn lines_go_through_the_modes() {
        let eigenvalues = law(1.4);
        let best = eigenvalue_exponent(&eigenvalues).unwrap().best;
        assert_eq!((best.first, best.last), (1, MODES));
        for (k, value) in line(&best, &eigenvalues) {
            assert!((value / (3.0 * k.powf(-1.4)) - 1.0).abs() < 1e-9, "{k}: {value}");
        }
    }

    /// Through an exact law the shares beyond each mode are its own, to the rounding of a fitted exponent.
    #[test]
    fn tails_are_those_of_the_law() {
        for (exponent, floor) in [(1.6, 0.0), (1.0, 0.3), (0.7, 0.3)] {
            let power = law(exponent);
            let total = power.iter().sum::<f64>() + floor;
            let tails: Vec<f64> = (0..MODES).map(|k| (power[k + 1..].iter().sum::<f64>() + floor) / total).collect();
            let fit = power_exponent(&law(1.4), &power).unwrap();
            let points = tail(&fit.best, &tails);
            assert!((points[points.len() - 1].1 - floor / total).abs() < 1e-12);
            for (k, value) in &points {
                let exact = tails[*k as usize - 1];
                assert!((value - exact).abs() < 1e-9, "{exponent} {k}: {value} {exact}");
            }
        }
    }
}
