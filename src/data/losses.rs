//! What exponents of a measured spectrum say about losses.

/// The exponents with which losses fall in time, width and number of samples, if eigenvalues fall as `k^-b` and target
/// power as `k^-a` without end (equations (A.time), (A.width) and (A.data)): each with the standard error that those of a
/// and b leave. `power` is a with its error, `eigenvalue` b with its own. None for a up to 1 or b up to 0, where the losses
/// are no power laws.
///
/// # Examples
///
/// ```
/// use spectralaw::data::loss_exponents;
///
/// let [time, width, samples] = loss_exponents((1.5, 0.01), (1.25, 0.02)).unwrap();
/// assert_eq!((time.0, width, samples), (0.4, (0.5, 0.01), (0.5, 0.01)));
/// assert!(loss_exponents((0.9, 0.1), (1.25, 0.02)).is_none());
/// ```
pub fn loss_exponents(power: (f64, f64), eigenvalue: (f64, f64)) -> Option<[(f64, f64); 3]> {
    let ((a, a_error), (b, b_error)) = (power, eigenvalue);
    if !(a > 1.0 && b > 0.0) {
        return None;
    }
    let time = (a - 1.0) / b;
    let smaller = |times: f64| if a - 1.0 < times * b { (a - 1.0, a_error) } else { (times * b, times * b_error) };
    Some([(time, (a_error / b).hypot(time * b_error / b)), smaller(1.0), smaller(2.0)])
}
