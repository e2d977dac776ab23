//! Options that say which kernel.

use clap::{Args, ValueEnum};
use spectralaw::spectrum::kernel::Kernel;

use crate::args::values::{self, Values};
use crate::failure::Failure;
use crate::number::shortest;

/// A kernel and the measure of its inputs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Kernel (--kernel), on all inputs of its kind or on points")]
pub struct KernelArguments {
    /// Which kernel, on which inputs.
    #[arg(long, value_enum, value_name = "KERNEL")]
    kernel: Option<Family>,

    /// Dimension d of the inputs; a sphere itself has one less. That of --points is known.
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    dimension: Option<u64>,

    /// Of nngp and ntk: the nonlinearity of hidden units [default: relu].
    #[arg(long, value_enum)]
    activation: Option<Activation>,

    /// Of nngp and ntk: the number of hidden layers, from 1 to 20 [default: 1].
    #[arg(long, value_name = "LAYERS", allow_hyphen_values = true)]
    depth: Option<u32>,

    /// Of ntk with relu, one hidden layer and no biases: the number of hidden units, for the spectrum that networks of
    /// this width have on average; of several widths each is written to a file of its own, S.width32.npz beside S.npz
    /// [default: infinite].
    #[arg(long, value_name = "WIDTHS", value_parser = values::sizes, allow_hyphen_values = true)]
    width: Option<Values>,

    /// Of nngp and ntk: the variance of weights, relative to that of He initialization for relu [default: 1].
    #[arg(long, value_name = "VARIANCE", value_parser = values::number, allow_hyphen_values = true)]
    weight_variance: Option<f64>,

    /// Of nngp and ntk: the variance of biases [default: 0].
    #[arg(long, value_name = "VARIANCE", value_parser = values::number, allow_hyphen_values = true)]
    bias_variance: Option<f64>,

    /// Length over which the kernel falls: on spheres of radius 1, on tori of period 1 [default: 1].
    #[arg(long, value_name = "LENGTH", value_parser = values::number, allow_hyphen_values = true)]
    scale: Option<f64>,

    /// Of polynomial: the degree, from 1 to 100.
    #[arg(long, value_name = "DEGREE", allow_hyphen_values = true)]
    degree: Option<u32>,

    /// Of polynomial: what is added to the product of the inputs [default: 0].
    #[arg(long, value_name = "OFFSET", value_parser = values::number, allow_hyphen_values = true)]
    offset: Option<f64>,

    /// Of gaussian-measure: the standard deviation of each component of the inputs [default: 1].
    #[arg(long, value_name = "DEVIATION", value_parser = values::number, allow_hyphen_values = true)]
    deviation: Option<f64>,

    /// Of torus-matern: the smoothness nu, 0.5 for the exponential kernel.
    #[arg(long, value_name = "NU", value_parser = values::number, allow_hyphen_values = true)]
    smoothness: Option<f64>,
}

/// Kernels whose spectra are known exactly.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Family {
    /// Covariance of infinitely wide networks, on the unit sphere.
    Nngp,
    /// Tangent kernel of infinitely wide networks, on the unit sphere.
    Ntk,
    /// exp(-|x - y|/scale) on the unit sphere.
    Laplace,
    /// exp(-|x - y|^2/(2 scale^2)) on the unit sphere.
    Gaussian,
    /// exp(x.y/scale^2) on the unit sphere.
    Exponential,
    /// (offset + x.y)^degree on the unit sphere.
    Polynomial,
    /// exp(-|x - y|^2/(2 scale^2)) for Gaussian inputs.
    GaussianMeasure,
    /// exp(-r^2/(2 scale^2)) on a torus.
    TorusGaussian,
    /// Matern kernel on a torus.
    TorusMatern,
}

/// Nonlinearities.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Activation {
    /// max(x, 0)
    Relu,
    /// The error function.
    Erf,
}

impl Activation {
    fn of_library(self) -> spectralaw::spectrum::kernel::Activation {
        match self {
            Self::Relu => spectralaw::spectrum::kernel::Activation::Relu,
            Self::Erf => spectralaw::spectrum::kernel::Activation::Erf,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Relu => "ReLU",
            Self::Erf => "erf",
        }
    }
}

impl KernelArguments {
    /// Whether there is one.
    pub fn is_given(&self) -> bool {
        self.kernel.is_some()
    }

    /// Numbers of hidden units, if they are finite.
    pub fn width(&self) -> Option<&Values> {
        self.width.as_ref()
    }

    /// The kernel, if all options that are given belong to it.
    pub fn kernel(&self) -> Result<Kernel, Failure> {
        self.family()?;
        let missing = "inputs in how many dimensions? give --dimension, as in --dimension 10, or data by --points";
        self.with(self.dimension.ok_or_else(|| Failure::refused(missing))?)
    }

    /// The kernel on points with `dimension` coordinates.
    pub fn kernel_on_points(&self, coordinates: usize) -> Result<Kernel, Failure> {
        match self.dimension {
            Some(_) => Err(Failure::refused("--dimension is that of the points: omit it with --points")),
            None if self.deviation.is_some() => {
                Err(Failure::refused("--deviation is that of the points: omit it with --points"))
            }
            // the measure of inputs, which bounds the scale, is that of the points
            None if self.kernel == Some(Family::GaussianMeasure) => {
                self.refuse_foreign(Family::GaussianMeasure)?;
                Ok(Kernel::gaussian_measure(self.scale(), self.scale(), coordinates as u64)?)
            }
            None => self.with(coordinates as u64),
        }
    }

    fn with(&self, d: u64) -> Result<Kernel, Failure> {
        let family = self.family()?;
        self.refuse_foreign(family)?;
        let scale = self.scale();
        Ok(match family {
            Family::Nngp => self.with_variances(Kernel::nngp(self.activation().of_library(), self.depth(), d)?)?,
            Family::Ntk => self.with_variances(Kernel::ntk(self.activation().of_library(), self.depth(), d)?)?,
            Family::Laplace => Kernel::laplace(scale, d)?,
            Family::Gaussian => Kernel::gaussian(scale, d)?,
            Family::Exponential => Kernel::exponential(scale, d)?,
            Family::Polynomial => Kernel::polynomial(self.degree()?, self.offset.unwrap_or(0.0), d)?,
            Family::GaussianMeasure => Kernel::gaussian_measure(scale, self.deviation.unwrap_or(1.0), d)?,
            Family::TorusGaussian => Kernel::torus_gaussian(scale, d)?,
            Family::TorusMatern => Kernel::torus_matern(self.smoothness()?, scale, d)?,
        })
    }

    fn family(&self) -> Result<Family, Failure> {
        let missing = "no spectrum: give --kernel, or data by --gram, --features or --spectrum";
        self.kernel.ok_or_else(|| Failure::refused(missing))
    }

    /// Options of a kernel make no sense without one.
    pub fn refuse_all(&self, with: &str) -> Result<(), Failure> {
        let kernel = [("--kernel", self.kernel.is_some()), ("--dimension", self.dimension.is_some())];
        let options = kernel.into_iter().chain(self.options().into_iter().map(|(option, given, _)| (option, given)));
        match options.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Failure::refused(format!("{option} belongs to kernels: omit it with {with}"))),
            None => Ok(()),
        }
    }

    /// Options, whether they are given, and to which kernels they belong.
    fn options(&self) -> [(&'static str, bool, &'static [Family]); 10] {
        use Family::{
            Exponential, Gaussian, GaussianMeasure, Laplace, Nngp, Ntk, Polynomial, TorusGaussian, TorusMatern,
        };
        const NETWORKS: &[Family] = &[Nngp, Ntk];
        const SCALED: &[Family] = &[Laplace, Gaussian, Exponential, GaussianMeasure, TorusGaussian, TorusMatern];
        [
            ("--activation", self.activation.is_some(), NETWORKS),
            ("--depth", self.depth.is_some(), NETWORKS),
            ("--width", self.width.is_some(), &[Ntk]),
            ("--weight-variance", self.weight_variance.is_some(), NETWORKS),
            ("--bias-variance", self.bias_variance.is_some(), NETWORKS),
            ("--scale", self.scale.is_some(), SCALED),
            ("--degree", self.degree.is_some(), &[Polynomial]),
            ("--offset", self.offset.is_some(), &[Polynomial]),
            ("--deviation", self.deviation.is_some(), &[GaussianMeasure]),
            ("--smoothness", self.smoothness.is_some(), &[TorusMatern]),
        ]
    }

    /// Refuses options of other kernels.
    fn refuse_foreign(&self, family: Family) -> Result<(), Failure> {
        let foreign = self.options().into_iter().find(|(_, given, owners)| *given && !owners.contains(&family));
        let Some((option, _, owners)) = foreign else { return Ok(()) };
        let owners = owners.iter().map(|owner| owner.name()).collect::<Vec<_>>().join(", ");
        let kernel = family.name();
        Err(Failure::refused(format!("{option} belongs to other kernels ({owners}): omit it with --kernel {kernel}")))
    }

    fn with_variances(&self, kernel: Kernel) -> Result<Kernel, Failure> {
        Ok(kernel.with_variances(self.weight_variance.unwrap_or(1.0), self.bias_variance.unwrap_or(0.0))?)
    }

    fn activation(&self) -> Activation {
        self.activation.unwrap_or(Activation::Relu)
    }

    fn depth(&self) -> u32 {
        self.depth.unwrap_or(1)
    }

    fn scale(&self) -> f64 {
        self.scale.unwrap_or(1.0)
    }

    fn degree(&self) -> Result<u32, Failure> {
        self.degree.ok_or_else(|| Failure::refused("a polynomial of which degree? give --degree, as in --degree 3"))
    }

    fn smoothness(&self) -> Result<f64, Failure> {
        let missing = "a Matern kernel of which smoothness? give --smoothness, as in --smoothness 1.5";
        self.smoothness.ok_or_else(|| Failure::refused(missing))
    }

    /// The request, in words, on all inputs.
    pub fn words(&self, kernel: &Kernel) -> String {
        let inputs = match self.kernel {
            Some(Family::GaussianMeasure) => {
                format!("for Gaussian inputs of standard deviation {}", shortest(self.deviation.unwrap_or(1.0)))
            }
            Some(Family::TorusGaussian | Family::TorusMatern) => "on the torus".to_owned(),
            _ => "on the unit sphere".to_owned(),
        };
        format!("{}, {inputs} in {} dimensions", self.function(), kernel.dimension())
    }

    /// The kernel as a function, in words.
    pub fn function(&self) -> String {
        let scale = shortest(self.scale());
        let given = |name: &str, value: Option<f64>| value.map(|value| format!(", {name} {}", shortest(value)));
        let network = |which: &str| {
            let layers =
                if self.depth() == 1 { "1 hidden layer".to_owned() } else { format!("{} hidden layers", self.depth()) };
            let weights = given("weight variance", self.weight_variance).unwrap_or_default();
            let biases = given("bias variance", self.bias_variance).unwrap_or_default();
            format!("{which} of a {} network with {layers}{weights}{biases}", self.activation().words())
        };
        match self.kernel {
            Some(Family::Nngp) => network("covariance (NNGP)"),
            Some(Family::Ntk) => network("tangent kernel"),
            Some(Family::Laplace) => format!("exp(-|x - y|/{scale})"),
            Some(Family::Exponential) => format!("exp(x.y/{scale}^2)"),
            Some(Family::Gaussian | Family::GaussianMeasure) => format!("exp(-|x - y|^2/(2*{scale}^2))"),
            Some(Family::Polynomial) => {
                format!("({} + x.y)^{}", shortest(self.offset.unwrap_or(0.0)), self.degree.unwrap_or_default())
            }
            Some(Family::TorusGaussian) => format!("exp(-r^2/(2*{scale}^2))"),
            Some(Family::TorusMatern) => {
                format!("Matern kernel of smoothness {}, scale {scale}", shortest(self.smoothness.unwrap_or_default()))
            }
            None => String::new(),
        }
    }

    /// Whether only directions of inputs count.
    pub fn is_on_sphere(&self) -> bool {
        use Family::{GaussianMeasure, TorusGaussian, TorusMatern};
        !matches!(self.kernel, Some(GaussianMeasure | TorusGaussian | TorusMatern))
    }
}

impl Family {
    /// As it is typed.
    fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }
}
