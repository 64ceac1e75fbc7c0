//! What a person types or a scanner reads: the address of the node and the code.

use crate::link::NodeAddress;
use faccina_proto::pairing::PairingCode;

/// The node's port where none is typed.
const PORT: u16 = 7443;
/// Longest address, in characters.
const ADDRESS_CHARS_MAX: usize = 300;

/// Address and code, well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Where the node is.
    pub node: NodeAddress,
    /// The code, as it was typed.
    pub code: String,
}

/// Which of the two must be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// Such as `https://192.168.1.20:7443`.
    #[error("this is no address of a node")]
    Address,
    /// 16 letters and digits.
    #[error("this is no pairing code")]
    Code,
}

impl Typed {
    /// Reads the two fields; the first may hold both, as `ADDRESS#CODE`. People leave out `https://` and the port.
    pub fn read(address: &str, code: &str) -> Result<Self, TypedError> {
        let (address, code) = match address.split_once('#') {
            Some((address, both)) => (address, both),
            None => (address, code),
        };
        let node = node_address(address.trim().trim_end_matches('/')).ok_or(TypedError::Address)?;
        PairingCode::parse(code).map_err(|_| TypedError::Code)?;
        Ok(Self { node, code: code.trim().to_owned() })
    }
}

fn node_address(typed: &str) -> Option<NodeAddress> {
    if typed.is_empty() || typed.chars().count() > ADDRESS_CHARS_MAX || typed.starts_with("http://") {
        return None;
    }
    let bare = typed.strip_prefix("https://").unwrap_or(typed);
    let with_port = bare.rsplit_once(':').is_some_and(|(host, port)| {
        port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']'))
    });
    let bare = if bare.contains(':') && !bare.contains(['[', '.']) && !with_port {
        format!("[{bare}]")
    } else {
        bare.to_owned()
    };
    let whole = if with_port { format!("https://{bare}") } else { format!("https://{bare}:{PORT}") };
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "7K2M-9QXT-44AB-C0DE";

    fn address(typed: &str) -> Option<String> {
        Typed::read(typed, CODE).ok().map(|typed| typed.node.to_string())
    }

    #[test]
    fn an_address_is_read_as_people_type_it() {
        let whole = Some("https://192.168.1.20:7443".to_owned());
        for typed in
            ["https://192.168.1.20:7443", " 192.168.1.20:7443 ", "192.168.1.20", "https://192.168.1.20/"]
        {
            assert_eq!(address(typed), whole, "{typed}");
        }
        assert_eq!(address("nodo.comune.example.it").unwrap(), "https://nodo.comune.example.it:7443");
        assert_eq!(address("[fd00::1]:7000").unwrap(), "https://[fd00::1]:7000");
        assert_eq!(address("fd00::abcd").unwrap(), "https://[fd00::abcd]:7443");
        for wrong in ["", "http://192.168.1.20:7443", "due parole", "192.168.1.20:99999"] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_scanner_types_both_at_once() {
        let typed = Typed::read(&format!("https://192.168.1.20:7443#{CODE}"), "").unwrap();
        assert_eq!(
            (typed.node.to_string().as_str(), typed.code.as_str()),
            ("https://192.168.1.20:7443", CODE)
        );
        assert_eq!(Typed::read("192.168.1.20", "7K2M-9QXT"), Err(TypedError::Code));
        assert_eq!(Typed::read("192.168.1.20", ""), Err(TypedError::Code));
    }
}
