//! Data that are seen several times.

use super::{FREE, Form, Origin, POSITIVE, Point, Row, linear, rows_of};

/// The law of Muennighoff et al. (2023), "Scaling data-constrained language models": what is repeated counts less and
/// less (equation (Repeated)). Parameters are those of the law of size and data, and the logarithms of both numbers of
/// repetitions.
pub struct Repeated {
    pub origin: Origin,
}

/// Repetitions that still count, of data and of size, at which fits begin: those of that paper, and fewer and more.
const REPETITIONS: [[f64; 2]; 3] = [[15.4, 5.3], [4.0, 5.3], [60.0, 100.0]];

/// Exponents at which fits begin.
const EXPONENTS: [f64; 4] = [0.1, 0.3, 0.5, 0.9];

/// `ln(1 + R* (1 - e^(-R/R*)))` for `R` repetitions, with its derivatives by `R` and `ln R*`.
fn worth(repetitions: f64, log_most: f64) -> (f64, f64, f64) {
    let most = log_most.exp();
    let left = (-repetitions / most).exp();
    let sum = most.mul_add(-(-repetitions / most).exp_m1(), 1.0);
    (sum.ln(), left / sum, (most * (1.0 - left) - repetitions * left) / sum)
}

/// The logarithms of what size and data are worth, relative to the origin, and their derivatives by the parameters.
struct Worth {
    size: (f64, [f64; 7]),
    data: (f64, [f64; 7]),
}

impl Repeated {
    fn worth(&self, &[_, a, b, alpha, beta, data_most, size_most]: &[f64; 7], x: [f64; 3]) -> Worth {
        let [n, d, u] = x;
        let repeated = ((d - u).exp() - 1.0).max(0.0);
        let (counted, _, by_most) = worth(repeated, data_most);
        let data = (u.min(d) + counted, [0.0, 0.0, 0.0, 0.0, 0.0, by_most, 0.0]);
        // the size that is best for the unique data, equation (Parametric): alpha A/N^alpha = beta B/D^beta
        let best = (a - b + (alpha / beta).ln() + beta * u) / alpha;
        if n <= best {
            return Worth { size: (n, [0.0; 7]), data };
        }
        let excess = (n - best).exp_m1();
        let (counted, by_excess, by_most) = worth(excess, size_most);
        // with the best size moves what counts as excess
        let by_best = 1.0 - by_excess * (n - best).exp();
        let best_by = [0.0, 1.0 / alpha, -1.0 / alpha, (1.0 / alpha - best) / alpha, (u - 1.0 / beta) / alpha];
        let mut slopes = [0.0; 7];
        slopes.iter_mut().zip(best_by).for_each(|(slope, by)| *slope = by_best * by);
        slopes[6] = by_most;
        Worth { size: (best + counted, slopes), data }
    }
}

impl Form<7> for Repeated {
    const NAMES: [&'static str; 7] = ["E", "A", "B", "alpha", "beta", "R_D", "R_N"];
    const BOUNDS: [[f64; 2]; 7] = [POSITIVE, FREE, FREE, FREE, FREE, FREE, FREE];
    const PROFILED: [bool; 7] = [true, false, false, true, true, false, false];

    fn rows(&self, parameters: &[f64; 7], points: &[Point], rows: &mut Vec<Row<7>>) {
        let [floor, a, b, alpha, beta, ..] = *parameters;
        rows_of(points, rows, |point| {
            let Worth { size: (n, n_by), data: (d, d_by) } = self.worth(parameters, point.x);
            let (by_size, by_data) = ((a - alpha * n).exp(), (b - beta * d).exp());
            let mut slopes = [1.0, by_size, by_data, -n * by_size, -d * by_data, 0.0, 0.0];
            for i in 0..7 {
                slopes[i] -= alpha * by_size * n_by[i] + beta * by_data * d_by[i];
            }
            (floor + by_size + by_data, slopes)
        });
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 7]> {
        let mut starts = Vec::new();
        for [data_most, size_most] in REPETITIONS.map(|pair| pair.map(f64::ln)) {
            for (alpha, beta) in EXPONENTS.into_iter().flat_map(|alpha| EXPONENTS.map(|beta| (alpha, beta))) {
                let counted = |x: [f64; 3]| x[2].min(x[1]) + worth(((x[1] - x[2]).exp() - 1.0).max(0.0), data_most).0;
                let terms = |p: &Point| [(-alpha * p.x[0]).exp(), (-beta * counted(p.x)).exp()];
                let (floor, [a, b]) = linear(points, floor, terms);
                starts.push([floor, a.ln(), b.ln(), alpha, beta, data_most, size_most]);
            }
        }
        starts
    }

    fn constants(&self, &[floor, a, b, alpha, beta, data_most, size_most]: &[f64; 7]) -> [f64; 7] {
        let Origin { x: [n, d, _], loss } = self.origin;
        let [a, b] = [(a + loss + alpha * n).exp(), (b + loss + beta * d).exp()];
        [floor * loss.exp(), a, b, alpha, beta, data_most.exp(), size_most.exp()]
    }
}

/// The loss of constants in the units of the runs.
pub fn loss(constants: &[f64; 7], size: f64, data: f64, unique: f64) -> f64 {
    let [floor, a, b, alpha, beta, data_most, size_most] = *constants;
    let form = Repeated { origin: Origin { x: [0.0; 3], loss: 0.0 } };
    let parameters = [floor, a.ln(), b.ln(), alpha, beta, data_most.ln(), size_most.ln()];
    let Worth { size: (n, _), data: (d, _) } = form.worth(&parameters, [size.ln(), data.ln(), unique.ln()]);
    floor + (a.ln() - alpha * n).exp() + (b.ln() - beta * d).exp()
}
