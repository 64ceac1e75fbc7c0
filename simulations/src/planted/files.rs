//! A planted federation as CSV: what is true of each ente, and what it published. No value holds a comma.

use super::{
    rates::{AREAS, CHANNELS},
    town::Town,
};
use faccina_proto::{names::Code, summary::Group};
use std::{fs, io, path::Path};

/// Writes the files into a folder, which is made if it is not there.
pub(crate) fn write(town: &Town, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    contents(town).into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

/// The files by name.
fn contents(town: &Town) -> [(&'static str, String); 4] {
    [
        ("services.csv", services()),
        ("truth.csv", truth(town)),
        ("groups.csv", groups(town)),
        ("carried.csv", carried(town)),
    ]
}

fn services() -> String {
    let mut text = "service,area,sensitive\n".to_owned();
    for (area, services) in AREAS {
        for (service, sensitive) in services {
            text += &format!("{service},{area},{sensitive}\n");
        }
    }
    text
}

fn truth(town: &Town) -> String {
    let rates = CHANNELS.map(|(channel, _)| format!("{channel}_red,{channel}_not_green")).join(",");
    let mut text = format!("ente,kind,best_quartile,votes_a_month,{rates}\n");
    for ente in &town.enti {
        let rates = ente.rates.map(|rates| format!("{:.6},{:.6}", rates.red, rates.not_green)).join(",");
        let (code, kind, best) = (&ente.code, ente.kind.word(), ente.best_quartile);
        text += &format!("{code},{kind},{best},{:.1},{rates}\n", ente.votes);
    }
    text
}

/// The groups of every month that is not carried, with the reasons that they publish themselves.
fn groups(town: &Town) -> String {
    let mut text = "ente,month,service,channel,green,yellow,red,first,second,third,fourth\n".to_owned();
    let name = |code: &Code| if code.is_altri() { "ALTRI".to_owned() } else { code.to_string() };
    for (ente, survey) in town.enti.iter().zip(&town.surveys) {
        for summary in &survey.summaries {
            let month = summary.month.yyyymm();
            for Group { key, votes, reasons, .. } in
                summary.figures().iter().flat_map(|figures| &figures.groups)
            {
                let counts = [votes.green, votes.yellow, votes.red].map(|n| n.to_string()).join(",");
                let own = reasons.map(|reasons| reasons.0.map(|n| n.to_string()).join(","));
                let own = own.unwrap_or_else(|| ",,,".to_owned());
                let (service, channel) = (name(&key.service), name(&key.channel));
                text += &format!("{},{month},{service},{channel},{counts},{own}\n", ente.code);
            }
        }
    }
    text
}

fn carried(town: &Town) -> String {
    let mut text = "ente,month\n".to_owned();
    for (ente, survey) in town.enti.iter().zip(&town.surveys) {
        for summary in survey.summaries.iter().filter(|summary| summary.is_carried()) {
            text += &format!("{},{}\n", ente.code, summary.month.yyyymm());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::town::Size, *};

    #[test]
    fn the_fixture_is_what_the_generator_writes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/planted");
        for (name, text) in contents(&Town::found(Size { enti: 60, months: 12 }, 1)) {
            // Not assert_eq: nobody can read two hundred kilobytes.
            assert!(fs::read_to_string(folder.join(name)).unwrap() == text, "{name}: see fixtures/README.md");
        }
    }
}
