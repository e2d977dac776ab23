//! `spectralaw spectrum`: exact spectra of kernels, measured ones of data, as tables and as files to learn from.

mod answer;
mod data;
mod dimensions;
mod exact;
mod exponents;
mod halves;
mod kernel;
mod measured;
mod networks;
mod target;
mod windows;

use clap::Args;

pub use self::answer::stored_in_words;
pub use self::data::{Centre, Data};
use self::data::{DataArguments, Source};
use self::kernel::KernelArguments;
pub use self::measured::{tell_cost, without_near_copies};
pub use self::target::TargetArguments;
use crate::failure::Failure;
use crate::output::delivery::DeliveryArguments;

/// Spectrum of a kernel, exact or on data, and the power of a target on it: a file for --spectrum of the other
/// commands.
///
/// A kernel with a target has an exact spectrum: one row for each level of equal eigenvalues; then the levels that are
/// not kept, which together act like a ridge, as one row, and the target power that they carry, which is not learned,
/// as a row of eigenvalue 0. Data have a measured one: one row for each mode, and the power outside the span of all
/// modes as a row of eigenvalue 0; the exponents of both are fitted over all windows of modes. Without targets there
/// are eigenvalues alone.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    kernel: KernelArguments,

    #[command(flatten)]
    target: TargetArguments,

    #[command(flatten)]
    data: DataArguments,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

const EXAMPLES: &str = "\
Examples:
  the tangent kernel of a network with three hidden layers, and a rectifier as the target
    spectralaw spectrum --kernel ntk --depth 3 --dimension 10 --target single-index:relu --output ntk.npz
  how it is learned
    spectralaw loss --spectrum ntk.npz --samples 10:1e6:30 --ridge 0
  the same network with 32 and with 128 hidden units, one hidden layer: s.width32.npz and s.width128.npz
    spectralaw spectrum --kernel ntk --dimension 20 --target white:3 --width 32,128 --output s.npz
  ... and networks of three widths on your own inputs: s.width16.npz and two more
    spectralaw spectrum --kernel ntk --points X.npy --targets y.npy --width 16,64,256 --output s.npz
  a kernel that falls off as a power, in data alone
    spectralaw spectrum --kernel torus-matern --smoothness 1.5 --scale 0.3 --dimension 2 --target teacher --format csv
  your own data: a Gram matrix and targets, arrays of numpy
    spectralaw spectrum --gram K.npy --targets y.npy --output s.npz
  the same with spectra of both halves of the points, s.half1.npz and s.half2.npz, to see what is known
    spectralaw spectrum --gram K.npy --targets y.npy --halves --output s.npz
    spectralaw loss --spectrum s.npz --samples 10:1000:5 --ridge 1e-3 --check s.half1.npz,s.half2.npz
  eigenvalues without targets, and how many of them are above ridges
    spectralaw spectrum --gram K.npy --ridge 1e-4:1:5
  the kernel of a network on your own inputs, target power from points that had no part in the eigenfunctions
    spectralaw spectrum --kernel nngp --depth 2 --points X.npy --targets y.npy --held-out --output s.npz

Columns: multiplicity eigenfunctions have the same eigenvalue, and each of them target_power; level_power is that of all of
them together, error the estimated relative error of the eigenvalue. Of networks of a width: multiplicity is no integer. Of data: tail is the share of the target's power beyond
the mode, the floor included; held_out_power and held_out_error are the estimates from which target_power is; without targets,
tail is the share of the trace beyond the mode. Of ridges: effective_dimension is sum lambda/(lambda + ridge), participation_ratio
the squared trace over the sum of squares.";

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        match self.data.source(&self.kernel)? {
            Some(source) => {
                self.target.refuse_with_data()?;
                if let (Some(widths), Source::Points(data)) = (self.kernel.width(), &source) {
                    return networks::run_on_points(&self.kernel, &self.data, data, widths, &self.delivery);
                }
                self.data.refuse_without_width()?;
                measured::run(&self.kernel, &self.data, &source, &self.delivery)
            }
            None => {
                self.data.refuse_without_data()?;
                match self.kernel.width() {
                    Some(widths) => networks::run(&self.kernel, &self.target, widths, &self.delivery),
                    None => exact::run(&self.kernel, &self.target, &self.delivery),
                }
            }
        }
    }
}
