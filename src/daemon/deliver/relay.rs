//! What the log says of the relay: that it is away, that it wants a login, that it is back. Each once, and not with every copy that waits.

use crate::transport::{Cause, Outcome, Phase, Remedy, Reply, TransportError};

/// How the relay was found last.
#[derive(Debug, Default)]
pub struct Standing {
    away: Option<TransportError>,
    wants_login: bool,
}

/// What is news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// No connection: waiting may help, or only a person.
    Away(TransportError),
    /// It lets nobody in without a login, or not with ours.
    WantsLogin(Phase, u16),
    /// It takes letters again.
    Back,
}

impl Standing {
    /// Learns how a handover ended; what of it is news.
    pub fn learn(&mut self, outcomes: &[Outcome]) -> Option<News> {
        let not_opened = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Deferred(Cause::NotOpened(error)) => Some(error),
            _ => None,
        });
        if let Some(error) = not_opened {
            let is_news = self.away.as_ref() != Some(error);
            self.away = Some(error.clone());
            return is_news.then(|| News::Away(error.clone()));
        }
        if let Some((phase, code)) = outcomes.iter().find_map(login) {
            self.away = None;
            let is_news = !std::mem::replace(&mut self.wants_login, true);
            return is_news.then_some(News::WantsLogin(phase, code));
        }
        // A connection that broke says nothing about the next one.
        if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Deferred(Cause::Network(..)))) {
            return None;
        }
        let was_away = self.away.take().is_some();
        let wanted_login = std::mem::take(&mut self.wants_login);
        (was_away || wanted_login).then_some(News::Back)
    }

    /// Learns it, and says what is news.
    pub fn heard(&mut self, outcomes: &[Outcome]) {
        match self.learn(outcomes) {
            Some(News::Away(error)) if error.remedy() == Remedy::Operator => {
                tracing::error!("the relay refuses us, and waiting will not mend it: {error}; letters wait");
            }
            Some(News::Away(error)) => tracing::warn!("the relay cannot be reached: {error}; letters wait"),
            Some(News::WantsLogin(phase, code)) => tracing::error!(
                "the relay wants a login ({code} at {phase}): see `user` and its password in [transport.relay], or let this machine send without; letters wait"
            ),
            Some(News::Back) => {
                tracing::info!("the relay takes letters again; `embargod outbox retry --waiting` sends what waits at once");
            }
            None => {}
        }
    }
}

/// 530: authentication required; 535: credentials invalid (RFC 4954 6).
fn login(outcome: &Outcome) -> Option<(Phase, u16)> {
    let (Outcome::Deferred(Cause::Reply(phase, Reply { code: code @ (530 | 535), .. }))
    | Outcome::Failed(Cause::Reply(phase, Reply { code: code @ (530 | 535), .. }))) = outcome
    else {
        return None;
    };
    Some((*phase, *code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::NetworkKind;

    fn replied(code: u16, phase: Phase) -> Outcome {
        Outcome::Deferred(Cause::Reply(phase, Reply { code, enhanced: None, text: String::new() }))
    }

    fn away(kind: NetworkKind) -> (Outcome, News) {
        let error = TransportError::Network { phase: Phase::Connect, kind };
        (Outcome::Deferred(Cause::NotOpened(error.clone())), News::Away(error))
    }

    #[test]
    fn each_change_is_told_once_however_many_copies_wait() {
        let mut relay = Standing::default();
        let (refused, is_refused) = away(NetworkKind::Refused);
        let (silent, is_silent) = away(NetworkKind::Timeout);
        let wanted = replied(530, Phase::Mail);
        let taken = replied(450, Phase::Recipient);
        let heard: Vec<Option<News>> =
            [&taken, &refused, &refused, &silent, &silent, &taken, &taken, &wanted, &wanted, &taken, &wanted, &refused]
                .map(|outcome| relay.learn(std::slice::from_ref(outcome)))
                .to_vec();
        let login = || Some(News::WantsLogin(Phase::Mail, 530));
        let expected = [
            None,
            Some(is_refused.clone()),
            None,
            Some(is_silent),
            None,
            Some(News::Back),
            None,
            login(),
            None,
            Some(News::Back),
            login(),
            Some(is_refused),
        ];
        assert_eq!(heard, expected);
        assert_eq!(relay.learn(&[]), None, "nothing was tried");
    }
}
