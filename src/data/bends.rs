//! Where the exponent of a spectrum changes.

use super::windows::{BEND, Windows};
use crate::error::Bend;

/// The largest number of bends that are named.
const MOST: usize = 4;

/// Growth of the allowed departures until no more bends than that are left.
const COARSER: f64 = 1.25;

/// Allowed departures beyond which the search ends.
const COARSEST: f64 = 100.0;

/// The ratio of the last mode to the first below which a piece between others is a transition from one to the other.
const TRANSITION: f64 = 3.0;

/// The bends between the fewest straight windows that cover all modes; of a curve that bends everywhere, those of the
/// straightest pieces that are few enough.
pub(super) fn bends(windows: &Windows) -> Vec<Bend> {
    let mut allowed = BEND;
    loop {
        let ends = without_transitions(windows, fewest(windows, allowed));
        if ends.len() <= MOST + 2 || allowed > COARSEST {
            let exponent = |pair: &[usize]| windows.exponent(pair[0], pair[1]);
            let bend = |three: &[usize]| {
                let mode = windows.mode(three[1]);
                Some(Bend { mode, before: exponent(&three[..2])?, after: exponent(&three[1..])? })
            };
            return ends.windows(3).filter_map(bend).collect();
        }
        allowed *= COARSER;
    }
}

/// A short piece between two longer ones is one bend, in its middle.
fn without_transitions(windows: &Windows, mut ends: Vec<usize>) -> Vec<usize> {
    let ratio = |pair: &[usize]| windows.mode(pair[1]) as f64 / windows.mode(pair[0]) as f64;
    let is_transition = |four: &[usize]| {
        let [before, piece, after] = [0, 1, 2].map(|i| ratio(&four[i..i + 2]));
        piece < TRANSITION && piece < before && piece < after
    };
    while let Some(at) = ends.windows(4).position(is_transition) {
        let middle = (ends[at + 1] + ends[at + 2]).div_ceil(2);
        ends.splice(at + 1..at + 3, [middle]);
    }
    ends
}

/// Ends of the fewest straight windows, one after the other; of equally many, those that are straightest. None where
/// there is no such chain.
fn fewest(windows: &Windows, allowed: f64) -> Vec<usize> {
    let count = windows.count();
    // the best way to each end: how many windows, how bent they are, and where the last one begins
    let mut ways: Vec<Option<(usize, f64, usize)>> = vec![None; count];
    if let Some(start) = ways.first_mut() {
        *start = Some((0, 0.0, 0));
    }
    for end in 1..count {
        for begin in 0..end {
            let Some(((number, bent, _), window)) = ways[begin].zip(windows.judge(begin, end, allowed)) else {
                continue;
            };
            // what is too short to be compared with anything is as bent as may be, unless it is as short as can be
            let is_judged = windows.is_comparable(begin, end) || end == begin + 1;
            let departure = if is_judged { window.bend / window.tolerance } else { 1.0 };
            let way = (number + 1, bent + departure * departure, begin);
            let is_better = ways[end].is_none_or(|best| (way.0, way.1) < (best.0, best.1));
            if window.is_straight() && is_better {
                ways[end] = Some(way);
            }
        }
    }
    let mut ends: Vec<usize> = count.checked_sub(1).filter(|last| ways[*last].is_some()).into_iter().collect();
    while let Some(&end) = ends.last()
        && end > 0
        && let Some((_, _, begin)) = ways[end]
    {
        ends.push(begin);
    }
    ends.reverse();
    ends
}
