//! The three writers of a sheet.

use super::{Sheet, Table, Value};
use crate::figures;
use crate::texts::Texts;
use serde::Serialize;

/// Begins a cell that a spreadsheet would take for a formula (OWASP, "CSV Injection").
const FORMULA_LEADS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// CSV after RFC 4180: facts and sentences on lines that begin with `#`, then the tables with an empty
/// line between them. Figures have a point as decimal mark and no thousands.
pub(super) fn csv(sheet: &Sheet) -> String {
    let mut lines = vec![vec![format!("# {}", sheet.title)]];
    lines.extend(sheet.facts.iter().map(|(name, value)| vec![format!("# {name}: {value}")]));
    lines.extend(sheet.notes.iter().map(|note| vec![format!("# {note}")]));
    for table in &sheet.tables {
        lines.push(Vec::new());
        lines.push(vec![format!("# {}", table.title)]);
        lines.push(table.columns.iter().map(|title| safe(title)).collect());
        lines.extend(table.rows.iter().map(|row| row.iter().map(csv_cell).collect()));
    }
    let mut written = String::new();
    for line in lines {
        let cells: Vec<String> = line.iter().map(|cell| quoted(cell)).collect();
        written.push_str(&cells.join(","));
        written.push_str("\r\n");
    }
    written
}

fn csv_cell(value: &Value) -> String {
    match value {
        Value::Text(text) => safe(text),
        Value::Count(n) => n.to_string(),
        Value::Percent(fraction) => number(fraction * 100.0, 1),
        Value::Number(value, decimals) => number(*value, *decimals),
        Value::Unknown => String::new(),
    }
}

/// A word that no spreadsheet evaluates: an apostrophe before what would begin a formula.
fn safe(text: &str) -> String {
    let plain = figures::plain(text);
    if plain.trim_start().starts_with(FORMULA_LEADS) { format!("'{plain}") } else { plain }
}

fn quoted(cell: &str) -> String {
    let needs = cell.contains([',', '"', '\n', '\r', ';']) || cell.starts_with('#');
    if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// A number for machines; nothing where it is none.
fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let written = format!("{value:.decimals$}");
    let is_zero = written.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if is_zero { written.trim_start_matches('-').to_owned() } else { written }
}

#[derive(Serialize)]
struct Document<'a> {
    title: &'a str,
    facts: Vec<Fact<'a>>,
    notes: &'a [String],
    tables: Vec<JsonTable<'a>>,
}

#[derive(Serialize)]
struct Fact<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct JsonTable<'a> {
    title: &'a str,
    columns: &'a [String],
    rows: Vec<Vec<serde_json::Value>>,
}

/// JSON: the same parts by name; rows are lists in the order of the columns.
pub(super) fn json(sheet: &Sheet) -> String {
    let document = Document {
        title: &sheet.title,
        facts: sheet.facts.iter().map(|(name, value)| Fact { name, value }).collect(),
        notes: &sheet.notes,
        tables: sheet.tables.iter().map(json_table).collect(),
    };
    // Strings and finite numbers always serialise.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn json_table(table: &Table) -> JsonTable<'_> {
    let cell = |value: &Value| match value {
        Value::Text(text) => figures::plain(text).into(),
        Value::Count(n) => (*n).into(),
        Value::Percent(fraction) => json_number(fraction * 100.0, 1),
        Value::Number(value, decimals) => json_number(*value, *decimals),
        Value::Unknown => serde_json::Value::Null,
    };
    let rows = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    JsonTable { title: &table.title, columns: &table.columns, rows }
}

/// The number as written; `null` where it is none.
fn json_number(value: f64, decimals: usize) -> serde_json::Value {
    number(value, decimals).parse::<f64>().ok().into()
}

/// Markdown: figures as the screen writes them.
pub(super) fn markdown(sheet: &Sheet, texts: &Texts) -> String {
    let mut written = format!("# {}\n\n", escaped(&sheet.title));
    for (name, value) in &sheet.facts {
        written.push_str(&format!("- **{}**: {}\n", escaped(name), escaped(value)));
    }
    for note in &sheet.notes {
        written.push_str(&format!("\n{}\n", escaped(note)));
    }
    for table in &sheet.tables {
        written.push_str(&format!("\n## {}\n\n", escaped(&table.title)));
        let titles: Vec<String> = table.columns.iter().map(|title| escaped(title)).collect();
        written.push_str(&format!("| {} |\n", titles.join(" | ")));
        written.push_str(&format!("|{}\n", " --- |".repeat(titles.len())));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(|value| markdown_cell(value, texts)).collect();
            written.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    written
}

fn markdown_cell(value: &Value, texts: &Texts) -> String {
    match value {
        Value::Text(text) => escaped(text),
        Value::Count(n) => texts.count(*n),
        Value::Percent(fraction) => figures::percent_bare(*fraction, texts),
        Value::Number(value, decimals) => figures::number(*value, *decimals, texts),
        Value::Unknown => texts.say("unknown"),
    }
}

/// Words that stay words: no markup, no table, no link of their own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in figures::plain(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Sheet, Table, Value};
    use crate::texts::{Language, Texts};

    fn sheet() -> Sheet {
        Sheet {
            slug: "comparison",
            title: "Confronto".to_owned(),
            month: 202_604,
            facts: vec![("ricerca".to_owned(), "x,=1+1".to_owned())],
            notes: Vec::new(),
            tables: vec![Table {
                title: "enti".to_owned(),
                columns: vec!["ente".to_owned(), "n".to_owned(), "verde %".to_owned()],
                rows: vec![
                    vec![
                        Value::Text("=HYPERLINK(\"x\")".to_owned()),
                        Value::Count(1_204),
                        Value::Percent(-0.0394),
                    ],
                    vec![Value::Text("a|b\u{1b}[31m".to_owned()), Value::Unknown, Value::Percent(f64::NAN)],
                ],
            }],
        }
    }

    #[test]
    fn csv_evaluates_nothing_and_leaves_the_unknown_empty() {
        let file = sheet().export(Format::Csv, &Texts::new(Language::Italian));
        assert_eq!(file.stem, "faccina-comparison-2026-04");
        let expected = "\"# Confronto\"\r\n\"# ricerca: x,=1+1\"\r\n\r\n\"# enti\"\r\nente,n,verde %\r\n\
                        \"'=HYPERLINK(\"\"x\"\")\",1204,-3.9\r\na|b[31m,,\r\n";
        assert_eq!(file.content, expected);
    }

    #[test]
    fn json_and_markdown_tell_the_same_figures() {
        let texts = Texts::new(Language::Italian);
        let json = sheet().export(Format::Json, &texts).content;
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["tables"][0]["rows"][0][1], 1_204);
        assert_eq!(read["tables"][0]["rows"][0][2], -3.9);
        assert_eq!(read["tables"][0]["rows"][1][1], serde_json::Value::Null);
        let markdown = sheet().export(Format::Markdown, &texts).content;
        assert!(markdown.contains("| 1.204 | -3,9 |"), "{markdown}");
        assert!(markdown.contains("| a\\|b\\[31m | non noto | non noto |"), "{markdown}");
    }
}
