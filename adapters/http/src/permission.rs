//! The permissions as types, so that a handler's signature names the one that it needs.

use application_kernel::Permission;

/// What a route needs of an operator.
pub(crate) trait Needed: 'static {
    /// The permission; none where being an operator is enough.
    const PERMISSION: Option<Permission>;
}

/// Being an operator is enough.
pub(crate) enum Any {}

impl Needed for Any {
    const PERMISSION: Option<Permission> = None;
}

macro_rules! needed {
    ($($name:ident),+) => {$(
        #[doc = concat!("[`Permission::", stringify!($name), "`]")]
        pub(crate) enum $name {}

        impl Needed for $name {
            const PERMISSION: Option<Permission> = Some(Permission::$name);
        }
    )+};
}

// One that is added here for its first route is all that a guard needs.
needed!(Users, Studio, Disputes, Refunds);
