//! What the table `[figure]` of a sweep's file asks for.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::points::Points;
use super::product::Product;
use crate::failure::Failure;
use crate::number::rounded;
use crate::plot::chart::{Chart, Curve, Layout, Role, Scale, has_ticks};

/// What is drawn, and how; what is not said is that of the command's own picture.
#[derive(Debug, Default)]
pub struct Drawing {
    /// What is on the axes.
    pub x: Option<Product>,
    /// One or more quantities.
    pub y: Vec<Product>,
    /// The column that changes along a curve.
    pub along: Option<String>,
    /// The column whose second value is dashed.
    pub dashed: Option<String>,
    /// Names of the curves that colours tell, if they are not to be those of the columns.
    pub names: Vec<String>,
    /// Files of measured or simulated points.
    pub points: Vec<PathBuf>,
    /// What the points of each file, or of all, are called.
    points_labels: Vec<String>,
    labels: [Option<String>; 2],
    layout: Layout,
    guides: Vec<Guide>,
}

/// A straight line on logarithmic axes.
#[derive(Debug)]
struct Guide {
    exponent: f64,
    from: (f64, f64),
    to: f64,
    label: String,
}

const KEYS: [&str; 15] = [
    "title",
    "x",
    "y",
    "along",
    "dashed",
    "names",
    "x_scale",
    "y_scale",
    "x_label",
    "y_label",
    "x_range",
    "y_range",
    "guides",
    "points",
    "points_label",
];
const GUIDE_KEYS: [&str; 4] = ["exponent", "from", "to", "label"];

impl Drawing {
    /// Reads the table; or what is wrong with it. Paths are seen from a folder.
    pub fn parse(value: &Value, folder: &Path) -> Result<Self, String> {
        let Value::Table(table) = value else {
            return Err(format!("figure = {value}: is no table: begin it with a line [figure]"));
        };
        refuse_unknown("figure", table, &KEYS)?;
        let mut drawing = Self::default();
        for (key, value) in table {
            drawing.set(key, value, folder).map_err(|problem| format!("figure.{key} = {value}: {problem}"))?;
        }
        drawing.check()?;
        Ok(drawing)
    }

    fn set(&mut self, key: &str, value: &Value, folder: &Path) -> Result<(), String> {
        match key {
            "title" => self.layout.title = text(value)?,
            "x" => self.x = Some(Product::parse(&text(value)?)?),
            "y" => self.y = texts(value)?.iter().map(|text| Product::parse(text)).collect::<Result<_, _>>()?,
            "along" => self.along = Some(text(value)?),
            "dashed" => self.dashed = Some(text(value)?),
            "names" => self.names = texts(value)?,
            "x_scale" => self.layout.scales[0] = scale(value)?,
            "y_scale" => self.layout.scales[1] = scale(value)?,
            "x_label" => self.labels[0] = Some(text(value)?),
            "y_label" => self.labels[1] = Some(text(value)?),
            "x_range" => self.layout.ranges[0] = Some(range(value)?),
            "y_range" => self.layout.ranges[1] = Some(range(value)?),
            "points_label" => self.points_labels = texts(value)?,
            "points" => self.points = texts(value)?.iter().map(|name| folder.join(name)).collect(),
            _ => self.guides = guides(value)?,
        }
        Ok(())
    }

    /// Refuses what does not fit together.
    fn check(&self) -> Result<(), String> {
        for (axis, range) in ["x", "y"].into_iter().zip(self.layout.scales.iter().zip(&self.layout.ranges)) {
            if let (Scale::Logarithmic, Some((low, _))) = range
                && *low <= 0.0
            {
                return Err(format!(
                    "figure.{axis}_range begins at {low}, which a logarithmic axis has not: begin above 0, or give \
                     {axis}_scale = \"linear\""
                ));
            }
        }
        if self.layout.scales != [Scale::Logarithmic; 2] && !self.guides.is_empty() {
            return Err(
                "figure.guides are straight lines on logarithmic axes: omit them, or the linear scale".to_owned()
            );
        }
        let of_curves = [
            // the command chooses its axes, and what lies on them, as logarithmic ones
            ("x_scale = \"linear\"", self.layout.scales[0] == Scale::Linear),
            ("y_scale = \"linear\"", self.layout.scales[1] == Scale::Linear),
            ("along", self.along.is_some()),
            ("dashed", self.dashed.is_some()),
            ("names", !self.names.is_empty()),
            ("points", !self.points.is_empty()),
        ];
        if let Some((key, _)) = of_curves.into_iter().find(|(_, given)| *given && !self.is_own()) {
            return Err(format!("figure.{key} belongs to curves of columns: give x and y as well"));
        }
        if self.dashed.is_some() && self.y.len() > 1 {
            return Err("figure.dashed: the second quantity of figure.y is dashed already: omit one of them".to_owned());
        }
        if !matches!(self.points_labels.len(), 0 | 1) && self.points_labels.len() != self.points.len() {
            let (labels, files) = (self.points_labels.len(), self.points.len());
            return Err(format!(
                "figure.points_label has {labels} labels for {files} files: give one for each, or one for all"
            ));
        }
        if self.points.is_empty() && !self.points_labels.is_empty() {
            return Err("figure.points_label is of points: give figure.points, or omit it".to_owned());
        }
        if self.y.len() > 2 {
            return Err(format!("figure.y has {} quantities: dashes tell two apart", self.y.len()));
        }
        if self.x.is_none() != self.y.is_empty() {
            return Err(
                "figure.x and figure.y belong together: give both, or neither for the command's own picture".to_owned()
            );
        }
        Ok(())
    }

    /// Whether it says itself what curves are, in place of the command.
    pub fn is_own(&self) -> bool {
        self.x.is_some()
    }

    /// The points of all files.
    pub fn read_points(&self) -> Result<Vec<Points>, Failure> {
        let label = |i: usize| match &self.points_labels[..] {
            [] => "simulation".to_owned(),
            [all] => all.clone(),
            each => each[i].clone(),
        };
        self.points.iter().enumerate().map(|(i, path)| Points::read(path, label(i))).collect()
    }

    /// Gives a chart its title, axes and guides.
    pub fn dress(&self, chart: &mut Chart) {
        chart.layout = self.layout.clone();
        let [x, y] = self.labels.clone();
        chart.x_name = x.map_or_else(|| chart.x_name.clone(), Into::into);
        chart.y_name = y.map_or_else(|| chart.y_name.clone(), Into::into);
        chart.curves.extend(self.guides.iter().map(Guide::curve));
    }

    /// Which points do not fit on the axes, if so many do not.
    pub fn misfits(&self, count: usize) -> String {
        let are = if count == 1 { "is" } else { "are" };
        match self.layout.scales {
            [Scale::Logarithmic, Scale::Logarithmic] => format!("that {are} not positive and finite"),
            [Scale::Linear, Scale::Linear] => format!("that {are} not finite"),
            _ => format!("that {are} not finite, or not positive on the logarithmic axis,"),
        }
    }

    /// Whether a point fits on the axes.
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        let [across, up] = self.layout.scales;
        across.holds(x) && up.holds(y)
    }
}

impl Guide {
    fn curve(&self) -> Curve {
        let (x, y) = self.from;
        let end = (self.to, y * (self.to / x).powf(self.exponent));
        Curve::new(Role::Guide, self.label.clone(), vec![self.from, end])
    }
}

fn refuse_unknown(name: &str, table: &Table, allowed: &[&str]) -> Result<(), String> {
    match table.keys().find(|key| !allowed.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key `{name}.{key}`: what it has is {}", allowed.join(", "))),
        None => Ok(()),
    }
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) if !text.is_empty() && !text.chars().any(char::is_control) => Ok(text.clone()),
        _ => Err("give text on one line".to_owned()),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(list) if list.is_empty() => Err("is an empty list: give text".to_owned()),
        Value::Array(list) => list.iter().map(text).collect(),
        single => Ok(vec![text(single)?]),
    }
}

fn number(value: &Value) -> Result<f64, String> {
    let number = match value {
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        _ => f64::NAN,
    };
    if number.is_finite() { Ok(number) } else { Err(format!("{value} is no finite number: give one")) }
}

fn pair(value: &Value) -> Result<(f64, f64), String> {
    match value {
        Value::Array(list) if list.len() == 2 => Ok((number(&list[0])?, number(&list[1])?)),
        _ => Err("give two numbers, as in [1, 100]".to_owned()),
    }
}

fn range(value: &Value) -> Result<(f64, f64), String> {
    let (low, high) = pair(value)?;
    if low >= high {
        Err("give the smaller end first, as in [1, 100]".to_owned())
    } else if !(high - low).is_finite() {
        Err("the ends are too far apart for a double: give a narrower range".to_owned())
    } else if !has_ticks((low, high)) {
        Err("the ends are too close together for ticks: give a wider range".to_owned())
    } else {
        Ok((low, high))
    }
}

fn scale(value: &Value) -> Result<Scale, String> {
    match value.as_str() {
        Some("log") => Ok(Scale::Logarithmic),
        Some("linear") => Ok(Scale::Linear),
        _ => Err("give \"log\" or \"linear\"".to_owned()),
    }
}

fn guides(value: &Value) -> Result<Vec<Guide>, String> {
    let Value::Array(list) = value else {
        return Err("give a list, as in [{ exponent = -1, from = [10, 0.1], to = 1000 }]".to_owned());
    };
    list.iter().map(guide).collect()
}

fn guide(value: &Value) -> Result<Guide, String> {
    let Value::Table(table) = value else {
        return Err(format!("{value} is no guide: write {{ exponent = -1, from = [10, 0.1], to = 1000 }}"));
    };
    refuse_unknown("guides", table, &GUIDE_KEYS)?;
    let of = |key: &str| table.get(key).ok_or(format!("a guide has no `{key}`: it needs exponent, from and to"));
    let (exponent, from, to) = (number(of("exponent")?)?, pair(of("from")?)?, number(of("to")?)?);
    let end = from.1 * (to / from.0).powf(exponent);
    if !(from.0 > 0.0 && from.1 > 0.0 && to > 0.0 && end > 0.0 && end.is_finite()) {
        return Err(format!("a guide goes from {from:?} to {to}: give positive numbers"));
    }
    let label = table.get("label").map_or_else(|| Ok(format!("exponent {}", rounded(exponent, 4))), text)?;
    Ok(Guide { exponent, from, to, label })
}
