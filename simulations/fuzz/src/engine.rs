//! The fuzzer: libFuzzer over the target that `FACCINA_FUZZ` names, beginning with the samples, which it writes to the
//! folder `FACCINA_FUZZ_SAMPLES`. `.ci/fuzz` builds it with coverage and starts it.
#![no_main]

use std::{env, fs, path::PathBuf, sync::OnceLock};

static CHOSEN: OnceLock<faccina_fuzz::Target> = OnceLock::new();

fn begin() {
    let name = env::var("FACCINA_FUZZ").unwrap_or_default();
    let target = faccina_fuzz::target(&name).expect("FACCINA_FUZZ names a target");
    let folder =
        env::var_os("FACCINA_FUZZ_SAMPLES").map(PathBuf::from).expect("FACCINA_FUZZ_SAMPLES is a folder");
    for (number, sample) in (target.samples)().into_iter().enumerate() {
        fs::write(folder.join(format!("sample-{number}")), sample).expect("a sample can be written");
    }
    let _once = CHOSEN.set(target);
}

libfuzzer_sys::fuzz_target!(
    init: begin(),
    |data: &[u8]| {
        if let Some(target) = CHOSEN.get() {
            (target.run)(data);
        }
    }
);
