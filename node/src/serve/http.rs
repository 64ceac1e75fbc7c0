//! Metrics in the Prometheus text format and a health answer, on loopback. Every value is one that may be known outside:
//! none changes with a single ballot, none carries a face, service, branch or terminal.

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use std::{fmt::Write, sync::Arc};

/// One metric: name, help, kind, value.
pub type Metric = (&'static str, &'static str, &'static str, f64);

/// What the node says of itself when asked: its metrics, and whether it is well.
#[derive(Clone)]
pub struct Figures {
    pub metrics: Arc<dyn Fn() -> Vec<Metric> + Send + Sync>,
    /// What is wrong, for a person; none when well.
    pub troubles: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Figures(..)")
    }
}

/// What is answered under their names.
pub fn figures_page(figures: Figures) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/healthz", get(health)).with_state(figures)
}

async fn metrics(State(figures): State<Figures>) -> impl IntoResponse {
    ([("content-type", "text/plain; version=0.0.4")], text(&(figures.metrics)()))
}

async fn health(State(figures): State<Figures>) -> impl IntoResponse {
    let troubles = (figures.troubles)();
    if troubles.is_empty() {
        (StatusCode::OK, "ok\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n")
    }
}

fn text(metrics: &[Metric]) -> String {
    let mut text = format!(
        "# HELP faccina_build_info Version of the software.\n# TYPE faccina_build_info gauge\n\
         faccina_build_info{{version=\"{}\"}} 1\n",
        env!("CARGO_PKG_VERSION")
    );
    for (name, help, kind, value) in metrics {
        // Writing to a string does not fail.
        let _written = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_read_as_prometheus_expects() {
        let text = text(&[("faccina_peers", "Peers connected now.", "gauge", 3.0)]);
        assert!(text.ends_with("# TYPE faccina_peers gauge\nfaccina_peers 3\n"), "{text}");
        assert!(text.lines().all(|line| line.starts_with('#') || line.split(' ').count() == 2));
    }
}
