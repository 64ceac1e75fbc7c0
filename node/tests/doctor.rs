//! `faccina doctor` beside nodes that are well, and with one thing at a time that is not.

use super::town::{Resident, Town, day};
use faccina_node::{
    config::{Config, FederationFile, Role},
    federation::peer_id,
};
use faccina_proto::wire::feed::v1::Role as FeedRole;
use std::{fs, process::Stdio};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command};

/// What it prints, and its exit code.
async fn doctor(resident: &Resident) -> (Option<i32>, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_faccina"))
        .args(["doctor", "--config"])
        .arg(&resident.config)
        .stdin(Stdio::null())
        .output();
    let output = run.await.unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// The lines about what is wrong.
async fn wrong(resident: &Resident) -> Vec<String> {
    let (code, said) = doctor(resident).await;
    let wrong: Vec<String> = said.lines().filter(|line| line.starts_with('✗')).map(str::to_owned).collect();
    assert_eq!(code, Some(i32::from(!wrong.is_empty())), "{said}");
    wrong
}

/// A running observer that is the hub, and an ente that has been admitted and has never run.
async fn town() -> (Town, Resident, Resident) {
    let mut town = Town::found();
    let observer = town.open().await;
    let ente = town.settle("c_zz01", Role::Ente);
    town.admit(observer.node(), &ente, FeedRole::Ente).await;
    (town, observer, ente)
}

/// Changes the federation file of `resident`.
fn change(resident: &Resident, change: impl FnOnce(&mut FederationFile)) {
    let path = Config::load(&resident.config).unwrap().federation_file;
    let mut file = FederationFile::load(&path).unwrap();
    change(&mut file);
    fs::write(path, file.to_toml()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_with_a_node_that_is_well_stopped_or_running() {
    let (_town, mut observer, mut ente) = town().await;
    let (code, said) = doctor(&ente).await;
    assert_eq!(code, Some(0), "{said}");
    for what in
        ["✓ Configuration", "✓ Directory", "✓ Disk", "✓ Hub", "✓ Clock", "✓ Roster: c_zz01 is admitted"]
    {
        assert!(said.contains(what), "{what} is missing:\n{said}");
    }
    ente.start().await;
    ente.node().until_network("it may publish", |state| state.own_head_is_checked).await;
    let (code, said) = doctor(&ente).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("✓ Node: it is running") && said.contains("✓ Own address"), "{said}");
    ente.stop().await;
    let (code, said) = doctor(&ente).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("✓ Feeds"), "{said}");
    observer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_trouble_with_a_hub_is_called_by_its_name() {
    let (town, mut observer, ente) = town().await;
    let (address, peer) = town.file.hubs[0].split_once("/p2p/").unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let another_program = other.local_addr().unwrap().port();
    let web = tokio::spawn(async move {
        while let Ok((mut stream, _)) = other.accept().await {
            let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let stranger =
        peer_id(&ed25519_dalek::SigningKey::from_bytes(&[99; 32]).verifying_key().to_bytes()).unwrap();
    for (hub, said) in [
        (format!("/dns4/hub.invalid/tcp/7440/p2p/{peer}"), "DNS knows no hub.invalid"),
        (format!("/ip4/127.0.0.1/tcp/{nobody}/p2p/{peer}"), "nothing listens at"),
        (format!("/ip4/127.0.0.1/tcp/{another_program}/p2p/{peer}"), "is no node of Faccina"),
        (format!("{address}/p2p/{stranger}"), "another node answers there"),
    ] {
        change(&ente, |file| file.hubs = vec![hub.clone()]);
        let wrong = wrong(&ente).await;
        let about = wrong.iter().find(|line| line.contains(&hub));
        assert!(about.is_some_and(|line| line.contains(said) && line.contains("What to do:")), "{wrong:?}");
        // Nobody told the roster, so nothing is said of whether this ente is in it.
        assert!(wrong.iter().any(|line| line.starts_with("✗ Roster: it was read neither here")), "{wrong:?}");
    }
    change(&ente, |file| file.name = "Altra".to_owned());
    change(&ente, |file| file.hubs.clone_from(&town.file.hubs));
    let wrong = wrong(&ente).await;
    assert!(wrong.iter().any(|line| line.contains("root feed is not that of federation.toml")), "{wrong:?}");
    web.abort();
    observer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_a_missing_admission_and_foreign_keys_are_found() {
    let (town, mut observer, ente) = town().await;
    let config = fs::read_to_string(&ente.config).unwrap();
    let (today, later) = (town.today.yyyymmdd().to_string(), day(20_260_112).yyyymmdd().to_string());
    fs::write(&ente.config, config.replace(&today, &later)).unwrap();
    let found = wrong(&ente).await;
    assert!(
        found.iter().any(|line| line.contains("Clock") && line.contains("minutes ahead of")),
        "{found:?}"
    );
    fs::write(&ente.config, &config).unwrap();
    let newcomer = town.settle("c_zz02", Role::Ente);
    let found = wrong(&newcomer).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("c_zz02 is not admitted; 2 members are"), "{found:?}");
    // The keys of another node, as after a restore into the wrong directory.
    let (from, to) =
        (Config::load(&newcomer.config).unwrap().keys_dir, Config::load(&ente.config).unwrap().keys_dir);
    for name in ["feed.key", "transport.key"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let found = wrong(&ente).await;
    assert!(
        found.iter().any(|line| line.contains("the feed key on this machine is none of those")),
        "{found:?}"
    );
    assert!(found.iter().any(|line| line.contains("the transport key on this machine")), "{found:?}");
    observer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_used_are_found_without_the_network() {
    let (_town, mut observer, ente) = town().await;
    let config = Config::load(&ente.config).unwrap();
    let (federation, data) = (config.federation_file, config.data_dir);
    let kept = fs::read(&federation).unwrap();
    fs::write(&federation, "name = 3").unwrap();
    let found = wrong(&ente).await;
    assert!(found.iter().any(|line| line.starts_with("✗ Federation file")), "{found:?}");
    fs::write(&federation, kept).unwrap();
    let aside = data.with_extension("aside");
    fs::rename(&data, &aside).unwrap();
    fs::write(&data, "no directory").unwrap();
    // What lies beside the data may have moved with it; only the directory is of interest here.
    let config = aside.join(ente.config.file_name().unwrap());
    let moved = Resident { config: if config.exists() { config } else { ente.config.clone() }, ..ente };
    let text = fs::read_to_string(&moved.config).unwrap();
    let elsewhere = format!("data_dir = {:?}", data);
    let lines = text.lines().map(|line| if line.starts_with("data_dir") { elsewhere.as_str() } else { line });
    fs::write(&moved.config, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let found = wrong(&moved).await;
    assert!(found.iter().any(|line| line.contains("is no directory that can be read")), "{found:?}");
    let broken = Resident { config: moved.config.with_file_name("none.toml"), ..moved };
    let found = wrong(&broken).await;
    assert!(found.len() == 1 && found[0].starts_with("✗ Configuration"), "{found:?}");
    observer.stop().await;
}
