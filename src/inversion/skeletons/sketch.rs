//! Which columns of a matrix explain all others, from random sums of its rows.

use crate::lanes::{ComplexLanes, LANES, Lanes, Stage, vectorised};
use crate::number::{Number, Real};
use crate::random::Random;

/// Rows in which what far nodes feel of a block is collected: more than the nodes that are left of it, by enough for
/// random sums to have all of it.
const SKETCH: usize = 64;

/// What is left to explain of a block once this small, beside the largest, is the rounding of pair functions.
const EXPLAINED: f64 = 4e-15;

/// Random sums of rows, which span what all of them do.
pub(super) struct Sketch {
    width: usize,
    rows: Vec<ComplexLanes>,
    random: Random,
}

impl Sketch {
    pub fn new(width: usize, random: Random) -> Self {
        Self { width, rows: vec![ComplexLanes::constant(0.0); width * SKETCH], random }
    }

    /// Adds each row to two of the sums.
    pub fn add(&mut self, rows: &[Vec<ComplexLanes>]) {
        let Self { width, rows: sums, random } = self;
        let mut place = |_| (random.index(SKETCH) * *width, if random.uniform() < 0.5 { -1.0 } else { 1.0 });
        let places: Vec<(usize, f64)> = (0..2 * rows.len()).map(&mut place).collect();
        vectorised(Added { sums, rows, places: &places });
    }

    /// The columns that explain all others, and the shares that others have in each of them; `None` if all do.
    pub fn explained(mut self, count: usize) -> Option<(Vec<usize>, Vec<Vec<ComplexLanes>>)> {
        // (of what is no number nothing can be left out)
        if !self.rows.iter().all(|sum| (sum.re + sum.im).is_finite()) {
            return None;
        }
        let (pivots, found) = vectorised(Elimination { width: self.width, rows: &mut self.rows });
        if !found || pivots.len() + 4 >= count {
            return None;
        }
        // back substitution
        let kept: Vec<usize> = pivots.iter().map(|(_, column)| *column).collect();
        let mut shares: Vec<Vec<ComplexLanes>> = Vec::new();
        for (r, (row, column)) in pivots.iter().enumerate().rev() {
            let own = &self.rows[row * self.width..(row + 1) * self.width];
            let at = |column: usize| own[column / LANES].lane(column % LANES);
            let inverse = ComplexLanes::all(at(*column).inv());
            let mut sum = own.to_vec();
            for (s, later) in shares.iter().rev().enumerate() {
                let factor = ComplexLanes::all(at(kept[r + 1 + s]));
                for (sum, later) in sum.iter_mut().zip(later) {
                    *sum = *sum - factor * *later;
                }
            }
            sum.iter_mut().for_each(|sum| *sum = *sum * inverse);
            shares.push(sum);
        }
        shares.reverse();
        Some((kept, shares))
    }
}

/// Rows added to sums that begin at some places, with signs.
struct Added<'a> {
    sums: &'a mut [ComplexLanes],
    rows: &'a [Vec<ComplexLanes>],
    places: &'a [(usize, f64)],
}

impl Stage for Added<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (i, &(start, sign)) in self.places.iter().enumerate() {
            let row = &self.rows[i / 2];
            for (sum, value) in self.sums[start..start + row.len()].iter_mut().zip(row) {
                *sum = *sum + *value * sign;
            }
        }
    }
}

/// Gaussian elimination with complete pivoting, until nothing but rounding is left.
struct Elimination<'a> {
    width: usize,
    rows: &'a mut [ComplexLanes],
}

impl Stage for Elimination<'_> {
    /// The rows and columns of the pivots in turn, and whether nothing was left.
    type Output = (Vec<(usize, usize)>, bool);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self { width, rows } = self;
        let mut left: Vec<usize> = (0..SKETCH).collect();
        let mut pivots: Vec<(usize, usize)> = Vec::new();
        let mut first = 0.0;
        while !left.is_empty() {
            let (mut best, mut place) = (0.0, 0);
            for (i, row) in left.iter().enumerate() {
                let mut largest = Lanes::ZERO;
                for value in &rows[row * width..(row + 1) * width] {
                    largest = largest.max(value.re * value.re + value.im * value.im);
                }
                let largest = largest_lane(largest);
                if largest > best {
                    (best, place) = (largest, i);
                }
            }
            if pivots.is_empty() {
                first = best;
            }
            if best <= EXPLAINED * EXPLAINED * first {
                return (pivots, true);
            }
            let row = left.swap_remove(place);
            let pivot = rows[row * width..(row + 1) * width].to_vec();
            let square = |column: &usize| pivot[column / LANES].lane(column % LANES).norm_sqr();
            let column = (0..width * LANES).find(|column| square(column) >= best).unwrap_or(0);
            pivots.push((row, column));
            let inverse = pivot[column / LANES].lane(column % LANES).inv();
            for other in &left {
                let own = &mut rows[other * width..(other + 1) * width];
                let factor = ComplexLanes::all(own[column / LANES].lane(column % LANES) * inverse);
                for (value, of_pivot) in own.iter_mut().zip(&pivot) {
                    *value = *value - factor * *of_pivot;
                }
                own[column / LANES].re.0[column % LANES] = 0.0;
                own[column / LANES].im.0[column % LANES] = 0.0;
            }
        }
        (pivots, false)
    }
}

/// By how much rows differ at most from what the kept columns make of them.
pub(super) struct Missed<'a> {
    pub rows: &'a [Vec<ComplexLanes>],
    pub kept: &'a [usize],
    pub shares: &'a [Vec<ComplexLanes>],
}

impl Stage for Missed<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut most = Lanes::ZERO;
        for row in self.rows {
            let mut rest = row.clone();
            for (share, column) in self.shares.iter().zip(self.kept) {
                let factor = ComplexLanes::all(row[column / LANES].lane(column % LANES));
                for (rest, share) in rest.iter_mut().zip(share) {
                    *rest = *rest - factor * *share;
                }
            }
            for rest in &rest {
                most = most.max(rest.modulus());
            }
        }
        largest_lane(most)
    }
}

#[inline(always)]
pub(super) fn largest_lane(x: Lanes) -> f64 {
    x.0[0].max(x.0[1]).max(x.0[2].max(x.0[3]))
}
