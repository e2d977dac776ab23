//! How curves and areas are told apart, in colour, in grey and by those who see few colours.

use plotters::style::RGBColor;

use super::page::Point;

/// More curves than this are unreadable.
pub const MOST_CURVES: usize = 40;

/// Look of one curve.
pub struct Style {
    /// Of line and marker.
    pub color: RGBColor,
    /// Lengths of dashes and gaps in turn; none for a solid line.
    pub dashes: &'static [f64],
    /// Marker, if any.
    pub marker: Option<Marker>,
}

/// Shape of a marker.
#[derive(Clone, Copy)]
pub enum Marker {
    /// Round.
    Disc,
    /// With these corners, for a radius of 1.
    Polygon(&'static [Point]),
}

const SQUARE: Marker = Marker::Polygon(&[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]);
pub const UP: Marker = Marker::Polygon(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]);
const DOWN: Marker = Marker::Polygon(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]);
pub const DIAMOND: Marker = Marker::Polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]);
const BAR: Marker = Marker::Polygon(&[(-0.4, -1.25), (0.4, -1.25), (0.4, 1.25), (-0.4, 1.25)]);

/// Colours of Okabe and Ito from dark to light; line and marker differ as well.
const DISTINCT: [Style; 7] = [
    Style { color: RGBColor(0, 0, 0), dashes: &[], marker: Some(Marker::Disc) },
    Style { color: RGBColor(0, 114, 178), dashes: &[9.0, 4.0], marker: Some(SQUARE) },
    Style { color: RGBColor(213, 94, 0), dashes: &[2.5, 3.0], marker: Some(UP) },
    Style { color: RGBColor(0, 158, 115), dashes: &[10.0, 3.5, 2.5, 3.5], marker: Some(DIAMOND) },
    Style { color: RGBColor(204, 121, 167), dashes: &[5.0, 3.0], marker: Some(DOWN) },
    Style { color: RGBColor(230, 159, 0), dashes: &[14.0, 4.0], marker: Some(BAR) },
    Style { color: RGBColor(86, 180, 233), dashes: &[8.0, 3.0, 2.0, 3.0, 2.0, 3.0], marker: Some(Marker::Disc) },
];

/// From dark to light, for many curves that differ in one size.
const LADDER: [(f64, f64, f64); 5] =
    [(0.0, 24.0, 69.0), (59.0, 73.0, 108.0), (112.0, 113.0, 115.0), (166.0, 157.0, 93.0), (225.0, 200.0, 70.0)];

/// The look of a curve among so many.
pub fn style(curve: usize, count: usize) -> Style {
    if count <= DISTINCT.len() {
        let Style { color, dashes, marker } = DISTINCT[curve];
        return Style { color, dashes, marker };
    }
    member(curve, count)
}

/// Of what is predicted, bands behind what is computed: light tones of hues that are in no ladder.
pub const GUIDES: [RGBColor; 3] = [RGBColor(250, 200, 165), RGBColor(160, 220, 205), RGBColor(225, 195, 225)];

/// Of areas in which a curve may be, behind everything: light enough for black and grey to be seen on it.
pub const AREA: RGBColor = RGBColor(206, 220, 236);

/// Of what is fitted, on the curves: the same hue.
pub const FIT: RGBColor = RGBColor(213, 94, 0);

/// The look of a member of a family: from dark to light, without markers.
pub fn member(curve: usize, count: usize) -> Style {
    let place = curve as f64 / count.saturating_sub(1).max(1) as f64 * (LADDER.len() - 1) as f64;
    let step = (place as usize).min(LADDER.len() - 2);
    let (from, to, share) = (LADDER[step], LADDER[step + 1], place - step as f64);
    let mix = |x: f64, y: f64| (x + (y - x) * share).round() as u8;
    let color = RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2));
    Style { color, dashes: &[], marker: None }
}

/// Hues of Okabe and Ito in light tones, on which black can be read and which differ in grey; the last one stands back.
const FILLS: [RGBColor; 5] = [
    RGBColor(72, 142, 196),
    RGBColor(248, 218, 120),
    RGBColor(120, 202, 172),
    RGBColor(230, 140, 100),
    RGBColor(246, 246, 246),
];

/// The colour of an area.
pub fn fill(category: usize) -> RGBColor {
    FILLS[category.min(FILLS.len() - 1)]
}

/// The pieces of a line that are drawn, for a pattern of dashes and gaps.
pub fn dashed(line: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    if pattern.is_empty() {
        return vec![line.to_vec()];
    }
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = line.first().copied().into_iter().collect();
    let (mut phase, mut left) = (0, pattern[0]);
    for pair in line.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                piece.push(to);
                break;
            }
            from = (from.0 + (to.0 - from.0) * left / length, from.1 + (to.1 - from.1) * left / length);
            piece.push(from);
            if phase % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece = vec![from];
            phase = (phase + 1) % pattern.len();
            left = pattern[phase];
        }
    }
    if phase % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}
