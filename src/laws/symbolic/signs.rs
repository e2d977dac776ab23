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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{bivariates, config, exponent, rational, rationals};
    use super::*;

    fn sign(text: &str, region: &[&str]) -> Option<i8> {
        let half_planes: Vec<HalfPlane> =
            region.iter().map(|line| HalfPlane::of(exponent(line).numerator()).unwrap()).collect();
        sign_on(exponent(text).numerator(), &half_planes)
    }

    #[test]
    fn signs_are_proved_where_there_is_one() {
        assert_eq!(sign("-2", &[]), Some(-1));
        assert_eq!(sign("a + b", &["a", "b"]), Some(1));
        assert_eq!(sign("a + b - 1", &["a", "b"]), None);
        assert_eq!(sign("b^2 + 1", &[]), Some(1));
        assert_eq!(sign("a^2 - 4*a + 2", &["a - 3/5", "3 - a"]), Some(-1));
        assert_eq!(sign("b^2 - 4*b + 2", &["a - 3/5"]), None);
        let phase = ["a - 1 - b", "b - 1/2", "1 - b"];
        assert_eq!(sign("a*b - b^2 - 2*a + 3*b", &phase), Some(-1));
        assert_eq!(sign("a^2 - b^2 + b", &phase), Some(1));
        assert_eq!(sign("a*b - 1", &["a", "b"]), None);
        // a single half plane is not a quadrant
        assert_eq!(sign("a*b", &["a"]), None);
    }

    proptest! {
        #![proptest_config(config(128))]

        #[test]
        fn signs_hold_at_points(
            p in bivariates(2),
            lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 1..5),
            a in rationals(),
            b in rationals(),
        ) {
            // sides of lines on which the point is
            let zero = rational(0, 1);
            let half_planes: Vec<HalfPlane> = lines
                .iter()
                .map(|line| line.map(|n| rational(n, 1)))
                .map(|[x, y, c]| if &x * &a + &y * &b + &c < zero { [-x, -y, -c] } else { [x, y, c] })
                .filter(|[x, y, c]| x * &a + y * &b + c > zero)
                .map(|[a, b, c]| HalfPlane { a, b, c })
                .collect();
            match sign_on(&p, &half_planes) {
                Some(1) => prop_assert!(p.evaluated(&a, &b) > zero),
                Some(_) => prop_assert!(p.evaluated(&a, &b) < zero),
                None => {}
            }
        }
    }
}
