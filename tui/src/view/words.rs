//! Running text: wrapped to a width, with an indent, and practice cards read as lines.

use super::table;
use super::theme::Theme;
use crate::figures;
use crate::markdown::{Block, Emphasis, Kind};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Words on lines of at most `width` cells; a longer word goes on on the next line.
pub(super) fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if table::width(line) + 1 + table::width(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        while let Some(rest) = lines.last_mut().and_then(|line| overflow(line, width)) {
            lines.push(rest);
        }
    }
    lines
}

/// The first `rows` lines of what may have more; the last then says that something is missing.
pub(super) fn first(rows: usize, mut lines: Vec<Line<'static>>, width: usize) -> Vec<Line<'static>> {
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            let style = last.spans.last().map_or(last.style, |span| span.style);
            let words = table::fit(last.to_string().trim_end(), width.saturating_sub(2));
            let words = words.trim_end_matches('…').trim_end();
            *last = Line::styled(format!("{words} …"), style).patch_style(last.style);
        }
    }
    lines
}

/// Cuts a line at the width and returns what stands beyond; at least one character stays.
fn overflow(line: &mut String, width: usize) -> Option<String> {
    let mut taken = 0;
    let beyond = line.char_indices().find(|(at, c)| {
        taken += table::width(c.encode_utf8(&mut [0; 4]));
        taken > width && *at > 0
    });
    beyond.map(|(at, _)| line.split_off(at))
}

/// A text whose lines stay apart, each wrapped.
pub(super) fn paragraphs(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrapped(&figures::plain(line), width)).collect()
}

/// A paragraph with a mark before its first line and blanks before the others.
pub(super) fn marked(mark: Span<'static>, words: &str, width: u16, style: Style) -> Vec<Line<'static>> {
    let indent = mark.width();
    let room = usize::from(width).saturating_sub(indent);
    let mut lines = Vec::new();
    for (place, line) in wrapped(words, room).into_iter().enumerate() {
        let left = if place == 0 { mark.clone() } else { Span::raw(" ".repeat(indent)) };
        lines.push(Line::from(vec![left, Span::styled(table::fit(&line, room), style)]));
    }
    lines
}

/// Pieces on as many lines as they need, none broken in itself.
pub(super) fn folded(pieces: Vec<Span<'static>>, width: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut line: Vec<Span<'static>> = Vec::new();
    let mut taken = 0;
    for mut piece in pieces {
        if taken > 0 && taken + table::width(piece.content.trim_end()) > usize::from(width) {
            lines.push(Line::from(std::mem::take(&mut line)));
            let rest = piece.content.trim_start_matches([' ', '·']);
            piece = Span::styled(format!("   {rest}"), piece.style);
            taken = 0;
        }
        taken += piece.width();
        line.push(piece);
    }
    lines.push(Line::from(line));
    lines
}

/// The lines of a text read block by block.
pub(super) fn read(blocks: &[Block], width: u16, theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut before = None;
    for block in blocks {
        let close = matches!(block.kind, Kind::Item | Kind::Code) && before == Some(block.kind);
        if before.is_some() && !close {
            lines.push(Line::default());
        }
        before = Some(block.kind);
        if block.kind == Kind::Rule {
            lines.push(Line::styled("─".repeat(usize::from(width)), theme.quiet()));
        } else {
            lay(block, usize::from(width), theme, &mut lines);
        }
    }
    lines
}

/// One block: its words wrapped, each in the style of its piece.
fn lay(block: &Block, width: usize, theme: &Theme, lines: &mut Vec<Line<'static>>) {
    let bar = if block.kind == Kind::Quote { "│ " } else { "" };
    let indent = block.indent.max(table::width(&block.mark)).max(table::width(bar));
    let room = width.saturating_sub(indent).max(1);
    let mut left = format!("{:>indent$}", if bar.is_empty() { &block.mark } else { bar });
    let mut line: Vec<Span<'static>> = Vec::new();
    let mut taken = 0;
    let mut glued = true;
    for (text, emphasis) in &block.pieces {
        let style = style(block.kind, *emphasis, theme);
        if block.kind == Kind::Code {
            line.push(Span::styled(table::fit(text, room), style));
            continue;
        }
        for (place, word) in text.split(' ').enumerate() {
            glued &= place == 0;
            if word.is_empty() {
                continue;
            }
            let gap = usize::from(!glued && taken > 0);
            if taken > 0 && taken + gap + table::width(word) > room {
                lines.push(row(&left, &mut line, theme));
                left = if bar.is_empty() { " ".repeat(indent) } else { format!("{bar:>indent$}") };
                taken = 0;
            } else if gap > 0 {
                line.push(Span::raw(" "));
                taken += 1;
            }
            let word = table::fit(word, room);
            taken += table::width(&word);
            line.push(Span::styled(word, style));
            glued = true;
        }
        glued = !text.ends_with(' ');
    }
    lines.push(row(&left, &mut line, theme));
}

fn row(left: &str, line: &mut Vec<Span<'static>>, theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::styled(left.to_owned(), theme.quiet())];
    spans.append(line);
    Line::from(spans)
}

fn style(kind: Kind, emphasis: Emphasis, theme: &Theme) -> Style {
    let mut style = match kind {
        Kind::Heading => theme.heading(),
        Kind::Quote | Kind::Rule => theme.quiet(),
        Kind::Paragraph | Kind::Item | Kind::Code => Style::new(),
    };
    if emphasis.strong {
        style = style.add_modifier(Modifier::BOLD);
    }
    if emphasis.stressed {
        style = style.add_modifier(Modifier::ITALIC);
    }
    if emphasis.code {
        style = style.patch(theme.quiet());
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::blocks;

    fn shown(source: &str, width: u16) -> Vec<String> {
        let lines = read(&blocks(source), width, &Theme::new(false));
        let text = |line: Line<'_>| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>();
        lines.into_iter().map(text).collect()
    }

    #[test]
    fn blocks_are_wrapped_under_their_marks() {
        let source = "# Uno\n\n- primo punto lungo\n- secondo\n\n> una cosa detta";
        let expected = ["Uno", "", "• primo punto", "  lungo", "• secondo", "", "│ una cosa", "│ detta"];
        assert_eq!(shown(source, 13), expected);
    }

    #[test]
    fn a_word_longer_than_the_line_is_read_to_its_end() {
        assert_eq!(wrapped("a lunghissimaparola b", 6), ["a", "lunghi", "ssimap", "arola", "b"]);
        assert_eq!(wrapped("東京", 1), ["東", "京"]);
        assert_eq!(paragraphs("uno due\n\ntre", 20), ["uno due", "", "tre"]);
    }

    #[test]
    fn what_does_not_fit_goes_on_on_the_next_line_whole() {
        let pieces = [" comune", " · Lazio · ", "900 abitanti", " · esperta"].map(Span::raw).to_vec();
        let shown: Vec<String> = folded(pieces, 25).iter().map(Line::to_string).collect();
        assert_eq!(shown, [" comune · Lazio · ", "   900 abitanti · esperta"]);
    }

    #[test]
    fn emphasis_inside_a_word_opens_no_gap() {
        assert_eq!(shown("a**b**c d", 10), ["abc d"]);
        assert_eq!(shown("lunghissimaparola", 6), ["lungh…"]);
    }
}
