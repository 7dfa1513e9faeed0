#!/usr/bin/env bash
# Everything that must hold before a change goes in, in one command: format, lints, unit, flow and wire tests against real
# servers, documentation, rule samples, the service's hardening; and nothing it started is left running.
#
# Needs: Debian 12, root, Rust 1.95 with rustfmt and clippy, a C compiler. Installs the mail servers with apt when they are
# missing; starts no service of the system. Quiet when all is well: one line a step. Exit status 2: something to install first.
set -euo pipefail
shopt -s nullglob
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

readonly STEP_LIMIT=3600 # seconds: the tests take a quarter of an hour on two cores, and shared machines have slow hours
readonly BUILT="${CARGO_TARGET_DIR:-target}/debug/embargod"
passed=0
running=""
work=""

say() { printf '%s\n' "$*"; }

stop_with() {
    say "tests/all.sh: $*" >&2
    exit 2
}

# --- what must be there ---------------------------------------------------------------------------------------------------

missing=()
[[ $EUID -eq 0 ]] || missing+=("root (Postfix, Dovecot and OpenDKIM start as root and change users; run this as root)")
command -v cargo >/dev/null || missing+=("Rust 1.95 (https://rustup.rs, then: rustup component add rustfmt clippy)")
command -v cc >/dev/null || missing+=("a C compiler (apt-get install build-essential)")
if command -v cargo >/dev/null; then
    cargo fmt --version >/dev/null 2>&1 || missing+=("rustfmt (rustup component add rustfmt)")
    cargo clippy --version >/dev/null 2>&1 || missing+=("clippy (rustup component add clippy)")
fi

packages=()
wants() { [[ -e $1 ]] || packages+=("$2"); }
wants /usr/lib/dovecot/imap dovecot-imapd
wants /usr/lib/dovecot/lmtp dovecot-lmtpd
wants /usr/lib/postfix/sbin/master postfix
wants /usr/sbin/opendkim opendkim
wants /usr/lib/python3/dist-packages/dkim python3-dkim # the other judge of signatures, and the signer
wants /usr/lib/python3/dist-packages/nacl python3-nacl
wants /usr/bin/openssl openssl
wants /usr/share/zoneinfo/Europe/London tzdata
wants /usr/share/doc/libfaketime libfaketime # stories that take weeks
wants /usr/bin/node nodejs # the validators of CSAF, CVE, OSV and iCalendar are programs of others
wants /usr/bin/npm npm
wants /usr/bin/chromium chromium           # the pages are opened in a browser
wants /usr/share/fonts/truetype/dejavu fonts-dejavu-core
wants /usr/bin/xmllint libxml2-utils       # the feed against the schema of RFC 4287
if [[ -e systemd/embargod.service ]]; then wants /usr/bin/systemd-analyze systemd; fi
if ((${#packages[@]})) && ! command -v apt-get >/dev/null; then
    missing+=("apt-get, to install: ${packages[*]}")
fi

if ((${#missing[@]})); then
    if ((${#packages[@]})); then missing+=("the packages, which root would install here: ${packages[*]}"); fi
    stop_with "cannot run; missing:" "$(printf '\n  - %s' "${missing[@]}")"
fi

# --- what is left is ended by pid, however this script ends ----------------------------------------------------------------

work="$(mktemp -d "${TMPDIR:-/tmp}/embargod-tests.XXXXXX")"
chmod 755 "$work"
mkdir "$work/run" "$work/tmp"
export TMPDIR="$work/tmp"           # the rigs' directories
export EMBARGOD_RIG_RUN="$work/run" # one file for each server that a rig has running: its pid and start time

started_at() { # the start time in /proc/PID/stat, which with the pid identifies a process
    local stat
    stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 0
    read -ra stat <<<"${stat##*) }"
    printf '%s' "${stat[19]}"
}

leftovers() { # pid and command of every living process that stands, or was started, in our directory
    local process pid cwd command state
    for process in /proc/[0-9]*; do
        pid="${process#/proc/}"
        [[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
        state="$(sed -n 's/^State:\t\(.\).*/\1/p' "$process/status" 2>/dev/null)" || continue
        [[ $state != Z && $state != X ]] || continue
        cwd="$(readlink "$process/cwd" 2>/dev/null)" || continue
        command="$(tr '\0' ' ' <"$process/cmdline" 2>/dev/null)" || continue
        if [[ $cwd == "$work"/* || $command == *"$work"/* ]]; then say "$pid $command"; fi
    done
}

end_leftovers() {
    local file pid start left
    for file in "$work"/run/*.pid; do
        read -r pid start <"$file" || continue
        # The leader of a process group of its own; a pid that now belongs to somebody else is left alone.
        if [[ -n $start && "$(started_at "$pid")" == "$start" ]]; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
    done
    left="$(leftovers)"
    while read -r pid _; do
        [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || true
    done <<<"$left"
}

finish() {
    local status=$?
    trap - EXIT INT TERM HUP
    if [[ -n $running ]]; then
        kill -TERM "$running" 2>/dev/null || true
        wait "$running" 2>/dev/null || true
    fi
    end_leftovers
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() { # step NAME COMMAND...: its output is shown only when it fails
    local name="$1" begun="$SECONDS"
    shift
    timeout -k 10 "$STEP_LIMIT" "$@" >"$work/output" 2>&1 </dev/null &
    running=$!
    local status=0
    wait "$running" || status=$?
    running=""
    if ((status)); then
        cat "$work/output"
        say "FAILED  $name (status $status after $((SECONDS - begun)) s): $*"
        exit 1
    fi
    passed=$((passed + 1))
    printf 'ok  %4d s  %s\n' "$((SECONDS - begun))" "$name"
}

# --- the steps -------------------------------------------------------------------------------------------------------------

install_packages() { # without starting a service: policy-rc.d answers 101 to every start
    local policy=/usr/sbin/policy-rc.d ours=""
    if [[ ! -e $policy ]]; then
        ours=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    local status=0
    {
        echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections &&
            apt-get update -qq &&
            apt-get install -y -qq --no-install-recommends "$@"
    } || status=$?
    if [[ -n $ours ]]; then rm -f "$policy"; fi
    return "$status"
}
export -f install_packages
export DEBIAN_FRONTEND=noninteractive CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}"
# Properties are tried with the same cases each time: what fails here fails by the change. Run by itself a test draws new ones, and
# PROPTEST_CASES=100000 cargo test --release --lib NAME looks for what a thousand cases do not find.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20261122}"

if ((${#packages[@]})); then
    step "install ${packages[*]}" bash -euo pipefail -c 'install_packages "$@"' install "${packages[@]}"
fi

step "format" cargo fmt --check
step "lints" cargo clippy --all-targets --locked -- -D warnings
step "build" cargo build --all-targets --locked
count_tests() { # the counts of the step that has just ended, whichever runner it was
    sed 's/\x1b\[[0-9;]*m//g' "$work/output" | awk '
        /^ +Summary \[/ { for (i = 1; i <= NF; i++) { if ($i ~ /^passed/) p += $(i - 1); if ($i ~ /^failed/) f += $(i - 1) } }
        /^test result: / { for (i = 1; i <= NF; i++) { if ($i ~ /^passed/) p += $(i - 1); if ($i ~ /^failed/) f += $(i - 1) } }
        END { printf "%d passed, %d failed\n", p, f }'
}
if cargo nextest --version >/dev/null 2>&1; then
    step "tests" cargo nextest run --locked --no-fail-fast
    count_tests
    step "documentation's examples" cargo test --doc --locked
else
    step "tests" cargo test --locked --no-fail-fast
    count_tests
fi
folders=(golden)
made="$(realpath -m "${CARGO_TARGET_DIR:-target}")/tmp"
if [[ -d $made/publication ]]; then folders+=("$made/publication"); fi
pages="$made/site/pages" # the public pages, as the tests have just written them
folders+=("$pages")
step "artefacts: the validators of others" bash -euc \
    'cd tests/publication; npm ci --ignore-scripts --no-audit --no-fund; exec node validate.mjs "$@"' validate "${folders[@]}"
step "CSAF provider: from security.txt to every document" \
    bash -euc 'cd tests/publication; exec node provider.mjs "$1" https://example.org/xsa/' provider "$pages"
# The feed is what the schema says, and a feed that is not is refused.
step "Atom feed" bash -euc 'check() { xmllint --noout --nonet --relaxng tests/site/atom.rng "$1"; }; check "$1"; ! check tests/site/atom-broken.xml' \
    feed "$pages/feed.atom"
# The status page is served by the program itself, on a state that the tests have left, and ended with the step.
step "pages in a browser: 360 and 1280 px, light and dark, accessibility" bash -euc '
    (cd tests/site; PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund)
    coproc served { cd "$3/site/house" && exec "$1" status --serve 127.0.0.1:0 --config embargod.toml; }
    pid=$served_PID
    trap "kill $pid 2>/dev/null || true" EXIT
    read -r -t 60 place <&"${served[0]}"
    node tests/site/check.mjs "$2" "$3/site/shots" "$place"' browser "$(realpath "$BUILT")" "$pages" "$made"
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

commands="$("$BUILT" --help 2>/dev/null </dev/null || true)"
has_command() { grep -qE "^ +$1( |\$)" <<<"$commands"; }
if has_command rules; then step "rule samples" "$BUILT" rules test; fi

if [[ -e systemd/embargod.service ]]; then
    mkdir "$work/unit"
    # `verify` wants to see the program where the unit says it is installed.
    sed "s|^\(ExecStart=[^/]*\)/[^ ]*|\1$(realpath "$BUILT")|" systemd/embargod.service >"$work/unit/embargod.service"
    step "unit: syntax" systemd-analyze verify "$work/unit/embargod.service"
    step "unit: hardening" systemd-analyze security --offline=true --threshold=20 "$work/unit/embargod.service"
fi

left="$(leftovers)"
if [[ -n $left ]]; then
    say "FAILED  these were started by the tests and still run:"
    say "$left"
    exit 1
fi
pid_files=("$work"/run/*.pid)
if ((${#pid_files[@]})); then
    say "FAILED  servers that were not stopped in order: ${pid_files[*]##*/}"
    exit 1
fi
say "all $passed steps passed in $SECONDS s; nothing they started is left running"
