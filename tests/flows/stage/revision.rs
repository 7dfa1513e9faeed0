//! Revisions of one advisory, as a team member submits them: under embargo for the members, and for the public. They pass the lint.

use data_encoding::{BASE64_MIME, HEXLOWER};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::rig::cast::{Cast, letter};

use super::{
    PRIMARY,
    mail::{BODY, PATCH, TITLE},
};

/// What an advisory is about.
#[derive(Debug, Clone)]
pub struct Matter {
    /// Its title, without "is used unchecked".
    pub title: String,
    /// What a guest chooses.
    pub body: String,
    /// The function in the patch.
    pub patch: String,
}

impl Matter {
    /// The one whose words the other stories look for.
    pub fn canary() -> Self {
        Self { title: TITLE.to_owned(), body: BODY.to_owned(), patch: PATCH.to_owned() }
    }
}

/// For whom a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// The members, until then.
    Members(Timestamp),
    /// Everybody.
    Public,
}

/// Version `version` of XSA-`number`, signed by mona (DKIM); the frame of the OpenPGP signature is there and its content is not one.
pub fn revision(cast: &Cast, number: u16, version: u32, audience: For) -> Vec<u8> {
    revision_of(cast, &Matter::canary(), number, version, audience)
}

/// The same about another matter.
pub fn revision_of(cast: &Cast, matter: &Matter, number: u16, version: u32, audience: For) -> Vec<u8> {
    let Matter { title, body: chosen, patch: function } = matter;
    let patch = format!(
        "From: Mona <mona@team.example>\nSubject: slot: check\n\nThis is part of XSA-{number}.\n\n--- a/xen/common/slot.c\n\
         +++ b/xen/common/slot.c\n@@ -1,2 +1,3 @@\n {function}(slot);\n+check(slot);\n"
    );
    let file = format!("xsa{number}.patch");
    let sum = HEXLOWER.encode(&Sha256::digest(patch.as_bytes()));
    let (mark, field) = match audience {
        For::Members(until) => (
            format!("*** EMBARGOED UNTIL {} ***\n\n", until.strftime("%Y-%m-%d %H:%M UTC")),
            format!("X-Embargo-Until: {}\n", until.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ),
        For::Public => (String::new(), String::new()),
    };
    let news = match (version, audience) {
        (1, For::Public) => {
            section("NOTE REGARDING LACK OF EMBARGO", "This issue was known in public before we could issue an advisory.\n")
        }
        (_, For::Public) => section(&format!("UPDATES IN VERSION {version}"), "Public release.\n"),
        (1, For::Members(_)) => String::new(),
        (_, For::Members(_)) => section(&format!("UPDATES IN VERSION {version}"), "A word was mended.\n"),
    };
    let deployment = match audience {
        For::Members(_) => section("DEPLOYMENT DURING EMBARGO", DEPLOYMENT),
        For::Public => String::new(),
    };
    let text = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{mark}             Xen Security Advisory XSA-{number}\n\
         \x20                             version {version}\n\n                   {title} is used unchecked\n\n\
         {news}{}{}{}{}{}{deployment}\
         -----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEEI+MiLBRfRHX6gGCng/4UyVfoK9kFAmAAAAAACgkQg/4UyVfo\n-----END PGP SIGNATURE-----\n",
        section("ISSUE DESCRIPTION", &format!("A guest chooses its {chosen}.\n")),
        section("IMPACT", "A guest can crash the host.\n"),
        section("VULNERABLE SYSTEMS", "All versions of Xen are vulnerable.\n"),
        section("MITIGATION", "There is no mitigation.\n"),
        section(
            "RESOLUTION",
            &format!(
                "Applying the attached patch resolves this issue.\n\n{file}           xen-unstable\n\n$ sha256sum xsa{number}*\n{sum}  {file}\n$\n"
            ),
        ),
    );
    let body = format!(
        "--=_frame\nContent-Type: text/plain; charset=utf-8\n\n{text}--=_frame\nContent-Type: text/x-patch; name=\"{file}\"\n\
         Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"{file}\"\n\n{}--=_frame--\n",
        BASE64_MIME.encode(patch.as_bytes()).replace("\r\n", "\n")
    );
    let extra = format!("{field}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_frame\"\n");
    let subject = format!("Xen Security Advisory {number} v{version} - {title} is used unchecked");
    let mona = &cast.moderators[0];
    cast.sign(&letter(mona, PRIMARY, &subject, &format!("xsa-{number}-v{version}"), &extra, &body), mona)
}

fn section(heading: &str, text: &str) -> String {
    format!("{heading}\n{}\n\n{text}\n", "=".repeat(heading.len()))
}

const DEPLOYMENT: &str = "\
Deployment of the patches and/or mitigations described above (or
others which are substantially similar) is permitted during the
embargo, even on public-facing systems with untrusted guest users and
administrators.

But: Distribution of updated software is prohibited (except to other
members of the predisclosure list).
";
