//! Every tolerance, order and iteration limit of the library, with the reason for its value.

/// Modes with eigenvalues more than this factor away from `|kappa|` enter through moments.
///
/// With [`MOMENTS`] terms the neglected ones are below `WINDOW^-MOMENTS = 6e-19` of the part that is expanded.
pub(crate) const WINDOW: f64 = 20.0;

/// Number of moments kept on either side of a block border.
pub(crate) const MOMENTS: usize = 14;

/// Nodes of the Gauss rule that replaces a panel of modes.
///
/// A panel spans a factor 3 of eigenvalues (2 of mode numbers). On the contours used, arguments with `|arg kappa|`
/// above 141 degrees, where the pole of `1/(lambda + kappa)` comes within the Bernstein ellipse of parameter 2.7, carry
/// weights below 1e-4 of the largest, and `2.7^-24` is 5e-11. Nearer to the negative axis the resolvent
/// refines the panels around the pole.
pub(crate) const PANEL_NODES: usize = 12;

/// Ratio of eigenvalues across one panel.
pub(crate) const PANEL_EIGENVALUE_RATIO: f64 = 3.0;

/// Ratio of mode numbers across one panel.
pub(crate) const PANEL_MODE_RATIO: f64 = 2.0;

/// Nodes of infinite power laws reach down to this eigenvalue or to mode [`LARGEST_MODE`], whichever is smaller.
pub(crate) const SMALLEST_EIGENVALUE: f64 = 1e-36;

/// See [`SMALLEST_EIGENVALUE`]; a width of 1e12 needs mode numbers a few windows above it.
pub(crate) const LARGEST_MODE: f64 = 1e14;

/// No node of a power law has an eigenvalue below this: fourth powers of its inverse must not overflow.
pub(crate) const UNDERFLOW_EIGENVALUE: f64 = 1e-76;

/// The resolvent's Newton iteration may stop once a step in `ln kappa` is below this; the step after it would be of the
/// order of its square, which is below rounding unless modes are as close as that.
pub(crate) const NEWTON_STEP: f64 = 3e-9;

/// Limit of Newton steps per argument before continuation halves its stride; two or three are usual.
pub(crate) const NEWTON_LIMIT: usize = 12;

/// Limit of safeguarded steps for real arguments: bisection alone would need 1,100 for the whole range of doubles.
pub(crate) const REAL_LIMIT: usize = 2000;

/// A contour's discretization and truncation errors are `exp(-CONTOUR_EXPONENT)`, 1e-15, of the largest term.
pub(crate) const CONTOUR_EXPONENT: f64 = 34.5;

/// The largest term of a contour sum exceeds the result by no more than `exp(CONTOUR_GROWTH)`.
///
/// That factor, squared in double sums, amplifies rounding. Unlimited it would be 5; each unit less costs a tenth of
/// the speed. Measured over 1,000 models (`tests/theory/reference.rs`), worst error with 5, 3, 2: 3e-11, 2e-12, 1e-13.
pub(crate) const CONTOUR_GROWTH: f64 = 2.5;

/// [`CONTOUR_GROWTH`] for exponentially small results, whose exponents are rounded in proportion to their size.
pub(crate) const CONTOUR_GROWTH_OF_SMALL: f64 = 2.0;

/// Times within this ratio share one contour where a curve asks for several of them.
pub(crate) const SHARED_TIMES_RATIO: f64 = 10.0;

/// Relative rounding error that a few dozen operations on positive terms may leave.
pub(crate) const ROUNDING: f64 = 1e-14;

/// Relative rounding error of a sum of the eight terms of a loss, each with a factor: no loss is known better than
/// that.
pub(crate) const SUM_ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Error of one term of a contour sum relative to that term: the contour's own error and the rounding of the
/// resolvent, of the one-point sums and of the exponential.
pub(crate) const CONTOUR_ROUNDING: f64 = 1e-14;

/// [`CONTOUR_ROUNDING`] for fitted poles, whose residues are sums of stored numbers: no exponent is rounded.
pub(crate) const FITTED_ROUNDING: f64 = 3e-15;

/// How much larger than the error of a divided difference that of its derivative may be, relative to the derivatives of
/// its terms: 3 for quotients; for the Hermite rule, whose remainder is differentiated as well, 10.
pub(crate) const JET_ROUNDING: f64 = 10.0;

/// How much larger errors of derivatives by a size are before the first mode is learned, when they are inverse
/// transforms of `z^-3`: 4e4 `e^-CONTOUR_EXPONENT` (see "Early times" in `theory/06-gradients.md`).
pub(crate) const EARLY_ERROR_BY_SIZE: f64 = 600.0;

/// [`EARLY_ERROR_BY_SIZE`] for derivatives by time, inverse transforms of `z^-2`: 5e2 `e^-CONTOUR_EXPONENT`.
pub(crate) const EARLY_ERROR_BY_TIME: f64 = 10.0;

/// How much larger than the error of the one-point functions that compression introduces those of their derivatives may
/// be, relative to what the derivatives are of.
pub(crate) const COMPRESSION_OF_DERIVATIVES: f64 = 10.0;

/// Latest finite time; the squares of Laplace arguments must not underflow.
pub(crate) const LATEST_TIME: f64 = 1e30;

/// A smaller inertia has no effect: times its eigenvalues, at most 1e70 each, it is nothing beside 1, and at times of
/// its order nothing has been learned. Squares of the ratio of any time that matters to any such inertia are finite.
pub(crate) const FELT_INERTIA: f64 = 1e-100;

/// Largest width or number of samples at which resources are compared.
pub(crate) const LARGEST_SIZE: f64 = 1e15;

/// Stands for 0 in the one limit that is not reached in closed form; its cube root is what is left of the difference.
pub(crate) const NEARLY_ZERO: f64 = 1e-48;

/// Ridges, and moduli of complex arguments, other than 0: their squares neither under- nor overflow.
pub(crate) const RESOLVENT_RANGE: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// Positive eigenvalues: fourth powers of their inverses, and their moments, neither under- nor overflow.
pub(crate) const EIGENVALUE_RANGE: std::ops::RangeInclusive<f64> = 1e-70..=1e70;

/// Negative eigenvalues of a list are rounding up to this share of the largest: half of the digits of 4 bytes, `2^-12`,
/// for a list does not say in which precision its kernel was computed. Kernels that have negative eigenvalues have them
/// a thousandth of the largest and more.
pub(crate) const NEGATIVE_SHARE: f64 = 1.0 / 4096.0;

/// Largest target power (of a mode, and of all together), floor and noise variance: sums and products of them stay
/// finite.
pub(crate) const LARGEST_POWER: f64 = 1e100;

/// Largest sum of all eigenvalues: `kappa`, of which they are a bound where the ridge is not, has to have a square.
pub(crate) const LARGEST_TRACE: f64 = 1e100;

/// Residuals below `e^-FORGOTTEN` are 0: their squares would be subnormal.
pub(crate) const FORGOTTEN: f64 = 345.0;

/// Latest step: the edge of stability is known to some 1e-15, which this many steps at that edge still tolerate.
pub(crate) const LATEST_STEP: f64 = 1e12;

/// Below this number of steps the hyperbola around the slow modes would not fit into the strip `|Im s| < pi`.
pub(crate) const FEW_STEPS: f64 = 24.0;

/// Nodes of a closed contour in the upper half plane, at some ten microseconds each.
pub(crate) const LARGEST_CLOSED: f64 = 50_000.0;

/// Ellipses with a smaller logarithm of their size come closer to the negative axis than the angle for which spectra
/// are compiled (see [`PANEL_NODES`]).
pub(crate) const HUGGING: f64 = 0.55;

/// Times within this ratio share a closed contour, whose number of nodes grows with the time.
pub(crate) const SHARED_CLOSED_RATIO: f64 = 1.5;

/// Steps of a method whose recurrence depends on the step, which is evaluated step by step at every node.
pub(crate) const LONGEST_RECURRENCE: f64 = 1e8;

/// [`LONGEST_RECURRENCE`] where oscillations never decay, and the number of nodes grows as the root of the steps.
pub(crate) const LONGEST_OSCILLATION: f64 = 1e6;

/// Steps of stochastic gradients on a schedule, at a few hundred nodes each.
pub(crate) const LONGEST_STEPWISE: f64 = 1e5;

/// Step in the logarithm of a resource in differences of fourth order: fifth derivatives of order one leave `h^4/30`,
/// 3e-10, and a loss that is known to 1e-12 another `1.5e-12/h`, 1.5e-10.
pub(crate) const SLOPE_STEP: f64 = 1e-2;

/// Slopes `d ln loss / d ln x` below this count as zero at an optimum; exact ones are known to some 1e-12.
pub(crate) const SLOPE_TOLERANCE: f64 = 1e-10;

/// Most points of a Gram matrix, or features of a point where there are more of both: 3.2 GB for the matrix, as much
/// again for its eigenvectors.
pub(crate) const LARGEST_MATRIX: usize = 20_000;
