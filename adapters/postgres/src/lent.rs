use std::ops::{Deref, DerefMut};

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::pooled_connection::deadpool::Object;

/// A pooled connection for a unit of work. One that is given back within a transaction is closed, not
/// pooled: the pool would look at it only when it is wanted again, and hold its locks until then.
pub(crate) struct Lent(Option<Object<AsyncPgConnection>>);

impl Lent {
    pub(crate) fn new(pooled: Object<AsyncPgConnection>) -> Self {
        Self(Some(pooled))
    }
}

impl Deref for Lent {
    type Target = AsyncPgConnection;

    #[expect(clippy::expect_used, reason = "it is taken out when this is dropped, and never before")]
    fn deref(&self) -> &AsyncPgConnection {
        self.0.as_ref().expect("a connection")
    }
}

impl DerefMut for Lent {
    #[expect(clippy::expect_used, reason = "it is taken out when this is dropped, and never before")]
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.0.as_mut().expect("a connection")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(mut pooled) = self.0.take()
            && pooled.is_broken()
        {
            // Out of the pool, which makes another one when it needs it; the server undoes what was open.
            drop(Object::take(pooled));
        }
    }
}
