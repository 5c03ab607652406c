//! What the demo sells. Texts only; `seed.rs` puts them into the catalog.

pub(crate) struct DemoCourse {
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    /// One topic for each meeting of the longest plan.
    pub(crate) syllabus: &'static [&'static str],
}

pub(crate) struct DemoPlan {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) weeks: i32,
    pub(crate) per_week: i32,
    pub(crate) price_minor: i64,
}

pub(crate) struct DemoMentor {
    pub(crate) bio: &'static str,
    pub(crate) expertise: &'static [&'static str],
    pub(crate) available: &'static [(&'static str, &'static [&'static str])],
}

pub(crate) const PLANS: &[DemoPlan] = &[
    DemoPlan {
        key: "basic",
        title: "Basic",
        description: "One meeting a week for four weeks: the foundations, and a direction.",
        weeks: 4,
        per_week: 1,
        price_minor: 149_900,
    },
    DemoPlan {
        key: "standard",
        title: "Standard",
        description: "Two meetings a week for four weeks, with exercises between them.",
        weeks: 4,
        per_week: 2,
        price_minor: 249_900,
    },
    DemoPlan {
        key: "pro",
        title: "Pro",
        description: "Three meetings a week for four weeks, up to a project and a mock interview.",
        weeks: 4,
        per_week: 3,
        price_minor: 399_900,
    },
];

pub(crate) const COURSES: &[DemoCourse] = &[
    DemoCourse {
        title: "Java Programming",
        description: "From the language to a small service that is tested and deployed.",
        syllabus: &[
            "Types, control flow and methods",
            "Classes, records and enums",
            "Collections and generics",
            "Exceptions, files and streams",
            "Lambdas and the stream API",
            "Unit tests with JUnit",
            "Building with Maven",
            "Databases through JDBC",
            "A small web service with Spring Boot",
            "Threads, executors and common races",
            "Reviewing your project",
            "A mock interview",
        ],
    },
    DemoCourse {
        title: "Data Analysis with Python",
        description: "Reading, cleaning, describing and presenting data, and being honest about it.",
        syllabus: &[
            "Python for people who calculate",
            "Reading tables with pandas",
            "Cleaning: missing, double and wrong values",
            "Describing data: means, spreads, outliers",
            "Grouping and joining tables",
            "Charts that answer a question",
            "Samples and confidence",
            "Asking a database with SQL",
            "A first regression, and when not to trust it",
            "Notebooks that others can run again",
            "Reviewing your analysis",
            "Presenting findings to people in a hurry",
        ],
    },
    DemoCourse {
        title: "React.js",
        description: "Interfaces in the browser, from a component to an application that others can use.",
        syllabus: &[
            "JavaScript for components",
            "Components, props and JSX",
            "State, and where to keep it",
            "Forms and what people type into them",
            "Effects, and doing without them",
            "Fetching data, loading and failing well",
            "Routes and pages",
            "Styles that stay apart",
            "Tests that click as a person does",
            "Accessibility with a keyboard only",
            "Reviewing your application",
            "A mock interview",
        ],
    },
];

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
    },
];
