//! Annotated hex: a line of bytes, then `#` and what they are, by the names of the schema.

use faccina_proto::wire::DESCRIPTORS;
use prost::Message;
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};
use std::collections::BTreeMap;

/// All messages of the schemas, by full name with a leading dot.
pub(crate) struct Schema(BTreeMap<String, DescriptorProto>);

impl Schema {
    pub(crate) fn load() -> Self {
        let set = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
        let mut messages = BTreeMap::new();
        for file in set.file {
            let package = file.package.clone().unwrap();
            for message in file.message_type {
                assert!(message.nested_type.is_empty(), "nested message types are not walked");
                messages.insert(format!(".{package}.{}", message.name()), message);
            }
        }
        Self(messages)
    }

    pub(crate) fn message(&self, name: &str) -> &DescriptorProto {
        self.0.get(name).unwrap_or_else(|| panic!("no message {name} in the schemas"))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// `bytes` of the message `name`, annotated.
    pub(crate) fn annotate(&self, name: &str, bytes: &[u8]) -> String {
        let mut lines = Vec::new();
        self.walk(name, bytes, 0, &mut lines);
        let width = lines.iter().map(|(hex, _)| hex.len()).filter(|width| *width <= 72).max().unwrap_or(0);
        lines.iter().map(|(hex, note)| format!("{hex:width$}  # {note}\n")).collect()
    }

    fn walk(&self, name: &str, bytes: &[u8], depth: usize, lines: &mut Vec<(String, String)>) {
        let message = self.message(name);
        let indent = "  ".repeat(depth);
        let mut rest = bytes;
        let mut kind = 0;
        while !rest.is_empty() {
            let start = rest;
            let tag = varint(&mut rest);
            let (number, wire_type) = (tag >> 3, tag & 7);
            let field = message.field.iter().find(|field| field.number() == i32::try_from(number).unwrap());
            let field = field.unwrap_or_else(|| panic!("{name} has no field {number}"));
            let title = format!("{indent}{number} {}", field.name());
            if wire_type == 0 {
                let value = varint(&mut rest);
                if field.name() == "kind" {
                    kind = value;
                }
                lines.push((hex_of(start, rest), format!("{title}: {value}")));
                continue;
            }
            assert_eq!(wire_type, 2, "{name}.{} has wire type {wire_type}", field.name());
            let length = usize::try_from(varint(&mut rest)).unwrap();
            let head = hex_of(start, rest);
            let (value, after) = rest.split_at(length);
            rest = after;
            if let Some(inner) = embedded(name, field, kind) {
                lines.push((head, format!("{title}: {}", inner.rsplit('.').next().unwrap())));
                self.walk(&inner, value, depth + 1, lines);
            } else {
                let note = if field.r#type() == Type::String {
                    format!("{title}: {:?}", std::str::from_utf8(value).unwrap())
                } else if field.r#type() == Type::Bytes {
                    format!("{title}: {length} bytes")
                } else {
                    format!("{title}: packed {:?}", packed(value))
                };
                lines.push((format!("{head} {}", hex_of(value, &[])).trim_end().to_owned(), note));
            }
        }
    }
}

/// The message inside a field: by its type, or by what the protocol puts into its bytes.
fn embedded(name: &str, field: &FieldDescriptorProto, kind: u64) -> Option<String> {
    let payloads = BTreeMap::from([
        (1, ".faccina.ballot.v1.Cast"),
        (2, ".faccina.ballot.v1.Receipt"),
        (3, ".faccina.feed.v1.Entry"),
        (4, ".faccina.sync.v1.Hello"),
        (5, ".faccina.feed.v1.AdmissionRequest"),
    ]);
    match (name, field.name()) {
        _ if field.r#type() == Type::Message => Some(field.type_name().to_owned()),
        (".faccina.feed.v1.Envelope", "payload") => payloads.get(&kind).map(|name| (*name).to_owned()),
        (".faccina.ballot.v1.Cast", "ballot") => Some(".faccina.ballot.v1.Ballot".to_owned()),
        _ => None,
    }
}

fn varint(rest: &mut &[u8]) -> u64 {
    prost::encoding::decode_varint(rest).unwrap()
}

fn packed(mut value: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while !value.is_empty() {
        numbers.push(varint(&mut value));
    }
    numbers
}

fn hex_of(start: &[u8], rest: &[u8]) -> String {
    let bytes = &start[..start.len() - rest.len()];
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The bytes of annotated hex: everything but comments and white space.
pub(crate) fn bytes_of(text: &str) -> Vec<u8> {
    let digits: String = text
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().chars())
        .filter(|c| !c.is_whitespace())
        .collect();
    hex::decode(digits).unwrap()
}
