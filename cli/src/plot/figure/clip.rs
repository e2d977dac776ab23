//! The parts of a line that lie within a frame.

use super::page::Point;

/// The pieces of a line between the upper left and the lower right corner of a frame.
pub fn clipped(((left, top), (right, bottom)): (Point, Point), line: &[Point]) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in line.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let along = |share: f64| (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
        let within = [(from.0, to.0, left, right), (from.1, to.1, top, bottom)];
        let (enter, leave) =
            within.into_iter().map(inside).fold((0.0, 1.0), |s: (f64, f64), t| (s.0.max(t.0), s.1.min(t.1)));
        if enter >= leave {
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if enter <= 0.0 && piece.last() == Some(&from) => piece.push(along(leave)),
            _ => pieces.push(vec![along(enter), along(leave)]),
        }
    }
    pieces
}

/// The shares of the way from one number to another at which it enters and leaves a range.
fn inside((from, to, low, high): (f64, f64, f64, f64)) -> (f64, f64) {
    let way = to - from;
    if way.abs() > 0.0 {
        let (x, y) = ((low - from) / way, (high - from) / way);
        (x.min(y), x.max(y))
    } else if (low..=high).contains(&from) {
        (f64::NEG_INFINITY, f64::INFINITY)
    } else {
        (f64::INFINITY, f64::NEG_INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::figure::axes::Axes;

    #[test]
    fn curves_are_cut_at_the_frame() {
        let axes = Axes::below([(1.0, 100.0), (1.0, 100.0)], 0.0);
        let ((left, top), (right, bottom)) = axes.frame();
        let through_axes = |points: &[(f64, f64)]| clipped(axes.frame(), &axes.line(points));
        let close = |p: Point, q: Point| (p.0 - q.0).hypot(p.1 - q.1) < 1e-9;
        // through the frame, beside it, and in, out and in again
        let through = through_axes(&[(0.01, 0.01), (1e4, 1e4)]);
        assert!(matches!(&through[..], [piece] if close(piece[0], (left, bottom)) && close(piece[1], (right, top))));
        assert!(through_axes(&[(0.01, 10.0), (10.0, 1e4)]).is_empty());
        let pieces = through_axes(&[(1.0, 10.0), (10.0, 10.0), (1e3, 10.0), (10.0, 1.0)]);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [3, 2]);
        let within = |p: &Point| p.0 >= left - 1e-9 && p.0 <= right + 1e-9 && p.1 >= top - 1e-9 && p.1 <= bottom + 1e-9;
        assert!(pieces.iter().flatten().all(within));
    }
}
