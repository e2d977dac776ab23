//! Where the areas of a map have room for their names.

use super::page::Point;

/// Distance between the places that are tried.
const STEP: f64 = 4.0;

/// Room around a text, and between a text and a curve.
const PADDING: f64 = 4.0;

/// Height of a text.
const HEIGHT: f64 = 13.0;

/// Places on the frame of a map, in rows.
pub struct Places {
    corner: Point,
    columns: usize,
    /// Which area each place is in.
    areas: Vec<usize>,
    /// Whether a curve passes.
    is_taken: Vec<bool>,
}

/// A connected area.
pub struct Area {
    /// What all of it is.
    pub category: usize,
    places: Vec<usize>,
}

impl Places {
    /// Connected areas in a frame, for the category at each point and curves that texts should not cross.
    pub fn new(
        (corner, end): (Point, Point),
        category: impl Fn(Point) -> usize,
        curves: &[Vec<Point>],
    ) -> (Self, Vec<Area>) {
        let count = |length: f64| (length / STEP).floor() as usize + 1;
        let (columns, rows) = (count(end.0 - corner.0), count(end.1 - corner.1));
        let mut places =
            Self { corner, columns, areas: vec![usize::MAX; columns * rows], is_taken: vec![false; columns * rows] };
        places.take(curves);
        let categories: Vec<usize> = (0..columns * rows).map(|place| category(places.point(place))).collect();
        let mut areas = Vec::new();
        for place in 0..categories.len() {
            if places.areas[place] == usize::MAX {
                let found = places.flood(place, areas.len(), &categories);
                areas.push(Area { category: categories[place], places: found });
            }
        }
        (places, areas)
    }

    fn point(&self, place: usize) -> Point {
        let (row, column) = (place / self.columns, place % self.columns);
        (self.corner.0 + column as f64 * STEP, self.corner.1 + row as f64 * STEP)
    }

    /// All places that are connected with one.
    fn flood(&mut self, start: usize, area: usize, categories: &[usize]) -> Vec<usize> {
        let mut found = vec![start];
        self.areas[start] = area;
        let mut next = 0;
        while next < found.len() {
            let place = found[next];
            let column = place % self.columns;
            let neighbours = [
                (column > 0).then(|| place - 1),
                (column + 1 < self.columns).then(|| place + 1),
                place.checked_sub(self.columns),
                Some(place + self.columns),
            ];
            for neighbour in neighbours.into_iter().flatten().filter(|&place| place < categories.len()) {
                if self.areas[neighbour] == usize::MAX && categories[neighbour] == categories[start] {
                    self.areas[neighbour] = area;
                    found.push(neighbour);
                }
            }
            next += 1;
        }
        found
    }

    /// Takes the places along curves.
    fn take(&mut self, curves: &[Vec<Point>]) {
        for pair in curves.iter().flat_map(|curve| curve.windows(2)) {
            let (from, to) = (pair[0], pair[1]);
            let steps = ((to.0 - from.0).hypot(to.1 - from.1) / STEP).ceil().max(1.0) as usize;
            for i in 0..=steps {
                let share = i as f64 / steps as f64;
                let at = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                let (column, row) = ((at.0 - self.corner.0) / STEP, (at.1 - self.corner.1) / STEP);
                let place = (row.round().max(0.0) as usize).saturating_mul(self.columns)
                    + (column.round().max(0.0) as usize).min(self.columns - 1);
                if let Some(taken) = self.is_taken.get_mut(place) {
                    *taken = true;
                }
            }
        }
    }

    /// The center of a text of some length that lies in an area, as far as possible from all that is not.
    pub fn room(&self, area: &Area, length: f64) -> Option<Point> {
        let half = (length / 2.0 + PADDING, HEIGHT / 2.0 + PADDING);
        let (wide, high) = ((half.0 / STEP).ceil() as usize, (half.1 / STEP).ceil() as usize);
        let count = area.places.len() as f64;
        let sum = area.places.iter().map(|&place| self.point(place)).fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        let center = (sum.0 / count, sum.1 / count);
        let distance = |place: usize| {
            let at = self.point(place);
            (at.0 - center.0).hypot(at.1 - center.1)
        };
        let fits = |place: &usize| self.is_free(*place, wide, high);
        let roomy = |place: &usize| self.is_free(*place, wide + 2, high + 2);
        let nearest = |x: &usize, y: &usize| distance(*x).total_cmp(&distance(*y));
        let best = area.places.iter().copied().filter(roomy).min_by(nearest);
        best.or_else(|| area.places.iter().copied().filter(fits).min_by(nearest)).map(|place| self.point(place))
    }

    /// Whether all places around one are in its area and no curve passes.
    fn is_free(&self, place: usize, wide: usize, high: usize) -> bool {
        let (row, column) = (place / self.columns, place % self.columns);
        let rows = self.areas.len() / self.columns;
        if column < wide || row < high || column + wide >= self.columns || row + high >= rows {
            return false;
        }
        let mut around = (row - high..=row + high)
            .flat_map(|row| (column - wide..=column + wide).map(move |column| row * self.columns + column));
        around.all(|other| self.areas[other] == self.areas[place] && !self.is_taken[other])
    }
}
