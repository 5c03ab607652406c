//! Identifiers, secrets and codes that are counted, so that a run is like the one before.

use std::sync::atomic::{AtomicU64, Ordering};

use application_kernel::Ids;

/// Counts over the whole process: no two worlds share an identifier.
pub struct CountedIds;

fn next() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// Counts for one world, so that its keys are the same in every run.
#[derive(Default)]
pub struct OwnIds(AtomicU64);

impl OwnIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Ids for OwnIds {
    fn text(&self) -> String {
        format!("01936f5e-0000-7000-9000-{:012x}", self.next())
    }

    fn secret(&self) -> String {
        format!("{:064x}", self.next())
    }

    fn code(&self) -> String {
        format!("{:08}", 10_000_000 + self.next())
    }
}

impl Ids for CountedIds {
    fn text(&self) -> String {
        // In the form of a UUID version 7, in order.
        format!("01936f5e-0000-7000-8000-{:012x}", next())
    }

    fn secret(&self) -> String {
        format!("{:064x}", next())
    }

    fn code(&self) -> String {
        format!("{:08}", 10_000_000 + next())
    }
}
