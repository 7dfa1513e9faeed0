//! `embargod why ID` tells of every message of the flow: from its arrival, by rule and text, to the last delivery.

use serde_json::Value;

use crate::{
    rig::relay::{Fault, Letter},
    stage::{
        DISCUSS, PRIMARY, SECURITY, Stage,
        mail::{self, signed},
        read::{address, subject},
    },
};

/// The story of a message, as the command tells it.
fn story(stage: &Stage, id: i64) -> Value {
    let told = stage.command(&["why", "--config", stage.site.path(), "--json", &id.to_string()]);
    assert!(told.status.success(), "why {id}: {}", String::from_utf8_lossy(&told.stderr));
    let story: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(story["id"], id);
    for instant in ["arrived_at", "taken_at", "decided_at"] {
        assert!(story[instant].as_str().is_some_and(|at| at.contains('T')), "{id}: {instant}: {story}");
    }
    assert_eq!(story["digest"].as_str().map(str::len), Some(64), "{id}");
    story
}

fn words<'v>(list: &'v Value, key: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

/// The letter of that kind.
fn letter<'v>(story: &'v Value, kind: &str) -> &'v Value {
    story["letters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|letter| letter["kind"] == kind)
        .unwrap_or_else(|| panic!("no {kind}: {story}"))
}

#[test]
fn every_message_of_the_flow_is_explained_from_arrival_to_last_delivery() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let [mona, milo] = cast.moderators.as_slice() else { panic!("two moderators") };
    let (dana, pat) = (&cast.discoverer, &cast.posters[0]);
    let newest = |to: &str, end: &str| -> Letter {
        let letters = stage.letters(to);
        letters.into_iter().rev().find(|letter| subject(letter).ends_with(end)).expect("a notice")
    };

    let report = stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    let advisory = stage.deliver(mona, PRIMARY, &mail::advisory(cast));
    let to = address(&newest(&milo.address, "waits for a second person"), "Reply-To");
    let send = stage.deliver(milo, &to, &signed(cast, milo, &to, "Re", "send", "", "send\n"));
    stage.settle();
    stage.rig.relay.on("security@org02.example", Fault::Rcpt("550 5.1.1 no such user"), 1);
    let technical = stage.deliver(pat, DISCUSS, &mail::technical(cast, "post-1"));
    let policy = stage.deliver(&cast.posters[1], DISCUSS, &mail::policy(cast, "policy-1"));
    let ambiguous = stage.deliver(pat, DISCUSS, &mail::ambiguous(cast, "post-2"));
    let to = address(&newest(&mona.address, "A mail waits for a ruling"), "Reply-To");
    let forged = stage.deliver(
        &cast.forger,
        &to,
        &cast.sign_falsely(&crate::rig::cast::letter(mona, &to, "Re", "forged", "", "approve\n"), mona),
    );
    let approve = stage.deliver(mona, &to, &signed(cast, mona, &to, "Re", "approve", "", "approve\n"));
    stage.settle();

    let told = story(&stage, report);
    assert_eq!((told["class"].as_str(), told["state"].as_str()), (Some("report"), Some("decided")));
    assert_eq!(told["source"], "security/INBOX");
    assert!(words(&told["reasons"], "text").iter().any(|text| !text.is_empty()), "the text that decided: {told}");
    assert!(words(&told["events"], "kind").contains(&"opened"));
    assert_eq!(letter(&told, "acknowledgement")["deliveries"][0]["recipient"], dana.address);
    assert_eq!(letter(&told, "acknowledgement")["deliveries"][0]["state"], "accepted");
    assert_eq!(words(&told["letters"], "kind").iter().filter(|kind| **kind == "triage-notice").count(), 2);

    let told = story(&stage, advisory);
    assert_eq!(told["class"], "advisory");
    assert_eq!((told["ruling"]["state"].as_str(), told["ruling"]["by"].as_str()), (Some("approved"), Some("milo")));
    for kind in ["advisory-registered", "advisory-sent"] {
        assert!(words(&told["events"], "kind").contains(&kind), "{kind}: {told}");
    }
    let sent = letter(&told, "redistribution")["deliveries"].as_array().unwrap();
    assert_eq!(sent.len(), 75);
    assert!(sent.iter().all(|delivery| delivery["state"] == "accepted" && delivery["attempts"] == 1 && delivery["reply"] != ""));

    let told = story(&stage, technical);
    let (rule, reasons) = (told["rule"].as_str().unwrap(), told["reasons"].as_array().unwrap());
    assert!(["technical", "patch-attached"].contains(&rule), "{rule}");
    assert!(
        reasons.iter().any(|reason| reason["stage"] == "verdict" && reason["rule"] == rule && reason["text"] != ""),
        "{told}"
    );
    assert!(words(&told["events"], "kind").contains(&"approved"));
    let refused: Vec<&Value> = letter(&told, "redistribution")["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["state"] != "accepted")
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (refused[0]["recipient"].as_str(), refused[0]["state"].as_str()),
        (Some("security@org02.example"), Some("failed"))
    );
    assert!(refused[0]["reply"].as_str().unwrap().contains("5.1.1"), "{}", refused[0]);
    letter(&told, "delivery-summary");

    let told = story(&stage, policy);
    assert!(words(&told["events"], "kind").contains(&"rejected"), "{told}");
    assert!(
        told["reasons"].as_array().unwrap().iter().any(|reason| reason["stage"] == "verdict" && reason["text"] != ""),
        "{told}"
    );
    assert_eq!(letter(&told, "rejection")["deliveries"][0]["recipient"], cast.posters[1].address);

    let told = story(&stage, ambiguous);
    assert_eq!((told["ruling"]["state"].as_str(), told["ruling"]["by"].as_str()), (Some("approved"), Some("mona")));
    assert_eq!(told["rule"], "deployment-question");
    let approved = told["events"].as_array().unwrap().iter().find(|event| event["kind"] == "approved").unwrap();
    assert_eq!((approved["cause"].as_i64(), approved["actor"].as_str()), (Some(approve), Some("mona")));
    assert_eq!(letter(&told, "redistribution")["deliveries"].as_array().unwrap().len(), 75);

    for (id, event) in [(send, "advisory-sent"), (approve, "approved"), (forged, "command-refused")] {
        let told = story(&stage, id);
        assert_eq!(told["class"], "command", "{id}");
        assert!(words(&told["events"], "kind").contains(&event), "{event}: {told}");
    }
    assert_eq!(story(&stage, forged)["ruling"]["state"], "waiting", "it is held itself");

    let nobody = stage.command(&["why", "--config", stage.site.path(), "--json", "4711"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert_eq!(nobody.stdout, b"");
}
