use std::fmt;

/// A closed set of values, each with the one label that the database, the API and the docs use.
pub trait Labelled: fmt::Debug + Copy + Eq + 'static {
    /// What the set is called, such as `SessionStatus`.
    const NAME: &'static str;
    /// Every value, in the order of the database's enumerated type.
    const ALL: &'static [Self];

    /// The value's label, such as `PENDING`.
    fn label(self) -> &'static str;

    /// The value with exactly this label.
    fn from_label(label: &str) -> Result<Self, UnknownLabel> {
        Self::ALL
            .iter()
            .copied()
            .find(|value| value.label() == label)
            .ok_or_else(|| UnknownLabel { set: Self::NAME, label: label.chars().take(60).collect() })
    }
}

/// No value of the set has this label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{set} has no value {label:?}")]
pub struct UnknownLabel {
    /// The set that was asked.
    pub set: &'static str,
    /// What was looked for, cut to 60 characters.
    pub label: String,
}

/// Declares a [`Labelled`] enum: its name, its values, their labels, once.
#[macro_export]
macro_rules! labelled {
    ($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$value_doc:meta])* $value:ident = $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$value_doc])* $value),+ }

        impl $crate::Labelled for $name {
            const NAME: &'static str = stringify!($name);
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn label(self) -> &'static str {
                match self { $(Self::$value => $label),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($crate::Labelled::label(*self))
            }
        }
    };
}
