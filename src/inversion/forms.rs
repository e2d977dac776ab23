//! Double sums over the nodes of a contour as quadratic forms in real and imaginary parts of the weights: built once,
//! from the pair functions, and evaluated at every time.

use std::borrow::Cow;
use std::ops::Range;

use num_complex::Complex64;
use rayon::prelude::*;

use super::chunks::chunks;
use super::skeletons;
use crate::correlation::Argument;
use crate::lanes::{ComplexLanes, LANES, Lanes, Stage, each_lane, vectorised};
use crate::number::{Number, Real};

/// What is summed over pairs of nodes: `F` functions of two arguments, and bounds on the errors of `B` sums.
pub(super) trait PairFunctions<const F: usize, const B: usize>: Sync {
    /// Which functions do not vanish because a size is infinite.
    fn present(&self) -> [bool; F];

    /// The functions at arguments with the indices of their nodes, of which the second may be a conjugate.
    fn at(&self, x: &Partner<'_>, y: &Partner<'_>) -> ([ComplexLanes; F], [Lanes; B]);
}

/// One side of several pairs.
pub(super) struct Partner<'a> {
    pub argument: &'a Argument<ComplexLanes>,
    /// The weights of the second residual over those of the first.
    pub factor: ComplexLanes,
}

/// The weights of all nodes at one time.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    pub re: Vec<Lanes>,
    pub im: Vec<Lanes>,
    pub sizes: Vec<Lanes>,
    /// Sizes times conditioning, empty where all nodes are equally accurate.
    pub conditioned: Vec<Lanes>,
}

impl Weights {
    /// From residuals at the nodes times the weights of the nodes, and the
    /// [`conditioning`](crate::contour::Contour::conditioning) of the nodes.
    pub fn new(residuals: &[ComplexLanes], nodes: &[ComplexLanes], conditioning: &[f64]) -> Self {
        let count = nodes.len();
        let mut weights = Self {
            re: Vec::with_capacity(count),
            im: Vec::with_capacity(count),
            sizes: Vec::with_capacity(count),
            conditioned: Vec::new(),
        };
        for (residual, node) in residuals.iter().zip(nodes) {
            let weight = *residual * *node;
            weights.re.push(weight.re);
            weights.im.push(weight.im);
            weights.sizes.push(weight.modulus());
        }
        if !conditioning.is_empty() {
            weights.conditioned = weights.sizes.clone();
            for (j, more) in conditioning.iter().enumerate() {
                weights.conditioned[j / LANES].0[j % LANES] *= more;
            }
        }
        weights
    }

    /// Sizes times the errors at the nodes, in units of [`CONTOUR_ROUNDING`](crate::precision::CONTOUR_ROUNDING).
    pub fn inaccuracy(&self, group: usize) -> Lanes {
        self.conditioned.get(group).map_or(self.sizes[group], |conditioned| self.sizes[group] + *conditioned)
    }
}

/// The sums of all functions, and bounds on the errors of some, with the weights of one time.
pub(super) type Sums<const F: usize, const B: usize> = ([f64; F], [f64; B]);

/// The sums for every set of weights, given the arguments at the nodes, several at once, and the weights of the second
/// residual over those of the first. The order of summation does not depend on the number of threads.
pub(super) fn double_sums<const F: usize, const B: usize>(
    functions: &impl PairFunctions<F, B>,
    arguments: &[Argument<ComplexLanes>],
    factors: &[Complex64],
    weights: &[Weights],
) -> Vec<Sums<F, B>> {
    let largest = |j: usize| weights.iter().map(|w| lane(&w.sizes, j)).fold(0.0, f64::max);
    let largest: Vec<f64> = (0..factors.len()).map(largest).collect();
    let nodes = Nodes { arguments: arguments.into(), factors: factors.into(), weights: weights.into() };
    if factors.len() >= skeletons::FEWEST {
        return skeletons::double_sums(functions, nodes, &largest);
    }
    let row = |partners: Range<usize>| Row { node: partners.start, partners };
    let of_chunk = |rows: Vec<Range<usize>>| rows.into_iter().map(row).collect();
    let chunks: Vec<Vec<Row>> = chunks(&largest).into_iter().map(of_chunk).collect();
    nodes.sums(functions, &chunks)
}

/// Nodes of a contour, or some that stand for it.
pub(super) struct Nodes<'a> {
    pub arguments: Cow<'a, [Argument<ComplexLanes>]>,
    /// The weights of the second residual over those of the first.
    pub factors: Cow<'a, [Complex64]>,
    /// At every time.
    pub weights: Cow<'a, [Weights]>,
}

/// A node with the range of its partners. A pair of two nodes counts twice, that of a node with itself once.
pub(super) struct Row {
    pub node: usize,
    pub partners: Range<usize>,
}

impl Nodes<'_> {
    /// The sums over pairs in chunks, each of which one thread takes; large ones piece by piece.
    pub fn sums<const F: usize, const B: usize>(
        &self,
        functions: &impl PairFunctions<F, B>,
        chunks: &[Vec<Row>],
    ) -> Vec<Sums<F, B>> {
        let of_chunk = |rows: &&[Row]| {
            let forms = Forms::new(functions, self, rows);
            self.weights.iter().map(|weights| vectorised(AtTime { forms: &forms, weights })).collect::<Vec<_>>()
        };
        let chunks: Vec<&[Row]> = chunks.iter().flat_map(|rows| pieces(rows)).collect();
        // (waking other threads costs more than one chunk)
        if let [only] = &chunks[..] {
            return of_chunk(only);
        }
        let sums: Vec<Vec<Sums<F, B>>> = chunks.par_iter().map(of_chunk).collect();
        let mut totals = vec![([0.0; F], [0.0; B]); self.weights.len()];
        for chunk in sums {
            add(&mut totals, chunk);
        }
        totals
    }
}

/// Pairs whose forms are kept at a time: some tens of megabytes.
const PAIRS_AT_ONCE: usize = 1 << 17;

/// Rows in runs of no more pairs than are kept at a time.
fn pieces(mut rows: &[Row]) -> Vec<&[Row]> {
    let mut pieces = Vec::new();
    while !rows.is_empty() {
        let mut pairs = 0;
        let fits = rows.iter().take_while(|row| {
            pairs += row.partners.len();
            pairs <= PAIRS_AT_ONCE
        });
        let (piece, rest) = rows.split_at(fits.count().max(1));
        pieces.push(piece);
        rows = rest;
    }
    pieces
}

/// Adds sums at every time.
pub(super) fn add<const F: usize, const B: usize>(totals: &mut [Sums<F, B>], more: Vec<Sums<F, B>>) {
    for ((sums, errors), (more_sums, more_errors)) in totals.iter_mut().zip(more) {
        sums.iter_mut().zip(more_sums).for_each(|(sum, more)| *sum += more);
        errors.iter_mut().zip(more_errors).for_each(|(error, more)| *error += more);
    }
}

/// The coefficients of one form for a node and several partners (equation (Forms)): of the products of both real
/// parts, of the node's real part and the partners' imaginary ones, the other way round, and of both imaginary parts.
type Coefficients = [Lanes; 4];

/// All forms for a node and several partners.
struct Group<const F: usize, const B: usize> {
    coefficients: [Coefficients; F],
    bounds: [Lanes; B],
}

/// Forms over pairs of some nodes with all partners that follow them.
struct Forms<const F: usize, const B: usize> {
    /// Every node with its groups of partners.
    rows: Vec<(usize, Range<usize>)>,
    groups: Vec<Group<F, B>>,
}

impl<const F: usize, const B: usize> Forms<F, B> {
    fn new(functions: &impl PairFunctions<F, B>, nodes: &Nodes<'_>, rows: &[Row]) -> Self {
        let partners = |row: &Row| row.partners.start / LANES..row.partners.end.div_ceil(LANES);
        let rows = || rows.iter().filter(|row| !row.partners.is_empty());
        let mut groups = Vec::with_capacity(rows().map(|row| partners(row).len()).sum());
        for row in rows() {
            let x = Argument::one(&nodes.arguments, row.node);
            let x = Partner { argument: &x, factor: ComplexLanes::all(nodes.factors[row.node]) };
            groups.extend(partners(row).map(|group| {
                vectorised(Pairs {
                    functions,
                    x: &x,
                    y: &nodes.arguments[group],
                    y_factor: ComplexLanes::of(&nodes.factors, group * LANES),
                    count: count(group * LANES, row),
                })
            }));
        }
        Self { rows: rows().map(|row| (row.node, partners(row))).collect(), groups }
    }
}

/// How often the pairs of a row's node with partners from an index on count.
fn count(start: usize, row: &Row) -> Lanes {
    Lanes(each_lane!(i => match start + i {
        k if !row.partners.contains(&k) => 0.0,
        k if k == row.node => 1.0,
        _ => 2.0,
    }))
}

/// A node with several partners, and with their conjugates.
struct Pairs<'a, const F: usize, const B: usize, P: PairFunctions<F, B>> {
    functions: &'a P,
    x: &'a Partner<'a>,
    y: &'a Argument<ComplexLanes>,
    y_factor: ComplexLanes,
    count: Lanes,
}

impl<const F: usize, const B: usize, P: PairFunctions<F, B>> Stage for Pairs<'_, F, B, P> {
    type Output = Group<F, B>;

    #[inline(always)]
    fn run(self) -> Group<F, B> {
        let Self { functions, x, y, y_factor, count } = self;
        let (same, same_bounds) = functions.at(x, &Partner { argument: y, factor: y_factor });
        let conjugate = y.conjugate();
        let (opposite, opposite_bounds) = functions.at(x, &Partner { argument: &conjugate, factor: y_factor.conj() });
        let (zero, present) = (Lanes::ZERO, functions.present());
        let counts = zero.is_below(count);
        let counted = |value: Lanes| Lanes::choose(counts, value * count, zero);
        let mut group = Group { coefficients: [[zero; 4]; F], bounds: [zero; B] };
        for f in 0..F {
            if present[f] {
                let (same, opposite) = (same[f], opposite[f]);
                group.coefficients[f] = [
                    counted(same.re + opposite.re),
                    counted(opposite.im - same.im),
                    counted(-(same.im + opposite.im)),
                    counted(opposite.re - same.re),
                ];
            }
        }
        for b in 0..B {
            // (a node's error counts twice in its square)
            group.bounds[b] = Lanes::choose(counts, (same_bounds[b] + opposite_bounds[b]) * 2.0, zero);
        }
        group
    }
}

/// All sums at one time.
struct AtTime<'a, const F: usize, const B: usize> {
    forms: &'a Forms<F, B>,
    weights: &'a Weights,
}

impl<const F: usize, const B: usize> Stage for AtTime<'_, F, B> {
    type Output = Sums<F, B>;

    #[inline(always)]
    fn run(self) -> Sums<F, B> {
        let Forms { rows, groups } = self.forms;
        let Weights { re, im, sizes, conditioned } = self.weights;
        let (mut sums, mut errors) = ([Lanes::ZERO; F], [Lanes::ZERO; B]);
        let mut at = 0;
        for (node, partners) in rows {
            let (own_re, own_im, own_size) = (lane(re, *node), lane(im, *node), lane(sizes, *node));
            let end = at + partners.len();
            let of_partners = re[partners.clone()].iter().zip(&im[partners.clone()]).zip(&sizes[partners.clone()]);
            for (group, ((re, im), size)) in groups[at..end].iter().zip(of_partners) {
                let (re_re, re_im, im_re, im_im) = (*re * own_re, *im * own_re, *re * own_im, *im * own_im);
                let both = *size * own_size;
                for (sum, c) in sums.iter_mut().zip(&group.coefficients) {
                    *sum = *sum + ((c[0] * re_re + c[1] * re_im) + (c[2] * im_re + c[3] * im_im));
                }
                for (error, bound) in errors.iter_mut().zip(&group.bounds) {
                    *error = *error + *bound * both;
                }
            }
            // Either factor of a product may be less accurate than all others (equation (Edge)). Nodes are rounded
            // independently, so that half of both together is enough.
            if !conditioned.is_empty() {
                let own = lane(conditioned, *node);
                let of_partners = conditioned[partners.clone()].iter().zip(&sizes[partners.clone()]);
                for (group, (conditioned, size)) in groups[at..end].iter().zip(of_partners) {
                    let both = (*size * own + *conditioned * own_size) * 0.5;
                    for (error, bound) in errors.iter_mut().zip(&group.bounds) {
                        *error = *error + *bound * both;
                    }
                }
            }
            at = end;
        }
        // every pair has its conjugate
        let (mut totals, mut total_errors) = ([0.0; F], [0.0; B]);
        for f in 0..F {
            totals[f] = 2.0 * sums[f].sum();
        }
        for b in 0..B {
            total_errors[b] = 2.0 * errors[b].sum();
        }
        (totals, total_errors)
    }
}

/// One of many numbers in groups of lanes.
#[inline(always)]
pub(super) fn lane(values: &[Lanes], index: usize) -> f64 {
    values[index / LANES].0[index % LANES]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlation::{Sizes, covariance};
    use crate::error::Result;
    use crate::model::Model;
    use crate::resolvent::{Solver, State};
    use crate::spectrum::Spectrum;

    struct Features(Sizes);

    impl PairFunctions<1, 1> for Features {
        fn present(&self) -> [bool; 1] {
            [true]
        }

        #[inline(always)]
        fn at(&self, x: &Partner<'_>, y: &Partner<'_>) -> ([ComplexLanes; 1], [Lanes; 1]) {
            let pair = covariance(self.0, x.argument, y.argument);
            ([pair.features], [pair.features.modulus()])
        }
    }

    /// The instructions that every processor has, and the best of this one; and the sum pair by pair (equation (Forms)).
    #[test]
    fn forms_are_double_sums_and_the_same_bits_whatever_the_instructions() -> Result<()> {
        let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(50.0)?.with_samples(80.0)?;
        let sizes = Sizes::of(&model);
        // (seven nodes: the last group is not full)
        let nodes: Vec<Complex64> =
            (0..7).map(|k| Complex64::from_polar(0.01 * 1.3_f64.powi(k), 0.3 * f64::from(k + 1))).collect();
        let states = Solver::new(&model).along(&nodes, 0.0)?;
        let group = |start| Argument::new(model.spectrum(), &State::of(&states, start), true);
        let arguments = [group(0), group(4)];
        let rows: Vec<Row> = (0..7).map(|j| Row { node: j, partners: j..7 }).collect();
        let functions = Features(sizes);
        let all = Nodes { arguments: arguments[..].into(), factors: nodes[..].into(), weights: Cow::Borrowed(&[]) };
        let forms = Forms::new(&functions, &all, &rows);
        let values: Vec<Complex64> = (0..7).map(|k| Complex64::from_polar(1.0, f64::from(k * k))).collect();
        let weights = Weights::new(&ComplexLanes::groups(&values), &ComplexLanes::groups(&[Complex64::ONE; 7]), &[]);
        let best = vectorised(AtTime { forms: &forms, weights: &weights });
        assert_eq!(AtTime { forms: &forms, weights: &weights }.run(), best);

        let (mut expected, mut size) = (0.0, 0.0);
        for (state, x) in states.iter().zip(&values) {
            let own = Argument::new(model.spectrum(), state, true);
            for (other, y) in states.iter().zip(&values) {
                let partner = Argument::new(model.spectrum(), other, true);
                let same = covariance(sizes, &own, &partner).features;
                let opposite = covariance(sizes, &own, &partner.conjugate()).features;
                expected += 2.0 * (x * y * same + x * y.conj() * opposite).re;
                size += same.norm() + opposite.norm();
            }
        }
        // pair sums of neighbours lose two digits or so
        assert!((best.0[0] - expected).abs() < 1e-12 * size, "{} {expected} {size}", best.0[0]);

        let x = Argument::one(&arguments, 1);
        let x = Partner { argument: &x, factor: ComplexLanes::all(nodes[1]) };
        let y_factor = ComplexLanes::of(&nodes, 4);
        let pairs = || Pairs { functions: &functions, x: &x, y: &arguments[1], y_factor, count: count(4, &rows[1]) };
        let (best, plain) = (vectorised(pairs()), pairs().run());
        assert_eq!((best.coefficients, best.bounds), (plain.coefficients, plain.bounds));
        Ok(())
    }
}
