//! Renders the derivations of `theory/` for the documentation of the crate, if the feature `theory` asks for them:
//! formulas become MathML, references to labelled equations become links.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "theory")]
    if let Err(problem) = pages::render() {
        println!("cargo::error=the theory cannot be rendered: {problem}");
    }
}

#[cfg(feature = "theory")]
mod pages {
    use std::collections::HashMap;
    use std::error::Error;
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    use pulldown_latex::config::{DisplayMode, RenderConfig};
    use pulldown_latex::{Parser, Storage, push_mathml};

    /// Labels of equations, and the module of the page that has them.
    type Labels = HashMap<String, String>;

    /// Rustdoc lets every block scroll, and browsers then show a vertical bar beside displayed formulas, too.
    const STYLE: &str = "\n\n<style>.docblock > p:has(> math[display=block]) \
        { overflow-y: hidden; padding-block: 0.3em; }</style>\n";

    /// Writes each page, rendered, to the directory of the build.
    pub fn render() -> Result<(), Box<dyn Error>> {
        println!("cargo::rerun-if-changed=theory");
        let out = PathBuf::from(env::var("OUT_DIR")?).join("theory");
        fs::create_dir_all(&out)?;
        let mut pages = Vec::new();
        for entry in fs::read_dir("theory")? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "md") {
                pages.push((path.clone(), fs::read_to_string(path)?));
            }
        }
        let mut labels = Labels::new();
        for (path, text) in &pages {
            for label in text.lines().filter_map(label_of) {
                labels.insert(label.to_owned(), module(path));
            }
        }
        for (path, text) in &pages {
            let name = path.file_name().ok_or("no name")?;
            fs::write(out.join(name), page(text, &labels).map_err(|error| format!("{}: {error}", path.display()))?)?;
        }
        Ok(())
    }

    /// The label of a line such as `**(R)**`.
    fn label_of(line: &str) -> Option<&str> {
        line.trim_end().strip_prefix("**(")?.strip_suffix(")**")
    }

    /// `01-resolvent.md` is the module `resolvent`.
    fn module(path: &Path) -> String {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        stem.split_once('-').map_or(stem.to_string(), |(_, name)| name.to_owned())
    }

    /// A page in the Markdown of rustdoc; every second piece between dollar signs is a formula.
    fn page(text: &str, labels: &Labels) -> Result<String, String> {
        let mut rendered = String::new();
        for (i, piece) in text.split("$$").enumerate() {
            if i % 2 == 1 {
                rendered.push_str(&mathml(piece, DisplayMode::Block)?);
                continue;
            }
            for (j, piece) in piece.split('$').enumerate() {
                if j % 2 == 1 {
                    rendered.push_str(&mathml(piece, DisplayMode::Inline)?);
                } else {
                    rendered.push_str(&linked(piece, labels));
                }
            }
        }
        rendered.push_str(STYLE);
        Ok(rendered)
    }

    /// A formula without line breaks, and without characters that mean something in Markdown.
    fn mathml(formula: &str, display_mode: DisplayMode) -> Result<String, String> {
        let storage = Storage::new();
        let events: Vec<_> = Parser::new(formula, &storage).collect();
        if let Some(Err(error)) = events.iter().find(|event| event.is_err()) {
            return Err(format!("`{}`: {error}", formula.trim()));
        }
        let mut rendered = String::new();
        let config = RenderConfig { display_mode, ..RenderConfig::default() };
        push_mathml(&mut rendered, events.into_iter(), config).map_err(|error| error.to_string())?;
        // the renderer leaves out the space between these attributes
        let rendered = rendered.replace("\"minsize", "\" minsize");
        let escaped = |c: char| match c {
            '*' | '_' | '[' | ']' | '`' | '\\' | '~' | '|' => format!("&#{};", u32::from(c)),
            '\n' => " ".to_owned(),
            c => c.to_string(),
        };
        Ok(rendered.chars().map(escaped).collect())
    }

    /// Text with anchors at labels, links to labels and links to other pages.
    fn linked(text: &str, labels: &Labels) -> String {
        let mut lines = Vec::new();
        for line in text.split('\n') {
            match label_of(line) {
                Some(label) => lines.push(format!("<a id=\"{label}\"></a>**({label})**")),
                None => lines.push(with_links(line, labels)),
            }
        }
        let mut text = lines.join("\n");
        for module in labels.values() {
            // [08-kernels.md](08-kernels.md)
            while let Some(end) = text.find(&format!("-{module}.md)")) {
                let start = text[..end].rfind("](").map_or(end, |at| at + 2);
                text.replace_range(start..end + module.len() + 4, &format!("crate::theory::{module}"));
            }
        }
        text
    }

    /// A line in which `(R)`, where R is a label, leads to its equation.
    fn with_links(line: &str, labels: &Labels) -> String {
        let mut pieces = line.split('(');
        let mut linked = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let label = piece.split_once(')').and_then(|(label, rest)| Some((label, labels.get(label)?, rest)));
            match label {
                Some((label, module, rest)) if !linked.ends_with(']') => {
                    linked.push_str(&format!("[({label})](crate::theory::{module}#{label}){rest}"));
                }
                _ => {
                    linked.push('(');
                    linked.push_str(piece);
                }
            }
        }
        linked
    }
}
