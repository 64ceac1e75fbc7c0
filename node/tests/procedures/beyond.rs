//! What the page says in passing: a root key that was stolen, and a backup made while a key changes.

use super::{Walk, conclude, last, member, prepare, procedures};
use std::{fs, os::unix::fs::PermissionsExt};

/// Walks the first procedures of the page.
fn walked(number: usize) -> Walk {
    let mut walk = Walk::begin();
    for (heading, lines) in procedures().into_iter().take(number) {
        let number = heading.split(' ').next().unwrap();
        let before = prepare(&mut walk, number);
        lines.into_iter().for_each(|line| walk.step(line));
        conclude(&walk, number, before);
    }
    walk
}

#[test]
fn what_a_thief_of_the_root_key_signed_counts_nowhere() {
    let mut walk = walked(2);
    let own = walk.feeds("dfp").replica.root().held();
    walk.say("cp -r safe thief");
    walk.say("faccina federation leave c_zz01 --root thief --on 2027-06-30 --yes");
    walk.say("faccina federation update c_zz02 --root thief --mailbox ladro@example.com --yes");
    walk.say("faccina feed import thief/root.faccina --config dfp/faccina.toml");
    let everywhere = ["dfp", "c_zz01", "c_zz02"];
    walk.until(&everywhere, "the thief is believed", |feeds| {
        member(feeds, "c_zz02").is_some_and(|ente| ente.mailbox == "ladro@example.com")
    });
    walk.step("rm -f all.faccina && faccina feed export all.faccina --config dfp/faccina.toml");
    let said = walk.say(&format!(
        "faccina federation succeed --successor other-safe/successor.key --federation federation.toml \
         --feeds all.faccina --dir new-safe --last {own} --yes"
    ));
    assert!(said.contains(&format!("Root entries {} to {} count no more", own + 1, own + 2)), "{said}");
    walk.step("faccina feed import new-safe/root.faccina --config dfp/faccina.toml");
    walk.until(&everywhere, "the succession is there", |feeds| {
        feeds.replica.root().fork().is_none()
            && member(feeds, "c_zz01").is_some_and(|ente| ente.left_on.is_none())
            && member(feeds, "c_zz02").is_some_and(|ente| ente.mailbox == "qualita@esempio.example.it")
    });
    // The thief goes on with the old key; nobody follows.
    walk.say("faccina federation leave c_zz02 --root thief --on 2027-07-31 --yes");
    let followed = walk.shell("faccina feed import thief/root.faccina --config dfp/faccina.toml");
    walk.step("faccina federation update c_zz01 --root new-safe --mailbox urp@prova.example.it");
    walk.step("faccina feed import new-safe/root.faccina --config dfp/faccina.toml");
    walk.step("faccina availability --none --config c_zz02/faccina.toml");
    walk.until(&everywhere, "the new root key has spoken", |feeds| {
        member(feeds, "c_zz01").is_some_and(|ente| ente.mailbox == "urp@prova.example.it")
            && member(feeds, "c_zz02").is_some_and(|ente| ente.left_on.is_none())
            && last(feeds, "c_zz02").is_some_and(|(sequence, ..)| sequence == 1)
    });
    let told = String::from_utf8_lossy(&followed.stderr).into_owned();
    assert!(!followed.status.success(), "the old key was taken for the root key: {told}");
}

#[test]
fn a_backup_holds_the_keys_that_wait_for_the_roster() {
    let mut walk = walked(2);
    let before = prepare(&mut walk, "4");
    walk.step("faccina keys rotate --config c_zz01/faccina.toml --out rotazione.txt");
    walk.step("faccina keys renew --config c_zz01/faccina.toml --out rinnovo.txt");
    walk.say("(umask 077 && echo 'una frase lunga quanto basta' > frase)");
    walk.say("faccina backup zz01.backup --config c_zz01/faccina.toml --passphrase-file frase");
    // The machine is lost before DFP has signed.
    walk.running.remove("c_zz01/faccina.toml");
    walk.say("mv c_zz01 lost");
    walk.say("faccina restore zz01.backup --dir c_zz01 --passphrase-file frase");
    for name in ["feed-next.key", "transport-next.key"] {
        let [lost, back] = ["lost", "c_zz01"].map(|dir| walk.path(&format!("{dir}/data/keys/{name}")));
        assert_eq!(fs::read(lost).unwrap(), fs::read(&back).unwrap(), "{name}");
        assert_eq!(fs::metadata(back).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    walk.step("faccina run --config c_zz01/faccina.toml &");
    // From here on as the page says, with the request of the lost machine.
    let (_, lines) = procedures().remove(3);
    // Signed with the present feed key, which asks for nothing once another has followed it.
    walk.step("faccina federation renew rinnovo.txt --root safe");
    lines.into_iter().skip(1).for_each(|line| walk.step(line));
    conclude(&walk, "4", before);
    walk.step("faccina run --config c_zz01/faccina.toml &");
    let status = |said: &str| !said.contains("new transport key");
    walk.say_until("faccina status --config c_zz01/faccina.toml", status);
    assert!(!walk.path("c_zz01/data/keys/transport-next.key").exists());
}
