//! What is technical by its form: no word of a language, and nothing that could name a person, a firm or a day.
//!
//! Dates and times of day are not: `2026-05-21`, `17:00`, `21st`, `Q3`. Nor are addresses and links.

/// Kinds of files that stand in technical mail; none is a domain of the Internet that people's sites have.
const FILES: [&str; 22] = [
    "c", "h", "s", "py", "sh", "patch", "diff", "log", "cfg", "conf", "ko", "o", "efi", "img", "json", "xml", "toml", "yaml",
    "txt", "lds", "mk", "spec",
];
/// What stands behind a number: sizes, short times, frequencies. Hours and days are not among them.
const UNITS: [&str; 30] = [
    "%", "k", "m", "g", "t", "b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "bit", "bits", "bytes", "us", "ms", "ns",
    "s", "hz", "khz", "mhz", "ghz", "x", "u", "ul", "ull", "px",
];

/// Whether a word without its marks has a technical form.
pub(super) fn is_technical(word: &str) -> bool {
    let word = without_place(without_place(word));
    !word.contains('@')
        && !word.contains("://")
        && (is_number(word)
            || is_version(word)
            || is_hash(word)
            || is_identifier(word)
            || is_numbered(word)
            || is_model(word)
            || is_section(word)
            || ["I/O", "R/W", "r/w", "N/A", "n/a"].contains(&word)
            || is_setting(word)
            || is_file(word)
            || is_path(word)
            || is_cve(word))
}

/// `mm.c:123` without the line.
fn without_place(word: &str) -> &str {
    word.rsplit_once(':').filter(|(_, line)| is_digits(line) && word.contains('.')).map_or(word, |(file, _)| file)
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

/// A year: dates are about people.
fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse::<u32>().is_ok_and(|year| (1990..2040).contains(&year))
}

/// `3`, `~10`, `64k`, `99.5%`, `1,024`.
fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches(['~', '+', '-', '#', '<', '>', '=']);
    let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(word.len());
    let (number, unit) = word.split_at_checked(digits).unwrap_or((word, ""));
    number.starts_with(|c: char| c.is_ascii_digit())
        && !number.split(['.', ',']).any(is_year)
        && (unit.is_empty() || UNITS.contains(&unit.to_ascii_lowercase().as_str()))
}

/// `4.17`, `v6.1.y`, `5.10.0-rc3`, `6.1.0-18-amd64`.
fn is_version(word: &str) -> bool {
    let word = word.trim_start_matches(['v', 'V', '~', '>', '<', '=']);
    let Some((major, rest)) = word.split_once('.') else { return is_digits(word) && !is_year(word) };
    let minor = rest.split(['.', '-', '+', '~']).next().unwrap_or_default();
    let known = |part: &str| {
        let number = part.trim_start_matches(|c: char| c.is_ascii_lowercase());
        (is_digits(part) && !is_year(part))
            || ["x", "y", "amd64", "arm64", "generic", "xen", "pre", "unstable"].contains(&part)
            || (is_digits(number) && (1..=4).contains(&part.len().saturating_sub(number.len())))
    };
    is_digits(major)
        && !is_year(major)
        && (is_digits(minor) || ["x", "y"].contains(&minor))
        && rest.split(['.', '-', '+', '~']).all(known)
}

/// `d527f51331ca`, `0xfee00000`, `#PF`.
fn is_hash(word: &str) -> bool {
    let hex = word.strip_prefix("0x").or(word.strip_prefix("0X"));
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_lowercase());
    hex.is_some_and(is_hex) || (word.len() >= 4 && is_hex(word) && mixed)
}

/// `nf_tables_newset`, `evtchn->lock`, `foo()`, `foo(bar)`, `CONFIG_PV`, `%rax`.
fn is_identifier(word: &str) -> bool {
    let word = word.trim_start_matches(['*', '&', '%', '$', '!']);
    let (name, inside) = word.split_once('(').unwrap_or((word, ""));
    let code = |c: char| c.is_ascii_alphanumeric() || "_->.:[]*&".contains(c);
    let known = name.contains('_') || name.contains("->") || word.ends_with("()");
    let closed = inside.is_empty() || inside.trim_end_matches(')').chars().all(code);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(code) && known && closed
}

/// `ext4`, `i915`, `p2m`, `CR4`: not `Q3`, `H2`, `T2`, and nothing that begins like a name.
fn is_numbered(word: &str) -> bool {
    let same = |case: fn(&char) -> bool| word.chars().all(|c| c.is_ascii_digit() || case(&c));
    let letters = word.chars().take_while(char::is_ascii_alphabetic).count();
    let first = word.chars().next().unwrap_or('0').to_ascii_lowercase();
    let enough = letters >= 2 || "vrxiepc".contains(first);
    let calendar =
        ["fy", "cw", "kw", "wk"].iter().any(|mark| word.to_ascii_lowercase().strip_prefix(mark).is_some_and(is_digits));
    (1..=8).contains(&letters)
        && enough
        && !calendar
        && word.chars().any(|c| c.is_ascii_digit())
        && (same(char::is_ascii_lowercase) || same(char::is_ascii_uppercase))
}

/// `6248R`, `9575F`, `8462Y+`: processors.
fn is_model(word: &str) -> bool {
    let word = word.trim_end_matches('+');
    let number = word.trim_end_matches(|c: char| c.is_ascii_uppercase());
    (4..=5).contains(&number.len()) && is_digits(number) && !is_year(number) && (1..=2).contains(&(word.len() - number.len()))
}

/// `.rodata`, `.altinstructions`, `.text.unlikely`; `max-ver:1`, an option of a boot parameter.
fn is_section(word: &str) -> bool {
    let small = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || "._-".contains(c));
    let option = word.split_once(':').is_some_and(|(key, value)| key.contains('-') && small(key) && is_digits(value));
    option
        || word
            .strip_prefix('.')
            .is_some_and(|name| name.len() > 2 && small(name) && !name.starts_with('.') && !name.ends_with('.'))
}

/// `smt=0`, `spec-ctrl=no`, `--enable-debug`, `-j4`.
fn is_setting(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
    let value = |c: char| c.is_ascii_alphanumeric() || "_.,:+*/-'\"[]\\".contains(c);
    let option = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
    match word.split_once('=') {
        Some((key, set)) => {
            let key = key.trim_start_matches('-');
            key.starts_with(|c: char| c.is_ascii_alphanumeric())
                && (key.chars().all(plain) || key.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
                && set.chars().all(value)
        }
        // `-next` and `-stable` are trees, no options.
        None => option.is_some_and(|name| {
            let flag = word.starts_with("-W") || word.starts_with("-f");
            let long = word.starts_with("--") || (flag && name.len() > 3) || name.len() <= 2;
            long && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().skip(1).all(plain)
        }),
    }
}

/// `xl.cfg`, `mm.c`, `xsa484-4.17.patch`.
fn is_file(word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || "_.-+".contains(c);
    word.rsplit_once('.').is_some_and(|(name, ending)| {
        !name.is_empty() && FILES.contains(&ending.to_ascii_lowercase().as_str()) && name.chars().all(part)
    })
}

/// `/proc/cpuinfo`, `xen/arch/x86/mm.c`, `drivers/net/xen-netback/`. Capitals only where the path has a file or a digit too: firms are listed
/// with strokes between them.
fn is_path(word: &str) -> bool {
    let strokes = word.bytes().filter(|b| *b == b'/').count();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-+~/".contains(c);
    let rooted = word.starts_with('/') || word.starts_with("./") || word.starts_with("~/");
    let file = word.rsplit('/').next().is_some_and(is_file);
    let numbers = word.split('/').all(is_digits);
    let all = |test: &dyn Fn(char) -> bool| word.chars().all(test);
    strokes > 0
        && !numbers
        && ((strokes > 1 || rooted) && all(&plain) || file && all(&|c| c.is_ascii_alphanumeric() || "_.-+~/".contains(c)))
}

/// `CVE-2026-12345`: its number says nothing about how it is handled.
fn is_cve(word: &str) -> bool {
    let Some((year, number)) = word.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')) else { return false };
    is_digits(year) && is_digits(number) && number.len() >= 4
}
