//! What goes wrong at the start of a node is told in one line that says what to do, with a non-zero exit, and changes
//! nothing. The real program, as a person starts it.

use super::{process::faccina, town::Town};
use faccina_node::config::Role;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn run(config: &Path) -> Output {
    run_with(config, &[])
}

fn run_with(config: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    command.args(["run", "--config"]).arg(config).envs(variables.iter().copied());
    command.stdin(Stdio::null()).output().unwrap()
}

/// The one line of a refusal.
fn line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success(), "it succeeded: {text}");
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains(" INFO ")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    lines[0].to_owned()
}

#[test]
fn a_file_that_is_missing_damaged_or_open_to_others_is_named() {
    let town = Town::found();
    let ente = town.settle("c_zz01", Role::Ente);
    let dir = ente.config.parent().unwrap();
    assert!(line(&run(&dir.join("nothing.toml"))).contains("create it with `faccina init`"));

    let text = fs::read_to_string(&ente.config).unwrap();
    fs::write(&ente.config, text.replace("retention_days = 90", "retention_days = 9")).unwrap();
    assert!(line(&run(&ente.config)).contains("`ballots.retention_days`"));
    fs::write(&ente.config, text.replace("[log]", "[logs]")).unwrap();
    let said = line(&run(&ente.config));
    assert!(said.contains("unknown field `logs`") && said.contains(" line "), "{said}");
    fs::write(&ente.config, text).unwrap();

    let key = dir.join("data/keys/feed.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(line(&run(&ente.config)).contains("chmod 600"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let kept = fs::read(&key).unwrap();
    fs::write(&key, "not a key").unwrap();
    assert!(line(&run(&ente.config)).contains("is not a feed-key file"));
    fs::write(&key, kept).unwrap();

    let federation = dir.join("federation.toml");
    let kept = fs::read_to_string(&federation).unwrap();
    fs::write(&federation, kept.replace("root_key = \"", "root_key = \"zz")).unwrap();
    assert!(line(&run(&ente.config)).contains("`root_key`"));
}

/// Starts the real program and waits until it says `words` in its log.
fn heard(config: &Path, words: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faccina"));
    command.args(["run", "--config"]).arg(config).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let heard = lines.find(|line| line.as_ref().unwrap().contains(words));
    assert!(heard.is_some(), "the node ended before it said: {words}");
    child
}

/// Starts the real program and waits until it has written its addresses.
fn started(config: &Path) -> (Child, String) {
    let child = heard(config, "the node answers");
    let addresses = config.parent().unwrap().join("data/addresses.toml");
    (child, fs::read_to_string(addresses).unwrap())
}

#[test]
fn a_node_told_to_stop_stops_with_success_and_a_demo_node_ends_with_its_starter() {
    let town = Town::found();
    let ente = town.settle("c_zz01", Role::Ente);
    let (mut child, _) = started(&ente.config);
    let told = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(told.success() && child.wait().unwrap().success());
    assert!(!ente.config.parent().unwrap().join("data/admin.sock").exists());
    let (mut child, _) = started(&ente.config);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn metrics_and_health_answer_on_loopback_and_name_no_ballot() {
    let town = Town::found();
    let ente = town.settle("c_zz01", Role::Ente);
    let (mut child, addresses) = started(&ente.config);
    let http = addresses.lines().find_map(|line| line.strip_prefix("http = \"")?.strip_suffix('"')).unwrap();
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(http).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("/healthz").starts_with("HTTP/1.1 200"));
    let metrics = ask("/metrics");
    assert!(metrics.contains("\nfaccina_received_today 0\n"), "{metrics}");
    for word in ["service", "branch", "terminal", "face", "green"] {
        let named = metrics
            .lines()
            .filter(|line| !line.starts_with('#'))
            .any(|line| line.contains(&format!("{word}=")));
        assert!(!named, "a metric has the label {word}");
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_port_in_use_is_named_with_its_key() {
    let town = Town::found();
    let ente = town.settle("c_zz01", Role::Ente);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for key in ["grpc", "http"] {
        let variable = format!("FACCINA_LISTEN_{}", key.to_uppercase());
        let said = line(&run_with(&ente.config, &[(&variable, &address)]));
        assert!(said.contains(&address) && said.contains(&format!("`listen.{key}`")), "{said}");
    }
    let peers = format!("[\"/ip4/127.0.0.1/tcp/{}\"]", taken.local_addr().unwrap().port());
    let said = line(&run_with(&ente.config, &[("FACCINA_LISTEN_PEERS", &peers)]));
    assert!(said.contains("`listen.peers`"), "{said}");
}

fn check(config: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_faccina")).args(["check", "--config"]).arg(config).output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_do_not_share_the_port_of_their_peers() {
    let town = Town::found();
    let (mut ente, other) = (town.settle("c_zz01", Role::Ente), town.settle("c_zz02", Role::Ente));
    ente.start().await;
    let listening = ente.node().federation.network().listening.clone();
    let (address, _) = listening[0].split_once("/p2p/").unwrap();
    let said = line(&run_with(&other.config, &[("FACCINA_LISTEN_PEERS", &format!("[{address:?}]"))]));
    assert!(said.contains("`listen.peers`") && said.contains(address), "{said}");
    ente.stop().await;
}

#[test]
fn a_contact_that_nobody_can_dial_is_refused_before_it_is_published() {
    let town = Town::found();
    let ente = town.settle("c_zz01", Role::Ente);
    let said = line(&run_with(&ente.config, &[("FACCINA_LISTEN_CONTACT", "[\"192.0.2.1:7440\"]")]));
    assert!(said.contains("`listen.contact`") && said.contains("192.0.2.1:7440"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_of_another_federation_are_left_alone() {
    let mut town = Town::found();
    let mut observer = town.open().await;
    observer.stop().await;
    let file = observer.config.parent().unwrap().join("federation.toml");
    let kept = fs::read_to_string(&file).unwrap();
    fs::write(&file, kept.replace("name = \"", "name = \"Altra ")).unwrap();
    for refused in [run(&observer.config), check(&observer.config)] {
        let said = line(&refused);
        assert!(said.contains("of another federation"), "{said}");
    }
    fs::write(&file, kept).unwrap();
    assert!(check(&observer.config).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_reads_every_database_and_makes_none() {
    let mut town = Town::found();
    let mut observer = town.open().await;
    observer.stop().await;
    for name in ["node.db", "feeds.db"] {
        let dir = observer.config.parent().unwrap().join("data").join(name);
        let away = dir.with_extension("away");
        fs::rename(&dir, &away).unwrap();
        let said = line(&check(&observer.config));
        assert!(said.contains(name) && said.contains("is missing"), "{said}");
        assert!(!dir.exists());
        fs::rename(away, &dir).unwrap();
        let kept = fs::read(dir.join("db")).unwrap();
        fs::write(dir.join("db"), []).unwrap();
        let said = line(&check(&observer.config));
        assert!(said.contains(name) && said.contains("is damaged"), "{said}");
        fs::write(dir.join("db"), kept).unwrap();
    }
    assert!(check(&observer.config).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_node_on_the_same_directory_is_refused() {
    let town = Town::found();
    let mut ente = town.settle("c_zz01", Role::Ente);
    ente.start().await;
    let said = line(&run(&ente.config));
    assert!(said.contains("a node already answers on"), "{said}");
    // Another socket does not help: the databases are held.
    let said = line(&run_with(&ente.config, &[("FACCINA_LISTEN_ADMIN_SOCKET", "other.sock")]));
    assert!(said.contains("is in use by"), "{said}");
    ente.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_the_roster_does_not_know_is_refused_and_a_key_waits_for_it() {
    let mut town = Town::found();
    let mut observer = town.open().await;
    observer.stop().await;
    let text = fs::read_to_string(&observer.config).unwrap();
    fs::write(&observer.config, text.replace("role = \"observer\"", "role = \"hub\"")).unwrap();
    let said = line(&run(&observer.config));
    assert!(said.contains("the roster says that zz_dfp is observer"), "{said}");
    fs::write(&observer.config, text).unwrap();

    let other = town.settle("c_zz02", Role::Ente);
    let key = |config: &Path| config.parent().unwrap().join("data/keys/feed.key");
    fs::copy(key(&other.config), key(&observer.config)).unwrap();
    let mut waiting = heard(&observer.config, "the roster has other feed keys for this ente");
    drop(waiting.stdin.take());
    assert!(waiting.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_that_nodes_would_pass_over_is_refused_before_it_is_published() {
    let mut town = Town::found();
    let mut observer = town.open().await;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/catalogue.toml");
    let publish = |version: &str, from: &str| {
        let words = ["federation", "catalogue", "publish", "--offline", "--version", version];
        faccina(&[&words[..], &["--from", from, "--config"]].concat(), &[&observer.config, &sample])
    };
    let month = town.today.month();
    let (begun, next) = (month.to_string(), month.next().to_string());
    let refused = |version: &str, from: &str, words: &str| {
        let said = publish(version, from).unwrap_err();
        assert!(said.contains(words), "{said}");
    };
    refused("1", &begun, "has begun");
    refused("4000000000", &next, "the newest is 0, take the next");
    assert!(publish("1", &next).unwrap().contains("Version 1 published"));
    refused("1", &next, "version 1");
    assert!(publish("2", &next).unwrap().contains("Version 2 published"));
    observer.stop().await;
}
