//! Who may call what, in one table: the path of a call names the roles that it needs, the bearer token names the
//! caller. Over the Unix socket the file's permissions have answered already.

use crate::tokens::{Caller, CallerRole, Tokens};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, header::AUTHORIZATION},
    middleware::Next,
};
use std::sync::Arc;
use tonic::Status;

/// What a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    OneOf(&'static [CallerRole]),
}

/// First match holds; a path that matches none needs the administrator.
const TABLE: [(&str, Needs); 8] = [
    // The one-time code is the credential.
    ("/faccina.terminal.v1.Terminal/Enroll", Needs::Nothing),
    ("/faccina.desk.v1.Desk/Pair", Needs::Nothing),
    ("/faccina.terminal.v1.", Needs::OneOf(&[CallerRole::Terminal, CallerRole::Admin])),
    ("/faccina.desk.v1.", Needs::OneOf(&[CallerRole::Desk, CallerRole::Admin])),
    ("/faccina.officer.v1.", Needs::OneOf(&[CallerRole::Officer, CallerRole::Admin])),
    ("/faccina.admin.v1.", Needs::OneOf(&[CallerRole::Admin])),
    // The schema is public, and so is whether the node answers.
    ("/grpc.reflection.", Needs::Nothing),
    ("/grpc.health.", Needs::Nothing),
];

fn needs(path: &str) -> Needs {
    let found = TABLE.iter().find(|(prefix, _)| path.starts_with(prefix));
    found.map_or(Needs::OneOf(&[CallerRole::Admin]), |(_, needs)| *needs)
}

/// Lets a call over TLS through, with its caller as an extension, or answers for it.
pub(super) async fn over_tls(
    State(tokens): State<Arc<Tokens>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let caller = bearer(request.headers()).and_then(|token| tokens.caller(token));
    if let Err(status) = admit(needs(request.uri().path()), caller.as_ref()) {
        return status.into_http();
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}

/// Marks a call over the Unix socket as the administrator's.
pub(super) async fn over_socket(mut request: Request, next: Next) -> Response<Body> {
    request.extensions_mut().insert(Caller::on_socket());
    next.run(request).await
}

fn admit(needs: Needs, caller: Option<&Caller>) -> Result<(), Status> {
    match (needs, caller) {
        (Needs::Nothing, _) => Ok(()),
        (Needs::OneOf(_), None) => Err(Status::unauthenticated(
            "a valid token is needed: `faccina token create` on the node makes one",
        )),
        (Needs::OneOf(roles), Some(caller)) if roles.contains(&caller.role) => Ok(()),
        (Needs::OneOf(roles), Some(caller)) => {
            let needed: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            let needed = needed.join(" or ");
            Err(Status::permission_denied(format!(
                "this call needs a token of role {needed}, yours is of role {}",
                caller.role
            )))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    fn caller(role: CallerRole) -> Caller {
        Caller { role, id: String::new(), terminal: None, desk: None }
    }

    #[test]
    fn each_role_opens_its_own_doors() {
        let doors = [
            "/faccina.terminal.v1.Terminal/Cast",
            "/faccina.desk.v1.Desk/Conclude",
            "/faccina.officer.v1.Officer/About",
            "/faccina.admin.v1.Admin/Close",
        ];
        for (role, own) in CallerRole::ALL.into_iter().zip(0..) {
            for (door, at) in doors.iter().zip(0..) {
                let opened = admit(needs(door), Some(&caller(role))).is_ok();
                assert_eq!(opened, at == own || role == CallerRole::Admin, "{role} at {door}");
            }
        }
    }

    #[test]
    fn without_a_token_only_pairing_schema_and_health_are_open() {
        for open in [
            "/faccina.terminal.v1.Terminal/Enroll",
            "/faccina.desk.v1.Desk/Pair",
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/grpc.health.v1.Health/Check",
        ] {
            assert!(admit(needs(open), None).is_ok(), "{open}");
        }
        for closed in ["/faccina.officer.v1.Officer/About", "/faccina.later.v9.Thing/Do", "/"] {
            assert_eq!(admit(needs(closed), None).unwrap_err().code(), Code::Unauthenticated, "{closed}");
        }
        let wrong = admit(needs("/faccina.admin.v1.Admin/Close"), Some(&caller(CallerRole::Desk)));
        assert_eq!(wrong.unwrap_err().code(), Code::PermissionDenied);
    }
}
