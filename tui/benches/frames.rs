//! How long a person waits: from a key to the finished frame, and from a reply to an opened screen, with
//! 6,000 enti loaded; beside it what the terminal writer alone takes for a frame of which every cell changed.
//!
//! The frame is written through the real backend into nothing, so that everything but the terminal counts.
#![expect(clippy::unwrap_used, reason = "a bench prints or fails")]

use faccina_proto::wire::officer::v1::{self as officer, AboutReply, ComparisonReply, EnteRow};
use faccina_tui::message::{Command, Key, Message, Reply, Request};
use faccina_tui::model::Model;
use faccina_tui::texts::{Language, Words};
use faccina_tui::update::update;
use faccina_tui::view::{self, theme::Theme};
use prost::Message as _;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::widgets::Paragraph;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::io::{Sink, sink};
use std::time::{Duration, Instant};

/// Enti of the comparison.
const ENTI: u32 = 6_000;
/// Presses of each kind of key.
const PRESSES: usize = 600;
/// Openings of each screen.
const OPENINGS: usize = 60;
/// What is promised: key to frame at the 99th percentile, opening, resident memory.
const FRAME_MS_MAX: f64 = 16.0;
const OPEN_MS_MAX: f64 = 150.0;
const RESIDENT_MIB_MAX: f64 = 100.0;

fn main() {
    let words = Words::default();
    let reply = comparison();
    let bytes = reply.encode_to_vec();
    println!("{ENTI} enti, a comparison of {:.1} MiB on the wire\n", mib(bytes.len()));
    let mut met = true;
    for (columns, rows) in [(80, 24), (160, 48)] {
        println!("{columns} × {rows}");
        let mut screen = Screen::new(columns, rows, &words, &reply);
        println!("  raw: every cell changed        {}", screen.raw());
        for (name, keys) in KEYS {
            let times = screen.presses(keys);
            met &= times.p99 <= FRAME_MS_MAX;
            println!("  {name:<30} {times}");
        }
        for (name, key) in SCREENS {
            let times = screen.openings(key, &bytes);
            met &= times.p99 <= OPEN_MS_MAX;
            println!("  open {name:<25} {times}");
        }
    }
    let (resident, peak) = (status_mib("VmRSS:"), status_mib("VmHWM:"));
    met &= resident <= RESIDENT_MIB_MAX;
    println!(
        "\nresident {resident:.1} MiB, at most {peak:.1} MiB (with the replies of this bench beside the model)"
    );
    println!(
        "promised: a frame p99 ≤ {FRAME_MS_MAX} ms, opening p99 ≤ {OPEN_MS_MAX} ms, resident ≤ {RESIDENT_MIB_MAX} MiB: {}",
        if met { "met" } else { "NOT MET" }
    );
}

/// Kinds of keys: each list is pressed over and over.
const KEYS: [(&str, &[Key]); 6] = [
    ("down", &[Key::Down]),
    ("page down, end, home", &[Key::PageDown, Key::End, Key::Home]),
    ("another order", &[Key::Char('o')]),
    (
        "search, letter by letter",
        &[Key::Char('/'), Key::Char('c'), Key::Char('o'), Key::Char('9'), Key::Escape],
    ),
    ("funnel there and back", &[Key::Char('f')]),
    ("help there and back", &[Key::Char('?'), Key::Escape]),
];

const SCREENS: [(&str, char); 8] = [
    ("Il mio ente", '1'),
    ("Confronto", '2'),
    ("Simili", '3'),
    ("Esperte", '4'),
    ("Gemellaggio", '5'),
    ("Buone pratiche", '6'),
    ("Nazionale", '7'),
    ("Rete", '8'),
];

struct Screen<'a> {
    model: Model,
    terminal: Terminal<CrosstermBackend<Sink>>,
    words: &'a Words,
    theme: Theme,
}

impl<'a> Screen<'a> {
    fn new(columns: u16, rows: u16, words: &'a Words, reply: &ComparisonReply) -> Self {
        let viewport = Viewport::Fixed(Rect::new(0, 0, columns, rows));
        let terminal =
            Terminal::with_options(CrosstermBackend::new(sink()), TerminalOptions { viewport }).unwrap();
        let model = Model::new(Language::Italian, columns, rows);
        let mut screen = Self { model, terminal, words, theme: Theme::new(true) };
        screen.take(Message::Linked(about()));
        screen.take(Message::Key(Key::Char('2')));
        let asked = screen.model.comparison_wanted();
        screen.take(Message::Arrived(asked, Box::new(Reply::Comparison(reply.clone()))));
        screen
    }

    /// Update and frame, with the questions it asks answered by nobody.
    fn take(&mut self, message: Message) -> Vec<Command> {
        let commands = update(&mut self.model, message, self.words);
        let Self { model, terminal, words, theme } = self;
        terminal.draw(|frame| view::draw(frame, model, words.of(model.language), theme)).unwrap();
        commands
    }

    fn raw(&mut self) -> Times {
        let mut times = Vec::new();
        for letter in ["a", "b"].into_iter().cycle().take(PRESSES) {
            let area = self.terminal.get_frame().area();
            let text = format!("{}\n", letter.repeat(area.width.into())).repeat(area.height.into());
            let start = now();
            self.terminal.draw(|frame| frame.render_widget(Paragraph::new(text), area)).unwrap();
            times.push(start.elapsed());
        }
        Times::of(times)
    }

    fn presses(&mut self, keys: &[Key]) -> Times {
        let mut times = Vec::new();
        for key in keys.iter().cycle().take(PRESSES) {
            let start = now();
            self.take(Message::Key(*key));
            times.push(start.elapsed());
        }
        Times::of(times)
    }

    /// From the key to the frame with the reply in it: the bytes are decoded as the connection would.
    fn openings(&mut self, key: char, bytes: &[u8]) -> Times {
        let mut times = Vec::new();
        for _ in 0..OPENINGS {
            self.take(Message::Key(Key::Char('8')));
            let asked = self.model.comparison_wanted();
            let start = now();
            self.take(Message::Key(Key::Char(key)));
            if let Some((request, reply)) = answered(key, asked, bytes) {
                self.take(Message::Arrived(request, Box::new(reply)));
            }
            times.push(start.elapsed());
        }
        Times::of(times)
    }
}

/// The largest replies that a network of this size can give.
fn answered(key: char, asked: Request, bytes: &[u8]) -> Option<(Request, Reply)> {
    Some(match key {
        '2' => (asked, Reply::Comparison(ComparisonReply::decode(bytes).unwrap())),
        '7' => {
            let request = officer::NationalRequest { month: 0 };
            (Request::National(request), Reply::National(national()))
        }
        '8' => (Request::Network, Reply::Network(network())),
        _ => return None,
    })
}

struct Times {
    p50: f64,
    p99: f64,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self { p50: at(50), p99: at(99) }
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "p50 {:7.3} ms   p99 {:7.3} ms", self.p50, self.p99)
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "printed with one decimal")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A line of /proc/self/status, in MiB.
fn status_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}

fn about() -> AboutReply {
    AboutReply {
        ipa_code: "zz_0007".to_owned(),
        name: "Comune di Prova 7".to_owned(),
        role: "ente".to_owned(),
        months: vec![202_604],
        ..AboutReply::default()
    }
}

/// Figures that differ from ente to ente without a source of chance.
fn comparison() -> ComparisonReply {
    let rows: Vec<EnteRow> = (0..ENTI).map(row).collect();
    let share =
        |value| Some(officer::Share { value, wilson: Some(officer::Interval { low: 0.92, high: 0.94 }) });
    let limit = |n: u32| {
        let spread = (0.07 / f64::from(n)).sqrt();
        let around = |z: f64| {
            let (low, high) = ((0.93 - z * spread).max(0.0), (0.93 + z * spread).min(1.0));
            Some(officer::Interval { low, high })
        };
        officer::FunnelLimit {
            n: n.into(),
            plain95: around(1.96),
            plain998: around(3.09),
            peers95: around(2.6),
            peers998: around(4.1),
        }
    };
    ComparisonReply {
        month: 202_604,
        from_month: 202_604,
        rows,
        total: Some(officer::Counts { green: 1_800_000, yellow: 60_000, red: 40_000 }),
        green: share(0.93),
        yellow: share(0.04),
        red: share(0.03),
        headline_it: "aprile 2026".to_owned(),
        headline_en: "April 2026".to_owned(),
        funnel: Some(officer::Funnel {
            target: 0.93,
            rho: 0.01,
            spread: officer::Spread::Robust.into(),
            enti: ENTI,
            limits: (0..60).map(|step| limit(10 + step * step * 5)).collect(),
        }),
    }
}

fn row(index: u32) -> EnteRow {
    let n = 20 + index.wrapping_mul(2_654_435_761) % 3_000;
    let green = n * (900 + index.wrapping_mul(40_503) % 95) / 1_000;
    let value = f64::from(green) / f64::from(n);
    let bounds = || Some(officer::Interval { low: (value - 0.03).max(0.0), high: (value + 0.03).min(1.0) });
    let share = || Some(officer::Share { value, wilson: bounds() });
    EnteRow {
        ipa_code: format!("zz_{index:04}"),
        name: format!("Comune di Prova {index}"),
        category: "L6".to_owned(),
        region: format!("Regione {}", index % 20),
        population: Some(500 + index * 37 % 90_000),
        state: officer::SummaryState::Counted.into(),
        votes: Some(officer::Counts {
            green: green.into(),
            yellow: u64::from(n - green) / 2,
            red: u64::from(n - green) - u64::from(n - green) / 2,
        }),
        green: share(),
        yellow: share(),
        red: share(),
        services: (0..8).map(|service| format!("servizio-{service}")).collect(),
        place: Some(officer::Place {
            own_target: 0.93,
            share: value,
            adjusted: value,
            adjusted_interval: bounds(),
            plain: officer::Beyond::Inside.into(),
            peers: officer::Beyond::Inside.into(),
            estimate: value,
            estimate_interval: bounds(),
            screened: false,
        }),
        distance: Some(f64::from(index % 977) / 977.0),
        months: 1,
        ..EnteRow::default()
    }
}

fn national() -> officer::NationalReply {
    let transmission = |index: u32| officer::Transmission {
        ipa_code: format!("zz_{index:04}"),
        name: format!("Comune di Prova {index}"),
        state: officer::SummaryState::Counted.into(),
        day: 20_260_511,
        due_day: 20_260_511,
        ..officer::Transmission::default()
    };
    officer::NationalReply {
        month: 202_604,
        expected: ENTI,
        counted: ENTI,
        transmissions: (0..ENTI).map(transmission).collect(),
        ..officer::NationalReply::default()
    }
}

fn network() -> officer::NetworkReply {
    let member = |index: u32| officer::Member {
        index,
        ipa_code: format!("zz_{index:04}"),
        name: format!("Comune di Prova {index}"),
        role: "ente".to_owned(),
        state: "ok".to_owned(),
        head: 40,
        ..officer::Member::default()
    };
    officer::NetworkReply { members: (0..ENTI).map(member).collect(), ..officer::NetworkReply::default() }
}
