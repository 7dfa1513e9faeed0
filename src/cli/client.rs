//! What the subcommands share: asking the daemon or acting in its place, printing for people or as JSON.

use std::{
    fmt::Display,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use serde::Serialize;

use super::{
    Status,
    columns::{Cell, Tone},
};
use crate::{
    clock::{Clock, SystemClock},
    config::{self, Config},
    daemon::{
        act::{Actor, Request, Response, act},
        control,
        run::House,
    },
    rules::Reason,
};

/// Prints on stderr why nothing was done.
pub(super) fn refuse(why: &dyn Display) -> Status {
    complain(why);
    Status::Refused
}

/// Prints a complaint on stderr.
pub(super) fn complain(why: &dyn Display) {
    // Nobody reads stderr of a detached process; there is nothing to do about it.
    let _ = writeln!(io::stderr().lock(), "embargod: {why}");
}

/// Prints a line on stdout. A reader who has gone away (`| head`) is no error.
pub(super) fn say(line: &dyn Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Prints one JSON object on its own line.
pub(super) fn say_json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(value) {
        say(&text);
    }
}

/// Prints reasons below the line they belong to: the field, what was found in it, and the rule where it is another one.
pub(super) fn say_reasons(reasons: &[Reason]) {
    for reason in reasons {
        let field = Cell::new(&reason.field, Tone::Faint).painted();
        say(&format!("    {field} \"{}\" ({})", Cell::from(&reason.text).painted(), reason.rule));
    }
}

/// Whether output is for programs or for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One JSON object a line.
    Json,
    /// Columns.
    Text,
}

impl From<bool> for Shape {
    fn from(json: bool) -> Self {
        if json { Shape::Json } else { Shape::Text }
    }
}

/// Said when nobody delivers just now.
const ALONE: &str = " (No daemon runs: letters about it go out at the next run.)";

/// Sends a request to the running daemon, or acts in its place under its lock when none runs.
pub(super) fn request(path: &Path, request: &Request, shape: Shape) -> Status {
    match ask(path, request) {
        Ok((response, remark)) => {
            match shape {
                Shape::Json => say_json(&response),
                Shape::Text if response.ok => say(&format!("{}{remark}", response.text)),
                Shape::Text => complain(&response.text),
            }
            if response.ok { Status::Done } else { Status::No }
        }
        Err(why) => refuse(&why),
    }
}

/// The same for a request that is a part of something else: only a refusal is said.
pub(super) fn request_quietly(path: &Path, request: &Request) -> Status {
    match ask(path, request) {
        Ok((response, _)) if response.ok => Status::Done,
        Ok((response, _)) => {
            complain(&response.text);
            Status::No
        }
        Err(why) => refuse(&why),
    }
}

fn ask(path: &Path, request: &Request) -> Result<(Response, &'static str), String> {
    let config = super::run::visit(path).map_err(|errors| errors.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.kind().to_string())?;
    runtime.block_on(async {
        match control::ask(&config.control_socket, request).await {
            Ok(Some(response)) => Ok((response, "")),
            Ok(None) => alone(path, request.clone()).await.map(|response| (response, ALONE)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err("the control socket is not yours to use: run as the operator, or have `uid` set for you in the configuration"
                    .to_owned())
            }
            Err(error) => Err(format!("the daemon does not answer: {}", error.kind())),
        }
    })
}

/// No daemon runs: the command takes its lock and acts itself. Letters wait in the outbox for the next run.
async fn alone(path: &Path, request: Request) -> Result<Response, String> {
    let config: Config = config::load(path).map_err(|errors| errors.to_string())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let house = House::open(&config, Arc::clone(&clock)).await.map_err(|error| error.to_string())?;
    let policy = house.shared.policy();
    let own = rustix::process::geteuid().as_raw();
    let actor = Actor::of_uid(rustix::process::getuid().as_raw(), own, &policy);
    Ok(act(&house.shared.store, policy, clock.as_ref(), actor, request).await)
}
