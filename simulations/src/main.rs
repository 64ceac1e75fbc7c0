//! Many nodes on one machine, over the very state machines that the daemon runs.
//!
//! Deterministic: time is virtual, everything random comes from one seed, and the hash of the trace says whether two runs
//! were the same. Owned here: the world (links, delays, loss, crashes), what must hold in it, a reference model of the
//! figures; the auditor, who attacks what was published; federations with planted truth, which the node's views have to
//! find; months of terminals, honest and stuffed, which its marks have to tell apart. In real time, over real
//! sockets: hundreds of the node's own federation services, or a few with a member in Python; real disks that lose their
//! power. Deliberately absent: any rule of the protocol, any formula of the statistics; a simulation that knew one would
//! agree with its faults.

mod founding;
mod verdicts;
mod swarm;
mod audit;
mod planted;
mod anomalies;
mod powercut;
mod live;
mod interop;

use clap::{Parser, Subcommand};
use faccina_node::telling::{end_unheard, sentence};
use std::process::ExitCode;

/// Simulations of the federation. A failure prints the seed, what was violated, and the last events before it.
#[derive(Debug, Parser)]
#[command(name = "faccina-simulations", version)]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// A federation on virtual time with faults of every kind; what must hold after each event, and at the end.
    #[command(
        after_help = "Example: faccina-simulations swarm --seeds 20\nA failing seed: swarm --seed 7 --trace\nTwo hundred enti, cut in two: swarm --seed 7 --scenario simulations/scenarios/partition.toml\nA planted bug: swarm --seeds 100 --mutant restore-fork, or --mutant all"
    )]
    Swarm(swarm::Settings),
    /// Attacks what enti have published: what can be computed about cells too small to be published.
    #[command(after_help = "Example: faccina-simulations audit /tmp/demo")]
    Audit(audit::Settings),
    /// Federations with planted truth, and whether the views find it.
    #[command(after_help = "Example: faccina-simulations planted --seed 1 --seeds 20")]
    Planted(planted::Settings),
    /// Months of terminals, honest and stuffed, and which of them are marked to be verified.
    #[command(after_help = "Example: faccina-simulations anomalies --seed 1")]
    Anomalies(anomalies::Settings),
    /// Cuts the power of a real node and a real terminal, again and again. Needs root.
    #[command(after_help = "Example: faccina-simulations powercut --cuts 12")]
    Powercut(powercut::Settings),
    /// Hundreds of real nodes in this process, over loopback: a month to all of them, and what that costs.
    #[command(after_help = "Example: faccina-simulations live --nodes 300")]
    Live(live::Settings),
    /// A member in Python, written from the description of the wire, among real nodes over loopback.
    #[command(after_help = "Example: faccina-simulations interop --python /tmp/interop/bin/python3")]
    Interop(interop::Settings),
}

fn main() -> ExitCode {
    end_unheard();
    let Arguments { scenario } = Arguments::parse();
    let outcome = match scenario {
        Scenario::Swarm(settings) => match swarm::run(&settings) {
            Ok(swarm::Outcome { is_good: true, words }) => Ok(words),
            Ok(swarm::Outcome { is_good: false, words }) => Err(words),
            Err(error) => Err(sentence(&error)),
        },
        Scenario::Audit(settings) => match audit::run(&settings) {
            Ok(report) if report.is_clean() => Ok(report.to_string()),
            Ok(report) => Err(report.to_string()),
            Err(error) => Err(sentence(&error)),
        },
        Scenario::Planted(settings) => match planted::run(&settings) {
            Ok(report) if report.is_good() => Ok(report.to_string()),
            Ok(report) => Err(report.to_string()),
            Err(error) => Err(sentence(&error)),
        },
        Scenario::Anomalies(settings) => {
            let report = anomalies::run(&settings);
            if report.is_good() { Ok(report.to_string()) } else { Err(report.to_string()) }
        }
        Scenario::Powercut(settings) => match powercut::run(&settings) {
            Ok(report) if report.is_good() => Ok(report.to_string()),
            Ok(report) => Err(report.to_string()),
            Err(error) => Err(sentence(&error)),
        },
        Scenario::Live(settings) => match live::run(&settings) {
            Ok(report) if report.is_good() => Ok(report.to_string()),
            Ok(report) => Err(report.to_string()),
            Err(error) => Err(sentence(&error)),
        },
        Scenario::Interop(settings) => match interop::run(&settings) {
            Ok(report) => Ok(report.to_string()),
            Err(error) => Err(sentence(&error)),
        },
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
