//! The page on migrations promises nothing that no test proves.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn every_cell_of_ours_in_the_comparison_names_a_test() {
    let page = fs::read_to_string(root().join("docs/migrations.md")).unwrap();
    let (_, table) = page.split_once("## Compared with other tools").unwrap();
    let tests =
        sources(&root().join("tests/migrations")) + &sources(&root().join("bin/careernav/tests/process"));
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        if cell.starts_with("no, on purpose") {
            continue;
        }
        let name = cell.trim_start_matches("p: ").trim_matches('`');
        assert!(tests.contains(&format!("fn {name}()")), "{name} is no test: {row}");
    }
}
