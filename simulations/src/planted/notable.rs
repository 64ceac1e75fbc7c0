//! The evidence of a notable result, held against what is true.

use super::{
    findings::{Face, Findings, Measure},
    town::Town,
};
use faccina_node::views::{Sums, Views, Yardstick};
use std::sync::Arc;

pub(super) fn judge(town: &Town, views: &Views, year: &Arc<Sums>, findings: &mut Findings) {
    let yardstick = Yardstick::of(views, Arc::clone(year));
    for ente in &town.enti {
        let evidence = yardstick.evidence(views, &ente.code);
        let notable = evidence.iter().filter(|(_, evidence)| evidence.notable()).count();
        for _ in 0..notable {
            findings.count(Measure::NotableAreasTrue, Face::Red, ente.best_quartile);
        }
        if notable > 0 {
            findings.count(Measure::NotableTrue, Face::Red, ente.best_quartile);
        }
        if ente.best_quartile && evidence.iter().any(|(_, evidence)| evidence.volume()) {
            findings.count(Measure::BestNotable, Face::Red, notable > 0);
        }
    }
}
