//! `faccina-tui`: reads the arguments, refuses clearly what cannot work, runs the screens.

use clap::Parser;
use faccina_tui::arguments::Arguments;
use faccina_tui::terminal;
use faccina_tui::view::theme::Theme;
use std::io::IsTerminal;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(target) = arguments.target() else {
        return refuse("--socket PATH, or --node URL with --token-file and --ca, is needed");
    };
    if let Err(loss) = target.prepare() {
        return refuse(&loss.to_string());
    }
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return refuse("not a terminal: run it in one, at least 80 columns by 24 rows");
    }
    let theme = Theme::new(std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()));
    match terminal::run(target, arguments.export_dir(), arguments.language(), theme).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("faccina-tui: {reason}");
    ExitCode::FAILURE
}
