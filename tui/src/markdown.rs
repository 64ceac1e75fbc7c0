//! Markdown of practice cards as plain lines: headings, paragraphs, lists, quotes, emphasis.
//!
//! The text comes from other enti: HTML in it is shown as it was typed, links keep their address in sight,
//! pictures only their description, and no control character passes.

use crate::figures;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Lists inside lists that are still indented; deeper ones stay there.
const DEPTH_MAX: usize = 6;

/// What a piece of text is set in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emphasis {
    pub strong: bool,
    pub stressed: bool,
    pub code: bool,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Heading,
    Paragraph,
    Item,
    Quote,
    Code,
    Rule,
}

/// A block: one thing that is wrapped by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub kind: Kind,
    /// Cells to the left of the text, the mark of an item included.
    pub indent: usize,
    /// "• " or "3. " on the first line of an item.
    pub mark: String,
    pub pieces: Vec<(String, Emphasis)>,
}

/// The blocks of a text.
#[must_use]
pub fn blocks(source: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(source, Options::empty()) {
        reader.take(event);
    }
    reader.end_block();
    reader.blocks
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    kind: Option<Kind>,
    pieces: Vec<(String, Emphasis)>,
    emphasis: Emphasis,
    /// Numbers of the lists around, outermost first; `None` for bullets.
    lists: Vec<Option<u64>>,
    mark: String,
    quotes: usize,
    link: Option<String>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                let before = std::mem::replace(&mut self.emphasis.code, true);
                self.text(&text);
                self.emphasis.code = before;
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => {
                let kind = self.kind;
                self.end_block();
                self.kind = kind;
            }
            Event::Rule => {
                self.end_block();
                self.kind = Some(Kind::Rule);
                self.end_block();
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "extensions that are not read; of pictures their words"
    )]
    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.open(Kind::Heading),
            // The first paragraph of an item is the item.
            Tag::Paragraph if self.kind == Some(Kind::Item) => {}
            Tag::Paragraph if self.quotes > 0 => self.open(Kind::Quote),
            Tag::Paragraph => self.open(Kind::Paragraph),
            Tag::HtmlBlock => self.open(Kind::Paragraph),
            Tag::CodeBlock(_) => self.open(Kind::Code),
            Tag::BlockQuote(_) => {
                self.end_block();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.open(Kind::Item);
                self.mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}. ");
                        *number = number.saturating_add(1);
                        mark
                    }
                    Some(None) | None => "• ".to_owned(),
                };
            }
            Tag::Emphasis => self.emphasis.stressed = true,
            Tag::Strong => self.emphasis.strong = true,
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            _ => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "extensions that are not read; of pictures their words"
    )]
    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.emphasis.stressed = false,
            TagEnd::Strong => self.emphasis.strong = false,
            TagEnd::Link => {
                if let Some(address) = self.link.take() {
                    let said = self.pieces.last().is_some_and(|(text, _)| *text == address);
                    if !said {
                        self.text(&format!(" ({address})"));
                    }
                }
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
            }
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Item => {
                self.end_block();
            }
            _ => {}
        }
    }

    fn open(&mut self, kind: Kind) {
        self.end_block();
        self.kind = Some(kind);
    }

    /// Text of the block; each line of code is a block of its own.
    fn text(&mut self, text: &str) {
        if self.kind == Some(Kind::Code) {
            for line in text.lines() {
                self.pieces.push((figures::plain(line), Emphasis { code: true, ..self.emphasis }));
                self.end_block();
                self.kind = Some(Kind::Code);
            }
            return;
        }
        self.kind.get_or_insert(Kind::Paragraph);
        self.pieces.push((figures::plain(&text.replace('\n', " ")), self.emphasis));
    }

    fn end_block(&mut self) {
        let Some(kind) = self.kind.take() else { return };
        let pieces = std::mem::take(&mut self.pieces);
        if pieces.is_empty() && kind != Kind::Rule {
            // A second paragraph of an item continues it without a mark.
            if kind == Kind::Item {
                self.kind = Some(kind);
            }
            return;
        }
        let depth = self.lists.len().min(DEPTH_MAX);
        let indent = if self.lists.is_empty() { self.quotes.min(DEPTH_MAX) * 2 } else { depth * 2 };
        self.blocks.push(Block { kind, indent, mark: std::mem::take(&mut self.mark), pieces });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> Vec<String> {
        let line = |block: Block| {
            let text: String = block.pieces.iter().map(|(text, _)| text.as_str()).collect();
            format!("{:?} {} {}{text}", block.kind, block.indent, block.mark)
        };
        blocks(source).into_iter().map(line).collect()
    }

    #[test]
    fn headings_lists_quotes_and_code_become_blocks() {
        let source = "# Titolo\n\nUn *passo*\nalla volta.\n\n- uno\n- due\n  1. dentro\n\n> detto\n\n```\na\nb\n```\n---\n";
        let expected = [
            "Heading 0 Titolo",
            "Paragraph 0 Un passo alla volta.",
            "Item 2 • uno",
            "Item 2 • due",
            "Item 4 1. dentro",
            "Quote 2 detto",
            "Code 0 a",
            "Code 0 b",
            "Rule 0 ",
        ];
        assert_eq!(shown(source), expected);
    }

    #[test]
    fn emphasis_is_kept_apart_and_ends() {
        let all = blocks("un **forte** e `codice`");
        let strong: Vec<bool> = all[0].pieces.iter().map(|(_, emphasis)| emphasis.strong).collect();
        assert_eq!(strong, [false, true, false, false]);
        assert!(all[0].pieces[3].1.code);
    }

    #[test]
    fn nothing_hostile_reaches_the_screen() {
        assert_eq!(shown("a\u{1b}[2Jb \u{202e}c"), ["Paragraph 0 a[2Jb c"]);
        assert_eq!(shown("[qui](https://x.example)"), ["Paragraph 0 qui (https://x.example)"]);
        assert_eq!(shown("<script>x</script>"), ["Paragraph 0 <script>x</script>"]);
        assert_eq!(shown("- uno\n\n  ancora\n"), ["Item 2 • uno", "Paragraph 2 ancora"]);
    }
}
