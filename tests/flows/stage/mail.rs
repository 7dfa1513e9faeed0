//! What the people of the stories write. Nothing here is anybody's real mail.
//!
//! The embargoed words are canaries: they occur nowhere else, so that finding one tells where it came from.

use data_encoding::BASE64_MIME;

use crate::rig::cast::{Cast, Person, crlf, letter};

use super::{APPLICATIONS, DISCUSS, PRIMARY, SECURITY};

/// In the title of the advisory and in the subject of the report.
pub const TITLE: &str = "wobbegong-7141";
/// In the body of advisory, report and posts.
pub const BODY: &str = "quokkaslot_2718";
/// In the patch.
pub const PATCH: &str = "numbatfix_3141";
/// In the name of the patch's file.
pub const FILE: &str = "bilbyfile-1618";
/// The poster's display name.
pub const NAME: &str = "Pat Potoroo-5772";
/// All of them.
pub const CANARIES: [&str; 5] = [TITLE, BODY, PATCH, FILE, "Potoroo-5772"];

/// The Message-ID of the advisory.
pub const ADVISORY_ID: &str = "<xsa-999-v1@mona.example>";

/// A discoverer's report, signed.
pub fn report(cast: &Cast, id: &str) -> Vec<u8> {
    report_about(cast, id, TITLE, BODY)
}

/// The same with another title, about another table.
pub fn report_about(cast: &Cast, id: &str, title: &str, table: &str) -> Vec<u8> {
    let dana = &cast.discoverer;
    let body = format!(
        "Hello,\n\nI found a vulnerability in Xen 4.17 and 4.18: a PV guest can pass an index past the end of the\n\
         {table} table to the hypervisor, which writes out of bounds. A guest can crash the host.\n\nDana\n"
    );
    let subject = format!("Security vulnerability: {title} out of bounds write");
    cast.sign(&letter(dana, SECURITY, &subject, id, "", &body), dana)
}

/// A team member's advisory for the predisclosure list, with a patch; signed by its author.
pub fn advisory(cast: &Cast) -> Vec<u8> {
    advisory_from(cast, &cast.moderators[0])
}

/// The same in somebody's name, unsigned by him: sign it or do not.
pub fn advisory_unsigned(from: &Person) -> Vec<u8> {
    let text = format!(
        "*** EMBARGOED UNTIL 2099-01-06 12:00 UTC ***\n\n\
         \x20             Xen Security Advisory XSA-999\n                       version 1\n\n\
         \x20                   {TITLE} is used unchecked\n\n\
         ISSUE DESCRIPTION\n=================\n\nA guest chooses its {BODY}.\n\n\
         DEPLOYMENT DURING EMBARGO\n=========================\n\nDeployment is permitted.\n"
    );
    let body = with_patch(&text, "xsa999.patch");
    let extra = MIXED;
    let subject = format!("Xen Security Advisory 999 v1 - {TITLE} is used unchecked");
    let message = letter(from, PRIMARY, &subject, "xsa-999-v1", extra, &body);
    String::from_utf8(message).unwrap().replace(&format!("<xsa-999-v1@{}>", from.domain), ADVISORY_ID).into_bytes()
}

fn advisory_from(cast: &Cast, from: &Person) -> Vec<u8> {
    cast.sign(&advisory_unsigned(from), from)
}

const MIXED: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_frame\"\n";

/// A text and a patch in base64, in one frame; blanks at line ends and a lone dot, which careless software changes.
fn with_patch(text: &str, name: &str) -> String {
    let patch = format!("--- a/xen/common/slot.c\n+++ b/xen/common/slot.c\n@@ -1,2 +1,3 @@\n {PATCH}(slot);\n+check(slot); \n");
    format!(
        "--=_frame\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\nbuild:  \n.\n-- \nŻółw \n\
         --=_frame\nContent-Type: text/x-patch; charset=utf-8; name=\"{name}\"\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"{name}\"\n\n{}--=_frame--\n",
        BASE64_MIME.encode(patch.as_bytes()).replace("\r\n", "\n")
    )
}

/// The poster with the display name that is a canary.
pub fn poster(cast: &Cast) -> Person {
    Person { name: NAME.to_owned(), ..cast.posters[0].clone() }
}

/// A member's technical post about the live advisory, with a patch, unsigned; its answer to the advisory.
pub fn technical_unsigned(cast: &Cast, id: &str) -> Vec<u8> {
    let text = format!(
        "The patch for XSA-999 does not apply to 4.17: the {BODY} hunk fails.\nAttached is our backport to 4.17, tested on x86.\n"
    );
    let body = with_patch(&text, &format!("{FILE}.patch"));
    // What his way here and his habits leave behind, which must not reach the members.
    let extra = format!(
        "Disposition-Notification-To: pat@org01.example\nX-Original-To: pat@inside.org01.example\nList-Id: <inner.org01.example>\n\
         In-Reply-To: {ADVISORY_ID}\nReferences: {ADVISORY_ID}\n{MIXED}"
    );
    letter(&poster(cast), DISCUSS, "Backport of XSA-999", id, &extra, &body)
}

/// The same, signed.
pub fn technical(cast: &Cast, id: &str) -> Vec<u8> {
    cast.sign(&technical_unsigned(cast, id), &cast.posters[0])
}

/// A member's question about policy in the thread of the live advisory, signed.
pub fn policy(cast: &Cast, id: &str) -> Vec<u8> {
    let body = format!(
        "Regarding XSA-999 and {BODY}: could the embargo be extended by one week? We propose to change the security policy\n\
         so that members may tell their customers.\n"
    );
    let quinn = &cast.posters[1];
    let extra = format!("In-Reply-To: {ADVISORY_ID}\nReferences: {ADVISORY_ID}\n");
    cast.sign(&letter(quinn, DISCUSS, &format!("XSA-999 {TITLE}: embargo date"), id, &extra, &body), quinn)
}

/// A member's post that no rule decides, signed.
pub fn ambiguous(cast: &Cast, id: &str) -> Vec<u8> {
    let pat = poster(cast);
    let body = format!("About XSA-999: may we deploy the {BODY} mitigation on our public cloud during the embargo?\n");
    let extra = format!("In-Reply-To: {ADVISORY_ID}\nReferences: {ADVISORY_ID}\n");
    cast.sign(&letter(&pat, DISCUSS, &format!("XSA-999 {TITLE}"), id, &extra, &body), &cast.posters[0])
}

/// An application, signed by the stranger.
pub fn application(cast: &Cast, to: &str, id: &str) -> Vec<u8> {
    let body = "Dear Xen security team,\n\nElsewhere Hosting would like to join the predisclosure list. We are a public cloud provider\n\
                and use Xen for all of our guests. Our public list of services: https://elsewhere.example/cloud\n\
                Our security contact is security@elsewhere.example; we have read the security policy and agree to it.\n";
    let subject = "Application for membership of the predisclosure list";
    cast.sign(&letter(&cast.stranger, to, subject, id, "", body), &cast.stranger)
}

/// To the public applications list.
pub fn application_on_list(cast: &Cast) -> Vec<u8> {
    application(cast, APPLICATIONS, "app1")
}

/// Text as somebody's signed mail.
pub fn signed(cast: &Cast, from: &Person, to: &str, subject: &str, id: &str, extra: &str, body: &str) -> Vec<u8> {
    cast.sign(&letter(from, to, subject, id, extra, body), from)
}

/// A multipart/mixed message with this much in it, so that it is over a size cap.
pub fn padding(bytes: usize) -> String {
    let line = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqr\n";
    line.repeat(bytes / line.len() + 1)
}

/// Header lines on top of a message.
pub fn on_top(lines: &str, message: &[u8]) -> Vec<u8> {
    [crlf(lines), message.to_vec()].concat()
}
