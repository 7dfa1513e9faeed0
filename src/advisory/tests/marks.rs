use super::{message, rules};
use crate::{
    advisory::{AdvisoryRules, EmbargoMark, deployment::permission, embargo_until},
    disclosure::DeploymentPermission::{AllPermitted, Custom, HostAndMemberVms, MembersOnly, PatchesOnly},
};

fn until(text: &str) -> EmbargoMark {
    EmbargoMark::Until(text.parse().unwrap())
}

#[test]
fn the_embargo_date_is_read_wherever_it_stands() {
    let noon = until("2027-01-12T12:00:00Z");
    let table = [
        ("", "nothing", EmbargoMark::Unmarked),
        ("", "*** EMBARGOED UNTIL 2027-01-12 12:00 UTC ***", noon),
        ("", "EMBARGOED until: 2027-01-12 12:00:00 UTC", noon),
        ("", "under embargo until 2027-01-12T12:00Z.", noon),
        ("", "Embargo: Tuesday 12 January 2027 at 12:00 UTC", noon),
        ("", "Embargo ends", EmbargoMark::Unmarked),
        ("", "Embargo end date: January 12th, 2027, 12:00 UTC", noon),
        ("", "Embargo until Tue, 12 Jan 2027 12:00:00 GMT", noon),
        ("X-Embargo-Until: 2027-01-12T12:00:00Z\n", "nothing", noon),
        ("X-Embargo-Until: 2027-01-12T13:00:00+01:00\n", "embargoed until 2027-01-12 12:00 UTC", noon),
        ("Subject: [EMBARGOED until 2027-01-12 12:00 UTC] x\n", "nothing", noon),
        // Differing, or a weekday that is not the date's.
        ("X-Embargo-Until: 2027-01-12T12:00:01Z\n", "embargoed until 2027-01-12 12:00 UTC", EmbargoMark::Contradictory),
        (
            "Subject: [EMBARGOED until 2027-01-13 12:00 UTC] x\n",
            "embargoed until 2027-01-12 12:00 UTC",
            EmbargoMark::Contradictory,
        ),
        ("", "embargoed until Monday 12 January 2027 12:00 UTC", EmbargoMark::Contradictory),
        // Without a zone, without a time, or without sense: not guessed.
        ("", "* EMBARGOED until 2027-01-12 *", EmbargoMark::Undated),
        ("", "* EMBARGOED until 2027-01-12 12:00 *", EmbargoMark::Undated),
        ("", "* EMBARGOED until 2027-13-12 12:00 UTC", EmbargoMark::Undated),
        ("X-Embargo-Until: tomorrow\n", "nothing", EmbargoMark::Undated),
        ("X-Embargo-Until: soon\n", "embargoed until 2027-01-12 12:00 UTC", EmbargoMark::Undated),
    ];
    for (header, text, mark) in table {
        let mail = message(&format!("From: a@example.org\n{header}\n{text}\n"));
        assert_eq!(embargo_until(&mail, rules()), mark, "{header}{text}");
    }
    let deep = format!("From: a@example.org\n\n{}embargoed until 2027-01-12 12:00 UTC\n", "line\n".repeat(40));
    assert_eq!(embargo_until(&message(&deep), rules()), EmbargoMark::Unmarked, "only the top of the text is asked");
}

#[test]
fn what_members_may_deploy() {
    let norm = "Deployment of the patches and/or mitigations described above (or\nothers which are substantially similar) is permitted during the\nembargo, even on public-facing systems with untrusted guest users and\nadministrators.\n\nBut: Distribution of updated software is prohibited.\n";
    let table = [
        (norm.to_owned(), AllPermitted),
        (format!("{norm}\nHOWEVER, deployment of the mitigation is NOT permitted on public systems.\n"), Custom),
        (
            "Deployment of the patches described above (or others which are\nsubstantially similar) is permitted during the embargo.\n\nHOWEVER, deployment of the mitigation is NOT\npermitted, because it shows.\n".to_owned(),
            PatchesOnly,
        ),
        ("Deployment of patches or mitigations is NOT permitted (except on systems of members).\n".to_owned(), MembersOnly),
        (
            "Deployment is permitted during the embargo on the host and in\nmembers' machines. It is NOT permitted in guests of others.\n".to_owned(),
            HostAndMemberVms,
        ),
        (norm.replace("is permitted", "*is* now permitted"), Custom),
        ("Ask us first.\n".to_owned(), Custom),
        (String::new(), Custom),
    ];
    for (text, expected) in table {
        assert_eq!(permission(&text, rules()), expected, "{text}");
    }
}

#[test]
fn a_bad_rule_file_is_refused_with_its_place() {
    let file = include_str!("../../../rules/advisory.toml");
    let table = [
        (file.replace("banner-lines = 40", "banner-lines = 'many'"), "invalid type: string \"many\", expected usize"),
        (file.replace("(?P<version>", "(?P<number>"), "the pattern needs a group (?P<version>...)"),
        (
            file.replace("permission = \"members-only\"", "permission = \"nobody\""),
            "one of all-permitted, patches-only, members-only, host-and-member-vms; what no rule names is custom",
        ),
        (file.replace("public = [", "publik = ["), "unknown field `publik`, expected `public`"),
        (file.replace("Public release\\.", "Public (release\\."), "no valid pattern: unclosed group"),
    ];
    for (text, problem) in table {
        let error = AdvisoryRules::parse(&text).unwrap_err();
        assert_eq!(error.problem, problem);
        assert!(error.line > 1 && error.column >= 1, "{error}");
    }
}
