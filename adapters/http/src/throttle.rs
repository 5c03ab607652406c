use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Problem;
use crate::problem::TOO_MANY_REQUESTS;
use crate::state::Limits;

/// Counts knocks at the doors that strangers can knock at, for all workers of a server together.
pub(crate) struct Throttle {
    addresses: DefaultKeyedRateLimiter<Option<IpAddr>>,
    accounts: DefaultKeyedRateLimiter<String>,
}

impl Throttle {
    pub(crate) fn new(limits: &Limits) -> Self {
        let quota = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            addresses: RateLimiter::keyed(quota(limits.per_address)),
            accounts: RateLimiter::keyed(quota(limits.per_account)),
        }
    }

    /// Counts a try from the address, and for the account if one is named.
    pub(crate) fn knock(&self, client: Option<IpAddr>, account: Option<&str>) -> Result<(), Problem> {
        let by_address = self.addresses.check_key(&client.map(counted)).is_ok();
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

/// What an address is counted as: of IPv6 a caller commonly has a whole network of 64 bits.
fn counted(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn of_ipv6_networks_are_counted() {
        let counted = |text: &str| counted(text.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_ne!(counted("2001:db8:1:3::6"), counted("2001:db8:1:2::6"));
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
    }
}
