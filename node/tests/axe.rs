//! axe-core on the page that a browser shows.

use crate::browser::Browser;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

const AXE_CORE: &str = "node_modules/axe-core/axe.min.js";

/// axe-core's own text: where `FACCINA_AXE` says, else where the README puts it.
fn text() -> String {
    let named = std::env::var_os("FACCINA_AXE").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/faccina").join(AXE_CORE));
    let path = named.or_else(home).unwrap_or_default();
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "axe-core is missing at {} ({error}): npm install --prefix ~/.cache/faccina axe-core, \
             or name its axe.min.js in FACCINA_AXE",
            path.display()
        )
    })
}

/// Puts it beside the page.
pub(crate) fn load(browser: &mut Browser) {
    browser.evaluate(&format!("{};0", text()));
}

/// What it finds wrong, in words.
pub(crate) fn violations(browser: &mut Browser) -> Value {
    browser.evaluate(
        "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations.map((rule) =>
           `${rule.id}: ${rule.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`))",
    )
}
