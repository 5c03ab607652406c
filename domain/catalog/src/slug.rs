use std::fmt;

/// What makes two names one skill: lower case, every run of other than letters and digits one
/// hyphen. `Java` and `JavaScript` differ; `React.js` and `react js` do not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillSlug(String);

impl SkillSlug {
    /// The slug of a name. The database has the same function, `skill_slug`; a test compares them.
    pub fn of(name: &str) -> Self {
        let mut slug = String::with_capacity(name.len());
        for letter in name.to_lowercase().chars() {
            if letter.is_alphanumeric() {
                slug.push(letter);
            } else if !slug.ends_with('-') {
                slug.push('-');
            }
        }
        Self(slug)
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SkillSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_is_not_javascript() {
        assert_ne!(SkillSlug::of("Java"), SkillSlug::of("JavaScript"));
        assert_ne!(SkillSlug::of("Java"), SkillSlug::of("Java Programming"));
    }

    #[test]
    fn runs_of_other_characters_become_one_hyphen() {
        for (name, slug) in [
            ("React.js", "react-js"),
            ("Data Structures & Algorithms", "data-structures-algorithms"),
            ("C++", "c-"),
            ("Ünïcode  ٣", "ünïcode-٣"),
            ("", ""),
        ] {
            assert_eq!(SkillSlug::of(name).as_str(), slug);
        }
    }
}
