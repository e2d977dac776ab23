//! How a single mode is learned: its transfer function in time, and the density of its timescales.

use std::f64::consts::PI;

use num_complex::Complex64;

use crate::contour::Contour;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::precision::{EIGENVALUE_RANGE, RESOLVENT_RANGE};
use crate::resolvent::{Solver, State, solve_off_axis};

impl Model {
    /// Mean residual `H_k(t)` of a mode under gradient flow, by its eigenvalue (0, or from 1e-70 to 1e70): 1 before
    /// training, 0 once the mode is learned (equation (H.t); figure 6b of Bordelon, Atanasov and Pehlevan 2024).
    ///
    /// Times are from 0 to 1e30 or infinite; the absolute error is below 1e-13.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] or [`Error::BadEntry`] for a bad eigenvalue or time; [`Error::Unresolved`] where the
    /// spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(100.0)?;
    /// let residual = model.transfer_in_time(1.0, &[0.0, 1.0, f64::INFINITY])?;
    /// assert_eq!(residual[0], 1.0);
    /// assert!(residual[1] > (-1.0f64).exp()); // slower than on infinitely many samples
    /// assert!(residual[2] > 0.0); // and never quite learned
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn transfer_in_time(&self, eigenvalue: f64, times: &[f64]) -> Result<Vec<f64>> {
        check_eigenvalue(eigenvalue)?;
        crate::training::check_times(times)?;
        times.iter().map(|&t| transfer_at(self, eigenvalue, t)).collect()
    }

    /// How much of each mode is learned by ridge regression, by its eigenvalue (0, or from 1e-70 to 1e70): its
    /// learnability `lambda_k / (lambda_k + kappa)`, from 0 to 1, which is `1 - z H_k(z)` with the ridge for `z`
    /// (equation (H)). Over all modes of the spectrum they sum to the effective number of learned modes,
    /// [`Resolvent::df1`](crate::resolvent::Resolvent::df1).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] or [`Error::BadEntry`] for a bad eigenvalue or ridge; [`Error::Unresolved`] where the
    /// spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::from_modes(&[1.0, 0.1], &[1.0, 1.0])?);
    /// // on infinitely many samples kappa is the ridge
    /// let learnability = model.learnability(&[1.0, 0.1], 0.1)?;
    /// assert!((learnability[0] - 1.0 / 1.1).abs() < 1e-15 && (learnability[1] - 0.5).abs() < 1e-15);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn learnability(&self, eigenvalues: &[f64], ridge: f64) -> Result<Vec<f64>> {
        eigenvalues.iter().try_for_each(|eigenvalue| check_eigenvalue(*eigenvalue))?;
        crate::ridge::check_ridges(&[ridge])?;
        // an infinite ridge learns nothing
        let kappa = if ridge.is_finite() { Solver::new(self).real(ridge)?.kappa.re } else { ridge };
        Ok(eigenvalues.iter().map(|l| if *l > 0.0 { l / (l + kappa) } else { 0.0 }).collect())
    }

    /// Density `rho_k(u)` of the rates `u` at which a mode of the given eigenvalue decays, `H_k(t) = integral of
    /// rho_k(u) e^{-u t} du` plus what is never learned (equation (H.rho); figure 8 of Bordelon, Atanasov and Pehlevan
    /// 2024).
    ///
    /// In units of the inverse rate. Computed next to the cut of the resolvent, at a distance of 1e-12 of the rate:
    /// sharp edges of the density are smoothed at that relative scale, and isolated modes appear as Lorentzians of that
    /// width.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] or [`Error::BadEntry`] for bad values and for infinite width on infinitely many samples,
    /// where every mode has one rate; [`Error::Unresolved`] where the spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// // 100 equal modes on 200 samples: Marchenko-Pastur
    /// let white = Spectrum::from_modes_with_multiplicity(&[1.0], &[0.01], &[100.0])?;
    /// let model = Model::new(&white).with_samples(200.0)?;
    /// let density = model.timescale_density(1.0, &[1.0])?[0];
    /// let (low, high) = ((1.0 - 0.5f64.sqrt()).powi(2), (1.0 + 0.5f64.sqrt()).powi(2));
    /// let exact = 2.0 * ((high - 1.0) * (1.0 - low)).sqrt() / (2.0 * std::f64::consts::PI);
    /// assert!((density / exact - 1.0).abs() < 1e-10);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn timescale_density(&self, eigenvalue: f64, rates: &[f64]) -> Result<Vec<f64>> {
        Ok(self.timescale_densities(&[eigenvalue], rates)?.pop().unwrap_or_default())
    }

    /// Densities of timescales of several modes, each with its own list: they share the resolvent, which takes nearly
    /// all of the time.
    ///
    /// # Errors
    ///
    /// As for [`timescale_density`](Self::timescale_density).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(100.0)?;
    /// let rates = [0.01, 0.1, 1.0];
    /// let densities = model.timescale_densities(&[1.0, 0.1], &rates)?;
    /// assert_eq!(densities[1], model.timescale_density(0.1, &rates)?);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn timescale_densities(&self, eigenvalues: &[f64], rates: &[f64]) -> Result<Vec<Vec<f64>>> {
        eigenvalues.iter().try_for_each(|&eigenvalue| check_eigenvalue(eigenvalue))?;
        if self.width().is_infinite() && self.samples().is_infinite() {
            let allowed = "finite, or the samples are: otherwise every mode has the single rate lambda_k";
            return Err(Error::OutOfRange { name: "width", value: self.width(), allowed });
        }
        if let Some(index) = rates.iter().position(|u| !RESOLVENT_RANGE.contains(u)) {
            let allowed = "from 1e-100 to 1e100";
            return Err(Error::BadEntry { name: "rates", index, value: rates[index], allowed });
        }
        let kappa = |&rate: &f64| {
            let z = Complex64::new(-rate, rate * DISTANCE_TO_CUT);
            Ok((z, solve_off_axis(self, z)?.0.kappa))
        };
        let solved: Vec<(Complex64, Complex64)> = rates.iter().map(kappa).collect::<Result<_>>()?;
        let density = |eigenvalue: f64, (z, kappa): (Complex64, Complex64)| {
            let transfer = kappa / (z * (kappa + eigenvalue));
            // where there is no density, rounding may have either sign
            (-transfer.im / PI).max(0.0)
        };
        let of_mode = |&eigenvalue: &f64| solved.iter().map(|&solved| density(eigenvalue, solved)).collect();
        Ok(eigenvalues.iter().map(of_mode).collect())
    }
}

/// Relative distance from the cut at which densities are read off.
const DISTANCE_TO_CUT: f64 = 1e-12;

fn check_eigenvalue(eigenvalue: f64) -> Result<()> {
    if eigenvalue == 0.0 || EIGENVALUE_RANGE.contains(&eigenvalue) {
        Ok(())
    } else {
        let allowed = "0, or from 1e-70 to 1e70";
        Err(Error::OutOfRange { name: "eigenvalue", value: eigenvalue, allowed })
    }
}

fn transfer_at(model: &Model, eigenvalue: f64, t: f64) -> Result<f64> {
    let scale = model.spectrum().largest_eigenvalue().max(eigenvalue);
    if t * scale < f64::EPSILON * f64::EPSILON {
        return Ok(1.0);
    }
    let solver = Solver::new(model);
    if t.is_infinite() {
        let kappa = solver.real(0.0)?.kappa.re;
        return Ok(if eigenvalue > 0.0 { kappa / (kappa + eigenvalue) } else { 1.0 });
    }
    let contour = Contour::hyperbola(t, t, 0.0);
    let states = solver.along(&contour.nodes, model.spectrum().eigenvalues().smallest_resolved())?;
    let term = |(s, w): (&State, &Complex64)| (w * (s.z * t).exp() * s.kappa / (s.z * (s.kappa + eigenvalue))).re;
    Ok(2.0 * states.iter().zip(&contour.weights).map(term).sum::<f64>())
}
