//! Students of a task, drawn and trained: gradient flow in the eigenbasis, stochastic gradients step by step.

use faer::Mat;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, StandardNormal};

use crate::random_features::{add, column, flow_filter, gaussian, in_eigenbasis};

/// Square roots of eigenvalues and of target powers.
#[derive(Clone)]
pub struct Task {
    roots: Vec<f64>,
    target: Vec<f64>,
}

impl Task {
    /// `lambda_k = k^-b`, `p_k = k^-a`.
    pub fn power_law(a: f64, b: f64, modes: usize) -> Self {
        let law = |exponent: f64| (1..=modes).map(|k| (k as f64).powf(-0.5 * exponent)).collect();
        Self { roots: law(b), target: law(a) }
    }

    /// Equal modes, total power 1.
    pub fn white(modes: usize) -> Self {
        Self { roots: vec![1.0; modes], target: vec![(modes as f64).recip().sqrt(); modes] }
    }

    fn modes(&self) -> usize {
        self.roots.len()
    }
}

/// Sizes of a model; without one it is infinite: all modes are features, or the whole population is the data.
#[derive(Clone, Copy)]
pub struct Sizes {
    pub width: Option<usize>,
    pub samples: Option<usize>,
}

/// The features of normalised modes, `G` of size `N x M`; the square roots of the eigenvalues at infinite width.
enum Features {
    Drawn(Mat<f64>),
    All(Vec<f64>),
}

impl Features {
    fn draw(task: &Task, width: Option<usize>, rng: &mut Xoshiro256PlusPlus) -> Self {
        let Some(width) = width else { return Self::All(task.roots.clone()) };
        let mut features = gaussian(width, task.modes(), rng);
        for (column, root) in features.col_iter_mut().zip(&task.roots) {
            for value in column.try_as_col_major_mut().unwrap().as_slice_mut() {
                *value *= root / (width as f64).sqrt();
            }
        }
        Self::Drawn(features)
    }

    /// `Xi G^T`
    fn at(&self, data: &Mat<f64>) -> Mat<f64> {
        match self {
            Self::Drawn(features) => data * features.transpose(),
            Self::All(roots) => Mat::from_fn(data.nrows(), data.ncols(), |i, k| data[(i, k)] * roots[k]),
        }
    }

    /// `G^T w` for every column of weights.
    fn transposed(&self, weights: &Mat<f64>) -> Mat<f64> {
        match self {
            Self::Drawn(features) => features.transpose() * weights,
            Self::All(roots) => Mat::from_fn(roots.len(), weights.ncols(), |k, j| roots[k] * weights[(k, j)]),
        }
    }
}

/// A data set: normalised modes at the samples and labels; nothing for the population.
pub struct Data(Option<(Mat<f64>, Mat<f64>)>);

impl Data {
    pub fn draw(task: &Task, samples: Option<usize>, rng: &mut Xoshiro256PlusPlus) -> Self {
        Self(samples.map(|samples| {
            let modes = gaussian(samples, task.modes(), rng);
            let target = Mat::from_fn(task.modes(), 1, |k, _| task.target[k]);
            let labels = &modes * &target;
            (modes, labels)
        }))
    }
}

/// What is left after training, one column for each time.
pub struct Trained {
    /// In normalised modes.
    residual: Mat<f64>,
    /// On the samples; of the population it is the residual itself.
    on_samples: Option<Mat<f64>>,
}

fn square(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

impl Trained {
    pub fn test_loss(&self) -> Vec<f64> {
        (0..self.residual.ncols()).map(|j| square(column(self.residual.as_ref(), j))).collect()
    }

    pub fn train_loss(&self) -> Vec<f64> {
        let Some(residual) = &self.on_samples else { return self.test_loss() };
        (0..residual.ncols()).map(|j| square(column(residual.as_ref(), j)) / residual.nrows() as f64).collect()
    }

    /// Test losses of the average of several predictors.
    pub fn test_loss_of_mean(members: &[Self]) -> Vec<f64> {
        let loss = |j: usize| {
            let mut mean = vec![0.0; members[0].residual.nrows()];
            for member in members {
                add(&mut mean, 1.0 / members.len() as f64, column(member.residual.as_ref(), j));
            }
            square(&mean)
        };
        (0..members[0].residual.ncols()).map(loss).collect()
    }
}

/// Gradient flow of a student with new features on given data (equation (M4)).
pub fn flow(task: &Task, width: Option<usize>, data: &Data, times: &[f64], rng: &mut Xoshiro256PlusPlus) -> Trained {
    let features = Features::draw(task, width, rng);
    let filters = |s: f64| times.iter().map(|&t| flow_filter(s, t)).collect();
    let residual = |weights: &Mat<f64>| {
        let learned = features.transposed(weights);
        Mat::from_fn(task.modes(), times.len(), |k, j| task.target[k] - learned[(k, j)])
    };
    if let Some((modes, labels)) = &data.0 {
        let phi = features.at(modes);
        let weights = in_eigenbasis(&phi, labels, 1.0 / modes.nrows() as f64, &filters).remove(0);
        let mut on_samples = &phi * &weights * faer::Scale(-1.0);
        for column_mut in on_samples.col_iter_mut() {
            add(column_mut.try_as_col_major_mut().unwrap().as_slice_mut(), 1.0, column(labels.as_ref(), 0));
        }
        return Trained { residual: residual(&weights), on_samples: Some(on_samples) };
    }
    let target = Mat::from_fn(task.modes(), 1, |k, _| task.target[k]);
    let weights = match &features {
        Features::Drawn(features) => in_eigenbasis(&features.transpose().to_owned(), &target, 1.0, &filters).remove(0),
        // no draw at all: each mode decays on its own
        Features::All(roots) => Mat::from_fn(task.modes(), times.len(), |k, j| {
            roots[k] * task.target[k] * flow_filter(roots[k] * roots[k], times[j])
        }),
    };
    Trained { residual: residual(&weights), on_samples: None }
}

/// Test losses of stochastic gradients in one pass: every batch is new.
pub fn one_pass(
    task: &Task,
    width: usize,
    (learning_rate, batch): (f64, usize),
    steps: &[usize],
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<f64> {
    let Features::Drawn(features) = Features::draw(task, Some(width), rng) else { unreachable!() };
    let mut residual = Mat::from_fn(task.modes(), 1, |k, _| task.target[k]);
    let mut modes = vec![0.0; task.modes()];
    let mut step = 0;
    let mut losses = Vec::new();
    for &at in steps {
        while step < at {
            let mut gradient = Mat::<f64>::zeros(task.modes(), 1);
            let sum = gradient.col_mut(0).try_as_col_major_mut().unwrap().as_slice_mut();
            for _ in 0..batch {
                for mode in &mut modes {
                    *mode = StandardNormal.sample(rng);
                }
                let error: f64 = modes.iter().zip(column(residual.as_ref(), 0)).map(|(x, u)| x * u).sum();
                add(sum, learning_rate / batch as f64 * error, &modes);
            }
            // u <- u - G^T G (eta/B) sum of errors times inputs
            residual -= features.transpose() * (&features * &gradient);
            step += 1;
        }
        losses.push(square(column(residual.as_ref(), 0)));
    }
    losses
}
