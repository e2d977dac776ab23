//! Signs of polynomials on intersections of half planes.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::half_planes::{HalfPlane, coordinates, imply, range_of_b};
use super::polynomial::{Bivariate, Polynomial, with_integers};
use super::ring::Ring;
use super::roots::sign_between;

/// The sign of a polynomial in all points of an intersection of half planes that is not empty: 1, or -1, or `None` if
/// it has both signs, vanishes somewhere, or no proof of a sign was found.
///
/// Decided for constants, for linear polynomials and for those in one symbol. For others the proof is looked for in
/// coordinates in which the region lies in `x > 0`: that the coefficients of all powers of `x` have the same sign.
pub(super) fn sign_on(polynomial: &Bivariate, half_planes: &[HalfPlane]) -> Option<i8> {
    if let Some(half_plane) = HalfPlane::of(polynomial) {
        let negative = HalfPlane { a: -&half_plane.a, b: -&half_plane.b, c: -&half_plane.c };
        return imply(half_planes, &half_plane).then_some(1).or_else(|| imply(half_planes, &negative).then_some(-1));
    }
    if polynomial.degree() == 0 {
        let (low, high) = range_of_b(half_planes);
        return sign_between(&polynomial.coefficient(0), low.as_ref(), high.as_ref());
    }
    if polynomial.degree_in_b() == 0 {
        let swapped: Vec<HalfPlane> = half_planes.iter().map(HalfPlane::swapped).collect();
        return sign_on(&polynomial.swapped(), &swapped);
    }
    half_planes.iter().find_map(|x| half_planes.iter().find_map(|y| sign_in_coordinates(polynomial, half_planes, x, y)))
}

/// The sign that all coefficients of powers of `x` have in the range of `y`, where `x` and `y` are the functions that
/// are positive in two of the half planes.
fn sign_in_coordinates(polynomial: &Bivariate, half_planes: &[HalfPlane], x: &HalfPlane, y: &HalfPlane) -> Option<i8> {
    let (a, b) = coordinates(x, y)?;
    let constant = |n: BigRational| Polynomial::constant(Polynomial::constant(n));
    let function = |h: HalfPlane| {
        let in_y = Polynomial::new(vec![h.c, h.b]);
        Polynomial::new(vec![in_y, Polynomial::constant(h.a)])
    };
    let integer = |n: &BigInt| constant(BigRational::from_integer(n.clone()));
    let changed = with_integers(&polynomial.substituted(&function(a), &function(b), integer));
    let borders: Option<Vec<HalfPlane>> = half_planes.iter().map(|h| h.in_coordinates(x, y)).collect();
    let (low, high) = range_of_b(&borders?);
    let mut signs =
        changed.coefficients().iter().filter(|c| !c.is_zero()).map(|c| sign_between(c, low.as_ref(), high.as_ref()));
    let first = signs.next()??;
    signs.all(|sign| sign == Some(first)).then_some(first)
}
