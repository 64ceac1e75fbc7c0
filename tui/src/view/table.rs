//! Aligned columns and the visible window of a list: only the rows in sight are ever built.

use super::theme::Theme;
use crate::texts::Texts;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::ops::Range;

/// Columns between two columns.
const GAP: usize = 1;

/// On which side a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// One column: a title, a width in cells, or 0 for one that takes a share of what is left.
#[derive(Clone, Debug)]
pub(super) struct Column {
    title: String,
    width: usize,
    side: Side,
}

impl Column {
    /// Words on the left.
    pub(super) fn left(title: String, width: usize) -> Self {
        Self { title, width, side: Side::Left }
    }

    /// Figures on the right.
    pub(super) fn right(title: String, width: usize) -> Self {
        Self { title, width, side: Side::Right }
    }
}

/// A table's columns, laid out for a width.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// Shares out what the fixed columns leave among those of width 0. One cell is left for the cursor.
    pub(super) fn new(columns: Vec<Column>, width: u16) -> Self {
        let mut columns = columns;
        let gaps = GAP * columns.len();
        let fixed: usize = columns.iter().map(|column| column.width).sum();
        let elastic = columns.iter().filter(|column| column.width == 0).count();
        let mut left = usize::from(width).saturating_sub(fixed + gaps);
        let mut to_share = elastic;
        for column in columns.iter_mut().filter(|column| column.width == 0) {
            column.width = left / to_share.max(1);
            left -= column.width;
            to_share -= 1;
        }
        Self { columns }
    }

    /// The cells of one column.
    pub(super) fn width_of(&self, column: usize) -> usize {
        self.columns.get(column).map_or(0, |column| column.width)
    }

    /// The line of titles.
    pub(super) fn titles(&self, theme: &Theme) -> Line<'static> {
        let titles = self.columns.iter().map(|column| vec![Span::raw(column.title.clone())]).collect();
        self.lay(titles, " ").style(theme.quiet())
    }

    /// One row; the selected one carries a mark besides its style.
    pub(super) fn row(&self, cells: Vec<Vec<Span<'static>>>, selected: bool, theme: &Theme) -> Line<'static> {
        let line = self.lay(cells, if selected { "▌" } else { " " });
        if selected { line.patch_style(theme.selected()) } else { line }
    }

    fn lay(&self, cells: Vec<Vec<Span<'static>>>, mark: &'static str) -> Line<'static> {
        let mut spans = vec![Span::raw(mark)];
        for (place, (cell, column)) in cells.into_iter().zip(&self.columns).enumerate() {
            if place > 0 {
                spans.push(Span::raw(" ".repeat(GAP)));
            }
            spans.extend(padded(cell, column.width, column.side));
        }
        Line::from(spans)
    }
}

/// A cell of plain text.
pub(super) fn cell(text: impl Into<String>) -> Vec<Span<'static>> {
    vec![Span::raw(text.into())]
}

/// Spans cut or filled to exactly `width` cells.
fn padded(spans: Vec<Span<'static>>, width: usize, side: Side) -> Vec<Span<'static>> {
    let mut room = width;
    let mut kept = Vec::with_capacity(spans.len() + 1);
    for span in spans {
        let taken = span.width();
        if taken <= room {
            room -= taken;
            kept.push(span);
        } else {
            let cut = fit(&span.content, room);
            room -= self::width(&cut).min(room);
            kept.push(Span::styled(cut, span.style));
            break;
        }
    }
    let filling = Span::raw(" ".repeat(room));
    match side {
        Side::Left => kept.push(filling),
        Side::Right => kept.insert(0, filling),
    }
    kept
}

/// Cells that a text takes: wide characters two.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// A text cut to `cells`, with an ellipsis where something is missing; never half a wide character.
pub(super) fn fit(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let span = Span::raw(text);
    let mut kept = String::new();
    let mut taken = 0;
    for grapheme in span.styled_graphemes(ratatui::style::Style::new()) {
        let wide = width(grapheme.symbol);
        if taken + wide + 1 > cells {
            break;
        }
        taken += wide;
        kept.push_str(grapheme.symbol);
    }
    if cells > 0 {
        kept.truncate(kept.trim_end().len());
        kept.push('…');
    }
    kept
}

/// The rows in sight of a list: the selected one stays about the middle.
pub(super) fn window(selected: usize, length: usize, rows: usize) -> Range<usize> {
    let first = selected.saturating_sub(rows / 2).min(length.saturating_sub(rows));
    first..length.min(first + rows)
}

/// Where the window stands: "3–14 di 5.966"; nothing where all is in sight.
pub(super) fn position(window: &Range<usize>, length: usize, texts: &Texts) -> String {
    if window.len() >= length {
        return String::new();
    }
    let count = |n: usize| texts.count(u64::try_from(n).unwrap_or(u64::MAX));
    texts.say_with(
        "position",
        &[
            ("first", count(window.start + 1).into()),
            ("last", count(window.end).into()),
            ("length", count(length).into()),
        ],
    )
}

/// Puts lines one below the other; those that do not fit are left out.
pub(super) fn lines(frame: &mut Frame<'_>, area: Rect, lines: impl IntoIterator<Item = Line<'static>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_never_halved() {
        assert_eq!(fit("東京都庁", 5), "東京…");
        assert_eq!(fit("東京都庁", 4), "東…");
        assert_eq!(fit("Comune", 6), "Comune");
        assert_eq!(fit("Comune", 0), "");
        assert_eq!(width(&fit("è una prova lunga", 7)), 6, "no space before the ellipsis");
    }

    #[test]
    fn the_window_keeps_the_selected_row_in_sight() {
        assert_eq!(window(0, 100, 10), 0..10);
        assert_eq!(window(50, 100, 10), 45..55);
        assert_eq!(window(99, 100, 10), 90..100);
        assert_eq!(window(2, 3, 10), 0..3);
        assert_eq!(window(0, 0, 10), 0..0);
    }

    #[test]
    fn elastic_columns_share_what_is_left() {
        let table = Table::new(
            vec![
                Column::left(String::new(), 0),
                Column::right(String::new(), 10),
                Column::left(String::new(), 0),
            ],
            53,
        );
        assert_eq!((table.width_of(0), table.width_of(2)), (20, 20));
    }
}
