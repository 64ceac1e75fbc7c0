//! Compiles `schema/` in pure Rust: messages always, gRPC services with the feature `rpc`.

use prost::Message;
use std::{env, error::Error, fs, path::PathBuf};

const SCHEMAS: [&str; 9] = [
    "faccina/ballot/v1/ballot.proto",
    "faccina/ballot/v1/stored.proto",
    "faccina/feed/v1/feed.proto",
    "faccina/sync/v1/sync.proto",
    "faccina/twinning/v1/twinning.proto",
    "faccina/terminal/v1/terminal.proto",
    "faccina/desk/v1/desk.proto",
    "faccina/officer/v1/officer.proto",
    "faccina/admin/v1/admin.proto",
];

#[expect(clippy::disallowed_methods, reason = "a build script writes files; the crate itself does no IO")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=schema");
    let descriptors = protox::compile(SCHEMAS, ["schema"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let services = env::var_os("CARGO_FEATURE_RPC").is_some();
    tonic_prost_build::configure()
        .bytes(".")
        .build_client(services)
        .build_server(services)
        .compile_fds(descriptors)?;
    Ok(())
}
