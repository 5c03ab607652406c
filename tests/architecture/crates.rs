//! Who may depend on whom. Only normal dependencies count: tests may reach anywhere.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// A crate of the workspace: its folder's layer, and what it depends on.
struct Member {
    layer: String,
    ours: BTreeSet<String>,
    others: BTreeSet<String>,
}

fn members() -> BTreeMap<String, Member> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let names: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let root = metadata.workspace_root.clone();
    metadata
        .packages
        .iter()
        .map(|package| {
            let folder = package.manifest_path.strip_prefix(&root).expect("inside the workspace");
            let layer = folder.components().next().expect("a folder").to_string();
            let normal =
                package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal && !d.optional);
            let (ours, others) = normal.map(|d| d.name.clone()).partition(|name| names.contains(name));
            (package.name.to_string(), Member { layer, ours, others })
        })
        .collect()
}

fn layer<'a>(
    members: &'a BTreeMap<String, Member>,
    layer: &'a str,
) -> impl Iterator<Item = (&'a String, &'a Member)> {
    members.iter().filter(move |(_, member)| member.layer == layer)
}

#[test]
fn domain_crates_know_the_domain_kernel_and_plain_values_only() {
    let members = members();
    assert!(layer(&members, "domain").count() >= 5);
    for (name, member) in layer(&members, "domain") {
        let ours: Vec<&str> = member.ours.iter().map(String::as_str).collect();
        let expected: &[&str] = if name == "domain-kernel" { &[] } else { &["domain-kernel"] };
        assert_eq!(ours, expected, "{name}");
        let plain = ["chrono", "chrono-tz", "thiserror"];
        for other in &member.others {
            assert!(plain.contains(&other.as_str()), "{name} depends on {other}");
        }
    }
}

#[test]
fn application_crates_know_the_application_kernel_and_domains_only() {
    let members = members();
    assert!(layer(&members, "application").count() >= 4);
    for (name, member) in layer(&members, "application") {
        for other in &member.ours {
            let kernel = other == "application-kernel" && name != "application-kernel";
            assert!(kernel || members[other].layer == "domain", "{name} depends on {other}");
        }
        for other in &member.others {
            assert!(
                !["diesel", "diesel-async", "actix-web", "reqwest", "config"].contains(&other.as_str()),
                "{name} depends on {other}"
            );
        }
    }
}

#[test]
fn a_changed_rule_compiles_no_other_contexts_use_cases() {
    // A session and its money change together; the staff's addresses and passwords obey the rules of everybody's.
    let allowed = [
        ("application-booking", "domain-billing"),
        ("application-booking", "domain-mentoring"),
        ("application-operations", "domain-identity"),
    ];
    let members = members();
    let mut found = Vec::new();
    for (name, member) in layer(&members, "application") {
        let own = name.replace("application-", "domain-");
        let foreign =
            |other: &&String| other.starts_with("domain-") && *other != "domain-kernel" && **other != own;
        found.extend(member.ours.iter().filter(foreign).map(|other| (name.as_str(), other.as_str())));
    }
    assert_eq!(found, allowed, "see docs/performance.md on builds");
}

#[test]
fn adapters_do_not_know_each_other() {
    let members = members();
    for (name, member) in layer(&members, "adapters") {
        for other in &member.ours {
            assert_ne!(members[other].layer, "adapters", "{name} depends on {other}");
            assert_ne!(members[other].layer, "bin", "{name} depends on {other}");
        }
    }
}

#[test]
fn only_the_postgres_and_migrator_adapters_speak_diesel_and_only_http_speaks_actix() {
    let members = members();
    let users = |of: &str| -> Vec<String> {
        let in_house = members.iter().filter(|(_, member)| member.layer != "tests");
        in_house
            .filter(|(_, member)| member.others.iter().any(|name| name.starts_with(of)))
            .map(|(name, _)| name.clone())
            .collect()
    };
    assert_eq!(users("diesel"), ["adapter-migrator", "adapter-postgres"]);
    assert_eq!(users("actix-web"), ["adapter-http"]);
}

#[test]
fn no_chain_of_our_crates_is_longer_than_five() {
    fn longest(name: &str, members: &BTreeMap<String, Member>) -> usize {
        1 + members[name].ours.iter().map(|other| longest(other, members)).max().unwrap_or(0)
    }
    let members = members();
    for name in members.keys() {
        assert!(longest(name, &members) <= 5, "{name} begins a chain of {}", longest(name, &members));
    }
}

#[test]
fn packages_carry_their_layer_in_their_name() {
    for (name, member) in members() {
        let prefix = match member.layer.as_str() {
            "adapters" => "adapter-",
            "domain" => "domain-",
            "application" => "application-",
            _ => continue,
        };
        assert!(name.starts_with(prefix), "{name} lives in {}", member.layer);
    }
}
