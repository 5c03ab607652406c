//! Who teaches in the demo. Texts only; `seed.rs` puts them into the catalog.

use domain_catalog::Verification;

pub(crate) struct DemoMentor {
    pub(crate) bio: &'static str,
    pub(crate) expertise: &'static [&'static str],
    pub(crate) available: &'static [(&'static str, &'static [&'static str])],
    /// Courses by title.
    pub(crate) teaches: [(&'static str, Verification); 2],
}

pub(crate) const MENTORS: &[DemoMentor] = &[
    DemoMentor {
        bio: "Backend engineer with ten years of Java in payments. I like small steps and many tests.",
        expertise: &["Java", "Spring", "Databases"],
        available: &[
            ("monday", &["09:00-12:00", "18:00-21:00"]),
            ("tuesday", &["18:00-21:00"]),
            ("wednesday", &["09:00-12:00", "18:00-21:00"]),
            ("thursday", &["18:00-21:00"]),
            ("friday", &["09:00-12:00"]),
        ],
        teaches: [("Java Programming", Verification::Full), ("Python Programming", Verification::BasicOnly)],
    },
    DemoMentor {
        bio: "Analyst in public health. I teach Python to people who never meant to program.",
        expertise: &["Python", "pandas", "Statistics", "SQL"],
        available: &[
            ("monday", &["10:00-13:00"]),
            ("tuesday", &["10:00-13:00"]),
            ("wednesday", &["10:00-13:00"]),
            ("thursday", &["10:00-13:00"]),
            ("friday", &["10:00-13:00", "16:00-18:00"]),
        ],
        teaches: [("Python Programming", Verification::Full), ("Machine Learning", Verification::BasicOnly)],
    },
    DemoMentor {
        bio: "Frontend developer and accessibility tester. We shall build something that works with a keyboard.",
        expertise: &["React", "TypeScript", "Accessibility"],
        available: &[
            ("tuesday", &["08:00-11:00"]),
            ("wednesday", &["19:00-22:00"]),
            ("thursday", &["08:00-11:00", "19:00-22:00"]),
            ("friday", &["19:00-22:00"]),
        ],
        teaches: [("React.js", Verification::Full), ("Web Development", Verification::BasicOnly)],
    },
];
