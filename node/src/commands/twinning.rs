//! `faccina twinning`: proposes a twinning to an expert administration and goes through it, as the officers' screens do.

use super::{ConfigPath, Outcome, client::answered, month};
use clap::{Args, Subcommand};
use faccina_proto::{
    calendar::Month,
    names::{Code, IpaCode},
    practice::CardName,
    wire::officer::v1::{
        ChecklistAct, ChecklistAnswer, ChecklistItem, ProposeRequest, PublishOutcomeRequest, RecommendAct,
        TextAct, Twinning, TwinningActRequest, TwinningRequest, TwinningState, TwinningsRequest,
        twinning_act_request::Act as Asked,
    },
};

/// Propose a twinning (gemellaggio) to an expert administration, answer one, go through it
#[derive(Debug, Args)]
pub struct TwinningCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Propose(Propose),
    List(List),
    Show(Show),
    Accept(Accept),
    Decline(Decline),
    Withdraw(Withdraw),
    Recommend(Recommend),
    Checklist(Checklist),
    End(End),
    Outcome(OutcomeCommand),
}

/// Propose a twinning to an expert that DFP has designated and that is available
///
/// The proposal goes directly to the other node, when both are on; nobody else reads it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina twinning propose c_h361 --topic 'code allo sportello' --from 2026-06 --to 2026-12 \\\n    \
    --text 'Vorremmo capire come avete ridotto le attese'")]
struct Propose {
    #[command(flatten)]
    node: ConfigPath,
    /// The expert's IPA code
    expert: IpaCode,
    /// Service that both survey; may be given several times; all common ones if not given
    #[arg(long = "service")]
    services: Vec<Code>,
    /// What it is about, in a few words; may be given several times
    #[arg(long = "topic")]
    topics: Vec<String>,
    /// First month
    #[arg(long, value_parser = month)]
    from: Month,
    /// Last month
    #[arg(long, value_parser = month)]
    to: Month,
    /// What this ente wants to learn
    #[arg(long, default_value = "")]
    text: String,
}

/// List this ente's twinnings; on the observer all that enti have published
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina twinning list")]
struct List {
    #[command(flatten)]
    node: ConfigPath,
}

/// Show one twinning: what was said, what can be done next
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina twinning show 3f9a")]
struct Show {
    #[command(flatten)]
    node: ConfigPath,
    /// Id, or its first digits
    id: String,
}

/// Accept a proposal: the agreement is published, the other side told
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina twinning accept 3f9a --text 'Volentieri, da giugno'")]
struct Accept {
    #[command(flatten)]
    said: Said,
}

/// Decline a proposal
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina twinning decline 3f9a --text 'Quest'\\''anno non possiamo'")]
struct Decline {
    #[command(flatten)]
    said: Said,
}

/// Take back an own proposal that is not answered
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina twinning withdraw 3f9a")]
struct Withdraw {
    #[command(flatten)]
    said: Said,
}

/// Advise the other side
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina twinning recommend 3f9a --service anagrafe --card c_h361/1 --text 'Un operatore accoglie e smista'")]
struct Recommend {
    #[command(flatten)]
    said: Said,
    /// For which service; any if not given
    #[arg(long)]
    service: Option<Code>,
    /// A practice card that shows it
    #[arg(long)]
    card: Option<CardName>,
}

/// Share the own self-assessment; a later one replaces it
///
/// Without --answer the items are listed. Levels: 1 not yet, 2 begun, 3 in use, 4 proven.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina twinning checklist 3f9a --answer plan=4 --answer 'staff=2 riunione in programma'")]
struct Checklist {
    #[command(flatten)]
    node: ConfigPath,
    /// Id, or its first digits
    id: String,
    /// Item, level and a note, as staff=2 or 'staff=2 a note'
    #[arg(long = "answer", value_parser = answer)]
    answers: Vec<ChecklistAnswer>,
}

/// End a twinning
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  faccina twinning end 3f9a --text 'Grazie di tutto'")]
struct End {
    #[command(flatten)]
    said: Said,
}

/// Publish how a twinning went, for all to read; a later one replaces it
#[derive(Debug, Args)]
#[command(
    name = "outcome",
    after_help = "Example:\n  \
    faccina twinning outcome 3f9a --result reached --card c_h361/1 --text 'Attesa da 25 a 11 minuti'"
)]
struct OutcomeCommand {
    #[command(flatten)]
    node: ConfigPath,
    /// Id, or its first digits
    id: String,
    /// What became of the aim
    #[arg(long, value_enum)]
    result: Achieved,
    /// What was done and learnt
    #[arg(long)]
    text: String,
    /// A practice card taken up or written; may be given several times
    #[arg(long = "card")]
    cards: Vec<CardName>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Achieved {
    Reached,
    Partly,
    NotReached,
    Interrupted,
}

#[derive(Debug, Args)]
struct Said {
    #[command(flatten)]
    node: ConfigPath,
    /// Id, or its first digits
    id: String,
    /// A word to the other side
    #[arg(long, default_value = "")]
    text: String,
}

fn answer(text: &str) -> Result<ChecklistAnswer, String> {
    let wrong = || "write item and level as staff=2, a note after a space".to_owned();
    let (item, rest) = text.split_once('=').ok_or_else(wrong)?;
    let (level, note) = rest.split_once(' ').unwrap_or((rest, ""));
    let level = level.parse().map_err(|_| wrong())?;
    Ok(ChecklistAnswer { item: item.to_owned(), level, note: note.to_owned() })
}

impl TwinningCommand {
    pub(super) fn run(self) -> Outcome {
        match self.act {
            Act::Propose(propose) => propose.run(),
            Act::List(list) => list.run(),
            Act::Show(show) => show.run(),
            Act::Accept(Accept { said }) => said.run(Asked::Accept),
            Act::Decline(Decline { said }) => said.run(Asked::Decline),
            Act::Withdraw(Withdraw { said }) => said.run(Asked::Withdraw),
            Act::End(End { said }) => said.run(Asked::End),
            Act::Recommend(recommend) => recommend.run(),
            Act::Checklist(checklist) => checklist.run(),
            Act::Outcome(outcome) => outcome.run(),
        }
    }
}

impl Propose {
    fn run(self) -> Outcome {
        let request = ProposeRequest {
            expert: self.expert.to_string(),
            services: self.services.iter().map(Code::to_string).collect(),
            topics: self.topics,
            from_month: self.from.yyyymm(),
            to_month: self.to.yyyymm(),
            text: self.text,
        };
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.propose(request).await)?;
            println!("{}  {}", short(&reply.id), reply.words.unwrap_or_default().it);
            Ok(())
        })
    }
}

impl List {
    fn run(self) -> Outcome {
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.twinnings(TwinningsRequest {}).await)?;
            println!("{}", reply.headline_it);
            for twinning in &reply.twinnings {
                println!("{}", row(twinning));
            }
            Ok(())
        })
    }
}

impl Show {
    fn run(self) -> Outcome {
        self.node.with_officer(|mut officer| async move {
            let checklist = answered(officer.twinnings(TwinningsRequest {}).await)?.checklist;
            let reply = answered(officer.twinning(TwinningRequest { id: self.id }).await)?;
            print!("{}", told(&reply.twinning.unwrap_or_default(), &checklist));
            Ok(())
        })
    }
}

impl Said {
    fn run(self, act: fn(TextAct) -> Asked) -> Outcome {
        done(&self.node, self.id, act(TextAct { text: self.text }))
    }
}

impl Recommend {
    fn run(self) -> Outcome {
        let advice = RecommendAct {
            service: self.service.map(|service| service.to_string()).unwrap_or_default(),
            text: self.said.text,
            card_ipa_code: self.card.as_ref().map(|card| card.ente.to_string()).unwrap_or_default(),
            card_number: self.card.as_ref().map_or(0, |card| card.number.number()),
        };
        done(&self.said.node, self.said.id, Asked::Recommend(advice))
    }
}

impl Checklist {
    fn run(self) -> Outcome {
        if self.answers.is_empty() {
            return self.node.with_officer(|mut officer| async move {
                let reply = answered(officer.twinnings(TwinningsRequest {}).await)?;
                for item in reply.checklist {
                    println!("{:<13} {}", item.code, item.words.unwrap_or_default().it);
                }
                Ok(())
            });
        }
        done(&self.node, self.id, Asked::Checklist(ChecklistAct { answers: self.answers }))
    }
}

impl OutcomeCommand {
    fn run(self) -> Outcome {
        let result = match self.result {
            Achieved::Reached => 1,
            Achieved::Partly => 2,
            Achieved::NotReached => 3,
            Achieved::Interrupted => 4,
        };
        let cards = self.cards.iter().map(CardName::to_string).collect();
        let request = PublishOutcomeRequest { id: self.id, result, text: self.text, cards };
        self.node.with_officer(|mut officer| async move {
            let reply = answered(officer.publish_outcome(request).await)?;
            println!("{} (entry {})", reply.words.unwrap_or_default().it, reply.sequence);
            Ok(())
        })
    }
}

fn done(node: &ConfigPath, id: String, act: Asked) -> Outcome {
    node.with_officer(|mut officer| async move {
        let reply = answered(officer.act(TwinningActRequest { id, act: Some(act) }).await)?;
        println!("{}", reply.words.unwrap_or_default().it);
        Ok(())
    })
}

/// As many digits of an id as are shown, and are enough to name it.
fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn state(twinning: &Twinning) -> &'static str {
    match twinning.state() {
        TwinningState::Unspecified => "?",
        TwinningState::Proposed => "proposto",
        TwinningState::Accepted => "accettato",
        TwinningState::Concluded => "in corso",
        TwinningState::Declined => "declinato",
        TwinningState::Withdrawn => "ritirato",
        TwinningState::Ended => "finito",
    }
}

fn row(it: &Twinning) -> String {
    let period = format!("{}-{}", dashed(it.from_month), dashed(it.to_month));
    format!("{}  {:<10} {:<17} {} e {}", short(&it.id), state(it), period, it.learner_name, it.expert_name)
}

fn dashed(yyyymm: u32) -> String {
    format!("{:02}/{}", yyyymm % 100, yyyymm / 100)
}

fn slashed(yyyymmdd: u32) -> String {
    format!("{:02}/{:02}/{}", yyyymmdd % 100, yyyymmdd / 100 % 100, yyyymmdd / 10_000)
}

fn result(number: u32) -> &'static str {
    match number {
        1 => "raggiunto",
        2 => "raggiunto in parte",
        3 => "non raggiunto",
        4 => "interrotto",
        _ => "?",
    }
}

fn told(it: &Twinning, checklist: &[ChecklistItem]) -> String {
    let mut lines =
        vec![row(it), format!("servizi: {}", listed(&it.services)), format!("temi: {}", listed(&it.topics))];
    for message in &it.messages {
        let kind = message.kind.clone().unwrap_or_default().it;
        let waits = match (message.untaken.as_str(), message.delivered) {
            ("", true) => String::new(),
            ("", false) => " (da consegnare)".to_owned(),
            (code, _) => format!(" (non preso dall'altro nodo: {code})"),
        };
        lines.push(format!("\n{} {} {kind}{waits}", slashed(message.day), message.from));
        lines.extend(message.text.lines().map(|line| format!("  {line}")));
        for answer in &message.answers {
            let item = checklist.iter().find(|item| item.code == answer.item);
            let words = item.and_then(|item| item.words.clone()).unwrap_or_default().it;
            lines.push(format!("  {} {:<13} {words} {}", answer.level, answer.item, answer.note));
        }
    }
    for outcome in &it.outcomes {
        lines.push(format!(
            "\n{} {} esito: {}\n  {}",
            slashed(outcome.day),
            outcome.ipa_code,
            result(outcome.result),
            outcome.text
        ));
    }
    lines.push(format!("\n{}\n", it.next.clone().unwrap_or_default().it));
    lines.join("\n")
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}
