//! Sums over pairs of the nodes of long contours, in far less than a time for every pair: for nodes that are not next to
//! them, the nodes of a block act through a few of their number (equation (Forms.skeletons)).

mod sketch;

use std::borrow::Cow;
use std::ops::Range;

use num_complex::Complex64;
use rayon::prelude::*;

use self::sketch::{Missed, Sketch, largest_lane};
use super::forms::{Nodes, PairFunctions, Partner, Row, Sums, Weights, add, lane};
use crate::correlation::Argument;
use crate::lanes::{ComplexLanes, LANES, Lanes, Stage, vectorised};
use crate::number::{Number, Real};
use crate::precision::CONTOUR_ROUNDING;
use crate::random::Random;

/// Fewer nodes are paired one by one: skeletons cost more than they save.
pub(super) const FEWEST: usize = 1024;

/// Nodes of a block to begin with.
const BLOCK: usize = 64;

/// Nodes whose weights are this small beside the largest contribute nothing.
const NEGLIGIBLE: f64 = 1e-20;

/// A block of which far nodes feel something else than of its skeleton, by more than this, is kept whole.
const FAITHFUL: f64 = 1e-13;

/// The sums of all pairs, given the largest weight of every node.
pub(super) fn double_sums<const F: usize, const B: usize>(
    functions: &impl PairFunctions<F, B>,
    contour: Nodes<'_>,
    largest: &[f64],
) -> Vec<Sums<F, B>> {
    let most = largest.iter().copied().fold(0.0, f64::max);
    let matter = (0..largest.len()).filter(|&k| largest[k] > NEGLIGIBLE * most).collect();
    let mut level = Level::new(&contour, matter);
    let within = |block: &Block| {
        let row = |node| Row { node, partners: node..block.own.end };
        block.own.clone().map(row).collect::<Vec<_>>()
    };
    let mut totals = level.nodes.sums(functions, &level.blocks.iter().map(within).collect::<Vec<_>>());
    while level.blocks.len() > 1 {
        let of_block = |block: &Block| Skeleton::new(functions, &contour, largest, &level.indices, block);
        let skeletons: Vec<Skeleton> = level.blocks.par_iter().map(of_block).collect();
        level = level.reduced(&contour, &skeletons);
        let between = |pair: &[Block]| {
            let partners = pair[1].own.clone();
            pair[0].own.clone().map(|node| Row { node, partners: partners.clone() }).collect::<Vec<_>>()
        };
        add(&mut totals, level.nodes.sums(functions, &level.blocks.chunks_exact(2).map(between).collect::<Vec<_>>()));
        level.blocks = level.blocks.chunks(2).map(Block::together).collect();
    }
    totals
}

/// Nodes of a contour that stand for all, block after block.
struct Level<'a> {
    /// Which ones they are.
    indices: Vec<usize>,
    nodes: Nodes<'a>,
    blocks: Vec<Block>,
}

/// A run of nodes of a level, and the run of nodes of the contour for which it stands.
#[derive(Debug, Clone)]
struct Block {
    own: Range<usize>,
    covered: Range<usize>,
}

impl Block {
    /// One or two neighbours as one.
    fn together(blocks: &[Self]) -> Self {
        let (first, last) = (&blocks[0], &blocks[blocks.len() - 1]);
        Self { own: first.own.start..last.own.end, covered: first.covered.start..last.covered.end }
    }
}

/// Some of the arguments and factors of a contour.
fn picked<'a>(contour: &Nodes<'_>, indices: &[usize], weights: Vec<Weights>) -> Nodes<'a> {
    let group = |some: &[usize]| {
        let at = std::array::from_fn(|l| some[l.min(some.len() - 1)]);
        Argument::pick(&contour.arguments, at)
    };
    Nodes {
        arguments: indices.chunks(LANES).map(group).collect(),
        factors: indices.iter().map(|&k| contour.factors[k]).collect(),
        weights: Cow::Owned(weights),
    }
}

impl<'a> Level<'a> {
    /// All nodes of a contour that matter.
    fn new(contour: &Nodes<'_>, indices: Vec<usize>) -> Self {
        let count = indices.len();
        let block = |start: usize| {
            let own = start..(start + BLOCK).min(count);
            let covered = indices[own.start]..indices[own.end - 1] + 1;
            Block { own, covered }
        };
        let blocks = (0..count).step_by(BLOCK).map(block).collect();
        let weights = contour.weights.iter().map(|weights| {
            let some = |values: &[Lanes]| indices.iter().map(|&k| lane(values, k)).collect::<Vec<_>>();
            Numbers {
                re: some(&weights.re),
                im: some(&weights.im),
                sizes: some(&weights.sizes),
                conditioned: if weights.conditioned.is_empty() { Vec::new() } else { some(&weights.conditioned) },
            }
            .weights()
        });
        Self { nodes: picked(contour, &indices, weights.collect()), indices, blocks }
    }

    /// With skeletons in place of blocks.
    fn reduced(&self, contour: &Nodes<'_>, skeletons: &[Skeleton]) -> Self {
        let (mut indices, mut blocks) = (Vec::new(), Vec::new());
        for (block, skeleton) in self.blocks.iter().zip(skeletons) {
            let start = indices.len();
            indices.extend(skeleton.kept.iter().map(|k| self.indices[block.own.start + k]));
            blocks.push(Block { own: start..indices.len(), covered: block.covered.clone() });
        }
        let reduce = |weights: &Weights| {
            let mut numbers = Numbers::default();
            for (block, skeleton) in self.blocks.iter().zip(skeletons) {
                skeleton.reduce(weights, block.own.start, &mut numbers);
            }
            numbers.weights()
        };
        let weights = self.nodes.weights.iter().map(reduce).collect();
        Self { nodes: picked(contour, &indices, weights), indices, blocks }
    }
}

/// The numbers of [`Weights`], one by one.
#[derive(Default)]
struct Numbers {
    re: Vec<f64>,
    im: Vec<f64>,
    sizes: Vec<f64>,
    conditioned: Vec<f64>,
}

impl Numbers {
    fn weights(&self) -> Weights {
        let lanes = |values: &[f64]| {
            let group = |some: &[f64]| Lanes(std::array::from_fn(|l| some.get(l).copied().unwrap_or(0.0)));
            values.chunks(LANES).map(group).collect()
        };
        let [re, im, sizes, conditioned] = [&self.re, &self.im, &self.sizes, &self.conditioned].map(|x| lanes(x));
        Weights { re, im, sizes, conditioned }
    }
}

/// The nodes of a block through which all of it is felt.
struct Skeleton {
    /// Their places in the block.
    kept: Vec<usize>,
    /// For each of them, what it takes over of the weight of every node of the block, and of its size; `None` where all
    /// nodes are kept.
    shares: Option<Vec<Vec<(Complex64, f64)>>>,
    /// What far nodes miss, as a share of the largest that they feel of a node, in units of [`CONTOUR_ROUNDING`].
    inaccuracy: f64,
}

impl Skeleton {
    fn new<const F: usize, const B: usize>(
        functions: &impl PairFunctions<F, B>,
        contour: &Nodes<'_>,
        largest: &[f64],
        indices: &[usize],
        block: &Block,
    ) -> Self {
        let own = &indices[block.own.clone()];
        let nodes = picked(contour, own, Vec::new());
        let scale = |start: usize| Lanes(std::array::from_fn(|l| own.get(start + l).map_or(0.0, |&k| largest[k])));
        let felt = Felt {
            functions,
            contour,
            nodes: &nodes,
            factors: ComplexLanes::groups(&nodes.factors),
            scales: (0..own.len()).step_by(LANES).map(scale).collect(),
        };
        let all = contour.factors.len();
        let mut sketch = Sketch::new(felt.scales.len(), Random::new(block.covered.start as u64, own.len() as u64));
        for far in far_nodes(&block.covered, all, false) {
            sketch.add(&felt.by(far));
        }
        let Some((kept, shares)) = sketch.explained(own.len()) else { return Self::whole(own.len()) };
        let mut most_missed = 0.0_f64;
        for far in far_nodes(&block.covered, all, true) {
            most_missed = most_missed.max(vectorised(Missed { rows: &felt.by(far), kept: &kept, shares: &shares }));
        }
        if most_missed > FAITHFUL {
            return Self::whole(own.len());
        }
        let scale = |at: usize| lane(&felt.scales, at);
        let size = |row: &[ComplexLanes], k: usize| row[k / LANES].lane(k % LANES).norm_sqr().sqrt();
        let sums: Vec<f64> = (0..own.len()).map(|k| shares.iter().map(|row| size(row, k)).sum()).collect();
        // (a node of which nothing is felt has no shares)
        let units: Vec<f64> = sums.iter().map(|sum| if *sum > 0.0 { sum.recip() } else { 0.0 }).collect();
        let share = |(row, &r): (&Vec<ComplexLanes>, &usize)| {
            let of_node = |k: usize| {
                let unit = scale(r) / scale(k);
                (row[k / LANES].lane(k % LANES) * unit, size(row, k) * units[k] * unit)
            };
            (0..own.len()).map(of_node).collect()
        };
        let inaccuracy = most_missed / CONTOUR_ROUNDING;
        Self { shares: Some(shares.iter().zip(&kept).map(share).collect()), kept, inaccuracy }
    }

    /// All nodes of a block.
    fn whole(count: usize) -> Self {
        Self { kept: (0..count).collect(), shares: None, inaccuracy: 0.0 }
    }

    /// Adds the weights that stand for those of the block that begins at a node.
    fn reduce(&self, weights: &Weights, start: usize, out: &mut Numbers) {
        let is_conditioned = !weights.conditioned.is_empty();
        let Some(shares) = &self.shares else {
            for at in (0..self.kept.len()).map(|k| start + k) {
                out.re.push(lane(&weights.re, at));
                out.im.push(lane(&weights.im, at));
                out.sizes.push(lane(&weights.sizes, at));
                out.conditioned.push(if is_conditioned { lane(&weights.conditioned, at) } else { 0.0 });
            }
            return;
        };
        for row in shares {
            let (mut sum, mut size, mut conditioned) = (Complex64::ZERO, 0.0, 0.0);
            for (k, (share, share_of_size)) in row.iter().enumerate() {
                let at = start + k;
                sum += share * Complex64::new(lane(&weights.re, at), lane(&weights.im, at));
                size += share_of_size * lane(&weights.sizes, at);
                if is_conditioned {
                    conditioned += share_of_size * lane(&weights.conditioned, at);
                }
            }
            out.re.push(sum.re);
            out.im.push(sum.im);
            out.sizes.push(size);
            out.conditioned.push(conditioned + self.inaccuracy * size);
        }
    }
}

/// Nodes outside of a range, the closer the denser; or, to check by, some between those.
fn far_nodes(covered: &Range<usize>, all: usize, to_check: bool) -> Vec<usize> {
    let mut distances = Vec::new();
    let mut distance = 0_usize;
    while distance < all {
        distances.push(distance);
        distance += (distance / 2).max(1);
    }
    if to_check {
        let middle = |pair: &[usize]| (pair[1] > pair[0] + 1).then_some(usize::midpoint(pair[0], pair[1]));
        distances = distances.windows(2).filter_map(middle).step_by(4).collect();
    }
    let above = distances.iter().map(|d| covered.end + d).filter(|&k| k < all);
    let below = distances.iter().filter_map(|d| covered.start.checked_sub(d + 1));
    above.chain(below).collect()
}

/// What far nodes feel of the nodes of a block.
struct Felt<'a, P> {
    functions: &'a P,
    contour: &'a Nodes<'a>,
    nodes: &'a Nodes<'a>,
    factors: Vec<ComplexLanes>,
    /// The largest weights of the nodes.
    scales: Vec<Lanes>,
}

impl<P> Felt<'_, P> {
    /// By a node and by its conjugate: a row for each function, in units of its largest number.
    fn by<const F: usize, const B: usize>(&self, far: usize) -> Vec<Vec<ComplexLanes>>
    where
        P: PairFunctions<F, B>,
    {
        let (argument, factor) =
            (Argument::one(&self.contour.arguments, far), ComplexLanes::all(self.contour.factors[far]));
        let conjugate = Partner { argument: &argument.conjugate(), factor: factor.conj() };
        let mut rows = vectorised(ByOne { felt: self, x: &Partner { argument: &argument, factor } });
        rows.extend(vectorised(ByOne { felt: self, x: &conjugate }));
        rows
    }
}

struct ByOne<'a, P, const F: usize, const B: usize> {
    felt: &'a Felt<'a, P>,
    x: &'a Partner<'a>,
}

impl<P: PairFunctions<F, B>, const F: usize, const B: usize> Stage for ByOne<'_, P, F, B> {
    type Output = Vec<Vec<ComplexLanes>>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self { felt: Felt { functions, nodes, factors, scales, .. }, x } = self;
        let present = functions.present();
        let mut rows: Vec<Vec<ComplexLanes>> =
            present.iter().map(|is| Vec::with_capacity(if *is { scales.len() } else { 0 })).collect();
        let mut largest = [Lanes::ZERO; F];
        for ((argument, factor), scale) in nodes.arguments.iter().zip(factors).zip(scales) {
            let (values, _) = functions.at(x, &Partner { argument, factor: *factor });
            for f in 0..F {
                let scaled = ComplexLanes { re: values[f].re * *scale, im: values[f].im * *scale };
                largest[f] = largest[f].max(scaled.modulus());
                if present[f] {
                    rows[f].push(scaled);
                }
            }
        }
        for f in 0..F {
            let most = largest_lane(largest[f]);
            if most <= 0.0 {
                rows[f].clear();
            }
            let unit = 1.0 / most;
            for value in &mut rows[f] {
                *value = *value * unit;
            }
        }
        rows.retain(|row| !row.is_empty());
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contour::{Contour, Support};
    use crate::correlation::Sizes;
    use crate::error::Result;
    use crate::inversion::pair_losses::Everything;
    use crate::model::Model;
    use crate::resolvent::Solver;
    use crate::spectrum::{Focus, PowerLaw, Spectrum};
    use crate::training::{Optimizer, method};

    /// All sums over a long ellipse, by skeletons and pair by pair.
    #[test]
    fn skeletons_stand_for_all_nodes() -> Result<()> {
        let log_rho = 0.015;
        let few = PowerLaw::new(2.2, 1.6).with_modes(40.0).spectrum()?;
        for (spectrum, width, samples, momentum) in [
            (Spectrum::power_law(1.5, 1.25)?, 300.0, 500.0, 0.995),
            (Spectrum::power_law(1.5, 1.25)?, 300.0, f64::INFINITY, 0.995),
            (few, 60.0, 90.0, 0.99),
        ] {
            let model = Model::new(&spectrum).with_width(width)?.with_samples(samples)?;
            let support = Support { fast: Solver::new(&model).fast_edge(), slow: 0.0 };
            let focus = Focus::Ellipse { log_rho, top: -support.fast };
            let Some(hugged) = spectrum.hugged(focus) else { unreachable!("all modes are known") };
            let model = model.with_spectrum(hugged);
            let contour = Contour::closed(log_rho, support);
            let states = crate::inversion::along(&model, &Solver::new(&model), &contour)?;
            let arguments = crate::inversion::arguments(&model, &states);
            let of_node = ComplexLanes::groups(&crate::inversion::node_weights(&contour, &states));
            let optimizer = Optimizer::heavy_ball(0.5, momentum)?;
            let times = [100.0, 300.0];
            let residuals = method::of(&optimizer).at(&times).of(&contour.arguments().collect::<Vec<_>>(), &[0.0; 2]);
            let weights: Vec<Weights> =
                residuals.iter().map(|p| Weights::new(&ComplexLanes::groups(p), &of_node, &[])).collect();
            let factors: Vec<Complex64> = states.iter().map(|s| s.r_samples).collect();
            let nodes =
                || Nodes { arguments: (&arguments).into(), factors: (&factors).into(), weights: (&weights).into() };
            let largest: Vec<f64> =
                (0..states.len()).map(|j| weights.iter().map(|w| lane(&w.sizes, j)).fold(0.0, f64::max)).collect();
            let functions = Everything { sizes: Sizes::of(&model), rounding: CONTOUR_ROUNDING, is_gap: false };
            let rows = (0..states.len()).map(|j| vec![Row { node: j, partners: j..states.len() }]).collect::<Vec<_>>();
            let (ours, all) = (double_sums(&functions, nodes(), &largest), nodes().sums(&functions, &rows));
            for ((sums, errors), (all_sums, all_errors)) in ours.iter().zip(&all) {
                // (bounds are of the bias and the other terms of the signal; of the noise here, too)
                for (f, (x, y)) in sums.iter().zip(all_sums).enumerate() {
                    let bound = all_errors[0].max(all_errors[1]).max(all_errors[2]);
                    assert!((x - y).abs() < 0.1 * bound, "{width} {samples} {f}: {x:e} {y:e} {bound:e}");
                }
                // (those of skeletons have what far nodes miss in addition: measured, 5.5 times as much at most)
                for (x, y) in errors.iter().zip(all_errors) {
                    assert!(*x >= 0.5 * y && *x <= 8.0 * y, "{width} {samples}: {x:e} {y:e}");
                }
            }
            // most nodes are left out
            let level = Level::new(&nodes(), (0..states.len()).collect());
            let of_block =
                |block: &Block| Skeleton::new(&functions, &nodes(), &largest, &level.indices, block).kept.len();
            let kept: usize = level.blocks.iter().map(of_block).sum();
            assert!(kept < states.len() * 2 / 3, "{kept} of {}", states.len());
        }
        Ok(())
    }
}
