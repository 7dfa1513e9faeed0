//! `embargod status --serve`: the status page, until it is told to stop (SIGTERM, SIGINT).

use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Status, client};
use crate::{
    clock::{Clock as _, SystemClock},
    config::Config,
    daemon::log,
    report::{
        Facts, page,
        serve::{self, Listener, Pace, Place},
    },
    store::read,
};

/// The socket in the state folder.
const SOCKET: &str = "status.sock";

pub(super) fn run(config: &Config, place: Option<Place>) -> Status {
    log::start(config.log);
    let place = place.unwrap_or_else(|| Place::Unix(config.state.join(SOCKET)));
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return client::refuse(&format!("the runtime cannot start: {}", error.kind())),
    };
    let config = Arc::new(config.clone());
    runtime.block_on(async {
        let listener = match Listener::bind(&place).await {
            Ok(listener) => listener,
            Err(error) => return client::refuse(&error),
        };
        let stop = CancellationToken::new();
        let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
        let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
            return client::refuse(&"the signals that end it cannot be heard");
        };
        client::say(&listener.place().unwrap_or(place));
        let one_at_a_time = Mutex::new(());
        let make = move |pace| {
            let _turn = one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
            page(&config, pace)
        };
        let told = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            told.cancel();
        });
        serve::serve(listener, Arc::new(make), stop).await;
        Status::Done
    })
}

/// The page as the state is now.
fn page(config: &Config, pace: Pace) -> Option<String> {
    let connection = match read::open(&config.state) {
        Ok(connection) => connection,
        Err(error) => {
            tracing::error!("the status page: {error}");
            return None;
        }
    };
    let made = Facts::read(&connection, config, SystemClock.now()).map_err(|error| error.to_string());
    match made.and_then(|facts| page::html(&facts, &config.project.name, pace).map_err(|error| error.to_string())) {
        Ok(html) => Some(html),
        Err(error) => {
            tracing::error!("the status page: {error}");
            None
        }
    }
}
