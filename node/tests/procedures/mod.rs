//! `PROCEDURES.md` walked from its first line to its last: each command is run as it stands there, with real nodes as
//! processes of their own on loopback. After each procedure the feeds tell whether it did what the page says.

mod beyond;

use ed25519_dalek::SigningKey;
use faccina_node::{
    clock::{Clock, instant},
    config::FederationFile,
    keys::{KeyKind, load_signing},
};
use faccina_proto::{
    bundle::{self, Bundle},
    calendar::CivilDay,
    envelope::{Id, KeyId},
    feed::{Body, Entry, seal_entry},
    names::Author,
    replica::{Journal, Log, Outcome},
    roster::{Federation, Member},
    wire::feed::v1::Contact,
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

const PROCEDURES: &str = include_str!("../../PROCEDURES.md");
/// Whatever takes longer than this on loopback is broken: a stranger asks for the root feed every half minute.
const PATIENCE: Duration = Duration::from_secs(240);
const LOOK: Duration = Duration::from_millis(100);
/// What `faccina status` says while the roster is behind.
const WAITING: [&str; 4] = ["waits", "not admitted yet", "does not have the transport key", "none connected"];
const SIGNS: [&str; 10] =
    ["admit", "renew", "rotate", "replace", "update", "revoke", "rule", "leave", "readmit", "merge"];

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already where a procedure started it again.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Walk {
    dir: TempDir,
    running: BTreeMap<String, Process>,
    id: String,
    hub_port: u16,
}

impl Walk {
    fn begin() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let hub_port = free.local_addr().unwrap().port();
        Self { dir, running: BTreeMap::new(), id: String::new(), hub_port }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn shell(&self, line: &str) -> Output {
        let bin = Path::new(env!("CARGO_BIN_EXE_faccina")).parent().unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-ec", line]).current_dir(self.dir.path()).stdin(Stdio::null());
        command
            .env("PATH", path)
            .env("ID", &self.id)
            .env("LAST_DAY", last_day().to_string())
            .output()
            .unwrap()
    }

    fn say(&self, line: &str) -> String {
        let output = self.shell(line);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}\n{told}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Says it again until it is done and the answer is as wanted.
    fn say_until(&self, line: &str, wanted: impl Fn(&str) -> bool) {
        let begun = instant();
        loop {
            let output = self.shell(line);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() && wanted(&said) {
                return;
            }
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(begun.elapsed() < PATIENCE, "{line}\n{said}{told}");
            thread::sleep(LOOK);
        }
    }

    fn step(&mut self, line: &str) {
        let word = |word: &str| line.starts_with(&format!("faccina {word}"));
        if let Some(run) = line.strip_suffix(" &") {
            self.start(run);
        } else if word("init") {
            let peers = if line.contains("observer") { self.hub_port } else { 0 };
            self.say(&format!(
                "{line} --grpc 127.0.0.1:0 --http 127.0.0.1:0 --peers /ip4/127.0.0.1/tcp/{peers}"
            ));
        } else if SIGNS.iter().any(|act| word(&format!("federation {act} ")))
            || word("federation succeed")
            || word("keys replace")
        {
            let unasked = self.shell(line);
            let told = String::from_utf8_lossy(&unasked.stderr).into_owned();
            assert!(!unasked.status.success() && told.contains("pass --yes"), "{line}: {told}");
            self.say(&format!("{line} --yes"));
        } else if word("status") {
            self.say_until(line, |said| !WAITING.iter().any(|waiting| said.contains(waiting)));
        } else if word("availability") {
            self.say_until(line, |_| true);
        } else {
            self.say(line);
        }
    }

    /// Starts a node; one of the same configuration that runs is stopped first.
    fn start(&mut self, line: &str) {
        let config = line.split_whitespace().last().unwrap().to_owned();
        self.running.remove(&config);
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
        command.args(["run", "--config", &config]).current_dir(self.dir.path()).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        self.running.insert(config.clone(), Process(child));
        self.say_until(&format!("faccina status --config {config}"), |_| true);
    }

    /// Puts the observer's address into the federation file that members get.
    fn name_hub(&self) {
        let status = self.say("faccina status --config dfp/faccina.toml");
        let address = status.lines().find_map(|line| line.strip_prefix("Listens on")).unwrap().trim();
        let mut file = FederationFile::load(&self.path("safe/federation.toml")).unwrap();
        file.hubs = vec![address.to_owned()];
        fs::write(self.path("federation.toml"), file.to_toml()).unwrap();
    }

    /// All feeds as a node holds them.
    fn feeds(&self, node: &str) -> Bundle {
        let name = format!("{node}.look");
        let _ = fs::remove_file(self.path(&name));
        self.say(&format!("faccina feed export {name} --config {node}/faccina.toml"));
        bundle::read(fs::read(self.path(&name)).unwrap().into(), Some(&self.federation())).unwrap()
    }

    fn federation(&self) -> Federation {
        let file = FederationFile::load(&self.path("safe/federation.toml")).unwrap();
        Federation::new(&file.name, file.root_key, file.successor_hash)
    }

    /// Waits until every running node among these holds feeds as wanted.
    fn until(&self, nodes: &[&str], what: &str, wanted: impl Fn(&Bundle) -> bool) {
        let begun = instant();
        for node in nodes {
            while !wanted(&self.feeds(node)) {
                assert!(begun.elapsed() < PATIENCE, "{node} waits in vain until {what}");
                thread::sleep(LOOK);
            }
        }
    }

    fn feed_key(&self, node: &str) -> SigningKey {
        load_signing(&self.path(&format!("{node}/data/keys/feed.key")), KeyKind::Feed).unwrap()
    }

    /// Stops the ente's node and has its disk lose the keys that name it.
    fn lose_keys(&mut self) {
        self.running.remove("c_zz01/faccina.toml");
        for name in ["feed.key", "transport.key"] {
            fs::remove_file(self.path(&format!("c_zz01/data/keys/{name}"))).unwrap();
        }
    }

    /// A copied disk: another entry in the place of the ente's last one reaches the observer.
    fn fork(&mut self) {
        self.running.remove("c_zz01/faccina.toml");
        let (mut all, author) = (self.feeds("dfp"), author("c_zz01"));
        let feed = all.replica.feed(&author).unwrap();
        let (sequence, last) = (feed.held(), *feed.link(feed.held()).unwrap());
        self.id = last.id.to_string()[..12].to_owned();
        let entry = Entry {
            author,
            sequence,
            prev: feed.link(sequence - 1).map(|link| link.id),
            day: last.day,
            body: Body::Contact(Contact { addresses: vec!["/ip4/192.0.2.9/tcp/1".to_owned()] }),
        };
        let other = seal_entry(self.federation().id(), &self.feed_key("c_zz01"), &entry).unwrap();
        let mut journal = Journal::new(&all.log);
        let outcome = all.replica.accept(other.bytes().clone(), None, &mut journal);
        assert!(matches!(outcome, Outcome::Forked { .. }), "{outcome:?}");
        let changes = journal.into_changes();
        all.log.apply(changes);
        let mut bytes = Vec::new();
        let written = bundle::write(&all.replica, &all.log, &mut |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok::<(), std::io::Error>(())
        });
        written.unwrap();
        fs::write(self.path("forked.faccina"), bytes).unwrap();
        self.say("faccina feed import forked.faccina --config dfp/faccina.toml");
    }
}

/// A day to come, whenever the test runs.
fn last_day() -> CivilDay {
    Clock::system().unwrap().today().plus_days(200)
}

fn author(code: &str) -> Author {
    code.parse().unwrap()
}

fn member<'a>(feeds: &'a Bundle, code: &str) -> Option<&'a Member> {
    feeds.replica.roster().member(&code.parse().unwrap())
}

/// The last entry of an ente: its place, its id and the key that signed it.
fn last(feeds: &Bundle, code: &str) -> Option<(u64, Id, KeyId)> {
    let feed = feeds.replica.feed(&author(code))?;
    feed.link(feed.held()).map(|link| (feed.held(), link.id, link.key))
}

/// The procedures: heading and command lines.
fn procedures() -> Vec<(&'static str, Vec<&'static str>)> {
    let sections = PROCEDURES.split("\n## ").skip(1);
    sections
        .map(|section| {
            let heading = section.lines().next().unwrap();
            let code = section.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
            (heading, code.lines().collect())
        })
        .collect()
}

#[test]
fn every_procedure_does_what_its_page_says() {
    let mut walk = Walk::begin();
    for (heading, lines) in procedures() {
        let begun = instant();
        let number = heading.split(' ').next().unwrap();
        let before = prepare(&mut walk, number);
        for line in lines {
            walk.step(line);
        }
        conclude(&walk, number, before);
        println!("{heading}: {:.1} s", begun.elapsed().as_secs_f64());
    }
}

/// What has happened before a procedure is needed; the ente's last entry then.
fn prepare(walk: &mut Walk, number: &str) -> Option<(u64, Id, KeyId)> {
    match number {
        "5" => walk.lose_keys(),
        // The thief writes an entry under the ente's key.
        "6" => {
            let forged = "faccina availability --area furto --config c_zz01/faccina.toml";
            walk.say_until(forged, |_| true);
            walk.until(&["dfp", "c_zz02"], "the forged entry is there", |feeds| {
                last(feeds, "c_zz01").is_some_and(|(sequence, ..)| sequence == 4)
            });
            walk.running.remove("c_zz01/faccina.toml");
        }
        "7" => walk.fork(),
        _ => {}
    }
    let knows = number.parse::<u32>().unwrap() > 2;
    knows.then(|| last(&walk.feeds("dfp"), "c_zz01")).flatten()
}

/// What every node must hold after a procedure.
fn conclude(walk: &Walk, number: &str, before: Option<(u64, Id, KeyId)>) {
    let everywhere = ["dfp", "c_zz01", "c_zz02"];
    let signed_by_the_new_key = |sequence: u64| {
        let key = KeyId::of(&walk.feed_key("c_zz01").verifying_key());
        assert_ne!(before.map(|(_, _, key)| key), Some(key), "the file is the former key's");
        walk.until(&everywhere, "the new key signs", |feeds| {
            last(feeds, "c_zz01").is_some_and(|(at, _, by)| (at, by) == (sequence, key))
        });
    };
    match number {
        "1" => walk.name_hub(),
        "2" => walk.until(&everywhere, "the first entry is there", |feeds| {
            last(feeds, "c_zz01").is_some_and(|(sequence, ..)| sequence == 1)
        }),
        "3" => {
            walk.until(&everywhere, "both transport keys are known", |feeds| {
                member(feeds, "c_zz01").is_some_and(|ente| ente.transport_keys.len() == 2)
            });
            let status = walk.say("faccina status --config c_zz01/faccina.toml");
            assert!(!status.contains("transport key"), "{status}");
        }
        "4" => signed_by_the_new_key(2),
        "5" => signed_by_the_new_key(3),
        "6" => {
            signed_by_the_new_key(4);
            let forged = before.unwrap().1;
            assert_ne!(last(&walk.feeds("c_zz02"), "c_zz01").unwrap().1, forged);
        }
        "7" => walk.until(&everywhere, "the fork is ended", |feeds| {
            let feed = feeds.replica.feed(&author("c_zz01")).unwrap();
            feed.fork().is_none()
                && last(feeds, "c_zz01").is_some_and(|(_, id, _)| id.to_string().starts_with(&walk.id))
        }),
        "8" => {
            walk.until(&everywhere, "the new root key has spoken", |feeds| {
                member(feeds, "c_zz01").is_some_and(|ente| ente.mailbox == "urp@prova.example.it")
            });
            let line =
                "faccina federation leave c_zz02 --root safe --feeds dfp.look --on \"$LAST_DAY\" --yes";
            let refused = walk.shell(line);
            let told = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success() && told.contains("not the root key in force"), "{told}");
        }
        "9" => walk.until(&everywhere, "the ente is back", |feeds| {
            member(feeds, "c_zz02")
                .is_some_and(|ente| ente.left_on.is_none() && ente.protocol_number == "2028/7")
        }),
        "10" => walk.until(&everywhere, "the Unione is known", |feeds| {
            let comuni = member(feeds, "c_zz01").map(|ente| ente.union_members.len());
            let delegated = member(feeds, "c_zz02").map(|ente| ente.delegated_services.len());
            (comuni, delegated) == (Some(2), Some(1))
        }),
        "11" => walk.until(&everywhere, "the merger is known", |feeds| {
            let ends = Some(last_day());
            let follows = member(feeds, "c_zz03").map(|ente| ente.follows.len());
            follows == Some(2) && member(feeds, "c_zz01").is_some_and(|ente| ente.left_on == ends)
        }),
        "12" => {
            let told = walk.say("faccina federation adhesion --config dfp/faccina.toml");
            assert!(told.starts_with("3 enti, 0 servizi"), "{told}");
        }
        other => panic!("nothing is known of procedure {other}"),
    }
}

#[test]
fn a_root_feed_signed_on_an_old_copy_is_refused() {
    let mut walk = Walk::begin();
    let (_, lines) = procedures().remove(0);
    lines.into_iter().for_each(|line| walk.step(line));
    walk.say("cp -r safe old-copy");
    let update = |root: &str, region: &str| {
        walk.say(&format!("faccina federation update dfp --root {root} --region {region} --yes"))
    };
    update("safe", "Lazio");
    walk.say("faccina feed import safe/root.faccina --config dfp/faccina.toml");
    update("old-copy", "Molise");
    let refused = walk.shell("faccina feed import old-copy/root.faccina --config dfp/faccina.toml");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("parts from the one here at entry 3"), "{told}");
    let feeds = walk.feeds("dfp");
    assert!(feeds.replica.root().fork().is_none() && feeds.log.proof(&Author::Root).is_none());
    // In the safe it is told too, before anything is signed.
    let line = "faccina federation update dfp --root old-copy --feeds dfp.look --region Umbria --yes";
    let refused = walk.shell(line);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("parts from the copy"), "{told}");
}

#[test]
fn requests_that_nobody_may_sign_are_refused_in_words() {
    let mut walk = Walk::begin();
    let (_, lines) = procedures().remove(0);
    // Neither the observer nor any node is needed for this.
    let offline =
        |line: &&str| !line.contains("run") && !line.contains("feed import") && !line.contains("status");
    lines.into_iter().filter(offline).for_each(|line| walk.step(line));
    walk.say("cp safe/federation.toml .");
    walk.step("faccina init --dir c_zz01 --federation federation.toml --ipa c_zz01 --name 'Comune di Prova' --category L6 --population 12000 --mailbox qualita@prova.example.it");
    walk.step("faccina federation admit c_zz01/admission-c_zz01.txt --root safe --protocol 2026/2");
    walk.say("faccina keys rotate --config c_zz01/faccina.toml --out rotazione.txt");
    walk.say("cp -r c_zz01 thief && faccina keys replace --yes --config thief/faccina.toml --out ladro.txt");
    // A request for keys from an ente that nobody has admitted.
    walk.step("faccina init --dir c_zz05 --federation federation.toml --ipa c_zz05 --name 'Comune di Altrove' --category L6 --population 900 --mailbox urp@altrove.example.it");
    walk.say("faccina keys renew --config c_zz05/faccina.toml --out stranger.txt");
    let before = fs::read(walk.path("safe/root.faccina")).unwrap();
    for (line, reason) in [
        ("admit c_zz01/admission-c_zz01.txt --protocol 2026/3", "is a member already"),
        ("renew ladro.txt", "signed with no feed key that the roster has"),
        ("renew rotazione.txt", "signed with no feed key that the roster has"),
        ("rotate ladro.txt --feeds safe/root.faccina", "is not countersigned"),
        ("rotate rotazione.txt", "with --feeds"),
        ("replace c_zz01/admission-c_zz01.txt --feeds safe/root.faccina --reason furto", "has signed before"),
        ("replace ladro.txt --feeds safe/root.faccina --last 9 --reason furto", "holds no entry 9"),
        ("readmit rotazione.txt --feeds safe/root.faccina --protocol 1", "has not left"),
        ("leave c_zz99 --on 2027-06-30", "is no member"),
        ("leave c_zz01 --on 2026-01-01", "count nowhere any more"),
        ("leave dfp --on 2027-06-30", "is the federation's observer"),
        ("merge c_zz05/admission-c_zz05.txt --follows dfp --on 2027-06-30 --protocol 9", "is no ente"),
        ("update c_zz01 --region Bavaria", "none of the twenty"),
        ("update c_zz01 --name ''", "name is empty"),
        ("update c_zz01 --mailbox qualita@prova.example.it", "says all this of c_zz01 already"),
        ("update c_zz01 --union-member c_zz01", "its own Unione"),
        ("revoke c_zz01 --feeds safe/root.faccina --last 0 --reason ' '", "the text is empty"),
        ("admit stranger.txt --protocol 2026/3", "none for an admission"),
        ("rule c_zz01 --feeds safe/root.faccina --reason copia", "is not forked"),
        ("admit safe/federation.toml --protocol 2026/3", "nothing between its BEGIN and END lines"),
    ] {
        let refused = walk.shell(&format!("faccina federation {line} --root safe --yes"));
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains(reason), "{line}: {told}");
    }
    // Another command has the directory.
    let signs = File::open(walk.path("safe/root.key")).unwrap();
    signs.lock().unwrap();
    let refused = walk.shell("faccina federation leave c_zz01 --on 2027-06-30 --root safe --yes");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("another command signs"), "{told}");
    assert_eq!(fs::read(walk.path("safe/root.faccina")).unwrap(), before, "nothing was signed");
}

/// The helper of the tests above finds the page as it is.
#[test]
fn the_page_has_its_procedures_in_order() {
    let numbers: Vec<u32> =
        procedures().iter().map(|(heading, _)| heading.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    let lines = procedures().into_iter().flat_map(|(_, lines)| lines).count();
    assert_eq!(
        lines,
        PROCEDURES
            .lines()
            .filter(|line| line.starts_with("faccina ")
                || line.starts_with("rm ")
                || line.starts_with("mkdir "))
            .count()
    );
}
