//! What README and docs/ have their readers type.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::given::Given;
use crate::running::{Running, careernav, folder, said};

/// How many blocks of commands each page has that are run by the tests below, or by `.ci/run` where they build something.
const BLOCKS: [(&str, usize); 4] =
    [("README.md", 3), ("CONTRIBUTING.md", 1), ("docs/money.md", 1), ("docs/operators.md", 3)];

fn root() -> PathBuf {
    ::careernav::generate::root()
}

/// Every page that is not generated.
fn pages() -> Vec<(String, String)> {
    let mut folders = vec![root(), root().join("docs"), root().join("docs/adr")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ext| ext == "md") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                pages.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(pages.len() > 20, "{}", pages.len());
    pages
}

/// The blocks of commands on a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn block(name: &str, place: usize) -> String {
    let page = std::fs::read_to_string(root().join(name)).unwrap();
    blocks(&page)[place].to_owned()
}

/// Types the commands into a shell, where one that fails ends it and `curl` takes a refusal for a failure; answers what
/// was shown.
fn typed(commands: &str, input: &str, given: Option<&Given>, variables: &[(&str, &str)]) -> String {
    let at = given.map_or(Path::new("/"), |given| given.folder.path());
    let command = careernav(at);
    let program = command.get_program();
    let script = format!(
        "set -eo pipefail\ncareernav() {{ \"{}\" --mode demo \"$@\"; }}\n\
         curl() {{ command curl --fail-with-body \"$@\"; }}\n{commands}",
        program.display()
    );
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(at).envs(variables.iter().copied());
    for (name, _) in command.get_envs().filter(|(_, value)| value.is_none()) {
        shell.env_remove(name);
    }
    if let Some(given) = given {
        shell.env("DATABASE_URL", &given.url);
    }
    let mut shell =
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = shell.wait_with_output().unwrap();
    let (shown, error) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{commands}\n{shown}{error}");
    shown
}

#[test]
fn every_block_of_commands_is_run_somewhere() {
    let mut found: Vec<(String, usize)> = pages()
        .into_iter()
        .map(|(name, page)| (name, blocks(&page).len()))
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort();
    let mut known = BLOCKS.map(|(name, count)| (name.to_owned(), count));
    known.sort();
    assert_eq!(found, known, "run the block in a test of this file, and count it in BLOCKS");
    // Nobody would run what stands under another name.
    for (name, page) in pages() {
        for other in ["```bash", "```shell", "```console"] {
            assert!(!page.contains(other), "{name}: {other} is written ```sh");
        }
    }
}

/// The words of a page that are set as code and begin with one of those.
fn spans<'p>(page: &'p str, begins: &[&str]) -> Vec<&'p str> {
    let outside: Vec<&str> = page.split("```").step_by(2).collect();
    let codes = outside.into_iter().flat_map(|part| part.split('`').skip(1).step_by(2));
    codes.filter(|code| begins.iter().any(|begin| code.starts_with(begin))).collect()
}

#[test]
fn every_command_in_the_text_is_one_that_the_program_takes() {
    let folder = folder();
    let mut seen = 0;
    for (name, page) in pages() {
        let begins = ["careernav ", "migrate ", "ledger ", "legacy ", "operator ", "cargo run -- "];
        for code in spans(&page, &begins) {
            let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
            let line = code.trim_start_matches("careernav ").trim_start_matches("cargo run -- ");
            // `operator add | list` is one line for two.
            let (first, others) = line.split_once(" | ").map_or((line, None), |(a, b)| (a, Some(b)));
            let stem = first.rsplit_once(' ').map_or("", |(stem, _)| stem);
            let alternatives = others.into_iter().flat_map(|others| others.split(" | "));
            let lines = alternatives.map(|last| format!("{stem} {last}")).chain([first.to_owned()]);
            for line in lines {
                let words = line.split_whitespace().filter(|word| *word != "…");
                let (_, error, code) = said(careernav(folder.path()).args(words).arg("--help"));
                assert_eq!(code, Some(0), "{name}: {line}: {error}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn every_recipe_and_script_in_the_text_is_there() {
    let recipes = std::fs::read_to_string(root().join("justfile")).unwrap();
    let is_recipe = |name: &str| {
        recipes.lines().any(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ' ']) && rest.contains(':'))
        })
    };
    let mut seen = 0;
    for (name, page) in pages() {
        for code in spans(&page, &["just "]) {
            let recipe = code.split_whitespace().nth(1).unwrap();
            assert!(is_recipe(recipe), "{name}: {code}");
            seen += 1;
        }
        for code in spans(&page, &["scripts/", "./scripts/", "bench/", ".ci/"]) {
            let file = code.split_whitespace().next().unwrap();
            assert!(root().join(file).exists(), "{name}: {code}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn the_tour_of_the_readme_ends_with_a_scheduled_session() {
    let folder = folder();
    let running = Running::up(folder.path());
    let tour = block("README.md", 1).replace("http://127.0.0.1:8080", &running.address);
    let shown = typed(&tour, "", None, &[]);
    assert!(shown.contains(r#""status":"SCHEDULED""#), "{shown}");
    assert_eq!(running.interrupt(), Some(0));
}

#[tokio::test]
async fn the_seeds_and_the_commands_on_the_books_do_what_the_pages_say() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    let shown = typed(&block("README.md", 2), "", Some(&given), &[]);
    assert!(shown.contains("sessions: 15 added") && shown.contains("questions: "), "{shown}");
    let shown = typed(&block("docs/money.md", 0), "", Some(&given), &[]);
    // Before it is posted and after.
    assert!(shown.contains("the books are sound"), "{shown}");
    assert_eq!(shown.matches("the journal lacks nothing").count(), 2, "{shown}");
}

#[tokio::test]
async fn an_operator_does_what_the_page_says() {
    let given = Given::database().await;
    given.prints(&["migrate", "deploy"], 0);
    given.prints(&["seed", "demo"], 0);
    let server = Running::serve(given.command(&["serve", "--port", "0"]));
    let mentor = server.mentor().await;
    let shown =
        typed(&block("docs/operators.md", 0), "a long password\n", Some(&given), &[("MENTOR_ID", &mentor)]);
    assert!(shown.contains("may now: ") && shown.contains("pay@example.org"), "{shown}");
    let is_code = |word: &&str| word.len() == 23 && word.matches('-').count() == 3;
    let code = shown.split_whitespace().find(is_code).expect("a backup code");
    // The operator stays logged in from one block to the next.
    let both = block("docs/operators.md", 1) + &block("docs/operators.md", 2);
    let both = both.replace("http://127.0.0.1:8080", &server.address);
    let shown = typed(&both, &format!("{code}\n"), None, &[]);
    assert!(shown.contains(r#""status":"CANCELLED""#) && shown.contains("outside the platform"), "{shown}");
    server.signal(Signal::TERM);
    assert_eq!(server.end(), Some(0));
}
