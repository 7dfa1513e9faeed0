#!/usr/bin/env bash
# embargod beside Mailman 3, mlmmj and smtp-source, in one command: builds a release, installs what is missing from Debian (as root; no service is
# started), and measures. Only loopback is used. State under $BENCH_ROOT (default /var/tmp/embargod-bench), the sink's files in /dev/shm.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
[[ $EUID -eq 0 ]] || { echo "run this as root: it uses cgroups and starts Postfix and Dovecot on high ports" >&2; exit 2; }
packages=()
wants() { [[ -e $1 ]] || packages+=("$2"); }
wants /usr/sbin/smtp-sink postfix
wants /usr/lib/dovecot/imap dovecot-imapd
wants /usr/bin/mlmmj-receive mlmmj
wants /usr/lib/mailman3/bin/master mailman3
wants /usr/bin/openssl openssl
if ((${#packages[@]})); then
    # Packages start their services when installed; this keeps them from it.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"
fi
cargo build --release
python3 benches/peers/bench.py all "$@"
