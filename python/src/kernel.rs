//! Kernels whose spectra are known, and targets.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::Error;
use spectralaw::data::{self, Neurons, network_spectra};
use spectralaw::networks::NetworkSpectrum;
use spectralaw::spectrum::kernel::{Activation, Level, Link};
use spectralaw::table::{Column, Table};

use crate::data::centring_of;
use crate::table::{Array, Doubles, columns, list};
use crate::work::{refused, run};

/// A kernel and the measure of its inputs.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Kernel(spectralaw::spectrum::kernel::Kernel);

impl Kernel {
    fn new(kernel: spectralaw::Result<spectralaw::spectrum::kernel::Kernel>) -> PyResult<Self> {
        kernel.map(Self).map_err(|error| refused(&error))
    }
}

fn activation_of(name: &str) -> spectralaw::Result<Activation> {
    match name {
        "relu" => Ok(Activation::Relu),
        "erf" => Ok(Activation::Erf),
        _ => Err(Error::Unsuited { problem: format!("`{name}` is no activation: give relu or erf") }),
    }
}

#[pymethods]
impl Kernel {
    /// The kernel of an infinitely wide network: its covariance, or its tangent kernel.
    #[staticmethod]
    fn network(tangent: bool, activation: &str, depth: u32, variances: (f64, f64), dimension: u64) -> PyResult<Self> {
        use spectralaw::spectrum::kernel::Kernel as Of;
        let network = activation_of(activation).and_then(|activation| {
            let new = if tangent { Of::ntk } else { Of::nngp };
            new(activation, depth, dimension)?.with_variances(variances.0, variances.1)
        });
        Self::new(network)
    }

    /// A kernel that falls over a scale, by its name.
    #[staticmethod]
    fn scaled(name: &str, scale: f64, dimension: u64) -> PyResult<Self> {
        use spectralaw::spectrum::kernel::Kernel as Of;
        Self::new(match name {
            "laplace" => Of::laplace(scale, dimension),
            "gaussian" => Of::gaussian(scale, dimension),
            "exponential" => Of::exponential(scale, dimension),
            "torus-gaussian" => Of::torus_gaussian(scale, dimension),
            _ => Err(Error::Unsuited {
                problem: format!(
                    "`{name}` is no kernel: give nngp, ntk, laplace, gaussian, exponential, polynomial, \
                     gaussian-measure, torus-gaussian or torus-matern"
                ),
            }),
        })
    }

    #[staticmethod]
    fn polynomial(degree: u32, offset: f64, dimension: u64) -> PyResult<Self> {
        Self::new(spectralaw::spectrum::kernel::Kernel::polynomial(degree, offset, dimension))
    }

    #[staticmethod]
    fn gaussian_measure(scale: f64, deviation: f64, dimension: u64) -> PyResult<Self> {
        Self::new(spectralaw::spectrum::kernel::Kernel::gaussian_measure(scale, deviation, dimension))
    }

    #[staticmethod]
    fn torus_matern(smoothness: f64, scale: f64, dimension: u64) -> PyResult<Self> {
        Self::new(spectralaw::spectrum::kernel::Kernel::torus_matern(smoothness, scale, dimension))
    }

    #[getter]
    fn trace(&self) -> f64 {
        self.0.trace()
    }

    #[getter]
    fn eigenvalue_exponent(&self) -> Option<f64> {
        self.0.eigenvalue_exponent()
    }

    /// The Gram matrix of points, row by row.
    fn gram<'py>(&self, py: Python<'py>, points: Doubles<'_>) -> PyResult<Array<'py>> {
        let (kernel, points) = (self.0.clone(), list(&points));
        Ok(PyArray1::from_vec(py, run(py, None, move |_| kernel.gram(&points))?))
    }

    /// The first levels, with the power of a target on each mode, the level that stands for all others, and the power
    /// in no mode.
    fn truncation<'py>(&self, py: Python<'py>, target: &Target, levels: usize) -> PyResult<(Bound<'py, PyDict>, f64)> {
        let (kernel, target) = (self.0.clone(), target.0.clone());
        let (table, floor) = run(py, None, move |_| {
            let truncation = kernel.truncation(&target, levels)?;
            let mut power: Vec<f64> = truncation
                .levels
                .iter()
                .zip(&truncation.target_power)
                .map(|(level, power)| power / level.degeneracy())
                .collect();
            let floor = truncation.floor;
            let levels: Vec<Level> = truncation.levels.into_iter().chain(truncation.rest).collect();
            power.resize(levels.len(), 0.0);
            let of = |value: fn(&Level) -> f64| levels.iter().map(value).collect::<Vec<f64>>();
            let table = Table::new(vec![
                Column::sizes("degree", of(|level| level.degree() as f64)),
                Column::sizes("multiplicity", of(Level::degeneracy)),
                Column::numbers("eigenvalue", of(Level::eigenvalue)),
                Column::numbers("target_power", power),
                Column::numbers("error", of(Level::relative_error)),
            ])?;
            Ok((table, floor))
        })?;
        Ok((columns(py, table)?, floor))
    }

    /// The spectrum that networks of a width have on average.
    fn at_width<'py>(&self, py: Python<'py>, target: &Target, levels: usize, width: f64) -> PyResult<Network<'py>> {
        let (kernel, target) = (self.0.clone(), target.0.clone());
        let found = run(py, None, move |_| kernel.at_width(&target, levels, width))?;
        network(py, found)
    }

    /// The spectra that networks of some widths have on points.
    #[expect(clippy::too_many_arguments, reason = "the layer in Python has names for them")]
    fn network_spectra<'py>(
        &self,
        py: Python<'py>,
        points: Doubles<'_>,
        targets: Doubles<'_>,
        centre: &str,
        widths: Doubles<'_>,
        neurons: usize,
        seed: u64,
    ) -> PyResult<Vec<Network<'py>>> {
        let kernel = self.0.clone();
        let (points, targets, widths, centring) = (list(&points), list(&targets), list(&widths), centring_of(centre)?);
        let neurons = Neurons { count: neurons, seed };
        let found = run(py, None, move |watch| {
            network_spectra(&kernel, &points, &targets, centring, &widths, neurons, &|share| watch.grow(share))
        })?;
        found.into_iter().map(|spectrum| network(py, spectrum)).collect()
    }

    /// Networks of any width that learn a target on the sphere.
    fn networks(&self, py: Python<'_>, target: &Target, levels: usize) -> PyResult<Networks> {
        let (kernel, target) = (self.0.clone(), target.0.clone());
        run(py, None, move |_| kernel.networks(&target, levels)).map(Networks)
    }

    /// Networks of any width that learn points.
    fn networks_on(
        &self,
        py: Python<'_>,
        points: Doubles<'_>,
        targets: Doubles<'_>,
        centre: &str,
        neurons: usize,
        seed: u64,
    ) -> PyResult<Networks> {
        let (kernel, neurons) = (self.0.clone(), Neurons { count: neurons, seed });
        let (points, targets, centring) = (list(&points), list(&targets), centring_of(centre)?);
        let found = run(py, None, move |watch| {
            data::networks(&kernel, &points, &targets, centring, neurons, &|share| watch.grow(share))
        });
        found.map(Networks)
    }
}

/// Networks of any width that learn one task.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Networks(pub spectralaw::networks::Networks);

#[pymethods]
impl Networks {
    /// The spectrum of a width.
    fn at_width<'py>(&self, py: Python<'py>, width: f64) -> PyResult<Network<'py>> {
        let networks = self.0.clone();
        network(py, run(py, None, move |_| networks.at_width(width))?)
    }

    /// What one network and the mean of all lose at times.
    fn ensemble(
        &self,
        py: Python<'_>,
        width: f64,
        samples: f64,
        noise: f64,
        times: Doubles<'_>,
    ) -> PyResult<Vec<(f64, f64)>> {
        let (networks, times) = (self.0.clone(), list(&times));
        let losses = run(py, None, move |_| networks.ensemble(width, samples, noise, &times))?;
        Ok(losses.iter().map(|loss| (loss.one, loss.all)).collect())
    }
}

/// Modes, and width, floor, smallest argument and both errors.
type Network<'py> = (Bound<'py, PyDict>, (f64, f64, f64, f64, f64));

fn network(py: Python<'_>, found: NetworkSpectrum) -> PyResult<Network<'_>> {
    let numbers = (found.width, found.floor, found.smallest_argument, found.error, found.sampling_error);
    let table = Table::new(vec![
        Column::numbers("multiplicity", found.multiplicity),
        Column::numbers("eigenvalue", found.eigenvalues),
        Column::numbers("target_power", found.target_power),
    ]);
    Ok((columns(py, table.map_err(|error| refused(&error))?)?, numbers))
}

/// A function that is learned.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Target(spectralaw::spectrum::kernel::Target);

#[pymethods]
impl Target {
    #[staticmethod]
    fn harmonics(exponent: f64) -> Self {
        Self(spectralaw::spectrum::kernel::Target::harmonics(exponent))
    }

    #[staticmethod]
    fn white(levels: usize) -> Self {
        Self(spectralaw::spectrum::kernel::Target::white(levels))
    }

    #[staticmethod]
    fn teacher(kernel: &Kernel) -> Self {
        Self(spectralaw::spectrum::kernel::Target::teacher(&kernel.0))
    }

    /// A function of one direction; the degree is that of a Hermite polynomial.
    #[staticmethod]
    fn single_index(link: &str, degree: u32) -> PyResult<Self> {
        let link = match link {
            "relu" => Link::Relu,
            "sign" => Link::Sign,
            "hermite" => Link::Hermite(degree),
            _ => {
                let problem = format!("`{link}` is no function of one direction: give relu, sign or hermite");
                return Err(refused(&Error::Unsuited { problem }));
            }
        };
        Ok(Self(spectralaw::spectrum::kernel::Target::single_index(link)))
    }
}
