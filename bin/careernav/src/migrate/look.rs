//! Commands that print what the migrator found or did.

use std::io::Write;

use adapter_migrator::{
    Accept, AdoptOptions, ExportOptions, Migrator, MigratorError, Repaired, Source, diagram as entities,
    lint as findings_of,
};
use anyhow::Result;

use super::{WAIT, print_json};
use crate::contexts;
use crate::migrations::Refused;

/// Answers the exit code, as all here do.
pub(super) async fn status(migrator: &Migrator, json: bool, out: &mut impl Write) -> Result<u8> {
    let status = migrator.status().await.map_err(Refused::from)?;
    if json {
        print_json(out, &status)?;
    } else {
        writeln!(out, "{status}")?;
    }
    Ok(status.exit_code())
}

/// Drift in words, and the SQL that would mend it.
pub(super) async fn verify(migrator: &Migrator, json: bool, out: &mut impl Write) -> Result<u8> {
    let (status, drift) = migrator.verify().await.map_err(Refused::from)?;
    if json {
        print_json(out, &serde_json::json!({ "status": status, "differences": drift }))?;
        return Ok(status.exit_code());
    }
    writeln!(out, "{status}")?;
    if drift.is_empty() {
        writeln!(out, "The schema is what the applied migrations build.")?;
    }
    for difference in drift {
        writeln!(out, "-- {difference}")?;
        for statement in difference.sql {
            writeln!(out, "{statement};")?;
        }
    }
    Ok(status.exit_code())
}

/// 10 where something is pending.
pub(super) async fn plan(migrator: &Migrator, json: bool, out: &mut impl Write) -> Result<u8> {
    let plan = migrator.plan().await.map_err(Refused::from)?;
    if json {
        print_json(out, &plan)?;
    } else {
        write!(out, "{plan}")?;
    }
    Ok(if plan.migrations.is_empty() { 0 } else { 10 })
}

pub(super) async fn dump(migrator: &Migrator, json: bool, out: &mut impl Write) -> Result<u8> {
    if json {
        print_json(out, &migrator.catalog().await.map_err(Refused::from)?)?;
    } else {
        write!(out, "{}", migrator.dump().await.map_err(Refused::from)?)?;
    }
    Ok(0)
}

pub(super) async fn diagram(
    migrator: &Migrator,
    only: Option<&str>,
    json: bool,
    out: &mut impl Write,
) -> Result<u8> {
    let catalog = migrator.catalog().await.map_err(Refused::from)?;
    if let Some(only) = only
        && !contexts::NAMES.contains(&only)
    {
        let text = format!("there is no context {only}: {}", contexts::NAMES.join(", "));
        return Err(Refused::because(text).into());
    }
    let wanted = contexts::NAMES.iter().filter(|name| only.is_none_or(|only| only == **name));
    let diagrams: Vec<(&str, String)> =
        wanted.map(|name| (*name, entities(&catalog, |table| contexts::of_table(table) == *name))).collect();
    if json {
        let all: serde_json::Map<_, _> =
            diagrams.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        print_json(out, &all)?;
        return Ok(0);
    }
    for (name, text) in diagrams {
        writeln!(out, "%% {name}\n{text}")?;
    }
    Ok(0)
}

/// 16 where something is dangerous.
pub(super) fn lint(source: &Source, names: &[String], json: bool, out: &mut impl Write) -> Result<u8> {
    let known = source.names().map_err(Refused::from)?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(*name)) {
        return Err(Refused::from(MigratorError::NoSuchMigration { name: unknown.clone() }).into());
    }
    let mut findings = findings_of(source).map_err(Refused::from)?;
    findings.retain(|finding| names.is_empty() || names.contains(&finding.migration));
    if json {
        print_json(out, &findings)?;
    } else if findings.is_empty() {
        writeln!(out, "Nothing dangerous was found.")?;
    }
    for finding in findings.iter().filter(|_| !json) {
        writeln!(out, "{finding}")?;
    }
    Ok(if findings.is_empty() { 0 } else { 16 })
}

pub(super) async fn adopt(
    migrator: &Migrator,
    options: AdoptOptions,
    json: bool,
    out: &mut impl Write,
) -> Result<u8> {
    let mut told = Vec::new();
    let report = migrator
        .adopt(options, |sql| {
            if !json {
                // Shown before it runs: who watches can still stop it.
                told.push(writeln!(out, "{sql}").and_then(|()| out.flush()));
            }
        })
        .await
        .map_err(Refused::from)?;
    told.into_iter().collect::<Result<(), _>>()?;
    if json {
        print_json(out, &report)?;
    } else {
        write!(out, "{report}")?;
        if !report.pending.is_empty() {
            writeln!(out, "Next: careernav migrate deploy")?;
        }
    }
    Ok(0)
}

pub(super) async fn export(
    migrator: &Migrator,
    options: ExportOptions,
    json: bool,
    out: &mut impl Write,
) -> Result<u8> {
    let folder = options.folder.clone();
    let exported = migrator.export(options).await.map_err(Refused::from)?;
    if json {
        print_json(out, &exported)?;
        return Ok(0);
    }
    for name in &exported.written {
        writeln!(out, "written: {}", folder.join(name).join("migration.sql").display())?;
    }
    for name in &exported.differing {
        writeln!(
            out,
            "{name}: the history has the checksum of another script; --from FOLDER or --leave settles that"
        )?;
    }
    if exported.left {
        writeln!(out, "diesel's table is gone; the folder and the history agree")?;
    }
    Ok(0)
}

/// 11 where a person has to look.
pub(super) async fn repair(
    migrator: &Migrator,
    accept: Option<Accept>,
    look: bool,
    json: bool,
    out: &mut impl Write,
) -> Result<u8> {
    let repaired = migrator.repair(accept, look, WAIT).await.map_err(Refused::from)?;
    if json {
        print_json(out, &repaired)?;
    } else if repaired.is_empty() {
        writeln!(out, "There is nothing to repair.")?;
    }
    for one in repaired.iter().filter(|_| !json) {
        writeln!(out, "{one}")?;
    }
    let unclear = repaired.iter().any(|one| matches!(one, Repaired::Unclear { .. }));
    Ok(if unclear { 11 } else { 0 })
}
