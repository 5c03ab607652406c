use domain_kernel::{TimeDelta, Timestamp, UserId, days};

/// One link of a log-in: the token that buys the next access token, once. Mostly it is a user's; `Who` is the kind of
/// account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken<Who = UserId> {
    /// SHA-256 of the token, which itself is not kept.
    pub hash: String,
    /// The log-in that it descends from.
    pub family: String,
    /// Whose it is.
    pub user: Who,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// When it was exchanged.
    pub used_at: Option<Timestamp>,
    /// When its family was ended.
    pub revoked_at: Option<Timestamp>,
}

/// Why a refresh token buys nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshRefused {
    /// It was exchanged before: somebody has a copy, so the whole family ends.
    #[error("the refresh token was used before")]
    Reused,
    /// It has lapsed, or its family was ended.
    #[error("the refresh token is no longer valid")]
    Ended,
}

impl RefreshToken {
    /// How long an unused token of a user is good for: 30 days.
    pub const LIFETIME: TimeDelta = days(30);
}

impl<Who> RefreshToken<Who> {
    /// Exchanges the token.
    pub fn exchange(&mut self, now: Timestamp) -> Result<(), RefreshRefused> {
        if self.revoked_at.is_some() || now >= self.expires_at {
            return Err(RefreshRefused::Ended);
        }
        if self.used_at.is_some() {
            return Err(RefreshRefused::Reused);
        }
        self.used_at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_exchanged_once() {
        let now = Timestamp::EPOCH;
        let mut token = RefreshToken {
            hash: "h".into(),
            family: "f".into(),
            user: UserId::parse("u").unwrap(),
            expires_at: now.plus(RefreshToken::LIFETIME),
            used_at: None,
            revoked_at: None,
        };
        assert_eq!(token.exchange(now), Ok(()));
        assert_eq!(token.exchange(now), Err(RefreshRefused::Reused));
        token.used_at = None;
        assert_eq!(token.exchange(now.plus(RefreshToken::LIFETIME)), Err(RefreshRefused::Ended));
        token.revoked_at = Some(now);
        assert_eq!(token.exchange(now), Err(RefreshRefused::Ended));
    }
}
