//! What is not words: patches, logs, the footers of lists, the banners of gateways.

use regex::Regex;

use super::{RemovedKind, ends, lines::Line};
use crate::mail::wording::pattern;

/// Marks them.
pub(super) fn mark(lines: &mut [Line]) {
    patches(lines);
    logs(lines);
    footers(lines);
    banners(lines);
    ends::signatures(lines);
    ends::mark(lines);
}

pattern!(
    PATCH_START,
    r"^(?:diff (?:--git |-r |-[a-zA-Z]* ?\S)|Index: \S+$|--- (?:a/|/dev/null|\S+\s+\d{4}-|\S+\.orig\b|\S+/\S+))"
);
pattern!(
    PATCH_HEAD,
    r"^(?:diff |index [0-9a-f]+\.\.|Index: |={20,}$|(?:new|deleted|old) (?:file )?mode |(?:similarity|dissimilarity) index|(?:rename|copy) (?:from|to) |Binary files |GIT binary patch|--- \S|\+\+\+ \S|@@ |# HG changeset)"
);
/// What the lines of a hunk begin with, and its head.
const PATCH_BODY: [char; 6] = ['-', '+', ' ', '\\', '@', '\t'];
pattern!(DIFFSTAT, r"^ \S.*\|\s+(?:\d+ [-+]*|Bin .*)\s*$|^ \d+ files? changed");

/// From a line that begins a diff as long as lines look like one. Blank lines belong to it while more of it follows.
fn patches(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        // Most lines are prose, and their first character says so.
        let stat = begins(lines, at, &[' ']) && is(lines, at, &DIFFSTAT);
        if !stat
            && !(begins(lines, at, &['d', 'I', '-'])
                && is(lines, at, &PATCH_START)
                && (head_within(lines, at) || is(lines, at, &PATCH_HEAD) && starts_git(lines, at)))
        {
            at += 1;
            continue;
        }
        if let Some(line) = lines.get_mut(at) {
            line.take(RemovedKind::Patch);
        }
        at += 1;
        if stat {
            continue;
        }
        while at < lines.len() {
            let goes_on = match lines.get(at) {
                Some(line) if !line.is_own() => false,
                // `-- ` ends git's mails; a removed line "- " would be shorter.
                Some(line) if line.text.trim_end() == "--" => false,
                Some(line) if line.is_blank() => next_own(lines, at)
                    .is_some_and(|next| is_of_hunk(lines, next) && !is(lines, next, &DIFFSTAT) || is(lines, next, &PATCH_HEAD)),
                Some(line) => line.text.starts_with(PATCH_BODY) || PATCH_HEAD.is_match(&line.text),
                None => false,
            };
            if !goes_on {
                break;
            }
            if let Some(line) = lines.get_mut(at) {
                line.take(RemovedKind::Patch);
            }
            at += 1;
        }
    }
}

fn begins(lines: &[Line], at: usize, with: &[char]) -> bool {
    lines.get(at).is_some_and(|line| line.text.starts_with(with))
}

fn is_of_hunk(lines: &[Line], at: usize) -> bool {
    lines.get(at).is_some_and(|line| line.is_own() && line.text.starts_with(PATCH_BODY))
}

fn is(lines: &[Line], at: usize, pattern: &Regex) -> bool {
    lines.get(at).is_some_and(|line| line.is_own() && pattern.is_match(&line.text))
}

/// `--- a/file` or `Index:` begins a diff only when `+++` or `@@` follows soon.
fn head_within(lines: &[Line], at: usize) -> bool {
    lines.iter().skip(at + 1).take(8).any(|line| line.text.starts_with("+++ ") || line.text.starts_with("@@ "))
}

fn starts_git(lines: &[Line], at: usize) -> bool {
    lines.get(at).is_some_and(|line| line.text.starts_with("diff --git "))
}

fn next_own(lines: &[Line], from: usize) -> Option<usize> {
    lines.iter().enumerate().skip(from).take(4).find(|(_, line)| !line.is_blank()).map(|(at, _)| at)
}

pattern!(
    LOG,
    r"^\s*(?:\((?:XEN|d\d+)\)(?:\s|$)|\[\s*\d+\.\d{3,}\]|\[\d{4}-\d\d-\d\d[ T]\d\d:|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d+|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ \S",
    r"|==\d+==|#\d+\s+(?:0x[0-9a-f]+|\S+ \(|in )|\[<[0-9a-f]{8,}>\]|(?:Call Trace|Xen call trace|Stack|Code|Backtrace|Xen code around|Pagetable walk)[: ].*$|R[A-Z0-9]{1,2}: ?[0-9a-f]{8,}|r[a-z0-9]{1,3}: [0-9a-f]{8,}|cr\d: [0-9a-f]+",
    r"|ds: [0-9a-f]{4}|(?:RIP|EIP|rip|pc)\s*: |[0-9a-f]{4,16}:?(?:\s[0-9a-f]{2,4}){6,}|(?:[0-9a-f]{16}\s*){2,}|at [\w.$]+\([\w.]+(?::\d+)?\)|File .[^\n]+, line \d+|Traceback \(most recent",
    r"|\??\s*[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+.*$|[\w.]+ [\w./-]+\.[chS]:\d+(?: \[inline\])?\s*$|raw: [0-9a-f]{16}|-+\[ cut here \]-+|Modules linked in:|CPU: \d+ (?:UID: \d+ )?PID: \d+ |Hardware name: ",
    r"|thread '[^']*' panicked at|BUG: |SUMMARY: \w+Sanitizer|WARNING: CPU: )",
);

/// Whether the line may match [`LOG`]: all that it knows has a digit, a colon or a bracket in it, is hexadecimal from its beginning, or a panic.
fn may_be_log(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.iter().any(|byte| matches!(byte, b'0'..=b'9' | b':' | b'(' | b'[') || !byte.is_ascii())
        || line.trim_start().as_bytes().get(..4).is_some_and(|head| head.iter().all(u8::is_ascii_hexdigit))
        || line.contains("panicked")
}

/// Whether a line is of a log, whatever stands around it.
pub(super) fn is_log(line: &str) -> bool {
    may_be_log(line) && LOG.is_match(line)
}

/// Which lines may be hits and have another one right above or below, blank ones left out.
fn near_another(lines: &[(bool, bool)]) -> Vec<bool> {
    let mut near = vec![false; lines.len()];
    let mut above: Option<usize> = None;
    for (at, (may, _)) in lines.iter().enumerate().filter(|(_, (_, blank))| !blank) {
        if let Some(above) = above.filter(|_| *may) {
            [above, at].into_iter().for_each(|at| {
                if let Some(near) = near.get_mut(at) {
                    *near = true;
                }
            });
        }
        above = may.then_some(at);
    }
    near
}

/// Runs of at least two lines of console output; one may stand inside a sentence's paragraph.
fn logs(lines: &mut [Line]) {
    let mut run: Vec<usize> = Vec::new();
    let mut hits: Vec<(bool, bool)> =
        lines.iter().map(|line| (line.is_own() && may_be_log(&line.text), line.is_blank())).collect();
    // Only what has a neighbour that may be of the log too need be read.
    let near = near_another(&hits);
    for ((line, hit), near) in lines.iter().zip(&mut hits).zip(near) {
        hit.0 = near && LOG.is_match(&line.text);
    }
    for (at, (hit, blank)) in hits.iter().chain([&(false, false)]).enumerate() {
        if *hit {
            run.push(at);
        } else if !*blank || at == hits.len() {
            if run.len() >= 2 {
                for at in run.first().copied().unwrap_or(0)..=run.last().copied().unwrap_or(0) {
                    if let Some(line) = lines.get_mut(at) {
                        line.take(RemovedKind::Log);
                    }
                }
            }
            run.clear();
        }
    }
}

pattern!(FOOTER_RULE, r"^\s*[_\-=]{20,}\s*$|^-~-{5,}~-");
pattern!(
    FOOTER,
    r"(?i)mailing list\b|/mailman[3]?/|/listinfo/|\bunsubscribe\b|google groups|/postorius/|-(?:request|unsubscribe)@"
);
pattern!(
    GROUPS,
    r"(?i)^(?:you received this message because you are subscribed to the google groups|to unsubscribe from this (?:group|list)|to (?:view|visit) this discussion (?:on|visit))"
);

/// Mailman's rule with the list's name and page below it; Google Groups' paragraph.
fn footers(lines: &mut [Line]) {
    for at in 0..lines.len() {
        let rule = lines.get(at).is_some_and(|line| line.text.trim_start().starts_with(['_', '-', '=']));
        let footer = begins(lines, at, &['y', 'Y', 't', 'T']) && is(lines, at, &GROUPS)
            || rule
                && is(lines, at, &FOOTER_RULE)
                && lines.iter().skip(at + 1).take(3).any(|line| line.is_own() && FOOTER.is_match(&line.text));
        if !footer {
            continue;
        }
        for line in lines.iter_mut().skip(at).take_while(|line| line.is_own() && !line.is_blank()).take(12) {
            line.take(RemovedKind::ListFooter);
        }
    }
}

pattern!(
    BANNER,
    r"(?i)^\W*(?:\[?(?:external|ext|caution|warning|notice|achtung|attention)(?: (?:e-?mail|sender|mail|message))?\b\]?[\s:!.\-]*(?:external|this (?:e-?mail|message|mail)|e-?mail from|sender|do not click|diese e-?mail|ce (?:message|courriel)).*",
    r"|(?:this|the) (?:e-?mail|message|mail|sender)(?: was)? (?:originated|sent|came|comes|is) from (?:outside|an external|someone outside).*|\[?external (?:e-?mail|sender|message)\]?\W*",
    r"|you don't often get e-?mail from .*|(?:some people who received this message|learn why this is important).*|ZjQcmQRYFpfptBanner(?:Start|End).*|do not click (?:on )?(?:any )?links .*)$",
);

/// Gateways write above the text, in the first lines only. A banner goes on to the next blank line.
fn banners(lines: &mut [Line]) {
    let mut at = 0;
    loop {
        while lines
            .get(at)
            .is_some_and(|line| line.is_blank() || !line.is_own() || FOOTER_RULE.is_match(&line.text) && banner_near(lines, at))
        {
            at += 1;
        }
        if at > 12 || !is(lines, at, &BANNER) {
            return;
        }
        for line in lines.iter_mut().skip(at).take_while(|line| !line.is_blank()).take(4) {
            line.take(RemovedKind::Banner);
        }
    }
}

fn banner_near(lines: &[Line], at: usize) -> bool {
    at < 6 && lines.iter().skip(at + 1).take(1).any(|line| BANNER.is_match(&line.text))
}
