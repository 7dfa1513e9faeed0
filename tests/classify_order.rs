//! The order in which mail is recognised, and that no report is lost in it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its input fails")]

mod rules_support;

use std::sync::LazyLock;

use embargod::{
    classify::{self, Arrived, Class, Classified, InboxRules, OurMarks, Ownership, Route},
    disclosure::{Project, project::TokenPlace},
    mail::{Address, Message, RawMessage},
};
use rules_support::address;

/// Compiled once: in a debug build that takes longer than all classifying.
static RULES: LazyLock<InboxRules> =
    LazyLock::new(|| classify::built_in_rules(&rules_support::xen()).unwrap_or_else(|errors| panic!("{errors}")));

struct Case {
    project: Project,
    own: Ownership,
    envelope_to: Vec<Address>,
    mailbox_for: Option<Address>,
}

impl Case {
    fn new() -> Self {
        Self { project: rules_support::xen(), own: Ownership::NotOurs, envelope_to: Vec::new(), mailbox_for: None }
    }

    fn delivered_to(mut self, to: &str) -> Self {
        self.envelope_to.push(address(to));
        self
    }

    fn classify(&self, mail: &str) -> Classified {
        let message = Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap();
        let arrived = Arrived { message: &message, envelope_to: self.envelope_to.clone(), mailbox_for: self.mailbox_for.clone() };
        let marks = OurMarks { own_message_id: self.own, loop_field: "X-Embargod-Loop", loop_value: "desk-1" };
        classify::classify(&arrived, &self.project, &marks, &RULES)
    }

    fn says(&self, mail: &str) -> String {
        let found = self.classify(mail);
        format!("{} by {}: {}", found.class.as_str(), found.rule, route(&found.route))
    }
}

fn route(route: &Route) -> String {
    match route {
        Route::OwnMail => "own mail".to_owned(),
        Route::Bounce(bounce) => format!("bounce of {}", bounce.recipient.as_ref().map_or("?".to_owned(), ToString::to_string)),
        Route::Automatic => "automatic".to_owned(),
        Route::Token(tokens) => format!("token {}", tokens.join(",")),
        Route::Post => "post".to_owned(),
        Route::Advisory => "advisory".to_owned(),
        Route::Applications => "applications".to_owned(),
        Route::SubscriptionRequest(role) => format!("subscription {role:?}"),
        Route::Security => "security".to_owned(),
        Route::Elsewhere => "elsewhere".to_owned(),
    }
}

const TOKEN: &str = "abcdefghijklmnopqrstuvwxy7";
const REPORT: &str = "A guest can crash the host: use-after-free in the event channel code.";

#[test]
fn our_own_mail_coming_back_is_seen_first() {
    let loop_back = "From: security-desk@xenproject.org\nTo: security@xenproject.org\nX-Embargod-Loop: desk-1\nSubject: Re: x\n\nA use-after-free.\n";
    assert_eq!(Case::new().says(loop_back), "other by own-mail: own mail");
    let elsewhere = loop_back.replace("desk-1", "desk-of-others");
    assert_eq!(
        Case::new().says(&elsewhere),
        "report by memory-safety: security",
        "the loop mark of another installation is not ours"
    );
    let mut by_id = Case::new();
    by_id.own = Ownership::Ours;
    assert_eq!(by_id.says(&elsewhere), "other by own-mail: own mail");
}

#[test]
fn a_report_that_quotes_or_attaches_our_letter_is_a_report() {
    let quoting = format!(
        "From: r@finder.example\nTo: security@xenproject.org\nSubject: Re: your letter\n\n{REPORT}\n\n> X-Embargod-Loop: desk-1\n> X-BeenThere: xen-security-issues@lists.xenproject.org\n"
    );
    assert_eq!(Case::new().says(&quoting), "report by memory-safety: security");
    let attaching = format!(
        "From: r@finder.example\nTo: security@xenproject.org\nSubject: see below\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
         Content-Type: text/plain\n\n{REPORT}\n--b\nContent-Type: message/rfc822\n\nFrom: security-desk@xenproject.org\nX-Embargod-Loop: desk-1\nSubject: case\n\nthanks\n--b--\n"
    );
    assert_eq!(Case::new().says(&attaching), "report by memory-safety: security");
}

#[test]
fn a_bounce_goes_before_the_list_it_came_to() {
    let bounce = "From: MAILER-DAEMON@mx.example\nTo: xen-security-issues-bounces@lists.xenproject.org\nSubject: Undelivered Mail Returned to Sender\n\
                  Auto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\
                  Content-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
                  Final-Recipient: rfc822; sec@member.example\nAction: failed\nStatus: 5.1.1\n--b--\n";
    let case = Case::new().delivered_to(&format!("xen-security-issues-bounces+{TOKEN}@lists.xenproject.org"));
    assert_eq!(case.says(bounce), "bounce by bounce: bounce of sec@member.example");
}

#[test]
fn a_persons_mail_to_the_bounce_address_is_not_booked_as_a_bounce() {
    let mail = "From: sec@member.example\nTo: xen-security-issues@lists.xenproject.org\nSubject: Re: XSA-999\n\nThank you!\n";
    let case = Case::new().delivered_to(&format!("xen-security-issues-bounces+{TOKEN}@lists.xenproject.org"));
    assert_eq!(case.says(mail), "other by bounce-address: elsewhere");
}

#[test]
fn an_out_of_office_with_a_token_is_automatic() {
    let mail = "From: mona@team.example\nTo: x@y.example\nSubject: Automatic reply: held\nAuto-Submitted: auto-replied\nIn-Reply-To: <a@b>\n\napprove\n";
    let case = Case::new().delivered_to(&format!("security-desk+{TOKEN}@xenproject.org"));
    assert_eq!(case.says(mail), "auto-reply by automatic: automatic");
}

#[test]
fn a_vacation_notice_that_repeats_a_report_is_automatic() {
    let mail = format!(
        "From: r@finder.example\nTo: security@xenproject.org\nSubject: Automatic reply: x\nAuto-Submitted: auto-replied\n\nI am away.\n\nYou wrote:\n{REPORT}\n"
    );
    assert_eq!(Case::new().says(&mail), "auto-reply by automatic: automatic");
}

#[test]
fn a_report_from_a_tracker_or_with_a_null_return_path_is_a_report() {
    let tracker = format!(
        "From: tracker@finder.example\nTo: security@xenproject.org\nSubject: [#1] new\nAuto-Submitted: auto-generated\n\n{REPORT}\n"
    );
    assert_eq!(Case::new().says(&tracker), "report by memory-safety: security");
    let gateway = format!("Return-Path: <>\nFrom: r@finder.example\nTo: security@xenproject.org\nSubject: new\n\n{REPORT}\n");
    assert_eq!(Case::new().says(&gateway), "report by memory-safety: security");
    let suppressing =
        format!("From: r@finder.example\nTo: security@xenproject.org\nX-Auto-Response-Suppress: All\nSubject: new\n\n{REPORT}\n");
    assert_eq!(Case::new().says(&suppressing), "report by memory-safety: security");
    let bulk = format!("From: r@finder.example\nTo: security@xenproject.org\nPrecedence: bulk\nSubject: new\n\n{REPORT}\n");
    assert_eq!(Case::new().says(&bulk), "report by memory-safety: security");
}

#[test]
fn the_output_of_a_program_that_answers_nothing_is_no_auto_reply() {
    let cron = "From: cron@host.example\nTo: security@xenproject.org\nSubject: backup\nAuto-Submitted: auto-generated\n\n12 files copied.\n";
    assert_eq!(Case::new().says(cron), "other by nothing-matched: automatic");
    let answering = cron.replace("\nAuto", "\nIn-Reply-To: <a@b>\nAuto");
    assert_eq!(Case::new().says(&answering), "auto-reply by automatic: automatic");
    assert_eq!(Case::new().says(&format!("Return-Path: <>\n{cron}")), "auto-reply by automatic: automatic");
}

#[test]
fn a_report_that_is_passed_on_is_a_report() {
    let attached = format!(
        "From: n@vendor.example\nTo: security@xenproject.org\nSubject: for you\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
         Content-Type: text/plain\n\nSomeone sent us this.\n--b\nContent-Type: message/rfc822\n\nFrom: r@finder.example\nSubject: bug\n\n{REPORT}\n--b--\n"
    );
    assert_eq!(Case::new().says(&attached), "report by memory-safety: security");
    let pasted = format!(
        "From: n@vendor.example\nTo: security@xenproject.org\nSubject: Fwd: bug\n\nSomeone sent us this.\n\n\
         -------- Forwarded Message --------\nSubject: bug\nDate: Mon, 3 Mar 2025\nFrom: r@finder.example\nTo: n@vendor.example\n\n{REPORT}\n"
    );
    assert_eq!(Case::new().says(&pasted), "report by memory-safety: security");
    let sealed = attached.replace(REPORT, "-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n-----END PGP MESSAGE-----");
    assert_eq!(Case::new().says(&sealed), "report by encrypted: security");
}

#[test]
fn an_absence_notice_without_a_field_that_says_so_is_recorded_only() {
    let mail = "From: j@rz.example\nTo: security@xenproject.org\nSubject: Abwesenheitsnotiz: Re: Schwachstelle\n\nIch bin bis 9. August im Urlaub.\n";
    assert_eq!(Case::new().says(mail), "auto-reply by answers-by-itself: automatic");
    let reporting = mail.replace("Ich bin", "Use-after-free in evtchn_close(): the guest frees the port twice. Ich bin");
    assert_eq!(Case::new().says(&reporting), "report by memory-safety: security");
}

#[test]
fn tokens_are_found_in_the_envelope_and_the_header() {
    let mail = format!("From: mona@team.example\nTo: security-desk+{TOKEN}@xen.org\nSubject: Re: held\n\napprove\n");
    assert_eq!(Case::new().says(&mail), format!("command by token: token {TOKEN}"));
    let both = Case::new().delivered_to(&format!("security-desk+{}@xenproject.org", TOKEN.to_uppercase()));
    assert_eq!(both.says(&mail), format!("command by token: token {}", TOKEN.to_uppercase()), "one token, twice the same");
    assert!(!both.classify(&mail).reasons.iter().any(|reason| reason.text.contains(TOKEN)), "reasons are shown to others");
}

#[test]
fn tokens_are_found_in_message_ids_only_where_the_project_puts_them() {
    let mail = format!(
        "From: mona@team.example\nTo: security-desk@xenproject.org\nSubject: Re: held\nIn-Reply-To: <{TOKEN}@xenproject.org>\n\napprove\n"
    );
    assert_eq!(Case::new().says(&mail), "other by nothing-matched: security");
    let mut case = Case::new();
    case.project.tokens = TokenPlace::MessageId;
    assert_eq!(case.says(&mail), format!("command by token: token {TOKEN}"));
    assert_eq!(case.says(&mail.replace(TOKEN, "1234567890")), "other by nothing-matched: security");
}

#[test]
fn the_address_it_came_for_decides_then() {
    let mail = |to: &str| format!("From: sec@member.example\nTo: {to}\nSubject: XSA-999\n\nIs Arm affected?\n");
    let says = |to: &str| Case::new().says(&mail(to));
    assert_eq!(says("xen-security-issues-discuss@lists.xen.org"), "post by post: post");
    assert_eq!(says("security@xenproject.org, xen-security-issues-discuss@lists.xenproject.org"), "post by post: post");
    assert_eq!(says("xen-security-issues@lists.xenproject.org"), "advisory by primary-list: advisory");
    assert_eq!(says("predisclosure-applications@lists.xenproject.org"), "application by applications-list: applications");
    assert_eq!(
        says("xen-security-issues-request@lists.xenproject.org"),
        "other by subscription-request: subscription Some(Primary)"
    );
    assert_eq!(says("security@xen.org"), "other by nothing-matched: security");
    assert_eq!(says("xen-security-issues-owner@lists.xenproject.org"), "other by nothing-matched: security");
    assert_eq!(says("nobody@elsewhere.example"), "other by nothing-matched: elsewhere");
}

#[test]
fn the_delivery_goes_before_the_header() {
    let mail = "From: sec@member.example\nTo: xen-security-issues-discuss@lists.xenproject.org\nCc: security@xenproject.org\nSubject: x\n\nhi\n";
    assert_eq!(Case::new().delivered_to("security@xenproject.org").says(mail), "other by nothing-matched: security");
    assert_eq!(
        Case::new().delivered_to("team@mailhost.example").says(mail),
        "post by post: post",
        "an address we do not know says nothing"
    );
    let mut mailbox = Case::new();
    mailbox.mailbox_for = Some(address("xen-security-issues-discuss@lists.xenproject.org"));
    let blind = "From: sec@member.example\nTo: undisclosed-recipients:;\nSubject: x\n\nhi\n";
    assert_eq!(mailbox.says(blind), "post by post: post");
}

#[test]
fn a_list_id_of_ours_alone_is_enough() {
    let mail = "From: sec@member.example\nTo: all@member.example\nList-Id: discussion <xen-security-issues-discuss.lists.xenproject.org>\nSubject: x\n\nhi\n";
    assert_eq!(Case::new().says(mail), "post by post: post");
}

#[test]
fn wishing_on_or_off_a_list_is_no_post() {
    let mail = |subject: &str| {
        format!("From: x@y.example\nTo: xen-security-issues-discuss@lists.xenproject.org\nSubject: {subject}\n\nThanks.\n")
    };
    assert_eq!(Case::new().says(&mail("Unsubscribe")), "other by subscription-request: subscription Some(Discuss)");
    assert_eq!(Case::new().says(&mail("Re: please subscribe me")), "other by subscription-request: subscription Some(Discuss)");
    assert_eq!(Case::new().says(&mail("subscribe calls in xenstored leak memory on every reconnect")), "post by post: post");
}

#[test]
fn encrypted_mail_to_the_team_is_a_report() {
    let mail = "From: r@finder.example\nTo: security@xenproject.org\nSubject: ...\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n-----END PGP MESSAGE-----\n";
    assert_eq!(Case::new().says(mail), "report by encrypted: security");
}

#[test]
fn a_report_or_spam_on_the_applications_list_is_seen_as_such() {
    let mail = |body: &str| {
        format!("From: r@finder.example\nTo: predisclosure-applications@lists.xenproject.org\nSubject: hello\n\n{body}\n")
    };
    assert_eq!(Case::new().says(&mail(REPORT)), "report by memory-safety: applications");
    assert_eq!(Case::new().says(&mail("Personal loans at 3 %.")), "spam by money-offer: applications");
}

#[test]
fn class_names_are_the_stable_ones() {
    let names = ["report", "application", "post", "advisory", "command", "bounce", "auto-reply", "spam", "other"];
    for name in names {
        assert_eq!(name.parse::<Class>().unwrap().as_str(), name);
    }
    assert!("Report".parse::<Class>().is_err());
    assert_eq!(serde_json::to_string(&Class::AutoReply).unwrap(), "\"auto-reply\"");
}

#[test]
fn any_bytes_are_classified_without_a_panic() {
    use proptest::prelude::*;
    let project = rules_support::xen();
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "X-Embargod-Loop", loop_value: "" };
    proptest!(ProptestConfig::with_cases(64), |(head in "[ -~]{0,40}", body in proptest::collection::vec(any::<u8>(), 0..400))| {
        let mut bytes = format!("Subject: {head}\r\nTo: security@xenproject.org\r\n\r\n").into_bytes();
        bytes.extend(body);
        if let Ok(message) = Message::parse(&RawMessage::new(bytes)) {
            let arrived = Arrived { message: &message, envelope_to: Vec::new(), mailbox_for: None };
            let found = classify::classify(&arrived, &project, &marks, &RULES);
            prop_assert!(!found.rule.is_empty());
        }
    });
}
