//! What to do about a finding.

/// The remedy for each rule, in the order of their numbers.
const REMEDIES: [(&str, &str); 15] = [
    (
        "X01",
        "make Subject and heading say the same number, version, CVE list and title; \"advisory heading\" is the centred line on top",
    ),
    ("X02", "raise the version by one and describe the change under UPDATES IN VERSION n; version 1 has no such section"),
    ("X03", "write each required section once, in order, with = below it as long as the heading"),
    ("X04", "run sha256sum again over the files as they are attached, and attach each of them once"),
    ("X05", "name files xsaNNN.patch, xsaNNN-BRANCH.patch or xsaNNN/NAME.patch, with this advisory's number"),
    ("X06", "make the .meta again from the files that are attached"),
    ("X07", "put the embargo's end with time and UTC on top, as in the record, and say what may be deployed"),
    ("X08", "wait for the end of the embargo, take its mark out, and write \"Public release.\" or why there was no embargo"),
    ("X09", "leave CVE numbers out of the Subject until the release"),
    ("X10", "sign the text whole (gpg --clearsign) and check the signature yourself"),
    ("X11", "send the members' copy to the private list alone, and the public copy to the public lists"),
    ("X12", "make the patch again with git format-patch, LF line ends, and the advisory's number in the commit text"),
    ("X13", "write titles and file names in ASCII"),
    ("X14", "correct the file table under RESOLUTION: each attached patch once, by name or glob"),
    (
        "X15",
        "credit the discoverer as was asked for, or not at all where anonymity was asked for; what was asked for stands in the case",
    ),
];

/// What to do about a finding of that rule.
pub(in crate::advisory) fn of(id: &str) -> &'static str {
    REMEDIES.iter().find(|(rule, _)| *rule == id).map_or("correct it and check again", |(_, remedy)| remedy)
}
