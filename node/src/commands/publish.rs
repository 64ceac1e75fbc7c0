//! `faccina publish`: a closed month as files for the publisher's own web site.

use super::{ConfigPath, Outcome, client::answered, month};
use crate::{
    publication::{Licence, Site},
    words::Language,
};
use clap::Args;
use faccina_proto::{
    calendar::Month,
    wire::admin::v1::{PublicationReply, PublicationRequest, PublishedFile},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Write a closed month for the web site: page, CSV, JSON
///
/// On an ente its own month, with a paragraph for the yearly report on performance; on the observer the national month.
/// All files state the same figures, and never more than the summary that the feed holds.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    faccina publish --month 2026-04 --out sito/faccine --site https://www.comune.example.it/\n\n\
    Put the files on the site, side by side, then say where they are:\n  \
    faccina notice --month 2026-04 --url https://www.comune.example.it/faccine/c_zz01-2026-04.html")]
pub struct Publish {
    #[command(flatten)]
    node: ConfigPath,
    /// The month, as 2026-04
    #[arg(long, value_parser = month)]
    month: Month,
    /// Folder for the files; made where it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Language of the page: it or en
    #[arg(long, default_value = "it", value_parser = language)]
    language: Language,
    /// Licence of the data: CC-BY-4.0, CC0-1.0 or IODL-2.0
    #[arg(long, default_value = "CC-BY-4.0", value_parser = licence)]
    licence: Licence,
    /// Address of the publisher's own site, to which the page links
    #[arg(long, value_name = "URL")]
    site: Option<Site>,
    /// On the observer: this publication of the month, replaced or not; 0 is the first
    #[arg(long, value_name = "N")]
    restatement: Option<u32>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

/// Why the files were not written.
#[derive(Debug, thiserror::Error)]
enum PublishError {
    /// Move them away, or replace them.
    #[error("{} is there already: choose another folder, or replace it with --force", .path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}", .path.display())]
    Unwritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The node is not the one of this version: update both.
    #[error("the node names a file {name:?}: update the command and the node to one version")]
    Name { name: String },
}

fn language(tag: &str) -> Result<Language, String> {
    Language::of_tag(tag).ok_or_else(|| "choose it or en".to_owned())
}

fn licence(name: &str) -> Result<Licence, String> {
    Licence::of_name(name)
        .ok_or_else(|| format!("choose one of {}", Licence::ALL.map(Licence::name).join(", ")))
}

impl Publish {
    pub(super) fn run(self) -> Outcome {
        let request = PublicationRequest {
            month: self.month.yyyymm(),
            language: self.language.tag().to_owned(),
            licence: self.licence.name().to_owned(),
            site: self.site.as_ref().map(Site::to_string).unwrap_or_default(),
            restatement: self.restatement,
        };
        let command = &self;
        self.node.with_node(|mut admin| async move {
            let reply = answered(admin.publication(request).await)?;
            for path in write(&command.out, &reply.files, command.force)? {
                println!("{}", path.display());
            }
            println!("{}", command.next(&reply));
            Ok(())
        })
    }

    /// What to do with the files.
    fn next(&self, reply: &PublicationReply) -> String {
        let place = "Put these files on the site, side by side";
        if reply.national {
            return format!("{place}.");
        }
        let page = reply.files.iter().find(|file| file.name.ends_with(".html"));
        let page = page.map(|file| file.name.as_str()).unwrap_or_default();
        let site = self.site.as_ref().map_or_else(|| "https://YOUR.SITE".to_owned(), Site::to_string);
        let (month, site) = (self.month, site.trim_end_matches('/'));
        format!(
            "{place}, then tell the federation where:\n  faccina notice --month {month} --url {site}/{page}"
        )
    }
}

/// Writes all files or, where one is there already and is to be kept, or cannot be written, none. A reader of the site
/// never sees half a file.
fn write(out: &Path, files: &[PublishedFile], force: bool) -> Result<Vec<PathBuf>, PublishError> {
    let mut paths = Vec::with_capacity(files.len());
    for file in files {
        let path = out.join(plain(&file.name)?);
        if !force && path.symlink_metadata().is_ok() {
            return Err(PublishError::Exists { path });
        }
        paths.push(path);
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| PublishError::Unwritable { path, source }
    };
    fs::create_dir_all(out).map_err(failed(out))?;
    let drafts: Vec<PathBuf> = files.iter().map(|file| out.join(format!(".{}.draft", file.name))).collect();
    let written = drafts
        .iter()
        .zip(files)
        .try_for_each(|(draft, file)| drafted(draft, &file.content).map_err(failed(draft)));
    let placed = written.and_then(|()| {
        // A rename takes the place of a link, and never follows it.
        drafts.iter().zip(&paths).try_for_each(|(draft, path)| fs::rename(draft, path).map_err(failed(path)))
    });
    if placed.is_err() {
        for draft in &drafts {
            drop(fs::remove_file(draft));
        }
    }
    placed?;
    File::open(out).and_then(|folder| folder.sync_all()).map_err(failed(out))?;
    Ok(paths)
}

/// Writes a file that is no link and not there before, to the disk. One that a run cut short has left goes first.
fn drafted(draft: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(draft)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A name that stays inside the folder.
fn plain(name: &str) -> Result<&str, PublishError> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let inside = !name.is_empty() && !name.starts_with('.') && name.bytes().all(known);
    inside.then_some(name).ok_or_else(|| PublishError::Name { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content: &'static str) -> PublishedFile {
        PublishedFile { name: name.to_owned(), content: content.into() }
    }

    #[test]
    fn nothing_is_overwritten_unless_it_is_meant() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("sito/faccine");
        let files = [file("a.html", "one"), file("a.csv", "one")];
        write(&out, &files[1..], false).unwrap();
        let refused = write(&out, &files, false).unwrap_err();
        assert!(matches!(&refused, PublishError::Exists { path } if path.ends_with("a.csv")), "{refused}");
        assert!(!out.join("a.html").exists(), "not half of the files");
        write(&out, &[file("a.csv", "2")], true).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.csv")).unwrap(), "2");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_never_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (out, elsewhere) = (dir.path().join("sito"), dir.path().join("elsewhere"));
        fs::create_dir(&out).unwrap();
        fs::write(&elsewhere, "mine").unwrap();
        for name in ["a.html", ".a.html.draft"] {
            std::os::unix::fs::symlink(&elsewhere, out.join(name)).unwrap();
        }
        let files = [file("a.html", "one")];
        assert!(matches!(write(&out, &files, false), Err(PublishError::Exists { .. })));
        write(&out, &files, true).unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
        assert!(out.join("a.html").symlink_metadata().unwrap().is_file());
        assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "no draft stays");
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".a.csv.draft")).unwrap();
        let files = [file("a.html", "one"), file("a.csv", "one")];
        let refused = write(dir.path(), &files, false).unwrap_err();
        assert!(matches!(&refused, PublishError::Unwritable { path, .. } if path.ends_with(".a.csv.draft")));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "only what was in the way");
    }

    #[test]
    fn a_name_never_leaves_the_folder() {
        for wrong in ["../a", "/etc/a", "a/b", ".a", "", "a\n"] {
            assert!(matches!(plain(wrong), Err(PublishError::Name { .. })), "{wrong:?}");
        }
    }
}
