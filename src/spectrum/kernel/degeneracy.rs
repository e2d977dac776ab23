//! How many eigenfunctions share an eigenvalue.

use super::scaled::Scaled;

/// Up to here doubles hold every integer.
const EXACT: u128 = 1 << 53;

/// A sequence of integers, each from the one before by an exact quotient: as integers while doubles hold them, then
/// rounded.
struct Integers {
    exact: Option<u128>,
    rounded: Scaled,
}

impl Integers {
    fn new() -> Self {
        Self { exact: Some(1), rounded: Scaled::ONE }
    }

    fn advance(&mut self, numerator: [u64; 2], denominator: [u64; 2]) {
        let product = |pair: [u64; 2]| u128::from(pair[0]) * u128::from(pair[1]);
        let over = |n: u128| n.checked_mul(product(numerator)).map(|n| n / product(denominator));
        self.exact = self.exact.and_then(over).filter(|n| *n < EXACT);
        self.rounded = match self.exact {
            Some(n) => Scaled::new(n as f64),
            None => {
                let ratio = |i: usize| numerator[i] as f64 / denominator[i] as f64;
                self.rounded * (ratio(0) * ratio(1))
            }
        };
    }
}

/// `N(d, k)` of equation (K.sphere) for `k < count`: the number of spherical harmonics of degree `k` in `d >= 2`
/// dimensions.
pub(super) fn harmonics(dimension: u64, count: usize) -> Vec<Scaled> {
    let mut n = Integers::new();
    (0..count as u64)
        .map(|k| {
            let now = n.rounded;
            let d = dimension;
            if k == 0 {
                n.advance([d, 1], [1, 1]);
            } else {
                n.advance([2 * k + d, k + d - 2], [2 * k + d - 2, k + 1]);
            }
            now
        })
        .collect()
}

/// `N(d, k + 1) / N(d, k)`.
pub(super) fn harmonics_ratio(dimension: f64, k: f64) -> f64 {
    if k < 1.0 {
        dimension
    } else {
        (2.0 * k + dimension) / (2.0 * k + dimension - 2.0) * ((k + dimension - 2.0) / (k + 1.0))
    }
}

/// `C(k + d - 1, k)` for `k < count`: the number of products of Hermite functions of total degree `k`.
pub(super) fn products(dimension: u64, count: usize) -> Vec<Scaled> {
    let mut n = Integers::new();
    (0..count as u64)
        .map(|k| {
            let now = n.rounded;
            n.advance([k + dimension, 1], [k + 1, 1]);
            now
        })
        .collect()
}

/// `r_d(q)` for `q < count`: the number of points of the lattice `Z^d` at squared distance `q` from the origin.
///
/// The `d`-th power of the theta series by repeated squaring; all terms are positive.
fn lattice_points(dimension: u64, count: usize) -> Vec<Scaled> {
    let mut line = vec![Scaled::new(0.0); count];
    for n in 0.. {
        let square: usize = n * n;
        if square >= count {
            break;
        }
        line[square] = Scaled::new(if n == 0 { 1.0 } else { 2.0 });
    }
    let mut power = line.clone();
    let bits = u64::BITS - dimension.leading_zeros();
    for bit in (0..bits - 1).rev() {
        power = convolution(&power, &power);
        if dimension >> bit & 1 == 1 {
            power = convolution(&power, &line);
        }
    }
    power
}

/// The first `count` squared lengths `q` of points of the lattice `Z^d`, each with the number `r_d(q)` of such points.
pub(super) fn shells(dimension: u64, count: usize) -> Vec<(u64, Scaled)> {
    if dimension == 1 {
        let shell = |n: u64| (n * n, Scaled::new(if n == 0 { 1.0 } else { 2.0 }));
        return (0..count as u64).map(shell).collect();
    }
    // every length from four dimensions on; in three all but one of six; in two more than one of six up to 30,000
    let length = match dimension {
        2 => 6 * count,
        3 => count + count / 4 + 4,
        _ => count,
    };
    let points = lattice_points(dimension, length);
    (0..).zip(points).filter(|(_, n)| !n.is_zero()).take(count).collect()
}

/// The product of two series with coefficients `>= 0`.
fn convolution(x: &[Scaled], y: &[Scaled]) -> Vec<Scaled> {
    let sparse: Vec<(usize, Scaled)> = y.iter().copied().enumerate().filter(|(_, v)| !v.is_zero()).collect();
    (0..x.len()).map(|q| Scaled::sum(sparse.iter().take_while(|(i, _)| *i <= q).map(|(i, v)| x[q - i] * *v))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[Scaled]) -> Vec<f64> {
        list.iter().map(|n| n.value()).collect()
    }

    #[test]
    fn small_counts_are_the_known_ones() {
        assert_eq!(values(&harmonics(2, 4)), [1.0, 2.0, 2.0, 2.0]);
        assert_eq!(values(&harmonics(3, 5)), [1.0, 3.0, 5.0, 7.0, 9.0]);
        assert_eq!(values(&harmonics(4, 5)), [1.0, 4.0, 9.0, 16.0, 25.0]);
        assert_eq!(values(&products(3, 5)), [1.0, 3.0, 6.0, 10.0, 15.0]);
        // sums of squares: OEIS A004018 and A005875
        assert_eq!(values(&lattice_points(2, 6)), [1.0, 4.0, 4.0, 0.0, 4.0, 8.0]);
        assert_eq!(values(&lattice_points(3, 8)), [1.0, 6.0, 12.0, 8.0, 6.0, 24.0, 24.0, 0.0]);
    }
}
