// The courses in the order in which they are seeded. Whoever seeds includes this list, so a course is one file and one
// line here. A file holds what is sold (`topics`: a topic for every meeting of each plan) and the skill test
// (`questions`: at least 8 for beginners, 7 intermediate, 5 advanced; four options, of which `key` is the right one's
// place, from 0). The crates that read it refuse a file that breaks a rule, and their tests read all of them.
[
    include_str!("java-programming.toml"),
    include_str!("python-programming.toml"),
    include_str!("web-development.toml"),
    include_str!("data-structures-algorithms.toml"),
    include_str!("database-management-systems.toml"),
    include_str!("machine-learning.toml"),
    include_str!("system-design.toml"),
    include_str!("javascript.toml"),
    include_str!("react-js.toml"),
    include_str!("backend-development.toml"),
]
