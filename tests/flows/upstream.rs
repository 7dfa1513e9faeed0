//! Another project's embargoed advisory (P85): a case with its date, behind the same firewall, until the other project has published.

use jiff::{SignedDuration, ToSpan as _, civil::Weekday, tz::TimeZone};

use crate::{
    rig::{
        plan::{Hands, Plan},
        time::present,
    },
    stage::{
        SECURITY, Stage,
        case::CaseTalk,
        mail::signed,
        read::{subject, text},
    },
};

/// A line that nobody outside may read.
const SECRET: &str = "The cursor emulation of the widget display writes beyond dabbling_buffer_77.";

#[test]
fn p85_another_projects_advisory_is_a_case_until_its_date() {
    let mut stage = Stage::dark(Plan { hands: Hands::Ours, ..Plan::xen() }, |_| {});
    let sender = stage.rig.cast.stranger.address.clone();
    stage.site.upstream("Widget Emulator", &sender);
    stage.site.write();
    stage.start(&[]);
    let cast = &stage.rig.cast;
    let (widget, dana) = (&cast.stranger, &cast.discoverer);
    let until =
        present().to_zoned(TimeZone::UTC).date().saturating_add(14.days()).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let advisory = format!(
        "*** EMBARGOED UNTIL {} ***\n\nDear downstreams,\n\n{SECRET}\nA guest can use it to break out.\n\nThe Widget team\n",
        until.strftime("%Y-%m-%d %H:%M UTC")
    );
    stage.deliver(widget, SECURITY, &signed(cast, widget, SECURITY, "widget display: memory corruption", "w-1", "", &advisory));

    // The team is told whose it is and until when; the sender gets nothing.
    let notices = stage.notices();
    let said = text(&notices[0]);
    let date = until.strftime("%A %Y-%m-%d %H:%M UTC");
    assert!(said.contains(&format!("An embargoed advisory of Widget Emulator; it is public on {date}")), "{said}");
    stage.silence();
    let mut talk = CaseTalk::begun(&notices);
    let [mine, _] = talk.say(&stage, 0, "claim");
    assert!(mine.contains("case-1 is yours"), "{mine}");

    // It has no number of ours, and nobody makes it public before its date.
    let [number, _] = talk.say(&stage, 0, "xsa next");
    assert!(number.contains("Nothing has happened") || number.contains("another project"), "{number}");
    let [early, _] = talk.say(&stage, 0, "public yes https://example.org/blog");
    assert!(early.contains("until") || early.contains("not yet"), "{early}");

    // Somebody else's report: the answer to it by mistake quotes the advisory, and is stopped.
    let words = "Dear team,\n\nthe toolstack's parser crashes with a NULL pointer dereference when a config file names\n\
                 the same vif bridge twice; a local user can trigger it. That is a vulnerability, is it not?\n";
    stage.deliver(dana, SECURITY, &signed(cast, dana, SECURITY, "xl: NULL dereference", "report-2", "", words));
    drop(stage.letter(&dana.address));
    let mut other = CaseTalk::of(2, &stage.notices());
    let [stopped, _] = other.say(
        &stage,
        0,
        &format!("reply:\n\nDear Dana,\n\nthis is what you wrote:\n\n{SECRET}\nA guest can use it to break out.\n"),
    );
    assert!(stopped.contains("The embargo firewall has stopped the letter"), "{stopped}");
    assert_eq!(stage.rig.relay.take(&dana.address).iter().map(subject).collect::<Vec<_>>(), [""; 0]);

    // After its date, when people work, the team is asked to look, and closes it when the other project has published.
    let after = match until.weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    stage.rig.time.set(until.timestamp() + SignedDuration::from_hours(1 + 24 * after));
    let asked = crate::rig::ground::until("the reminder", || {
        let [mine, _] = talk.both_hear(&stage);
        mine.contains("public yes SOURCE").then_some(mine).or_else(|| {
            std::thread::sleep(std::time::Duration::from_millis(500));
            None
        })
    });
    assert!(asked.contains("case-1"), "{asked}");
    let [public, _] = talk.say(&stage, 0, "case-1: public yes https://widget.example/advisory-7");
    assert!(!public.contains("Nothing has happened"), "{public}");
    let [closed, _] = talk.say(&stage, 0, "close");
    assert!(closed.contains("case-1 is closed: published by the other project"), "{closed}");
}
