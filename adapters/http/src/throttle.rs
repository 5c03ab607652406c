use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::HttpRequest;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Problem;
use crate::client::Proxies;
use crate::problem::TOO_MANY_REQUESTS;
use crate::state::Limits;

/// Counts knocks at the doors that strangers can knock at, for all workers of a server together.
pub(crate) struct Throttle {
    addresses: DefaultKeyedRateLimiter<Option<IpAddr>>,
    accounts: DefaultKeyedRateLimiter<String>,
    proxies: Proxies,
}

impl Throttle {
    pub(crate) fn new(limits: &Limits) -> Self {
        let quota = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            addresses: RateLimiter::keyed(quota(limits.per_address)),
            accounts: RateLimiter::keyed(quota(limits.per_account)),
            proxies: limits.proxies.clone(),
        }
    }

    /// Counts a try from the request's address, and for the account if one is named.
    pub(crate) fn knock(&self, request: &HttpRequest, account: Option<&str>) -> Result<(), Problem> {
        let by_address = self.addresses.check_key(&self.proxies.client(request)).is_ok();
        // Addresses are compared without case, so tries are counted without it too.
        let by_account =
            account.is_none_or(|name| self.accounts.check_key(&name.trim().to_lowercase()).is_ok());
        if by_address && by_account {
            return Ok(());
        }
        let problem = Problem::new(TOO_MANY_REQUESTS, "too many tries");
        Err(problem.with_header("retry-after", "10".to_owned()))
    }

    /// Forgets whoever has not knocked for a while.
    pub(crate) fn forget(&self) {
        self.addresses.retain_recent();
        self.accounts.retain_recent();
    }
}
