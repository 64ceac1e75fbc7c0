//! How fast intake is, beside what the same cores and the same disk can do at all, from one run.
//!
//! Client and server share the machine and go through the real door: TLS, token, gRPC stream, strict verification of
//! every ballot, one durable store, one signed receipt for each ballot.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench prints or fails")]

#[path = "../tests/office.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod office;

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use faccina_node::clock::{Clock, instant};
use faccina_node::store::{self, Batch, Store};
use faccina_proto::ballot::{Face, Reason};
use faccina_proto::envelope::{Envelope, Kind};
use faccina_proto::terminals::Mode;
use faccina_proto::wire::terminal::v1::CastBatch;
use office::{OpenOffice, Terminal, day, federation};

/// Distinct ballots in the throughput run.
const BALLOTS: usize = 204_800;
/// Terminals in the throughput run.
const TERMINALS: u8 = 8;
/// Casts in one message.
const MESSAGE: usize = faccina_proto::limits::CASTS_PER_MESSAGE_MAX;
/// Terminals that vote at once in the latency run.
const CROWD: u8 = 64;
/// Votes of one terminal alone, and of each in the crowd.
const ALONE_VOTES: usize = 3_000;
const CROWD_VOTES: usize = 100;

fn main() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{cores} cores, client and server on the same machine\n");
    let mut sync = fdatasync(&dir.path().join("sync"));
    let (sync_p50, sync_p99) = (percentile(&mut sync, 50), percentile(&mut sync, 99));
    println!("fdatasync of a 4 KiB append            p50 {} p99 {}", ms(sync_p50), ms(sync_p99));
    runtime.block_on(async {
        let clock = Clock::demo(day(20_260_415)).unwrap();
        let office = OpenOffice::open(dir.path(), clock).await;
        let mut terminals = Vec::new();
        for seed in 1..=CROWD {
            terminals.push(office.terminal(seed, "counter", Mode::Open).await);
        }
        let signed = sign(&terminals[..usize::from(TERMINALS)], BALLOTS / usize::from(TERMINALS), 0);
        let before = cpu();
        let raw_verify = verify(&terminals, &signed);
        let verify_cpu = (cpu() - before) / (BALLOTS / 2) as f64;
        println!("parse + verify_strict on all cores     {raw_verify:>9.0} ballots/s");
        println!("durable batches of {MESSAGE} records        {:>9.0} records/s", commit(&dir.path().join("raw.db")));
        let before = cpu();
        let receipted = throughput(&terminals, &signed).await;
        let receipted_cpu = (cpu() - before) / BALLOTS as f64;
        println!("receipted ballots through gRPC         {receipted:>9.0} ballots/s, {TERMINALS} terminals, {BALLOTS} ballots");
        println!("ratio receipted / raw verify           {:>9.2} (target 0.35)", receipted / raw_verify);
        let (verify_us, receipted_us) = (verify_cpu * 1e6, receipted_cpu * 1e6);
        println!("processor time of a ballot             {verify_us:.0} us verified, {receipted_us:.0} us receipted, client included\n");
        let alone = sign(&terminals[..1], ALONE_VOTES, 1 << 40);
        let mut alone = one_by_one(&terminals[0], &alone[0]).await;
        let bound = sync_p99 * 8 + Duration::from_millis(1);
        let (p50, p99) = (percentile(&mut alone, 50), percentile(&mut alone, 99));
        println!("receipt, 1 terminal                    p50 {} p99 {} (target p99 {})", ms(p50), ms(p99), ms(bound));
        let mut crowd = crowded(&terminals).await;
        let (p50, p99) = (percentile(&mut crowd, 50), percentile(&mut crowd, 99));
        println!("receipt, {CROWD} terminals at once           p50 {} p99 {}", ms(p50), ms(p99));
        let mut sync = fdatasync(&dir.path().join("sync"));
        println!("fdatasync once more, after the load    p50 {} p99 {}", ms(percentile(&mut sync, 50)), ms(percentile(&mut sync, 99)));
        office.close().await;
    });
}

/// Seconds of processor time that this process has used: what other processes do on the machine does not change it.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    // A tick is 10 ms on every Linux that runs this.
    ticks.sum::<f64>() / 100.0
}

fn ms(duration: Duration) -> String {
    format!("{:.3} ms", duration.as_secs_f64() * 1000.0)
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn fdatasync(path: &Path) -> Vec<Duration> {
    let mut file = File::create(path).unwrap();
    let append = |_| {
        file.write_all(&[7; 4096]).unwrap();
        let start = instant();
        file.sync_data().unwrap();
        start.elapsed()
    };
    (0..3_000).map(append).collect()
}

/// Signs distinct votes, for each terminal its own, on all cores.
fn sign(terminals: &[Terminal], each: usize, first_nonce: u128) -> Vec<Vec<Bytes>> {
    let faces = [Face::Green, Face::Green, Face::Yellow, Face::Red(None), Face::Red(Some(Reason::First))];
    std::thread::scope(|scope| {
        let signing: Vec<_> = terminals
            .iter()
            .zip(0_u128..)
            .map(|(terminal, number)| {
                scope.spawn(move || {
                    let from = first_nonce + (number << 64);
                    let vote = |(nonce, face): (u128, &Face)| {
                        terminal.sign(&terminal.vote(day(20_260_415), *face, nonce))
                    };
                    (from..).zip(faces.iter().cycle()).take(each).map(vote).collect()
                })
            })
            .collect();
        signing.into_iter().map(|signed| signed.join().unwrap()).collect()
    })
}

/// Ballots per second that all cores parse and verify when they do nothing else.
fn verify(terminals: &[Terminal], signed: &[Vec<Bytes>]) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work: Vec<_> = terminals
        .iter()
        .zip(signed)
        .flat_map(|(terminal, casts)| casts.iter().map(move |cast| (terminal, cast)))
        .take(BALLOTS / 2)
        .collect();
    let start = instant();
    std::thread::scope(|scope| {
        for part in work.chunks(work.len().div_ceil(cores)) {
            scope.spawn(move || {
                for (terminal, cast) in part {
                    let envelope = Envelope::parse(Bytes::clone(cast)).unwrap();
                    envelope.verify(Kind::Cast, &federation(), &terminal.key.verifying_key()).unwrap();
                }
            });
        }
    });
    work.len() as f64 / start.elapsed().as_secs_f64()
}

/// Records per second that the store takes in durable batches, without anything around it.
fn commit(dir: &Path) -> f64 {
    let store = store::open(dir).unwrap();
    let batches = 400;
    let start = instant();
    for _ in 0..batches {
        let mut batch = Batch::new();
        for _ in 0..MESSAGE {
            batch.put(rand::random::<[u8; 32]>(), vec![7; 112]);
        }
        store.commit(batch).unwrap();
    }
    (batches * MESSAGE) as f64 / start.elapsed().as_secs_f64()
}

/// All terminals send as fast as they are read; the clock stops with the last receipt.
async fn throughput(terminals: &[Terminal], signed: &[Vec<Bytes>]) -> f64 {
    let mut streams = Vec::new();
    for (terminal, casts) in terminals.iter().zip(signed) {
        streams.push((terminal.stream().await.unwrap(), casts.clone()));
    }
    let start = instant();
    let running: Vec<_> = streams
        .into_iter()
        .map(|(stream, casts)| {
            let office::CastStream { casts: up, mut answers } = stream;
            let expected = casts.len();
            tokio::spawn(async move {
                for message in casts.chunks(MESSAGE) {
                    up.send(CastBatch { casts: message.to_vec() }).await.unwrap();
                }
            });
            tokio::spawn(async move {
                let mut receipts = 0;
                while receipts < expected {
                    let batch = answers.message().await.unwrap().unwrap();
                    assert!(batch.answers.iter().all(office::is_receipt), "every ballot is counted");
                    receipts += batch.answers.len();
                }
            })
        })
        .collect();
    for stream in running {
        stream.await.unwrap();
    }
    BALLOTS as f64 / start.elapsed().as_secs_f64()
}

/// One vote in flight: from sending it to holding its receipt.
async fn one_by_one(terminal: &Terminal, casts: &[Bytes]) -> Vec<Duration> {
    let mut stream = terminal.stream().await.unwrap();
    let mut times = Vec::with_capacity(casts.len());
    for cast in casts {
        let start = instant();
        stream.casts.send(CastBatch { casts: vec![cast.clone()] }).await.unwrap();
        let batch = stream.answers.message().await.unwrap().unwrap();
        times.push(start.elapsed());
        assert!(batch.answers.iter().all(office::is_receipt));
    }
    times
}

async fn crowded(terminals: &[Terminal]) -> Vec<Duration> {
    let signed = sign(terminals, CROWD_VOTES, 1 << 41);
    let votes = terminals.iter().zip(&signed).map(|(terminal, casts)| one_by_one(terminal, casts));
    futures::future::join_all(votes).await.into_iter().flatten().collect()
}
