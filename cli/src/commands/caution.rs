//! What is to be said of a spectrum that was read from a file: its noise, and what it cannot tell.

use spectralaw::Spectrum;
use spectralaw::data::{Beyond, Reach};

use crate::args::spectrum::SpectrumArguments;
use crate::number::rounded;

/// What one should know of a file's spectrum, given how far it has been used.
pub fn remarks(arguments: &SpectrumArguments, spectrum: &Spectrum, reach: &Reach) -> Vec<String> {
    let Some(file) = arguments.file() else { return Vec::new() };
    // levels have not been measured
    let beyond = reach
        .beyond(spectrum.modes())
        .filter(|_| !spectrum.has_levels())
        .map(|beyond| caution(&beyond, spectrum.modes(), &file));
    noise(spectrum, &file).into_iter().chain(beyond).collect()
}

/// What a file of so many points does not tell.
pub fn of_points(reach: &Reach, points: f64, file: &str) -> Option<String> {
    reach.beyond(points).map(|beyond| caution(&beyond, points, file))
}

/// What negative eigenvalues in a file tell.
pub fn noise(spectrum: &Spectrum, file: &str) -> Option<String> {
    let noise = spectrum.noise()?;
    let [negative, positive] = [noise.negative, noise.positive].map(|count| rounded(count, 6));
    Some(format!(
        "{file}: {negative} eigenvalues are negative by rounding, down to {}, and taken for 0, as {positive} are that are \
         less than twice as far from 0; their power, {}, is in the floor",
        rounded(noise.lowest, 3),
        rounded(noise.power, 3)
    ))
}

/// What a file of so many modes does not tell.
fn caution(beyond: &Beyond, modes: f64, file: &str) -> String {
    let amounts = beyond.amounts.iter().map(|(name, amount)| format!("{name} {}", rounded(*amount, 4)));
    let amounts = amounts.collect::<Vec<_>>().join(" and ");
    let (count, how) = (rounded(modes, 6), "halves of the data tell: spectrum --halves, then --check");
    if beyond.is_all {
        format!(
            "CAUTION: {amounts} of {count} modes in {file}: of more than was measured a spectrum says nothing, and `error`, \
             which is numerical, does not count that ({how})"
        )
    } else {
        format!(
            "caution: {amounts} of {count} modes in {file}: beyond a tenth of them eigenvalues are those of the sample more \
             than of the kernel, which `error`, being numerical, does not count ({how})"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_said() {
        let told = |width: f64, samples: f64| {
            let mut reach = Reach::default();
            reach.size(width, samples);
            reach.beyond(1000.0).map(|beyond| caution(&beyond, 1000.0, "s.npz")).unwrap_or_default()
        };
        assert!(told(101.0, 50.0).starts_with("caution: width 101 of 1000 modes in s.npz: beyond a tenth"));
        assert!(told(101.0, 999.0).starts_with("caution: width 101 and samples 999 of"));
        assert!(told(101.0, 1000.0).starts_with("CAUTION: samples 1000 of 1000 modes in s.npz: of more than was"));
    }
}
