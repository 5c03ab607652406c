//! Takes over a database that another tool migrated, without touching a row.

mod refusals;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::catalog::{Class, Drift, drift, read_from};
use crate::connection::{DatabaseUrl, Session};
use crate::error::MigratorError;
use crate::run::settle;
use crate::scratch::replay;
use crate::source::Script;
use crate::status::{Status, judge};
use crate::{known, ledger, lock};

pub use self::report::{AdoptReport, NotCreated};

/// How a database is taken over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdoptOptions {
    /// Only tell what would be done.
    pub look: bool,
    /// Fill what may be null and should not be, and forbid null there.
    pub reconcile: bool,
    /// Where there is no history, declare the former tool's migrations applied.
    pub baseline: bool,
    /// The former tool's own scripts, to compare the checksums in the history with.
    pub from: Option<PathBuf>,
    /// How long to poll for the lock.
    pub wait: Duration,
}

/// The whole adoption, on a thread that may block. `tell` hears every statement before it runs.
pub(crate) fn adopt(
    session: &mut Session,
    url: &DatabaseUrl,
    scratch: Option<&DatabaseUrl>,
    scripts: &[Script],
    options: &AdoptOptions,
    tell: &mut dyn FnMut(String),
) -> Result<AdoptReport, MigratorError> {
    settle(session)?;
    lock::acquire(session, options.wait, drop)?;
    lock::while_held(session, |session| {
        let history = ledger::read(session)?;
        let status = judge(&known(scripts), &history, None);
        refusals::history(&status)?;
        if let Some(folder) = &options.from {
            refusals::other_scripts(&history, folder)?;
        }
        let mut declared = refusals::only_in_the_mirror(&history, scripts)?;
        if history.is_empty() {
            let empty = read_from(session)?.tables.is_empty();
            if empty {
                return Err(MigratorError::NothingThere);
            }
            if !options.baseline {
                return Err(MigratorError::NoHistory);
            }
            declared = scripts.iter().filter(|script| script.inherited).collect();
        }
        let taken = Taken { scripts, status, declared };
        let expected = replay(session, url, scratch, &taken.expected())?;
        let mut differences = drift(&expected, &read_from(session)?);
        refusals::contradictions(&differences)?;

        let mut report = taken.report();
        if !options.look {
            write(session, &taken, &differences, tell, &mut report)?;
            differences = drift(&expected, &read_from(session)?);
            if options.reconcile {
                reconcile(session, &taken.expected(), &differences, tell, &mut report)?;
                differences = drift(&expected, &read_from(session)?);
            }
        }
        if options.look && options.reconcile && differences.iter().any(Drift::allows_null) {
            let fills = taken.expected().into_iter().filter_map(|script| script.reconcile.as_ref());
            report.fills = fills.map(|script| script.trim_end().to_owned()).collect();
        }
        report.sort(differences);
        Ok(report)
    })
}

/// What is taken over.
struct Taken<'a> {
    scripts: &'a [Script],
    status: Status,
    /// What is not in the ledger and will be.
    declared: Vec<&'a Script>,
}

impl<'a> Taken<'a> {
    /// The migrations whose effect has to be there: what the history says, and what the former tool had, which holds
    /// on a database that is built partly.
    fn expected(&self) -> Vec<&'a Script> {
        let is_declared = |script: &Script| self.declared.iter().any(|other| other.name == script.name);
        let wanted = |script: &&Script| {
            script.inherited || is_declared(script) || self.status.is_applied(&script.name)
        };
        self.scripts.iter().filter(wanted).collect()
    }

    fn report(&self) -> AdoptReport {
        let declared: Vec<String> = self.declared.iter().map(|script| script.name.clone()).collect();
        let names = |wanted: fn(&Status, &str) -> bool| -> Vec<String> {
            let all = self.scripts.iter().map(|script| script.name.clone());
            all.filter(|name| wanted(&self.status, name) && !declared.contains(name)).collect()
        };
        let (applied, pending) = (names(Status::is_applied), names(Status::is_pending));
        AdoptReport { applied, declared, pending, ..AdoptReport::default() }
    }
}

/// Both histories, and what is missing; all of it or nothing.
fn write(
    session: &mut Session,
    taken: &Taken<'_>,
    differences: &[Drift],
    tell: &mut dyn FnMut(String),
    report: &mut AdoptReport,
) -> Result<(), MigratorError> {
    let missing = differences.iter().filter(|drift| drift.class == Class::Missing);
    session.transaction(|session| {
        session.batch_execute("SET LOCAL search_path TO public; SET LOCAL check_function_bodies TO off")?;
        for drift in missing {
            let tried = attempt(session, &drift.sql, tell);
            match tried {
                Ok(()) => report.created.push(drift.what.clone()),
                // A view in the table's place, say: what the migrations need is not there, and cannot be.
                Err(error) if drift.is_needed() && !is_of_rows(&error) => {
                    let differences = vec![format!("{} cannot be created: {error}", drift.what)];
                    return Err(MigratorError::Contradicting { differences });
                }
                // Rows of the other programs may not allow it; then less is promised, and that is told.
                Err(error) => report
                    .not_created
                    .push(NotCreated { what: drift.what.clone(), reason: error.to_string() }),
            }
        }
        ledger::create_tables(session)?;
        for script in &taken.declared {
            ledger::declare(session, script, "declared applied when the database was taken over")?;
        }
        for script in taken.scripts.iter().filter(|script| taken.status.is_applied(&script.name)) {
            ledger::mirror(session, &script.version)?;
        }
        Ok(())
    })
}

/// Whether it is the rows that are there which do not allow something.
fn is_of_rows(error: &DieselError) -> bool {
    use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    matches!(
        error,
        DieselError::DatabaseError(
            CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation,
            _
        )
    )
}

/// In a savepoint, so that what cannot be done leaves the rest alone.
fn attempt(session: &mut Session, sql: &[String], tell: &mut dyn FnMut(String)) -> diesel::QueryResult<()> {
    session.transaction(|session| {
        for statement in sql {
            tell(format!("{statement};"));
            session.batch_execute(statement)?;
        }
        Ok(())
    })
}

/// Fills what should not be null: as the migrations' own reconcile.sql says, then with the default.
fn reconcile(
    session: &mut Session,
    expected: &[&Script],
    differences: &[Drift],
    tell: &mut dyn FnMut(String),
    report: &mut AdoptReport,
) -> Result<(), MigratorError> {
    let may_be_null: Vec<&Drift> = differences.iter().filter(|drift| drift.allows_null()).collect();
    if may_be_null.is_empty() {
        return Ok(());
    }
    session.transaction(|session| {
        session.batch_execute("SET LOCAL search_path TO public")?;
        for script in expected.iter().filter_map(|script| script.reconcile.as_ref()) {
            tell(script.trim_end().to_owned());
            session.batch_execute(script)?;
        }
        for drift in may_be_null {
            match attempt(session, &drift.sql, tell) {
                Ok(()) => report.reconciled.push(drift.what.clone()),
                Err(error) => report
                    .not_created
                    .push(NotCreated { what: drift.what.clone(), reason: error.to_string() }),
            }
        }
        Ok(())
    })
}
