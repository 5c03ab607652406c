use std::fmt;

/// An e-mail address, in lower case: two addresses that differ in case are one person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// The text is no address that mail could reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is written name@host.tld, in at most 254 characters")]
pub struct InvalidEmail;

impl Email {
    /// Reads an address: one `@`, a local part of at most 64 characters, a host with a dot, no
    /// white space or control characters. Whether it exists only a mail can tell.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim().to_lowercase();
        let (local, host) = text.split_once('@').ok_or(InvalidEmail)?;
        let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"@<>()[],;:\\\"".contains(c);
        let host_is_sound = host.contains('.')
            && host.split('.').all(|part| {
                !part.is_empty()
                    && !part.starts_with('-')
                    && !part.ends_with('-')
                    && part.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let local_is_sound = (1..=64).contains(&local.len()) && local.chars().all(plain);
        (local_is_sound && host_is_sound && text.len() <= 254).then_some(Self(text)).ok_or(InvalidEmail)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_without_case_and_surrounding_space() {
        assert_eq!(
            Email::parse(" Asha.Verma+x@Example.ORG ").map(|e| e.to_string()).as_deref(),
            Ok("asha.verma+x@example.org")
        );
    }

    #[test]
    fn what_no_mail_could_reach_is_refused() {
        for text in [
            "",
            "asha",
            "@example.org",
            "asha@",
            "asha@localhost",
            "a b@example.org",
            "a@b@example.org",
            "a@-x.org",
            "a@x..org",
            "a\n@x.org",
        ] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
        assert_eq!(Email::parse(&format!("{}@example.org", "a".repeat(65))), Err(InvalidEmail));
    }
}
