//! Networks with one hidden layer of rectifiers, drawn and trained: what `docs/networks.md` compares with the theory.

/// `f(x) = sqrt(2/n) sum_j a_j max(w_j.x, 0)`: equation (Network.model).
pub struct Network {
    dimension: usize,
    /// `w_j`, one after the other.
    first: Vec<f64>,
    /// `a_j`
    second: Vec<f64>,
}

/// How a network is trained: by steps of gradient descent on half the mean squared error, all layers at once.
#[derive(Debug, Clone, Copy)]
pub struct Training {
    /// What multiplies the output, less the output at the start: large ones are lazy, at 1 features move.
    pub scale: f64,
    /// Of the output, not of the weights: steps times the rate is the time of gradient flow, at any scale.
    pub learning_rate: f64,
}

impl Network {
    /// With standard normal weights.
    pub fn drawn(width: usize, dimension: usize, mut normal: impl FnMut() -> f64) -> Self {
        let first = (0..width * dimension).map(|_| normal()).collect();
        Self { dimension, first, second: (0..width).map(|_| normal()).collect() }
    }

    fn factor(&self) -> f64 {
        (2.0 / self.second.len() as f64).sqrt()
    }

    /// The outputs at inputs that are given one after the other.
    pub fn outputs(&self, inputs: &[f64]) -> Vec<f64> {
        let unit = |x: &[f64], (w, a): (&[f64], &f64)| a * dot(w, x).max(0.0);
        let units = || self.first.chunks_exact(self.dimension).zip(&self.second);
        inputs.chunks_exact(self.dimension).map(|x| self.factor() * units().map(|u| unit(x, u)).sum::<f64>()).collect()
    }

    /// The tangent kernel: products of gradients at all pairs of inputs, row by row.
    pub fn tangent_kernel(&self, inputs: &[f64]) -> Vec<f64> {
        let points: Vec<&[f64]> = inputs.chunks_exact(self.dimension).collect();
        let gradients = |x: &[f64]| -> (Vec<f64>, Vec<f64>) {
            let unit = |(w, a): (&[f64], &f64)| {
                let h = dot(w, x);
                if h > 0.0 { (h, *a) } else { (0.0, 0.0) }
            };
            self.first.chunks_exact(self.dimension).zip(&self.second).map(unit).unzip()
        };
        let all: Vec<(Vec<f64>, Vec<f64>)> = points.iter().map(|x| gradients(x)).collect();
        let entry =
            |i: usize, j: usize| dot(&all[i].0, &all[j].0) + dot(&all[i].1, &all[j].1) * dot(points[i], points[j]);
        let factor = self.factor().powi(2);
        (0..all.len() * all.len()).map(|ij| factor * entry(ij / all.len(), ij % all.len())).collect()
    }

    /// Trains on samples, and returns the outputs on other points, less those at the start and times the scale, after
    /// each of these ascending numbers of steps.
    pub fn train(
        mut self,
        (inputs, targets): (&[f64], &[f64]),
        test_inputs: &[f64],
        training: Training,
        steps: &[usize],
    ) -> Vec<Vec<f64>> {
        let Training { scale, learning_rate } = training;
        let start = self.outputs(inputs);
        let test_start = self.outputs(test_inputs);
        let mut learned = Vec::new();
        let mut done = 0;
        for &step in steps {
            while done < step {
                let outputs = self.outputs(inputs);
                let residual = outputs.iter().zip(&start).zip(targets).map(|((f, start), y)| y - scale * (f - start));
                let residual: Vec<f64> = residual.collect();
                // a gradient by weights has a factor of the scale, and the rate one over its square
                self.step(inputs, &residual, learning_rate / scale / targets.len() as f64);
                done += 1;
            }
            let outputs = self.outputs(test_inputs);
            learned.push(outputs.iter().zip(&test_start).map(|(f, start)| scale * (f - start)).collect());
        }
        learned
    }

    /// A step along the residual.
    fn step(&mut self, inputs: &[f64], residual: &[f64], rate: f64) {
        let (rate, d) = (rate * self.factor(), self.dimension);
        let mut change = vec![0.0; d];
        for (w, a) in self.first.chunks_exact_mut(d).zip(&mut self.second) {
            change.fill(0.0);
            let mut change_of_a = 0.0;
            for (x, r) in inputs.chunks_exact(d).zip(residual) {
                let h = dot(w, x);
                if h > 0.0 {
                    change_of_a += r * h;
                    change.iter_mut().zip(x).for_each(|(c, x)| *c += r * x);
                }
            }
            w.iter_mut().zip(&change).for_each(|(w, c)| *w += rate * *a * c);
            *a += rate * change_of_a;
        }
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    // eight sums at once are as many as vector instructions take
    let mut sums = [0.0; 8];
    let (xs, ys) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in xs.zip(ys) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    sums.iter().sum::<f64>() + rest
}

/// SplitMix64 of Steele, Lea and Flood 2014.
pub struct Random(pub u64);

impl Random {
    /// From 0 on, below 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// The mean squared difference of outputs and targets.
pub fn loss(outputs: &[f64], targets: &[f64]) -> f64 {
    outputs.iter().zip(targets).map(|(f, y)| (y - f).powi(2)).sum::<f64>() / targets.len() as f64
}

/// The mean of a number over draws, and its standard error.
pub fn mean_and_error(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (mean, (squares / count / (count - 1.0)).sqrt())
}

/// Points drawn uniformly from the unit sphere, one after the other.
pub fn sphere(count: usize, dimension: usize, mut normal: impl FnMut() -> f64) -> Vec<f64> {
    let mut points = Vec::with_capacity(count * dimension);
    for _ in 0..count {
        let x: Vec<f64> = (0..dimension).map(|_| normal()).collect();
        let norm = dot(&x, &x).sqrt();
        points.extend(x.iter().map(|x| x / norm));
    }
    points
}

/// Points of the unit sphere in ten dimensions, one after the other, and a quadratic function on them, with half of its
/// power on degree 1 and half on degree 2.
pub fn sphere_teacher(count: usize, normal: impl FnMut() -> f64) -> (Vec<f64>, Vec<f64>) {
    let d = 10.0_f64;
    let points = sphere(count, 10, normal);
    let quadratic = |x: &[f64]| (0.5 * d).sqrt() * x[0] + (0.5 * d * (d + 2.0)).sqrt() * x[1] * x[2];
    let targets = points.chunks_exact(10).map(quadratic).collect();
    (points, targets)
}
