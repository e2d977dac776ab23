//! Pairs of nodes in chunks: what is computed by one thread, and kept, at a time.

use std::ops::Range;

/// Pairs in one chunk, whose tables are a few hundred kilobytes.
const PAIRS: usize = 1 << 11;

/// Pairs whose weights are both this small beside the largest contribute nothing.
const NEGLIGIBLE: f64 = 1e-20;

/// Rows in runs of about [`PAIRS`] pairs: row `j` is the range of its partners `k >= j`, as far as they matter, given
/// the largest weight of every node.
pub(super) fn chunks(sizes: &[f64]) -> Vec<Vec<Range<usize>>> {
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let (mut chunks, mut rows, mut pairs) = (Vec::new(), Vec::new(), 0);
    for j in 0..sizes.len() {
        let matters = |k: usize| sizes[j] * sizes[k] >= NEGLIGIBLE * largest * largest;
        let end = (j..sizes.len()).rev().find(|&k| matters(k)).map_or(j, |k| k + 1);
        pairs += end - j;
        rows.push(j..end);
        if pairs >= PAIRS {
            chunks.push(std::mem::take(&mut rows));
            pairs = 0;
        }
    }
    if !rows.is_empty() {
        chunks.push(rows);
    }
    chunks
}
