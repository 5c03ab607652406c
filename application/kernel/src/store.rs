use async_trait::async_trait;

use crate::{Actor, Audit, Code, Failure, Idempotency, Jobs, Journal, MeansCode, Outbox};

/// How often a unit of work is run before a conflict is told to the caller.
const TRIES: u32 = 3;

crate::codes! {
    NOT_FOUND = NotFound "not_found": "There is no such thing, or the caller may not know that there is.";
    CONCURRENT_CHANGE = Conflict "concurrent_change": "Somebody else changed it at the same time, three times in a row. Read it again, then decide.";
    ALREADY_EXISTS = Conflict "already_exists": "A thing like this exists already.";
    REFUSED_BY_STORE = Conflict "refused_by_store": "The database refused the change; a rule of its own stands against it.";
    DATABASE_UNAVAILABLE = Unavailable "database_unavailable": "The database does not answer in time. Try again after Retry-After seconds.";
    NEEDS_POSTGRES = Unavailable "needs_postgres": "The server runs on the memory store, which cannot do this.";
    CORRUPT_DATA = Internal "corrupt_data": "A stored row contradicts the rules. It was logged; nothing was changed.";
}

/// What can go wrong between the application and its store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The row that had to be there is not.
    #[error("no such row in {table}")]
    NotFound {
        /// The table that was asked.
        table: &'static str,
    },
    /// Somebody else changed the row, or the transactions could not be put in an order.
    #[error("a concurrent change won")]
    Conflict,
    /// A unique or exclusion constraint is violated.
    #[error("{constraint} holds such a row already")]
    Duplicate {
        /// The constraint's name.
        constraint: String,
    },
    /// A trigger, check or foreign key refuses the change.
    #[error("{constraint} refuses the change")]
    Refused {
        /// The constraint's or trigger's name, or its message.
        constraint: String,
    },
    /// The database cannot be reached, or did not answer in time.
    #[error("the database is unavailable: {reason}")]
    Unavailable {
        /// What the driver says.
        reason: String,
    },
    /// The store at hand cannot do this; PostgreSQL can.
    #[error("{what} needs PostgreSQL")]
    NeedsPostgres {
        /// What was asked for.
        what: &'static str,
    },
    /// A row cannot be read as what it should be.
    #[error("{table} holds a broken row: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong, with the row's key.
        reason: String,
    },
}

impl MeansCode for StoreError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => NOT_FOUND,
            Self::Conflict => CONCURRENT_CHANGE,
            Self::Duplicate { .. } => ALREADY_EXISTS,
            Self::Refused { .. } => REFUSED_BY_STORE,
            Self::Unavailable { .. } => DATABASE_UNAVAILABLE,
            Self::NeedsPostgres { .. } => NEEDS_POSTGRES,
            Self::Corrupt { .. } => CORRUPT_DATA,
        }
    }
}

impl Failure for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// What every unit of work offers, whatever its context.
#[async_trait]
pub trait Transaction: Send {
    /// Makes everything that was done last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    /// Undoes everything that was done.
    async fn rollback(self: Box<Self>);
    /// Marks a point to which [`Self::restore`] returns. Points nest.
    async fn savepoint(&mut self) -> Result<(), StoreError>;
    /// Undoes everything since the last point, and forgets the point.
    async fn restore(&mut self) -> Result<(), StoreError>;
    /// Keeps everything since the last point, and forgets the point.
    async fn release(&mut self) -> Result<(), StoreError>;

    /// Whether this version of the caller's tokens is still the one in force.
    async fn is_current(&mut self, caller: &Actor, token_version: i32) -> Result<bool, StoreError>;
    /// Events for other contexts.
    fn outbox(&mut self) -> &mut dyn Outbox;
    /// Work for later.
    fn jobs(&mut self) -> &mut dyn Jobs;
    /// The record of who did what.
    fn audit(&mut self) -> &mut dyn Audit;
    /// Answers that were given before.
    fn idempotency(&mut self) -> &mut dyn Idempotency;
    /// The books.
    fn journal(&mut self) -> &mut dyn Journal;
}

/// An open unit of work as one context sees it: a struct of its own over a boxed trait object,
/// declared with [`unit_of_work!`](crate::unit_of_work). It is a struct because the compiler
/// cannot show that a future over a bare `&mut dyn` is `Send`.
pub trait UnitOfWork: Send {
    /// What every unit offers.
    fn platform(&mut self) -> &mut dyn Transaction;
    /// Gives the unit up, to end it.
    fn end(self) -> Box<dyn Transaction>;
}

/// Declares a context's unit of work over the trait that names its ports.
#[macro_export]
macro_rules! unit_of_work {
    ($(#[$doc:meta])* $name:ident over $ports:ident) => {
        $(#[$doc])*
        pub struct $name(Box<dyn $ports>);

        impl $name {
            /// Wraps what a store has opened.
            pub fn new(opened: Box<dyn $ports>) -> Self {
                Self(opened)
            }
        }

        impl $crate::UnitOfWork for $name {
            fn platform(&mut self) -> &mut dyn $crate::Transaction {
                &mut *self.0
            }

            fn end(self) -> Box<dyn $crate::Transaction> {
                self.0
            }
        }

        impl ::std::ops::Deref for $name {
            type Target = dyn $ports;

            fn deref(&self) -> &Self::Target {
                &*self.0
            }
        }

        impl ::std::ops::DerefMut for $name {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut *self.0
            }
        }
    };
}

/// Opens units of work as a context sees them.
#[async_trait]
pub trait Store<T: UnitOfWork>: Send + Sync {
    /// Opens one.
    async fn begin(&self) -> Result<T, StoreError>;
}

/// Runs a piece of work as one unit: all of it lasts, or none.
///
/// `work` makes the piece anew for each try, hence its two bars: `|| async |tx| { … }`. (A closure
/// that could itself be called again would lend its captures, and the compiler could not show its
/// futures to be `Send`.) A conflict with a concurrent change tries again, at most three times in
/// all; so the piece must decide from what it reads inside.
pub async fn transact<T, R, E, W>(store: &dyn Store<T>, mut work: impl FnMut() -> W) -> Result<R, E>
where
    T: UnitOfWork,
    E: Failure + From<StoreError>,
    W: AsyncFnOnce(&mut T) -> Result<R, E>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        let mut tx = store.begin().await?;
        let outcome = match work()(&mut tx).await {
            Ok(value) => {
                #[cfg(feature = "fault")]
                crate::fault::reached("before_commit");
                let committed = tx.end().commit().await;
                #[cfg(feature = "fault")]
                crate::fault::reached("after_commit");
                committed.map(|()| value).map_err(E::from)
            }
            Err(error) => {
                tx.end().rollback().await;
                Err(error)
            }
        };
        match outcome {
            Err(error) if tries < TRIES && error.store() == Some(&StoreError::Conflict) => {}
            outcome => return outcome,
        }
    }
}

/// Runs `work` within the open unit so that its failure undoes only what it did itself.
///
/// The outer result is the store's, the inner one is `work`'s.
pub async fn attempt<T: UnitOfWork, R, E>(
    tx: &mut T,
    work: impl AsyncFnOnce(&mut T) -> Result<R, E>,
) -> Result<Result<R, E>, StoreError> {
    tx.platform().savepoint().await?;
    let outcome = work(tx).await;
    if outcome.is_ok() {
        tx.platform().release().await?;
    } else {
        tx.platform().restore().await?;
    }
    Ok(outcome)
}
