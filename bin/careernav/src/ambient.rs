//! The machine's clock and randomness, behind the ports that everything else asks.

use std::sync::atomic::{AtomicI64, Ordering};

use application_kernel::{AdjustableClock, Clock, Ids};
use domain_kernel::{TimeDelta, Timestamp};
use rand::RngExt;

/// The machine's time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(chrono::Utc::now())
    }
}

/// The machine's time, moved: demo mode's clock.
#[derive(Debug, Default)]
pub struct TestClock {
    ahead_micros: AtomicI64,
}

impl TestClock {
    /// Moves on to that instant, if it lies ahead: after a restart nothing that was written lies in the future.
    pub fn catch_up(&self, newest: Timestamp) {
        let ahead = newest.since(SystemClock.now()).num_microseconds().unwrap_or(0);
        self.ahead_micros.fetch_max(ahead, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus(TimeDelta::microseconds(self.ahead_micros.load(Ordering::Relaxed)))
    }
}

impl AdjustableClock for TestClock {
    fn advance(&self, span: TimeDelta) {
        self.ahead_micros.fetch_add(span.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }
}

/// A clock that stands until somebody sets it: that of a past.
#[derive(Debug)]
pub struct PastClock {
    micros: AtomicI64,
}

impl PastClock {
    /// A clock that shows this.
    pub fn at(time: Timestamp) -> Self {
        Self { micros: AtomicI64::new(time.micros()) }
    }

    /// Shows this from now on; never something earlier.
    pub fn set(&self, time: Timestamp) {
        self.micros.fetch_max(time.micros(), Ordering::Relaxed);
    }
}

impl Clock for PastClock {
    fn now(&self) -> Timestamp {
        // What was set was an instant.
        Timestamp::from_micros(self.micros.load(Ordering::Relaxed)).unwrap_or(Timestamp::EPOCH)
    }
}

/// Identifiers in the order of time, and secrets of the machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn text(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    fn secret(&self) -> String {
        let bytes: [u8; 32] = rand::rng().random();
        hex::encode(bytes)
    }

    fn code(&self) -> String {
        format!("{:08}", rand::rng().random_range(0..100_000_000_u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_clock_moves_ahead_of_the_machine() {
        let clock = TestClock::default();
        clock.advance(domain_kernel::days(3));
        let ahead = clock.now().since(SystemClock.now());
        assert!((domain_kernel::days(3) - ahead).num_minutes() < 1, "{ahead}");
    }

    #[test]
    fn the_test_clock_catches_up_with_what_was_written_and_never_goes_back() {
        let clock = TestClock::default();
        clock.catch_up(SystemClock.now().plus(domain_kernel::days(3)));
        clock.catch_up(SystemClock.now().minus(domain_kernel::days(3)));
        let ahead = clock.now().since(SystemClock.now());
        assert!((domain_kernel::days(3) - ahead).num_minutes() < 1, "{ahead}");
        clock.catch_up(SystemClock.now().plus(domain_kernel::days(1)));
        assert!(clock.now().since(SystemClock.now()) > domain_kernel::days(2));
    }

    #[test]
    fn codes_have_eight_digits_and_secrets_sixty_four() {
        assert_eq!(SystemIds.code().len(), 8);
        assert_eq!(SystemIds.secret().len(), 64);
        assert_ne!(SystemIds.secret(), SystemIds.secret());
        assert!(SystemIds.text() < SystemIds.text());
    }
}
