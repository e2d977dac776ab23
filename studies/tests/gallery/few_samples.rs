//! Figure 5 of Bordelon et al.: reusing few samples. P = 128 in 5a and 5b, N = 512 in 5c.

use super::{A, B, INF, doubling, falls, flow, model, near, slope};

const SAMPLES: f64 = 128.0;

/// 5a: wider is better, but not beyond the data's own bottleneck, the kernel limit.
#[test]
fn width_stops_helping() {
    let limit = |time: f64| flow(&model(A, B, INF, SAMPLES), time).test_loss;
    for time in [10.0, 50.0, 100.0, 200.0, 350.0] {
        let losses: Vec<f64> =
            doubling(64.0, 4096.0).iter().map(|&n| flow(&model(A, B, n, SAMPLES), time).test_loss).collect();
        falls("width", losses.iter().copied());
        // what the last doubling gains is half of what the one before gains, up to the next order in 1/N
        let gains: Vec<f64> = losses.windows(2).map(|pair| pair[0] - pair[1]).collect();
        let order = SAMPLES.max(time.powf(1.0 / B)) / 2048.0;
        near("variance-limited", gains[5] / gains[4], 0.5, 2.0 * order);
        near("limit", losses[6] / limit(time), 1.0, 1.2 * (SAMPLES / 4096.0 + time / 4096.0));
    }
    // what is left at the end of the figure is the bottleneck of 128 samples
    near("kernel limit", limit(350.0), flow(&model(A, B, INF, SAMPLES), INF).test_loss, 1e-3);
    assert!(limit(350.0) > 1.7 * flow(&model(A, B, INF, 1024.0), 350.0).test_loss);
    // narrow models overfit: their test loss rises again
    for width in [64.0, 128.0, 256.0] {
        let model = model(A, B, width, SAMPLES);
        assert!(flow(&model, 350.0).test_loss > 1.1 * flow(&model, 50.0).test_loss);
    }
}

/// The smallest rate at which anything is learned: the lower end of the density of timescales, by bisection.
fn slowest_rate(width: f64) -> f64 {
    let model = model(A, B, width, SAMPLES);
    let (mut below, mut above) = (1e-6f64, 0.05f64);
    for _ in 0..24 {
        let middle = (below * above).sqrt();
        // far above rounding, and reached right above a square-root edge
        if model.timescale_density(1.0, &[middle]).unwrap()[0] > 1e-9 { above = middle } else { below = middle }
    }
    above
}

/// 5b: train losses of models wider than P fall exponentially in the end, the wider the faster; of narrower ones they
/// do not vanish.
#[test]
fn train_losses_are_log_linear() {
    let rate = |width: f64, [from, to]: [f64; 2]| {
        let [x, y] = [from, to].map(|t| flow(&model(A, B, width, SAMPLES), t).train_loss);
        (x / y).ln() / (to - from)
    };
    let widths = [256.0, 1024.0, 4096.0];
    falls("loss", widths.map(|n| flow(&model(A, B, n, SAMPLES), 350.0).train_loss));
    falls("rates", widths.map(|n| -rate(n, [200.0, 350.0])));
    for width in widths {
        // Twice the slowest rate, plus the power of the edge over the time: a square-root edge of the density, t^-3/2,
        // or less steep while the time does not resolve the edge.
        let edge = 2.0 * slowest_rate(width);
        for [from, to] in [[200.0, 350.0], [1000.0, 1200.0]] {
            let measured = rate(width, [from, to]);
            assert!(measured > edge && measured < edge + 1.5 / from, "N = {width}: {measured} and {edge}");
        }
    }
    // in the time of the figure the lines still bend: the rate falls by 14 to 29 per cent between 100 to 200 and 200 to
    // 350
    let bent = widths.map(|n| rate(n, [200.0, 350.0]) / rate(n, [100.0, 200.0]));
    assert!(bent.iter().all(|ratio| (0.70..0.87).contains(ratio)), "{bent:?}");
    let narrow = model(A, B, 64.0, SAMPLES);
    near("never fitted", flow(&narrow, 350.0).train_loss, flow(&narrow, INF).train_loss, 1e-2);
    assert!(flow(&narrow, INF).train_loss > 0.3);
}

/// 5c: test and train losses split, by 1/P as long as the data are many, and the later the fewer.
#[test]
fn test_and_train_split() {
    let gap = |samples: f64, time: f64| flow(&model(A, B, 512.0, samples), time).gap;
    for time in [1.0, 10.0, 50.0, 350.0] {
        falls("samples", doubling(64.0, 512.0).into_iter().map(|p| gap(p, time)));
        // an expansion in modes learned over samples
        let order = (1.0 + time.powf(1.0 / B)) / 64.0;
        let measured = slope([64.0, 512.0], |p| gap(p, time));
        assert!(measured < 1.0 && measured > 1.0 - order, "t = {time}: {measured}");
    }
    let point = flow(&model(A, B, 512.0, 256.0), 10.0);
    near("gap", point.gap, point.test_loss - point.train_loss, point.error * point.test_loss + point.train_error);
    // first order: P times the gap has a limit
    for time in [1.0, 10.0, 50.0] {
        let limit = 1e7 * gap(1e7, time);
        let missing: Vec<f64> = doubling(64.0, 4096.0).iter().map(|p| 1.0 - p * gap(*p, time) / limit).collect();
        falls("first order", missing.iter().copied());
        // up to the order after the next, of the size of the deviation itself
        near("next order", missing[6] / missing[5], 0.5, missing[5]);
        assert!(missing[3] < 0.3, "{missing:?}");
    }
    // when they have parted by a fifth of the test loss
    let parted = |samples: f64| {
        let (mut low, mut high) = (1e-2f64, 1e4f64);
        for _ in 0..40 {
            let middle = (low * high).sqrt();
            let point = flow(&model(A, B, 512.0, samples), middle);
            if point.gap < 0.2 * point.test_loss { low = middle } else { high = middle }
        }
        low
    };
    falls("time of the split", doubling(64.0, 512.0).into_iter().map(|p| -parted(p)));
}
