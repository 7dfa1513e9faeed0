//! The gate: each fault alone is enough to hold a post that a rule would distribute.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its input fails")]

mod rules_support;

use std::sync::LazyLock;

use embargod::{
    disclosure::{LiveAdvisory, Poster},
    mail::{Message, RawMessage},
    moderation::{self, Action, Circumstances, DiscussRules, ModerationMode, Suggestion, Thread, Urgency, Verdict},
};

/// Compiled once: in a debug build that takes longer than all judging.
static RULES: LazyLock<DiscussRules> =
    LazyLock::new(|| moderation::built_in_rules(&rules_support::xen()).unwrap_or_else(|errors| panic!("{errors}")));

struct Desk {
    poster: Poster,
    live: Vec<LiveAdvisory>,
    thread: Thread,
    mode: ModerationMode,
}

impl Desk {
    fn new() -> Self {
        let message_ids = vec!["<E1xsa999@xenbits.example>".parse().unwrap()];
        Self {
            poster: Poster::Member { organisation: "Larch".to_owned() },
            live: vec![LiveAdvisory { number: "XSA-999".parse().unwrap(), until: None, message_ids }],
            thread: Thread::Unknown,
            mode: ModerationMode::Automatic,
        }
    }

    fn judge(&self, mail: &str) -> Verdict {
        let message = Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap();
        let team = rules_support::team();
        let known =
            Circumstances { poster: &self.poster, live: &self.live, thread_is_live: self.thread, mode: self.mode, team: &team };
        moderation::judge(&message, &known, &rules_support::xen(), &RULES)
    }

    fn says(&self, mail: &str) -> String {
        let verdict = self.judge(mail);
        let faults: Vec<&str> = verdict.gate.iter().map(|fault| fault.name()).collect();
        format!("{} ({}) {}", verdict.action.as_str(), verdict.suggests.as_str(), faults.join(" ")).trim_end().to_owned()
    }
}

const HEAD: &str = "From: sec@larch.example\nTo: xen-security-issues-discuss@lists.xenproject.org\n";

fn post(body: &str) -> String {
    format!("{HEAD}Subject: XSA-999\n\n{body}\n")
}

const GOOD: &str = "The patch applies to 4.16 and boots.";

#[test]
fn a_members_technical_post_about_a_live_advisory_is_approved() {
    let verdict = Desk::new().judge(&post(GOOD));
    assert_eq!((verdict.action, verdict.suggests, verdict.urgency), (Action::Approve, Suggestion::Approve, Urgency::Normal));
    assert_eq!(verdict.rule.as_deref(), Some("technical"));
    assert_eq!(
        verdict.reasons.iter().map(|reason| (reason.field.as_str(), reason.text.as_str())).collect::<Vec<_>>(),
        [("body", "patch applies")]
    );
    assert!(verdict.gate.is_empty());
}

#[test]
fn a_moderator_sees_the_words_that_kept_a_technical_post_from_being_approved() {
    let verdict = Desk::new().judge(&post("The patch applies to 4.16 and boots, Marigold compiled it on the barge."));
    assert_eq!((verdict.action, verdict.suggests), (Action::Hold, Suggestion::Approve));
    assert_eq!(
        verdict.reasons.iter().map(|reason| (reason.field.as_str(), reason.text.as_str())).collect::<Vec<_>>(),
        [
            ("body", "patch"),
            ("every-word", "not in the vocabulary: `Marigold`"),
            ("every-word", "not in the vocabulary: `barge`")
        ]
    );
    // A rejection has nothing to do with the words of code.
    let policy = Desk::new().judge(&post("Please move the embargo by one week, Marigold."));
    assert!(policy.reasons.iter().all(|reason| reason.field != "every-word"));
}

#[test]
fn only_authenticated_members_act_through_rules() {
    for (poster, says) in [
        (Poster::Unproven, "hold (hold) not-a-member"),
        (Poster::Stranger, "hold (hold) not-a-member"),
        (Poster::MembersDomain { organisation: "Larch".to_owned() }, "hold (hold) not-a-member"),
    ] {
        let desk = Desk { poster, ..Desk::new() };
        assert_eq!(desk.says(&post(GOOD)), says);
        assert_eq!(desk.says(&post("Please extend the embargo by a week.")), says, "a forged sender gets no answer");
    }
}

#[test]
fn the_kill_switch_holds_and_still_suggests() {
    let desk = Desk { mode: ModerationMode::HoldAll, ..Desk::new() };
    assert_eq!(desk.says(&post(GOOD)), "hold (approve) hold-all");
    assert_eq!(desk.says(&post("Please extend the embargo by a week.")), "hold (reject) hold-all");
}

#[test]
fn a_live_advisory_is_named_or_answered() {
    let desk = Desk::new();
    let unnamed = format!("{HEAD}Subject: 4.16\n\n{GOOD}\n");
    assert_eq!(desk.says(&unnamed), "hold (hold) no-live-advisory");
    let answering = format!("{HEAD}Subject: Re: 4.16\nIn-Reply-To: <E1xsa999@xenbits.example>\n\n{GOOD}\n");
    assert_eq!(desk.says(&answering), "approve (approve)");
    let thread = format!("{HEAD}Subject: Re: 4.16\nIn-Reply-To: <other@larch.example>\n\n{GOOD}\n");
    assert_eq!(desk.says(&thread), "hold (hold) no-live-advisory");
    assert_eq!(Desk { thread: Thread::AnswersLive, ..Desk::new() }.says(&thread), "approve (approve)");
    assert_eq!(desk.says(&post(&format!("{GOOD} So did XSA-998."))), "hold (hold) not-live");
    assert_eq!(Desk { thread: Thread::AssumedLive, live: Vec::new(), ..Desk::new() }.says(&post(GOOD)), "approve (approve)");
    assert_eq!(
        desk.says(&post(&format!("{GOOD} The NOXSA-998 kernel boots too."))),
        "hold (approve)",
        "part of another word is no number: a word that no approving rule knows, and no fault"
    );
}

#[test]
fn recipients_outside_are_named() {
    let with = |cc: &str| format!("{HEAD}Cc: {cc}\nSubject: XSA-999\n\n{GOOD}\n");
    let desk = Desk::new();
    assert_eq!(desk.says(&with("mona@team.example, security@xen.org, sec@larch.example")), "approve (approve)");
    assert_eq!(desk.says(&with("friend@elsewhere.example")), "hold (hold) outside-recipient");
    assert_eq!(desk.says(&with("xen-devel@lists.xen.org")), "hold (hold) public-recipient");
    assert_eq!(desk.says(&with("predisclosure-applications@lists.xenproject.org")), "hold (hold) public-recipient");
}

#[test]
fn an_answer_address_outside_holds() {
    // A signed post sent again with a Reply-To that no signature covers would collect the members' answers.
    for field in ["Reply-To: leak@evil.example", "Mail-Followup-To: <leak@evil.example>, x", "Mail-Reply-To: leak@evil.example"] {
        let mail = format!("{HEAD}{field}\nSubject: XSA-999\n\n{GOOD}\n");
        assert_eq!(Desk::new().says(&mail), "hold (hold) outside-recipient", "{field}");
    }
    let public = format!("{HEAD}Reply-To: xen-devel@lists.xenproject.org\nSubject: XSA-999\n\n{GOOD}\n");
    assert_eq!(Desk::new().says(&public), "hold (hold) public-recipient");
    let own = format!("{HEAD}Reply-To: sec@larch.example\nSubject: XSA-999\n\n{GOOD}\n");
    assert_eq!(Desk::new().says(&own), "approve (approve)");
}

#[test]
fn links_to_public_fixes_are_held() {
    for link in [
        "https://github.com/someone/xen/commit/0123456789ab",
        "https://gitlab.com/xen-project/xen/-/merge_requests/7",
        "https://xenbits.example/gitweb/?p=xen.git;a=commitdiff;h=0123",
        "https://git.kernel.org/pub/scm/linux/kernel/git/x.git/commit/?id=0123",
        "https://gerrit.example/c/xen/+/123",
        "https://pastebin.com/abcd",
        "ftp://ftp.example/xsa999.patch",
        "https://files.larch.example/xsa999.patch",
    ] {
        assert_eq!(Desk::new().says(&post(&format!("{GOOD} See {link} for it."))), "hold (approve) public-fix", "{link}");
    }
    // Another link is no fault. No approving rule knows it: what lies behind it, a person looks up.
    assert_eq!(Desk::new().says(&post(&format!("{GOOD} See https://docs.larch.example/page for it."))), "hold (approve)");
}

#[test]
fn credentials_are_held() {
    for secret in [
        "Password: h0rse",
        "the password is h0rse!",
        "https://user:h0rse@files.larch.example/",
        "token=abcdefgh",
        "API key: 12345",
        "https://files.larch.example/x?token=0123456789abcdef",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ] {
        assert_eq!(Desk::new().says(&post(&format!("{GOOD}\n{secret}"))), "hold (hold) credential", "{secret}");
    }
    assert_eq!(
        Desk::new().says(&post(&format!("{GOOD} The token bucket is empty, the password check is not reached."))),
        "hold (approve)",
        "no fault, though no approving rule knows all of these words"
    );
}

#[test]
fn attachments_other_than_patches_and_text_are_held() {
    let holding = |content_type: &str, name: &str, text: &str| {
        format!(
            "{HEAD}Subject: XSA-999\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n{GOOD}\n--b\n\
             Content-Type: {content_type}; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\n{text}\n--b--\n"
        )
    };
    let with = |content_type: &str, name: &str| holding(content_type, name, "x");
    let desk = Desk::new();
    // What they say goes out too.
    for (content_type, name) in [
        ("text/x-patch", "xsa999-4.16.patch"),
        ("application/octet-stream", "xsa999.diff"),
        ("text/plain", "xsa999.meta"),
        ("text/plain", "serial.txt"),
    ] {
        assert_eq!(desk.says(&with(content_type, name)), "approve (approve)", "{name}");
        assert_eq!(desk.says(&holding(content_type, name, "Larch has it.")), "hold (approve)", "{name}");
    }
    // What cannot be read is read by nobody.
    assert_eq!(desk.says(&holding("application/octet-stream", "xsa999.diff", "\u{1}")), "hold (approve)");
    for (content_type, name) in [
        ("application/zip", "xsa999.zip"),
        ("application/octet-stream", "xsa999"),
        ("application/octet-stream", "xsa999.patch.exe"),
        ("text/html", "page.html"),
        ("application/pdf", "xsa999.patch"),
        ("image/png", "xsa999.png"),
    ] {
        assert_eq!(desk.says(&with(content_type, name)), "hold (approve) attachment", "{content_type} {name}");
    }
}

#[test]
fn a_structural_doubt_holds() {
    let twice = format!("{HEAD}Subject: XSA-999\nSubject: another\n\n{GOOD}\n");
    let verdict = Desk::new().judge(&twice);
    assert_eq!(verdict.action, Action::Hold);
    assert!(verdict.gate.iter().any(|fault| fault.name() == "doubt"), "{:?}", verdict.gate);
}

#[test]
fn urgent_words_call_the_moderators_whoever_wrote_them() {
    let desk = Desk { poster: Poster::Unproven, ..Desk::new() };
    let verdict = desk.judge(&post("We see this being exploited against a customer."));
    assert_eq!((verdict.action, verdict.urgency, verdict.rule.as_deref()), (Action::Hold, Urgency::Urgent, Some("exploited")));
}

#[test]
fn a_patch_with_a_complaint_is_neither_distributed_nor_rejected() {
    let verdict = Desk::new().judge(&post(&format!("{GOOD}\n\nThe policy should be changed, and the embargo is too long.")));
    assert_eq!((verdict.action, verdict.suggests), (Action::Hold, Suggestion::Hold));
    assert_eq!(verdict.reason_class, Some(moderation::ReasonClass::Mixed));
    let rules: Vec<&str> = verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect();
    assert!(rules.contains(&"technical") && rules.contains(&"embargo-date"), "both sides are shown: {rules:?}");
}

#[test]
fn a_quoted_policy_sentence_does_not_make_an_answer_a_policy_post() {
    let quoting = post(&format!(
        "> The policy should be changed. Please extend the embargo.\n> May we deploy it before Tuesday?\n\n{GOOD}"
    ));
    assert_eq!(Desk::new().says(&quoting), "approve (approve)");
}

#[test]
fn words_of_every_advisory_reject_nothing() {
    for word in ["embargo", "permitted", "disclosure", "DEPLOYMENT DURING EMBARGO", "predisclosure"] {
        let verdict = Desk::new().judge(&post(&format!("Thanks for the note on {word}.")));
        assert_ne!(verdict.action, Action::Reject, "{word}");
    }
}

#[test]
fn a_cve_number_in_an_inherited_subject_is_known_already() {
    let subject = "Subject: Re: Xen Security Advisory 999 v1 (CVE-2026-41234) - x\n";
    let answer = format!("{HEAD}{subject}In-Reply-To: <E1xsa999@xenbits.example>\n\n{GOOD}\n");
    assert_eq!(Desk { thread: Thread::AnswersLive, ..Desk::new() }.says(&answer), "approve (approve)");
    let own = format!("{HEAD}Subject: CVE-2026-41234 and XSA-999\n\n{GOOD}\n");
    assert_eq!(Desk::new().says(&own), "hold (hold) cve-in-subject");
    let feigned = format!("{HEAD}Subject: Re: CVE-2026-41234 and XSA-999\n\n{GOOD}\n");
    assert_eq!(Desk::new().says(&feigned), "hold (hold) cve-in-subject", "an answer to nothing inherits nothing");
}

#[test]
fn words_apart_from_the_text_hold() {
    let with = |fields: &str| Desk::new().says(&format!("{HEAD}{fields}Subject: XSA-999\n\n{GOOD}\n"));
    for fields in [
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0\n",
        "Organization: Larch Hosting Ltd\nDate: Fri, 17 Apr 2026 10:02:00 +0200 (Central European Summer Time)\n",
        "Received: from mail.larch.example (mail.larch.example [192.0.2.7])\n\tby lists.xenproject.org with ESMTPS id 1wXyz\n\tfor <xen-security-issues-discuss@lists.xenproject.org>; Fri, 17 Apr 2026 08:02:10 +0000\n",
        "X-Virus-Scanned: Debian amavisd-new at larch.example\nX-Spam-Status: No, score=-1.9 required=5.0\n",
        "Cc: \"Ada B. Vance (Larch)\" <sec@larch.example>\n",
        "Cc: Will Deacon <sec@larch.example>, \"open list:X86\" <sec@larch.example>\n",
        "Thread-Topic: XSA-999\nThread-Index: AQHbKm8c1x7t8c4u5k+9f3==\n",
        "X-AntiAbuse: This header was added to track abuse, please include it with any abuse report\nX-AntiAbuse: Sender Address Domain - larch.example\n",
        "X-Greylist: Sender IP whitelisted, not delayed by milter-greylist-4.6.2 (mx.larch.example [192.0.2.7]); Fri, 17 Apr 2026 08:02:10 +0000 (UTC)\n",
        "X-MimeOLE: Produced By Microsoft MimeOLE V6.00.2900.5512\nX-MailScanner: Found to be clean\n",
        "MIME-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.600.62\\))\n",
    ] {
        assert_eq!(with(fields), "approve (approve)", "{fields}");
    }
    for fields in [
        "Comments: Oak has it\n",
        "Keywords: Oak, exploited\n",
        "Organization: Larch, all regions done on Sunday\n",
        "X-Thought: the hosts of Oak are done\n",
        "X-Mailer: we publish on Thursday\n",
        "Cc: \"Oak has it already\" <sec@larch.example>\n",
        "X-Thought: =?utf-8?Q?the_hosts_of_Oak_are_done?=\n",
        "Thread-Topic: the hosts of Oak are done\n",
        "X-AntiAbuse: Sender Address Domain - the hosts of Oak are all done now\n",
    ] {
        assert_eq!(with(fields), "hold (approve) text-apart", "{fields}");
    }
    let parts = |above: &str, field: &str, below: &str| {
        let typed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
        let part = format!("--b\nContent-Type: text/plain\n{field}\n{GOOD}\n--b--\n");
        Desk::new().says(&format!("{HEAD}Subject: XSA-999\n{typed}\n{above}\n{part}{below}"))
    };
    assert_eq!(parts("This is a multi-part message in MIME format.", "", "\n"), "approve (approve)");
    let alpine = "  This message is in MIME format.  The first part should be readable text,\n  while the remaining parts are likely unreadable without MIME-aware tools.";
    assert_eq!(parts(alpine, "", ""), "approve (approve)");
    assert_eq!(parts("", "Subject: XSA-999\n", ""), "approve (approve)", "signed with the message: Thunderbird, mutt");
    assert_eq!(parts("", "Subject: XSA-999, Oak has it\n", ""), "hold (approve) text-apart");
    assert_eq!(parts("Oak has it.", "", ""), "hold (approve) text-apart");
    assert_eq!(parts("", "Comments: Oak has it\n", ""), "hold (approve) text-apart");
    assert_eq!(parts("", "", "Oak has it.\n"), "hold (approve) text-apart");
    let list = "List-Help: <https://pastebin.com/aBcD1234>\n";
    assert_eq!(with(list), "hold (approve) public-fix");
}
