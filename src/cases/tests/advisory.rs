use super::*;

fn cves(ids: &[&str]) -> std::collections::BTreeSet<crate::disclosure::CveId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn this(wanted: u16) -> Request {
    Request::Number { wish: NumberWish::This(number(wanted)) }
}

fn burn() -> Request {
    Request::Burn { because: some("merged into another one") }
}

#[test]
fn t07_numbers_only_go_up() {
    let mut story = Story::confirmed();
    for used in [1, 498, 499] {
        assert_eq!(story.refused(&this(used)), Refused::NumberUsed(number(499)));
    }
    story.mona(NEXT_NUMBER);
    assert_eq!(story.file.numbering(), Numbering::Allocated(number(500)));
    assert_eq!(story.refused(&NEXT_NUMBER), Refused::HasNumber(number(500)));
    let mut skipping = Story::confirmed();
    skipping.mona(this(510));
    assert_eq!(skipping.file.live_number(), Some(number(510)));
    let mut last = Story::confirmed();
    last.numbers.insert(number(9999), NumberUse::Taken);
    assert_eq!(last.refused(&NEXT_NUMBER), Refused::NoNumberLeft);
    let mut first = Story::confirmed();
    first.numbers.clear();
    first.mona(NEXT_NUMBER);
    assert_eq!(first.file.live_number(), Some(number(1)));
}

#[test]
fn t18_a_burnt_number_stays_burnt() {
    let mut story = Story::confirmed();
    assert_eq!(story.refused(&burn()), Refused::NoNumber);
    story.mona(NEXT_NUMBER);
    assert_eq!(story.mona(burn()), ["number-burnt"]);
    assert_eq!(story.file.numbering(), Numbering::Burnt(number(500)));
    assert_eq!(story.refused(&burn()), Refused::NoNumber);
    // Also when whoever asks has forgotten the own burnt number.
    assert_eq!(story.refused(&this(500)), Refused::NumberUsed(number(500)));
    story.mona(NEXT_NUMBER);
    assert_eq!(story.file.numbering(), Numbering::Allocated(number(501)));
    assert_eq!(Story::predisclosed().refused(&burn()), Refused::NumberPublished);
    assert_eq!(Story::released().refused(&burn()), Refused::NumberPublished);
}

#[test]
fn t08_cve_states() {
    let mut story = Story::confirmed();
    assert_eq!(story.refused(&Request::CveAssign { ids: cves(&[]) }), Refused::NoIds);
    story.mona(Request::CveRequest);
    assert_eq!(story.refused(&Request::CveRequest), Refused::Already);
    story.mona(Request::CveAssign { ids: cves(&["CVE-2026-23557"]) });
    assert_eq!(story.refused(&Request::CveAssign { ids: cves(&["cve-2026-23557"]) }), Refused::Already);
    story.mona(Request::CveAssign { ids: cves(&["CVE-2026-23557", "CVE-2026-23558"]) });
    assert_eq!(*story.file.cve(), CveState::Assigned(cves(&["CVE-2026-23557", "CVE-2026-23558"])));
    let mut none = Story::confirmed();
    none.mona(Request::CveNone);
    assert!(none.file.cve().is_settled());
    // T17 "CVE assigned.": also after the publication.
    let mut released = Story::released();
    assert_eq!(released.mona(Request::CveAssign { ids: cves(&["CVE-2026-23557"]) }), ["cve-assigned"]);
}

#[test]
fn p18_a_patch_with_one_byte_changed_is_another_patch() {
    let mut story = Story::confirmed();
    let patch = |bytes: &str| Patch {
        name: "fix.patch".to_owned(),
        sha256: Digest::of(bytes.as_bytes()),
        branch: some("4.20"),
        author: some("Paul"),
        checked_by: None,
    };
    story.daemon(Request::RegisterPatch { patch: patch("a") });
    assert_eq!(story.refused(&Request::RegisterPatch { patch: patch("a") }), Refused::Already);
    story.daemon(Request::RegisterPatch { patch: patch("b") });
    assert_eq!(story.file.patches().count(), 2);
}

#[test]
fn p19_the_patches_are_complete_when_every_branch_has_them() {
    let mut story = Story::confirmed();
    story.standards.branches = vec!["4.19".to_owned(), "4.20".to_owned()];
    let branches = story.standards.branches.clone();
    assert_eq!(story.file.patch_state(&branches), PatchState::None);
    let complete = |names: &[&str]| Request::PatchComplete { branches: set(names) };
    assert_eq!(story.refused(&complete(&["4.91"])).to_string(), "`4.91` is no supported branch; the configuration lists them.");
    assert_eq!(story.refused(&complete(&[])), Refused::Empty);
    story.mona(complete(&["4.20"]));
    assert_eq!(story.file.patch_state(&branches), PatchState::Partial { missing: vec!["4.19".to_owned()] });
    assert!(open_items(&story.file, &story.standards).contains(&OpenItem::Patches(vec!["4.19".to_owned()])));
    story.mona(complete(&["4.19", "4.20"]));
    assert_eq!(story.file.patch_state(&branches), PatchState::Complete);
    assert_eq!(story.refused(&complete(&["4.19"])), Refused::Already);
}

#[test]
fn p35_versions_follow_each_other_and_nothing_that_was_sent_changes() {
    let mut story = Story::predisclosed();
    let register = |revision: Revision| Request::Register { revision };
    assert_eq!(story.refused(&register(for_members(1, DEFAULT))), Refused::NotTheNextVersion(2));
    assert_eq!(story.refused(&register(for_members(3, DEFAULT))), Refused::NotTheNextVersion(2));
    let same = Revision { version: 2, ..for_members(1, DEFAULT) };
    assert_eq!(
        story.refused(&register(same)).to_string(),
        "This text is, byte for byte, version 1. An amendment says in UPDATES what changed."
    );
    let other = Revision { number: number(501), ..for_members(2, DEFAULT) };
    assert_eq!(story.refused(&register(other)), Refused::OtherNumber(number(501)));
    story.mona(register(for_members(2, DEFAULT)));
    // What nobody outside has seen can be replaced under the same version.
    story.mona(register(for_public(2)));
    assert_eq!(story.file.latest_revision(), Some(&for_public(2)));
    assert_eq!(story.file.held_revision(), Some(&for_members(1, DEFAULT)));
}

#[test]
fn the_advisory_is_registered_when_the_case_is_ready_for_it() {
    let mut story = Story::begins();
    let register = Request::Register { revision: for_members(1, DEFAULT) };
    assert_eq!(story.refused(&register), Refused::NotConfirmed);
    story = Story::confirmed();
    assert_eq!(story.refused(&register), Refused::NoNumber);
    story.mona(NEXT_NUMBER);
    assert_eq!(story.mona(register), ["advisory-begun", "revision-registered"]);
    assert_eq!(*story.file.handling(), Handling::AdvisoryPrep);
    assert_eq!(story.file.advisory(), AdvisoryStage::Draft(1));
    assert_eq!(story.refused(&Request::Prepare), Refused::Already);
}

#[test]
fn p25_p26_p29_p57_p58_what_keeps_an_advisory_from_the_members() {
    let permission = DeploymentPermission::AllPermitted;
    let members = for_members(1, DEFAULT);
    let ready = |revision: Option<Revision>| {
        let mut story = Story::embargoed();
        story.mona(NEXT_NUMBER);
        if let Some(revision) = revision {
            story.mona(Request::Register { revision });
        }
        story
    };
    let permitted = |mut story: Story| {
        story.mona(Request::Deployment { permission, because: None });
        story
    };
    let send = Request::Predisclose { version: 1 };

    let mut undetermined = Story::confirmed();
    assert_eq!(undetermined.refused(&send), Refused::PublicityUnset);
    undetermined.mona(public(Publicity::Unknown));
    assert_eq!(undetermined.refused(&send), Refused::PublicityUnknown);
    undetermined.mona(public(Publicity::No));
    assert_eq!(undetermined.refused(&send), Refused::NoEmbargo);

    assert_eq!(Story::embargoed().refused(&send), Refused::NoNumber);
    assert_eq!(ready(None).refused(&send), Refused::NoRevision);
    assert_eq!(ready(Some(members.clone())).refused(&send), Refused::DeploymentUnset);
    let table = [
        (Revision { lint: LintResult::Errors(3), ..members.clone() }, Refused::Lint(3)),
        (Revision { embargo: Some(at("2026-03-24T12:00:00Z")), ..members.clone() }, Refused::OtherInstant(at(DEFAULT))),
        (Revision { embargo: None, ..members.clone() }, Refused::OtherInstant(at(DEFAULT))),
        (Revision { deployment: None, ..members.clone() }, Refused::OtherDeployment),
        (Revision { deployment: Some(DeploymentPermission::PatchesOnly), ..members.clone() }, Refused::OtherDeployment),
        (for_public(1), Refused::NotForMembers),
    ];
    for (revision, refused) in table {
        assert_eq!(permitted(ready(Some(revision))).refused(&send), refused);
    }
    let mut story = permitted(ready(Some(members)));
    assert_eq!(story.refused(&Request::Predisclose { version: 2 }), Refused::OtherVersion(1));
    let mut late = story.clone();
    assert_eq!(late.at(DEFAULT).refused(&send), Refused::EmbargoOver(at(DEFAULT)));
    assert_eq!(story.mona(send.clone()), ["predisclosed"]);
    assert_eq!(story.file.advisory(), AdvisoryStage::Predisclosed(1));
    assert_eq!(story.refused(&send), Refused::Sent(1));
}

#[test]
fn t12_updates_go_to_the_members_too() {
    let mut story = Story::predisclosed();
    story.at("2026-03-10T09:00:00Z").mona(Request::Register { revision: for_members(2, DEFAULT) });
    assert_eq!(story.file.members_lag(), Some((Lag::Revision, story.now)));
    story.mona(Request::Predisclose { version: 2 });
    assert_eq!(story.file.advisory(), AdvisoryStage::Predisclosed(2));
    assert_eq!(story.file.predisclosed_at(), Some(at("2026-03-09T12:00:00Z")), "the first counts");
    assert_eq!(story.file.members_lag(), None);
}

#[test]
fn p59_a_restriction_needs_its_reason_and_goes_to_the_decisions() {
    let mut story = Story::embargoed();
    let restrict = |because: &str| Request::Deployment {
        permission: DeploymentPermission::PatchesOnly,
        because: some(because).filter(|text| !text.is_empty()),
    };
    assert_eq!(story.refused(&restrict("")), Refused::RestrictionWithoutReason);
    assert_eq!(story.mona(restrict("the mitigation shows the bug")), ["deployment-permitted", "decided"]);
    assert_eq!((story.file.deployment(), story.file.decisions()), (Some(DeploymentPermission::PatchesOnly), 1));
    assert_eq!(story.refused(&restrict("again")), Refused::Already);
    // XSA-384: the permission changed during the embargo.
    story.mona(Request::Deployment { permission: DeploymentPermission::AllPermitted, because: None });
}

#[test]
fn a_number_that_came_with_an_unsent_advisory_is_its_cases() {
    let mut story = Story::confirmed();
    let wish = |of: u16| Request::Number { wish: NumberWish::This(number(of)) };
    story.numbers = Numbers::from([(number(484), NumberUse::Submitted), (number(490), NumberUse::Taken)]);
    assert_eq!(story.refused(&wish(490)), Refused::NumberUsed(number(490)));
    assert_eq!(story.refused(&wish(483)), Refused::NumberUsed(number(490)));
    assert_eq!(story.mona(wish(484)), ["number-allocated"]);
    // Nobody gets it by asking for the next.
    let mut other = Story::confirmed();
    other.numbers = Numbers::from([(number(484), NumberUse::Submitted)]);
    other.mona(NEXT_NUMBER);
    assert_eq!(other.file.live_number(), Some(number(485)));
}
