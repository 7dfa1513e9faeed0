//! `systemd/embargod.service` fits the program and `config/xen.toml`, and is as closed as the README says.

use std::{path::Path, process::Command};

use crate::machine::shipped;

const UNIT: &str = include_str!("../../systemd/embargod.service");

fn values(key: &str) -> Vec<&'static str> {
    UNIT.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn the_service_protocol() {
    for (key, expected) in [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("WatchdogSec", "15min"),
        ("ExecStart", "/usr/bin/embargod run --config /etc/embargod/embargod.toml"),
        ("ExecReload", "/bin/kill -HUP $MAINPID"),
        ("Restart", "on-failure"),
        ("DynamicUser", "yes"),
        ("StateDirectory", "embargod"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("LimitCORE", "0"),
        ("MemorySwapMax", "0"),
        ("CapabilityBoundingSet", ""),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
    ] {
        assert_eq!(values(key), [expected], "{key}");
    }
}

#[test]
fn the_unit_loads_exactly_the_credentials_that_xen_toml_names() {
    let loaded: Vec<&str> = values("LoadCredential").iter().map(|value| value.split(':').next().unwrap()).collect();
    let text = shipped("xen.toml");
    let named: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("members-credential = ").or(line.strip_prefix("password-credential = ")))
        .map(|value| value.trim_matches('"'))
        .collect();
    assert_eq!(loaded, named);
}

#[test]
fn the_exposure_is_low() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/embargod.service");
    let analysis = Command::new("systemd-analyze").args(["security", "--offline=true", "--no-pager"]).arg(unit).output();
    let Ok(analysis) = analysis else {
        println!("systemd-analyze is not installed: the exposure is not measured");
        return;
    };
    let text = String::from_utf8_lossy(&analysis.stdout);
    let level = text.lines().find_map(|line| line.split_once("Overall exposure level for embargod.service: "));
    let (_, level) = level.unwrap_or_else(|| panic!("no level in:\n{text}"));
    let level: f64 = level.split(' ').next().unwrap().parse().unwrap();
    assert!(level <= 1.5, "the exposure level is {level}");
}
