//! What a tidy tree is.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// All files below the folder with that extension, generated and built ones left out.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(files(&path, extension));
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    let generated = root().join("adapters/postgres/src/schema.rs");
    let sources = files(&root(), "rs").into_iter().filter(|path| *path != generated);
    sources.map(|path| (path.clone(), fs::read_to_string(path).expect("a text"))).collect()
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= 400, "{} has {} lines", path.display(), text.lines().count());
    }
}

#[test]
fn every_crate_begins_with_what_it_is() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.ends_with("src/lib.rs")) {
        assert!(text.starts_with("//! "), "{} has no table of contents", path.display());
    }
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    for (path, _) in sources() {
        let stem = path.file_stem().expect("a name").to_string_lossy();
        for drawer in ["util", "utils", "common", "helper", "helpers", "manager", "misc"] {
            assert_ne!(stem, drawer, "{}", path.display());
        }
    }
}

#[test]
fn no_test_is_skipped_and_none_waits_for_time_to_pass() {
    // Spelled in parts, so that this file does not find itself.
    let refused = [concat!("#[ig", "nore"), concat!("thread::sl", "eep(Duration::from_secs")];
    for (path, text) in sources() {
        for pattern in refused {
            assert!(!text.contains(pattern), "{} has {pattern}", path.display());
        }
    }
}

#[test]
fn every_dependency_of_the_workspace_is_used() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let declared = manifest.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let declared = declared.take_while(|line| !line.starts_with("[workspace.lints"));
    let names = declared
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('#'));
    let used: Vec<String> = files(&root(), "toml")
        .into_iter()
        .filter(|path| *path != root().join("Cargo.toml"))
        .map(|path| fs::read_to_string(path).expect("a manifest"))
        .collect();
    for name in names {
        let inherits = format!("{name}.workspace = true");
        let inherits_more = format!("{name} = {{ workspace = true");
        assert!(
            used.iter().any(|text| text.contains(&inherits) || text.contains(&inherits_more)),
            "{name} is not used"
        );
    }
}
