mod grown;
mod hostile;
mod judged;
mod spelled;
mod traced;

use std::sync::Arc;

use super::*;
use crate::{
    advisory::CveId,
    disclosure::{AdvisoryNumber, CaseId},
    mail::Mailbox,
};

const ADVISORY: &str = "\
ISSUE DESCRIPTION
=================

When a doorbell mailbox is torn down, the neighbour's mapping lingers although
its page returns to the allocator.

VULNERABLE SYSTEMS
==================

All Xen versions are vulnerable.
";

const PATCH: &str = "\
xen/doorbell: revoke mappings first

Signed-off-by: Otto Example <otto@example.net>

--- a/xen/common/doorbell.c
+++ b/xen/common/doorbell.c
@@ -211,6 +211,7 @@ static void doorbell_teardown(struct domain *d)
     if ( !box )
         return;

+    doorbell_revoke_peers(box);
     spin_lock(&d->lock);
-    free_stale_page(d);
 }
";

fn reporter() -> Mailbox {
    Mailbox { name: Some("Ruth Muster".to_owned()), address: "ruth@example.org".parse().unwrap() }
}

/// Case 17: XSA-931, with everything a case can have.
fn material() -> CaseMaterial {
    let mut material = CaseMaterial::new(CaseId(17));
    let number = AdvisoryNumber::new(931).unwrap();
    material.advisory = Some(AdvisoryName { prefix: "XSA".to_owned(), title: "Xen Security Advisory".to_owned(), number });
    material.titles = vec!["doorbell mailbox keeps a stale page".to_owned()];
    material.cves = vec!["CVE-2026-93101".parse::<CveId>().unwrap()];
    material.reporters = vec![reporter()];
    material.text(TextKind::Advisory, 1, ADVISORY);
    material.text(TextKind::Patch, 1, PATCH);
    material
}

fn wall(materials: &[CaseMaterial]) -> Firewall {
    let public = Public::default();
    Firewall::new(materials.iter().map(|material| Arc::new(Fingerprints::compile(material, &public))))
}

fn case_with(number: i64, kind: TextKind, text: &str) -> CaseMaterial {
    let mut material = CaseMaterial::new(CaseId(number));
    material.text(kind, 1, text);
    material
}

/// What is found in a text by somebody cleared for nothing.
fn found(wall: &Firewall, text: &str) -> Vec<String> {
    wall.scan(&Letter::of_text(text), &Reader::person([])).iter().map(ToString::to_string).collect()
}

const NOTHING: [&str; 0] = [];
