# The tools that `scripts/prepare tools` installs; those of the system serve as well.
export PATH := justfile_directory() / "target/tools/bin" + ":" + env("PATH")

# Lists the recipes.
default:
    @just --list --unsorted

# Runs the whole backend on a private database; Ctrl-C stops all of it.
up *arguments:
    scripts/up {{ arguments }}

# Runs every test on a temporary database cluster.
test *arguments:
    scripts/test {{ arguments }}

# Everything that CI checks. The tests include the short form of `soak`; `fuzz` has its short form, too.
check: (fmt "--check") lint deny (test "--features" "careernav/fault") (fuzz "")

# Formats the code; with --check only says what is not formatted.
fmt *arguments:
    cargo fmt --all {{ arguments }}

# Lints every target and builds the documentation; a warning and a dead link are errors.
lint:
    cargo clippy --workspace --all-targets --features careernav/fault -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Checks the dependencies' licences, who may depend on what, and where it all comes from.
deny:
    @cargo deny --version >/dev/null 2>&1 || { echo "cargo-deny is missing: run  scripts/prepare tools"; exit 1; }
    cargo deny check --hide-inclusion-graph licenses bans sources

# Writes what is generated from the code: the OpenAPI document, the diagrams, the lists.
generate:
    cargo run -- generate

# Kills the real server under load, so many times.
soak deaths="200":
    CAREERNAV_SOAK={{ deaths }} scripts/test --features careernav/fault --test soak

# Sends the real server whatever its document allows, and what it does not; as long for each of three log-ins.
fuzz minutes="10" seed="1":
    scripts/fuzz --seed {{ seed }} {{ if minutes == "" { "" } else { "--minutes " + minutes } }}

# Measures a release build beside pgbench on the same statements (docs/performance.md).
bench *arguments:
    bench/run {{ arguments }}

# Changes the rules of money in every way that a tool knows; each change must break a test (docs/money.md).
mutants *arguments:
    @cargo mutants --version >/dev/null 2>&1 || { echo "cargo-mutants is missing: run  scripts/prepare mutants"; exit 1; }
    cargo mutants -p domain-billing -p domain-kernel -p domain-mentoring -f 'domain/billing/src/*.rs' \
        -f 'domain/kernel/src/{money,lifecycle,journal}.rs' -f 'domain/mentoring/src/{ending,status,session}.rs' {{ arguments }}
