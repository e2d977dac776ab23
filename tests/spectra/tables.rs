//! Tables of numbers as people write them are read as they are meant, or refused with both readings.

use std::fs;
use std::path::PathBuf;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use spectralaw::data::{DataArray, ReadOptions, Stored};
use spectralaw::spectrum::Modes;

/// A file of one test's own.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tables");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn read(name: &str, text: &str) -> DataArray {
    DataArray::read(file(name, text)).unwrap()
}

fn refusal(name: &str, text: &str) -> String {
    let problem = DataArray::read(file(name, text)).unwrap_err().to_string();
    assert!(problem.lines().count() == 1 && problem.len() < 400, "{problem}");
    problem
}

/// How a table is written.
#[derive(Debug, Clone, Copy)]
struct Style {
    separator: &'static str,
    decimal_comma: bool,
    header: Header,
    index: Option<usize>,
    mark: bool,
    remarks: bool,
    returns: bool,
    quotes: bool,
    blank_lines: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Header {
    None,
    Names,
    Capitals,
    Numbers,
}

impl Style {
    fn random(random: &mut Xoshiro256PlusPlus) -> Self {
        let separator = [",", ";", "\t", " ", ", ", "; ", "  "][random.random_range(0..7)];
        let quotes = !separator.contains(' ') && random.random_range(0..4) == 0;
        Self {
            separator,
            decimal_comma: !separator.contains(',') && random.random_range(0..3) == 0,
            header: [Header::None, Header::Names, Header::Capitals, Header::Numbers][random.random_range(0..4)],
            index: [None, None, Some(0), Some(1)][random.random_range(0..4)],
            mark: random.random_range(0..4) == 0,
            remarks: random.random_range(0..4) == 0,
            returns: random.random_range(0..3) == 0,
            quotes,
            blank_lines: random.random_range(0..4) == 0,
        }
    }

    fn write(&self, values: &[Vec<f64>], digits: usize) -> String {
        let end = if self.returns { "\r\n" } else { "\n" };
        let columns = values[0].len();
        let mut text = if self.mark { "\u{feff}".to_owned() } else { String::new() };
        if self.remarks {
            text += &format!("# written, by a script; 1,5{end}");
        }
        let name = |k: usize| match self.header {
            Header::Capitals => format!("Feature_{}", ["A", "B", "C", "D", "E", "F"][k]),
            Header::Names => format!("x{k}"),
            _ => k.to_string(),
        };
        if self.header != Header::None {
            let names = (0..columns).map(|k| if self.quotes { format!("\"{}\"", name(k)) } else { name(k) });
            // blanks leave no place for an empty name
            let first = self
                .index
                .map(|_| if self.separator.trim().is_empty() && self.separator != "\t" { "Unnamed:0" } else { "" });
            text += &first.map(str::to_owned).into_iter().chain(names).collect::<Vec<_>>().join(self.separator);
            text += end;
        }
        for (row, values) in values.iter().enumerate() {
            let field = |x: &f64| {
                let text = format!("{x:.digits$}");
                if self.decimal_comma { text.replace('.', ",") } else { text }
            };
            let index = self.index.map(|from| (row + from).to_string());
            text += &index.into_iter().chain(values.iter().map(field)).collect::<Vec<_>>().join(self.separator);
            text += end;
            if self.blank_lines && row % 3 == 0 {
                text += end;
            }
        }
        text
    }
}

/// Floats in any style are read to the last digit.
#[test]
fn tables_of_floats_are_read_in_every_style() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(11);
    for case in 0..1000 {
        let style = Style::random(&mut random);
        let (rows, columns) = (random.random_range(3..9), random.random_range(1..7));
        let digits = random.random_range(4..18);
        let value = |random: &mut Xoshiro256PlusPlus| {
            let x: f64 = random.random_range(-3.0..3.0);
            format!("{x:.digits$}").parse::<f64>().unwrap()
        };
        let values: Vec<Vec<f64>> = (0..rows).map(|_| (0..columns).map(|_| value(&mut random)).collect()).collect();
        let text = style.write(&values, digits);
        let path = file("style.csv", &text);
        // one column of numbers with decimal commas may be two of whole numbers
        if style.decimal_comma && columns == 1 && style.index.is_none() && style.header == Header::None {
            let problem = DataArray::read(&path).unwrap_err().to_string();
            assert!(problem.contains("choose by --decimal"), "{problem}\n{text}");
            let options = ReadOptions { decimal_comma: Some(true), ..ReadOptions::default() };
            assert_eq!(DataArray::read_with(&path, &options).unwrap().values, values.concat(), "{style:?}\n{text}");
            continue;
        }
        let array = match DataArray::read(&path) {
            Ok(array) => array,
            Err(problem) => panic!("{case} {style:?}: {problem}\n{text}"),
        };
        assert_eq!((array.rows, array.columns), (rows, columns), "{case} {style:?}\n{text}\n{:?}", array.remarks);
        assert_eq!(array.values, values.concat(), "{case} {style:?}\n{text}");
        assert_eq!(array.names.len(), if style.header == Header::None { 0 } else { columns }, "{style:?}");
        // all that was left out or found out is said
        let said = array.remarks.join("; ");
        assert_eq!(said.contains("names of columns"), style.header != Header::None, "{said}");
        assert_eq!(said.contains("numbers or names the rows"), style.index.is_some(), "{said}");
        assert_eq!(said.contains("byte-order mark"), style.mark, "{said}");
        assert_eq!(said.contains("remarks behind #"), style.remarks, "{said}");
        assert_eq!(said.contains("decimals follow a comma"), style.decimal_comma, "{said}");
        match array.stored {
            Stored::Text { decimals, .. } => assert_eq!(decimals as usize, digits, "{style:?}"),
            stored => {
                assert!(digits >= 6 && matches!(stored, Stored::Float64 | Stored::Float32), "{stored:?} {digits}")
            }
        }
    }
}

/// Whole numbers in any style are read as they are meant, or refused with both readings; with the options they are
/// read.
#[test]
fn tables_of_whole_numbers_are_read_or_refused_with_both_readings() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(12);
    let mut refused = 0;
    for case in 0..1000 {
        let style = Style { decimal_comma: false, ..Style::random(&mut random) };
        let (rows, columns) = (random.random_range(3..9), random.random_range(1..6));
        let most = [2, 3, 10, 1000][random.random_range(0..4)];
        let values: Vec<Vec<f64>> =
            (0..rows).map(|_| (0..columns).map(|_| f64::from(random.random_range(0..most))).collect()).collect();
        let path = file("whole.csv", style.write(&values, 0));
        let text = fs::read_to_string(&path).unwrap();
        match DataArray::read(&path) {
            Ok(array) => assert_eq!((array.rows, array.values), (rows, values.concat()), "{case} {style:?}\n{text}"),
            Err(problem) => {
                refused += 1;
                let problem = problem.to_string();
                assert!(
                    ["--header no", "--index no", "--decimal point"].iter().any(|option| problem.contains(option)),
                    "{problem}\n{text}"
                );
                let options = ReadOptions {
                    header: Some(style.header != Header::None),
                    index: Some(style.index.is_some()),
                    decimal_comma: Some(false),
                    ..ReadOptions::default()
                };
                let array = DataArray::read_with(&path, &options).unwrap();
                assert_eq!((array.rows, &array.values), (rows, &values.concat()), "{case} {style:?}\n{text}");
                // as many rows as are expected decide whether the first line is one
                let expected = ReadOptions { rows: Some(rows), header: None, ..options };
                assert_eq!(
                    DataArray::read_with(&path, &expected).unwrap().values,
                    values.concat(),
                    "{case} {style:?}\n{text}"
                );
            }
        }
    }
    assert!((10..500).contains(&refused), "{refused}");
}

#[test]
fn pandas_tables_are_recognised() {
    // DataFrame.to_csv with and without its index, its header, and for a list
    let array = read("pd.csv", ",0,1\n0,0.5,1.5\n1,2.5,-1.0\n2,0.0,1.0\n");
    assert_eq!((array.rows, array.columns, array.values[2]), (3, 2, 2.5));
    let array = read("pd_noindex.csv", "0,1\n0.5,1.5\n2.5,-1.0\n0.0,1.0\n");
    assert_eq!((array.rows, array.columns, array.values[0]), (3, 2, 0.5));
    let array = read("pd_noheader.csv", "0,0.5,1.5\n1,2.5,-1.0\n2,0.0,1.0\n");
    assert_eq!((array.rows, array.columns, array.values[0]), (3, 2, 0.5));
    let list = read("pd_list.csv", "0\n0.5\n2.5\n-1.0\n");
    assert_eq!((list.rows, list.columns, list.values[0]), (3, 1, 0.5));
    // an index that was shuffled, one of words, and one of R, whose names are one less
    assert_eq!(read("shuffled.csv", ",a,b\n7,0.5,1.5\n3,2.5,-1.0\n").columns, 2);
    assert_eq!(read("words.csv", ",a,b\nfirst,0.5,1.5\nsecond,2.5,-1.0\n").columns, 2);
    assert_eq!(read("r.txt", "a b\n1 0.5 1.5\n2 2.5 -1.0\n").columns, 2);
    // classes are no header by chance
    assert!(refusal("labels.csv", "0\n1\n1\n").contains("3 rows of data, or 2 below names of columns"));
    assert!(refusal("onehot.csv", "0,1\n1,0\n1,0\n").contains("--header no or --header yes"));
    // decimal commas in quotes, and below a name
    assert_eq!(read("quoted.csv", ",0,1\n0,\"0,5\",\"1,5\"\n1,\"2,5\",\"-1,0\"\n").values, [0.5, 1.5, 2.5, -1.0]);
    assert_eq!(read("below.csv", "Y\n0,5\n1,25\n-2,0\n").values, [0.5, 1.25, -2.0]);
    assert_eq!(read("arange.csv", "0,1,2\n3,4,5\n6,7,8\n").rows, 3);
    // a Gram matrix is square
    let square = ReadOptions { is_square: true, ..ReadOptions::default() };
    let gram = file("gram.csv", "0,1,2\n1,0,1\n2,1,0\n");
    assert_eq!(DataArray::read_with(gram, &square).unwrap().rows, 3);
    let gram = file("gram_pd.csv", "0,1,2\n4,1,2\n1,4,1\n2,1,4\n");
    assert_eq!(DataArray::read_with(gram, &square).unwrap().values[0], 4.0);
    // products count in their first row, too
    let products = file("products.csv", "1,2,3,4\n2,4,6,8\n3,6,9,12\n4,8,12,16\n");
    assert_eq!(DataArray::read_with(products, &square).unwrap().rows, 4);
    // the number of points tells whether a list has a name
    let list = file("named.csv", "1\n0.5\n2.5\n");
    let rows = |rows| ReadOptions { rows: Some(rows), ..ReadOptions::default() };
    assert_eq!(DataArray::read_with(&list, &rows(2)).unwrap().values, [0.5, 2.5]);
    assert_eq!(DataArray::read_with(&list, &rows(3)).unwrap().rows, 3);
}

/// Fractions below names that are ascending whole numbers, and behind an index in any order, are never read as all
/// data.
#[test]
fn whole_numbers_among_fractions_are_not_silently_data() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(12);
    for case in 0..500 {
        let (rows, columns) = (random.random_range(5..40), random.random_range(2..7));
        let row = |random: &mut Xoshiro256PlusPlus, count: usize| {
            (0..count).map(|_| format!("{:.6}", random.random_range(-3.0..3.0))).collect::<Vec<String>>()
        };
        let (mut names, step) = (vec![random.random_range(0..2030)], random.random_range(1..9));
        while names.len() < columns {
            names.push(names[names.len() - 1] + random.random_range(1..=step));
        }
        let names = names.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let data: Vec<String> = (0..rows).map(|_| row(&mut random, columns).join(",")).collect();
        let named = format!("{names}\n{}\n", data.join("\n"));
        match DataArray::read(file("ascending.csv", &named)) {
            Ok(array) => assert_eq!((array.rows, array.values.len()), (rows, rows * columns), "{case}: {named}"),
            Err(problem) => assert!(problem.to_string().contains("--header no or --header yes"), "{case}: {problem}"),
        }
        // rows that were selected and shuffled
        let mut all: Vec<usize> = (0..rows * random.random_range(1..5)).collect();
        let indices = (0..rows).map(|_| all.swap_remove(random.random_range(0..all.len())));
        let indexed: String = indices.zip(&data).map(|(index, data)| format!("{index},{data}\n")).collect();
        match DataArray::read(file("selected.csv", &indexed)) {
            Ok(array) => assert_eq!(array.columns, columns, "{case}: {indexed}"),
            Err(problem) => assert!(problem.to_string().contains("--index no or --index yes"), "{case}: {problem}"),
        }
    }
}

#[test]
fn what_cannot_be_decided_is_refused_with_both_readings() {
    for (text, told) in [
        ("1,234;2,345\n3,456;4,567\n", "`1,234`, 1.234 or 1234: choose by --decimal comma"),
        ("0,5;1.5\n", "with a comma, `0,5`, and with a point, `1.5`"),
        ("0,05\n1,25\n", "two whole numbers, or one, 0.05? choose by --decimal point"),
        ("id,x\n0,3\n1,5\n2,2\n", "2 columns of data, or 1 behind an index"),
        ("a,b\n1,2\nc,4\n5,6\n", "pandas.get_dummies; --index yes leaves the first column out"),
        ("1.5,2\n1,x\n", "line 2, column 2: `x` is no number"),
        ("1o.5,2.5\n1.5,3.5\n", "line 1, column 1: `1o.5` is no number"),
        ("1.5,np.float64(1.1)\n", "is how Python shows a number"),
        ("a\n(1+2j)\n", "numpy.linalg.eigh"),
        ("1,2\n3,\n", "is empty: give a number"),
        ("1,2\n3\n", "line 2 has 1 fields but the first line has 2"),
        ("[1.0, 2.0]\n", "brackets"),
        ("\u{2212}1.5,2.5\n3.5,4.5\n", "`\u{2212}1.5`"),
        ("PK\u{3}\u{4}", "is a zip archive"),
        ("", "is empty"),
        ("a,b\n", "no number"),
        // years as names, 1, 2, 3 as names, an index that was shuffled or selected, without a name
        ("2000,2001\n0.5,1.5\n2.5,-1.5\n", "3 rows of data, or 2 below names"),
        ("1,2,3,4\n5,0,7,1\n2,3,3,8\n", "3 rows of data, or 2 below names"),
        ("3,0.5\n1,1.5\n0,2.5\n4,-1.5\n2,3.5\n", "2 columns of data, or 1 behind an index"),
        ("30,0.5\n17,1.5\n25,2.5\n4,-1.5\n2,3.5\n", "choose by --index no or --index yes"),
        ("3,0\n1,1\n0,1\n4,0\n2,0\n", "2 columns of data, or 1 behind an index"),
        ("1.5\nNA\n", "remove the row, or replace what is missing"),
        ("class\ncat\n", "pandas.get_dummies"),
        ("params\n40M\n", "`40M` has a letter for a power of ten: write the number, e6"),
        ("params,loss\n\"1.5 B\",3\n", "e9 instead of the letter"),
    ] {
        let problem = refusal("undecided.csv", text);
        assert!(problem.contains(told), "{text:?}: {problem}");
    }
    // a point behind groups of digits leaves no doubt, nor do whole numbers that go on from line to line
    assert_eq!(read("grouped.csv", "\"1,234.5\",2.5\n\"12,345\",3.5\n").values, [1234.5, 2.5, 12345.0, 3.5]);
    assert_eq!(read("goes_on.csv", "1,2,3,4\n5,6,7,8\n9,10,11,12\n").rows, 3);
    let options = |decimal_comma| ReadOptions { decimal_comma: Some(decimal_comma), ..ReadOptions::default() };
    let thousands = file("thousands.csv", "1,234;2,345\n3,456;4,567\n");
    assert_eq!(DataArray::read_with(&thousands, &options(true)).unwrap().values[0], 1.234);
    assert_eq!(DataArray::read_with(&thousands, &options(false)).unwrap().values[0], 1234.0);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("1\t2".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let problem = DataArray::read(file("utf16.csv", utf16)).unwrap_err().to_string();
    assert!(problem.contains("UTF-16"), "{problem}");
    // what is long is told in short
    let long = format!("1.5\n{}\n", "x".repeat(5_000_000));
    assert!(refusal("long.csv", &long).len() < 200);
}

#[test]
fn modes_are_read_in_every_style() {
    for (name, text, said) in [
        ("plain.csv", "eigenvalue,target_power\n1,0.5\n0.25,0.125\n", ""),
        ("excel.csv", "\u{feff}Eigenvalue;Target Power\r\n1,0;0,5\r\n0,25;0,125\r\n", "semicolons"),
        ("tabs.tsv", "note\tEIGENVALUE\tTARGET-POWER\nfirst\t1\t0.5\nsecond\t0.25\t0.125\n", "tabs"),
        ("savetxt.txt", "# eigenvalue target_power\n1.0 0.5\n0.25 0.125\n", "blanks"),
        ("numpy.csv", "# eigenvalue,target_power\n1.0,0.5\n0.25,0.125\n", "#"),
        (
            "rounded.csv",
            "eigenvalue,target_power\n1,0.5\n0.25,0.125\n0,-3e-9\n",
            "1 powers, negative at the level of rounding",
        ),
    ] {
        let modes = Modes::read(file(name, text)).unwrap();
        assert_eq!(
            (&modes.eigenvalues[..2], &modes.target_power[..2]),
            (&[1.0, 0.25][..], &[0.5, 0.125][..]),
            "{name}"
        );
        assert!(modes.remarks.join("; ").contains(said), "{name}: {:?}", modes.remarks);
        assert_eq!(modes.remarks.is_empty(), said.is_empty(), "{name}: {:?}", modes.remarks);
        assert!(modes.eigenvalues.iter().all(|x| *x >= 0.0));
    }
    for (text, told) in [
        ("eigenvalue,target_power,Eigenvalue\n1,2,3\n", "two columns eigenvalue (`eigenvalue` and `Eigenvalue`)"),
        ("eigenvalue,target_power\n1,1\n-0.1,1\n", "line 3, column eigenvalue: `-0.1` must be"),
        ("eigenvalue,target_power\n1,1\nnp.float64(0.5),1\n", "is how Python shows a number"),
        ("lambda,power\n1,1\n", "no column eigenvalue (its first line is `lambda,power`)"),
    ] {
        let problem = Modes::read(file("refused.csv", text)).unwrap_err().to_string();
        assert!(problem.contains(told), "{text}: {problem}");
    }
    let long = format!("eigenvalue,target_power\n1,{}\n", "9".repeat(5_000_000));
    let problem = Modes::read(file("long_field.csv", long)).unwrap_err().to_string();
    assert!(problem.len() < 300, "{} characters", problem.len());
}

/// An array of doubles as numpy writes it.
fn npy(shape: &[usize], values: &[f64]) -> Vec<u8> {
    let lengths: String = shape.iter().map(|length| format!("{length},")).collect();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({lengths}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

/// Kernels of several outputs become the same matrix from either order of axes.
#[test]
fn kernels_of_several_outputs_are_matrices_of_pairs() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(13);
    for (points, outputs) in [(2, 3), (5, 2), (3, 3), (4, 1), (1, 4), (7, 10)] {
        // features of each pair, so that the matrix is symmetric
        let side = points * outputs;
        let features: Vec<Vec<f64>> =
            (0..side).map(|_| (0..3).map(|_| random.random_range(-1.0..1.0)).collect()).collect();
        let k = |p: usize, q: usize| -> f64 { features[p].iter().zip(&features[q]).map(|(x, y)| x * y).sum() };
        let expected: Vec<f64> = (0..side * side).map(|at| k(at / side, at % side)).collect();
        let mut by_points = Vec::new();
        for i in 0..points {
            for j in 0..points {
                for a in 0..outputs {
                    by_points.extend((0..outputs).map(|b| k(i * outputs + a, j * outputs + b)));
                }
            }
        }
        for (name, shape, values) in [
            ("nnkk.npy", [points, points, outputs, outputs], &by_points),
            ("nknk.npy", [points, outputs, points, outputs], &expected),
        ] {
            let array = DataArray::read(file(name, npy(&shape, values))).unwrap();
            let (gram, found) = array.into_gram().unwrap();
            assert_eq!((gram.rows, gram.columns, &gram.values), (side, side, &expected), "{shape:?}");
            let said = gram.remarks.join("; ");
            assert!(said.contains(&format!("{side} pairs of point and output")) && found == outputs, "{said}");
        }
    }
    for (shape, told) in [
        (&[3, 3, 2][..], "one Gram matrix for each of 2 outputs"),
        (&[2, 3, 4, 5], "is no Gram matrix"),
        (&[2, 2, 2, 2], "K.transpose(0, 2, 1, 3).reshape(4, 4)"),
    ] {
        let ones = vec![1.0; shape.iter().product()];
        let problem =
            DataArray::read(file("shape.npy", npy(shape, &ones))).unwrap().into_gram().unwrap_err().to_string();
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn other_formats_name_the_line_that_converts_them() {
    for (name, told) in [
        ("K.mat", "import scipy.io, numpy; numpy.save(\"K.npy\", scipy.io.loadmat(\"K.mat\")[NAME])"),
        (
            "K.pt",
            "import torch, numpy; numpy.save(\"K.npy\", torch.load(\"K.pt\", map_location=\"cpu\").detach().numpy())",
        ),
        ("X.parquet", "import pandas, numpy; numpy.save(\"X.npy\", pandas.read_parquet(\"X.parquet\").to_numpy())"),
        ("X.json", "import json, numpy; numpy.save(\"X.npy\", json.load(open(\"X.json\")))"),
        ("X.csv.gz", "import numpy; numpy.save(\"X.npy\", numpy.loadtxt(\"X.csv.gz\", delimiter=\",\"))"),
        ("X.npy.gz", "import gzip, numpy; numpy.save(\"X.npy\", numpy.load(gzip.open(\"X.npy.gz\")))"),
        ("X.h5", "import h5py, numpy"),
        ("X.xyz", "use .npy, .npz or .csv"),
    ] {
        for problem in [DataArray::read(name).unwrap_err(), Modes::read(name).unwrap_err()] {
            let problem = problem.to_string();
            assert!(problem.contains(told), "{problem}");
        }
    }
}

/// Sizes are checked before anything is read: a small archive does not become a large array.
#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    use std::io::Write;
    let path = file("bomb.npz", "");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    // one says that it is long, the other is
    archive.start_file("eigenvalue.npy", options).unwrap();
    archive.write_all(&npy(&[40_000_000], &[])).unwrap();
    archive.start_file("zeros.npy", options).unwrap();
    archive.write_all(&npy(&[34 << 20], &[])).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..34 * 8 {
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap();
    let start = std::time::Instant::now();
    let problem = Modes::read(&path).unwrap_err().to_string();
    assert!(problem.contains("more than 10000000 entries"), "{problem}");
    let problem = DataArray::read(format!("{}:zeros", path.display())).unwrap_err().to_string();
    assert!(
        problem.contains("-fold, which no measured numbers are: write it with numpy.savez, uncompressed"),
        "{problem}"
    );
    assert!(start.elapsed().as_secs_f64() < 1.0);
    fs::remove_file(path).unwrap();
}
