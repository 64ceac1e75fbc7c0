//! The messages as they travel, generated from `schema/`. Parse them into the types of the other modules before use.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::use_self,
    clippy::too_many_lines,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

macro_rules! generated {
    ($package:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $package, ".rs"));
    };
}

/// The encoded descriptor set of all schemas, for gRPC reflection and for the tests of the schema.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub mod ballot {
    pub mod v1 {
        generated!("faccina.ballot.v1");
    }
}
pub mod feed {
    pub mod v1 {
        generated!("faccina.feed.v1");
    }
}
pub mod sync {
    pub mod v1 {
        generated!("faccina.sync.v1");
    }
}
pub mod twinning {
    pub mod v1 {
        generated!("faccina.twinning.v1");
    }
}
#[cfg(feature = "rpc")]
pub mod terminal {
    pub mod v1 {
        generated!("faccina.terminal.v1");
    }
}
#[cfg(feature = "rpc")]
pub mod desk {
    pub mod v1 {
        generated!("faccina.desk.v1");
    }
}
#[cfg(feature = "rpc")]
pub mod officer {
    pub mod v1 {
        generated!("faccina.officer.v1");
    }
}
#[cfg(feature = "rpc")]
pub mod admin {
    pub mod v1 {
        generated!("faccina.admin.v1");
    }
}
