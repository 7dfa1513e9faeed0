//! From the configuration's words to those of the rooms that do the work, which know nothing of it.

use jiff::SignedDuration;
use secrecy::SecretString;

use super::{DeliveryTimes, ReturnPathWay};
use crate::{
    compose::NoticeMode,
    config::{self, ImapSource, NoticeDetail},
    decide::policy::AnswerCaps,
    moderation::ModerationMode,
    schedule::{Calendar, CalendarError, OfficeHours, Retry, Targets},
    source::{
        Mark,
        imap::{ImapAccount, ImapAuth},
    },
    transport::{Credentials, Directory, OnwardWay, Relay, RelayTls, Timeouts, Transport},
};

/// The account of an IMAP source, with its secret.
pub fn imap_account(imap: &ImapSource, secret: SecretString) -> ImapAccount {
    ImapAccount {
        name: imap.name.clone(),
        host: imap.host.clone(),
        port: imap.port,
        server_name: imap.server_name.clone(),
        ca_file: imap.ca_file.clone(),
        user: imap.user.clone(),
        auth: match imap.auth {
            config::ImapAuth::Plain => ImapAuth::Plain(secret),
            config::ImapAuth::XOAuth2 => ImapAuth::XOAuth2(secret),
        },
    }
}

/// What is done to a message on the server.
pub fn mark(mark: &config::Mark) -> Mark {
    match mark {
        config::Mark::Leave => Mark::Leave,
        config::Mark::Keyword(word) => Mark::Keyword(word.clone()),
        config::Mark::Move(folder) => Mark::Move(folder.clone()),
    }
}

/// Where letters go. Reads the relay's password.
pub fn transport(transport: &config::Transport) -> Result<Transport, config::SecretFault> {
    let relay = match transport {
        config::Transport::Directory(path) => return Ok(Transport::Directory(Directory::new(path))),
        config::Transport::Relay(relay) => relay,
    };
    let credentials = match &relay.login {
        Some(login) => Some(Credentials { user: login.user.clone(), password: login.password.read()? }),
        None => None,
    };
    Ok(Transport::Smtp(Relay {
        host: relay.host.clone(),
        port: relay.port,
        server_name: relay.server_name.clone(),
        tls: match relay.tls {
            config::RelayTls::Implicit => RelayTls::Implicit,
            config::RelayTls::StartTls => RelayTls::StartTls,
            config::RelayTls::None => RelayTls::None,
        },
        ca_file: relay.ca_file.clone(),
        hello: relay.hello.clone(),
        credentials,
        timeouts: Timeouts {
            connect: relay.timeouts.connect,
            tls: relay.timeouts.connect,
            greeting: relay.timeouts.connect,
            command: relay.timeouts.command,
            data_done: relay.timeouts.data_done,
            ..Timeouts::default()
        },
    }))
}

/// What assures verified TLS behind the relay.
pub fn onward(transport: &config::Transport) -> OnwardWay {
    match transport {
        config::Transport::Directory(_) => OnwardWay::Unneeded,
        config::Transport::Relay(relay) => match &relay.verified_tls {
            None => OnwardWay::Nothing,
            Some(config::VerifiedTls::RequireTls) => OnwardWay::Asked,
            Some(config::VerifiedTls::PolicyTable(path)) => OnwardWay::Table(path.clone()),
        },
    }
}

/// The calendar of working days.
pub fn calendar(schedule: &config::Schedule) -> Result<Calendar, CalendarError> {
    let hours = OfficeHours { start: schedule.hours.from, end: schedule.hours.until };
    Calendar::new(schedule.zone.clone(), schedule.working_days.iter().copied(), schedule.holidays.iter().copied(), hours)
}

/// The policy's targets.
pub fn targets(schedule: &config::Schedule) -> Targets {
    Targets { look: schedule.answer_within, predisclosure: schedule.predisclosure_after, publication: schedule.public_after }
}

/// When deliveries are tried again.
pub fn delivery(delivery: &config::Delivery) -> DeliveryTimes {
    let signed = |time: std::time::Duration| SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    DeliveryTimes {
        retry: Retry {
            shortest: signed(delivery.retry_first),
            longest: signed(delivery.retry_most),
            give_up: signed(delivery.give_up_after),
        },
        unknown_resend_after: signed(delivery.unknown_resend_after),
        connections: delivery.connections,
        recipients: delivery.recipients,
        return_paths: match delivery.return_paths {
            config::ReturnPaths::Own => ReturnPathWay::OwnTransaction,
            config::ReturnPaths::Xverp => ReturnPathWay::Xverp,
            config::ReturnPaths::Shared => ReturnPathWay::Shared,
        },
    }
}

/// Whether rules act by themselves.
pub fn moderation(mode: config::ModerationMode) -> ModerationMode {
    match mode {
        config::ModerationMode::Automatic => ModerationMode::Automatic,
        config::ModerationMode::HoldAll => ModerationMode::HoldAll,
    }
}

/// What notices show.
pub fn notice(detail: NoticeDetail) -> NoticeMode {
    match detail {
        NoticeDetail::Full => NoticeMode::Full,
        NoticeDetail::Headers => NoticeMode::HeadersOnly,
    }
}

/// The caps on automatic answers.
pub fn answers(caps: config::AcknowledgementCaps) -> AnswerCaps {
    AnswerCaps { per_sender_per_day: caps.per_sender_per_day, per_hour: caps.per_hour }
}
