//! Tables of numbers as people write them: separators, decimal commas, remarks, quotes, names of columns.

use crate::npy::{Problem, brief};

/// Properties of a table of text that are given instead of being recognised.
///
/// # Examples
///
/// ```
/// use spectralaw::data::{DataArray, ReadOptions};
///
/// let path = std::env::temp_dir().join("spectralaw_labels.csv");
/// std::fs::write(&path, "0\n1\n1\n").map_err(|error| spectralaw::Error::File {
///     path: path.display().to_string(),
///     problem: error.to_string(),
/// })?;
/// // three labels, or two below the name 0?
/// assert!(DataArray::read(&path).is_err());
/// let options = ReadOptions { header: Some(false), ..ReadOptions::default() };
/// let labels = DataArray::read_with(&path, &options)?;
/// assert_eq!(labels.values, [0.0, 1.0, 1.0]);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Whether the first line has names of columns.
    pub header: Option<bool>,
    /// Whether the first column numbers, or names, the rows.
    pub index: Option<bool>,
    /// Whether decimals follow a comma.
    pub decimal_comma: Option<bool>,
    /// Number of rows that are expected, which decides between readings.
    pub rows: Option<usize>,
    /// Whether a square table is expected, which decides between readings.
    pub is_square: bool,
}

/// Lines from which the layout of a table is recognised.
const SNIFFED: usize = 100;

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Sign(char),
    Blanks,
}

/// A table as lines of fields.
pub struct Text<'a> {
    lines: Vec<(usize, &'a str)>,
    /// The last remark before the first line.
    remark: Option<&'a str>,
    separator: Separator,
    /// Commas in numbers: none are expected, they begin decimals, or they group thousands.
    commas: Commas,
    /// Whether each line ends with a separator.
    ends_with_separator: bool,
    /// What was recognised.
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commas {
    None,
    Decimals,
    Thousands,
}

/// A number, and how exact its text is.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    /// The number.
    pub value: f64,
    /// Digits after the decimal point, the exponent counted.
    pub decimals: i32,
    /// Significant digits.
    pub digits: i32,
    /// Whether it has neither point nor exponent.
    pub is_integer: bool,
}

impl<'a> Text<'a> {
    /// Recognises the layout of a table; what cannot be decided is refused with a remedy.
    pub fn new(bytes: &'a [u8], options: &ReadOptions, remedy: &str) -> Result<Self, Problem> {
        let mut remarks = Vec::new();
        let text = decoded(bytes, &mut remarks)?;
        let (mut lines, mut remark, mut has_remarks) = (Vec::new(), None, false);
        // old spreadsheets end lines with a return alone
        let ends: &[char] = if text.contains('\n') { &['\n'] } else { &['\r'] };
        for (number, line) in text.split(ends).enumerate() {
            let content = match remark_of(line) {
                Some(at) if !line[..at].contains(['"', '\'']) => {
                    has_remarks = true;
                    if lines.is_empty() && line[..at].trim().is_empty() {
                        remark = Some(line[at..].trim_start_matches('#').trim());
                    }
                    &line[..at]
                }
                _ => line,
            };
            let content = content.trim_matches(['\r', ' ']);
            if !content.trim().is_empty() {
                lines.push((number + 1, content));
            }
        }
        if has_remarks {
            remarks.push("remarks behind # are left out".to_owned());
        }
        let sniffed = &lines[..lines.len().min(SNIFFED)];
        let is_decimal = options.decimal_comma == Some(true) && !sniffed.iter().any(|(_, line)| line.contains('"'));
        let separator = match separator(sniffed) {
            Separator::Sign(',') if is_decimal || is_one_column(sniffed) => Separator::Blanks,
            found => found,
        };
        let mut table = Self { lines, remark, separator, commas: Commas::None, ends_with_separator: false, remarks };
        if let Separator::Sign(sign) = separator {
            let is_ended = |(_, line): &(usize, &str)| line.ends_with(sign);
            table.ends_with_separator = sign != '\t' && !table.lines.is_empty() && table.lines.iter().all(is_ended);
        }
        table.commas = table.find_commas(options, remedy)?;
        match separator {
            Separator::Sign(';') => table.remarks.push("columns are separated by semicolons".to_owned()),
            Separator::Sign('\t') => table.remarks.push("columns are separated by tabs".to_owned()),
            Separator::Blanks if table.lines.iter().any(|(_, line)| line.contains([' ', '\t'])) => {
                table.remarks.push("columns are separated by blanks".to_owned());
            }
            _ => {}
        }
        match table.commas {
            Commas::Decimals => table.remarks.push("decimals follow a comma".to_owned()),
            Commas::Thousands => table.remarks.push("commas group thousands".to_owned()),
            Commas::None => {}
        }
        Ok(table)
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The number of a line in the file, and its fields.
    pub fn line(&self, at: usize) -> Option<(usize, Vec<&'a str>)> {
        let (number, line) = self.lines.get(at)?;
        Some((*number, self.fields(line)))
    }

    /// The fields of the last remark before the first line: names, as numpy writes them.
    pub fn remark(&self) -> Option<Vec<&'a str>> {
        self.remark.map(|remark| self.fields(remark))
    }

    fn fields(&self, line: &'a str) -> Vec<&'a str> {
        let mut fields = match self.separator {
            Separator::Sign(sign) => split(line, sign),
            Separator::Blanks => line.split_whitespace().collect(),
        };
        if self.ends_with_separator && fields.len() > 1 {
            fields.pop();
        }
        fields.iter().map(|field| unquoted(field)).collect()
    }

    /// The number of a field, or what is wrong with it.
    pub fn number(&self, field: &str) -> Result<Written, Problem> {
        let replaced = match self.commas {
            Commas::None => field.into(),
            Commas::Decimals => std::borrow::Cow::from(field.replace(',', ".")),
            Commas::Thousands => field.replace(',', "").into(),
        };
        written(&replaced).ok_or_else(|| not_a_number(field))
    }

    /// The meaning of commas in numbers, or both readings if it cannot be decided.
    fn find_commas(&self, options: &ReadOptions, remedy: &str) -> Result<Commas, Problem> {
        let sniffed = self.lines.iter().take(SNIFFED);
        if self.separator == Separator::Sign(',') && options.decimal_comma.is_none() {
            self.refuse_split_numbers()?;
        }
        let fields: Vec<&str> = sniffed.flat_map(|(_, line)| self.fields(line)).collect();
        let looks_like_number =
            |field: &&&str| field.bytes().all(|byte| byte.is_ascii_digit() || b"+-.,eE".contains(&byte));
        let numbers: Vec<&str> = fields.iter().filter(looks_like_number).copied().collect();
        let with_comma: Vec<&str> = numbers.iter().filter(|field| field.contains(',')).copied().collect();
        match options.decimal_comma {
            Some(true) => return Ok(Commas::Decimals),
            Some(false) => return Ok(if with_comma.is_empty() { Commas::None } else { Commas::Thousands }),
            None => {}
        }
        let Some(first) = with_comma.first() else { return Ok(Commas::None) };
        // 1,234.5 is one number, not two styles
        let is_grouped = |field: &&str| field.split_once('.').is_some_and(|(whole, _)| groups_thousands(whole));
        let is_plain = |field: &&str| !field.contains(',') || is_grouped(field) || groups_thousands(field);
        if with_comma.iter().any(is_grouped) && numbers.iter().all(is_plain) {
            return Ok(Commas::Thousands);
        }
        if let Some(point) = numbers.iter().find(|field| field.contains('.')) {
            return Err(format!(
                "has numbers with a comma, `{}`, and with a point, `{}`: {remedy}",
                brief(first),
                brief(point)
            ));
        }
        if with_comma.iter().all(|field| groups_thousands(field)) {
            let (decimal, whole) = (first.replace(',', "."), first.replace(',', ""));
            return Err(format!(
                "has numbers such as `{}`, {} or {}: {remedy}",
                brief(first),
                brief(&decimal),
                brief(&whole)
            ));
        }
        Ok(Commas::Decimals)
    }

    /// Refuses two columns of digits that may be one of numbers with a decimal comma.
    fn refuse_split_numbers(&self) -> Result<(), Problem> {
        let is_whole = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let (mut is_suspicious, mut lengths) = (false, Vec::new());
        for (_, line) in self.lines.iter().take(SNIFFED) {
            let [whole, fraction] = self.fields(line)[..] else { return Ok(()) };
            if !(is_whole(whole.strip_prefix('-').unwrap_or(whole)) && is_whole(fraction)) {
                return Ok(());
            }
            // whole numbers are not -0, do not begin with 0, and rarely have so many digits, or as many as all others
            is_suspicious |= whole == "-0" || fraction.len() > 1 && fraction.starts_with('0') || fraction.len() > 7;
            lengths.push(fraction.len());
        }
        is_suspicious |= lengths.len() > 1 && lengths[0] > 2 && lengths.iter().all(|length| *length == lengths[0]);
        let Some((_, line)) = self.lines.first().filter(|_| is_suspicious) else { return Ok(()) };
        let line = brief(line);
        Err(format!(
            "has lines such as `{line}`: two whole numbers, or one, {}? choose by --decimal point for the former, --decimal comma for the \
             latter",
            line.replace(',', ".")
        ))
    }
}

/// Where a remark begins; a # within words, as of a colour or an address, begins none.
fn remark_of(line: &str) -> Option<usize> {
    let is_field = |at: usize| {
        let (before, after) = (line[..at].chars().next_back(), line[at + 1..].chars().next());
        let is_joined = before.is_some_and(|c| matches!(c, ',' | ';' | '\t') || c.is_alphabetic());
        is_joined && after.is_some_and(char::is_alphanumeric)
    };
    line.match_indices('#').map(|(at, _)| at).find(|at| !is_field(*at))
}

/// Numbers such as 1,234 and 12,345,678.
fn groups_thousands(field: &str) -> bool {
    let digits = field.trim_start_matches(['+', '-']);
    let mut groups = digits.split(',');
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && !first.starts_with('0') && groups.all(|group| group.len() == 3)
}

/// Text without the mark of its encoding.
fn decoded<'a>(bytes: &'a [u8], remarks: &mut Vec<String>) -> Result<&'a str, Problem> {
    for (magic, is) in [
        (
            &b"PK\x03\x04"[..],
            "a zip archive: name it .npz if numpy wrote it, or save the sheet as comma-separated text",
        ),
        (b"\x93NUMPY", "an npy array: name it .npy"),
        (b"\x1f\x8b", "compressed by gzip: unpack it, as by gunzip"),
        (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
        (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
    ] {
        if bytes.starts_with(magic) {
            return Err(format!("is {is}"));
        }
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not text: save the file as comma-separated text")
    })?;
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count() + 1;
        return Err(format!("line {line} is not text: save the file as comma-separated text"));
    }
    match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            remarks.push("a byte-order mark is left out".to_owned());
            Ok(rest)
        }
        None => Ok(text),
    }
}

/// What separates the fields of lines.
fn separator(lines: &[(usize, &str)]) -> Separator {
    // names may contain what numbers do not
    let lines = if lines.len() > 1 { &lines[1..] } else { lines };
    let any = |sign: char| lines.iter().any(|(_, line)| line.contains(sign));
    let has_blanks = lines.iter().any(|(_, line)| line.contains(' '));
    // 0,5 1,5 has decimal commas; 1, 2 has not
    let has_words = |field: &str| field.matches(',').count() > 1 && field.contains(char::is_alphabetic);
    let is_apart = |line: &str| {
        let mut fields = line.split_whitespace();
        line.split_whitespace().count() > 1
            && fields.all(|field| !field.starts_with(',') && !field.ends_with(',') && !has_words(field))
    };
    if any(';') {
        Separator::Sign(';')
    } else if any('\t') {
        Separator::Sign('\t')
    } else if any(',') && !(has_blanks && !any('"') && lines.iter().all(|(_, line)| is_apart(line))) {
        Separator::Sign(',')
    } else if has_blanks {
        Separator::Blanks
    } else {
        Separator::Sign(',')
    }
}

/// Whether numbers with a decimal comma stand below a name without one.
fn is_one_column(lines: &[(usize, &str)]) -> bool {
    let is_number = |(_, line): &(usize, &str)| match line.trim().split_once(',') {
        Some((whole, fraction)) => {
            let whole = whole.strip_prefix(['-', '+']).unwrap_or(whole);
            [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        }
        None => false,
    };
    match lines {
        [(_, name), numbers @ ..] if !numbers.is_empty() => !name.contains(',') && numbers.iter().all(is_number),
        _ => false,
    }
}

/// Fields between separators that stand outside quotes.
fn split(line: &str, separator: char) -> Vec<&str> {
    if !line.contains('"') {
        return line.split(separator).collect();
    }
    let mut is_quoted = false;
    let is_end = |c: char| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    };
    line.split(is_end).collect()
}

fn unquoted(field: &str) -> &str {
    let field = field.trim();
    let inner = field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.or_else(|| field.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))).unwrap_or(field).trim()
}

/// A number with a decimal point.
fn written(text: &str) -> Option<Written> {
    let truth = match text {
        "True" | "true" | "TRUE" => Some(1.0),
        "False" | "false" | "FALSE" => Some(0.0),
        _ => None,
    };
    if let Some(value) = truth {
        return Some(Written { value, decimals: 0, digits: 1, is_integer: true });
    }
    let value = text.parse::<f64>().ok()?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let significant =
        whole.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit).skip_while(|byte| *byte == b'0').count();
    // what is longer than any number needs not be told exactly
    let decimals = (fraction.len() as i64 - exponent).clamp(-400, 400) as i32;
    Some(Written {
        value,
        decimals,
        digits: significant.min(400) as i32,
        is_integer: mantissa.len() == text.len() && !mantissa.contains('.'),
    })
}

/// The power of ten for which a letter behind a number stands, as in `40M`.
fn suffixed(field: &str) -> Option<u32> {
    let number = field.strip_suffix(|c: char| c.is_ascii_alphabetic())?.trim_end();
    let power = match field.chars().last()?.to_ascii_lowercase() {
        'k' => 3,
        'm' => 6,
        'b' | 'g' => 9,
        't' => 12,
        _ => return None,
    };
    number.parse::<f64>().is_ok_and(f64::is_finite).then_some(power)
}

/// Why a field is no number, and the remedy.
pub fn not_a_number(field: &str) -> Problem {
    let shown = brief(field);
    if field.is_empty() {
        "is empty: give a number, or remove the row".to_owned()
    } else if field.contains("np.float") || field.contains("np.int") || field.contains("tensor(") {
        format!("`{shown}` is how Python shows a number, not the number: write float(x), or use numpy.savetxt")
    } else if field.trim_end_matches(')').ends_with(['j', 'i'])
        && field.starts_with(|c: char| c.is_ascii_digit() || "(+-".contains(c))
    {
        format!("`{shown}` is complex: use numpy.linalg.eigh for symmetric matrices, and .real for the others")
    } else if field.contains(['[', ']']) {
        format!("`{shown}` has brackets: write plain numbers, as numpy.savetxt does")
    } else if field.contains(',') {
        format!("`{shown}` has a comma: write decimals behind a point in all lines")
    } else if field.starts_with('\u{2212}') {
        format!("`{shown}` begins with a typographic minus: write -")
    } else if ["na", "n/a", "null", "none", "-", "?", "."].contains(&&*field.to_ascii_lowercase()) {
        format!("`{shown}` is no number: remove the row, or replace what is missing")
    } else if let Some(power) = suffixed(field) {
        format!("`{shown}` has a letter for a power of ten: write the number, e{power} instead of the letter")
    } else if field.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_-".contains(c)) {
        format!("`{shown}` is no number: give classes as numbers, such as columns of 0 and 1 by pandas.get_dummies")
    } else {
        format!("`{shown}` is no number: write plain numbers, as numpy.savetxt does")
    }
}
