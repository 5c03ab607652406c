use crate::labelled;

labelled! {
    /// What a person is on the platform. Operators are not a role: they have accounts of their own.
    pub enum Role {
        /// Learns, books and pays.
        Student = "STUDENT",
        /// Qualifies, teaches and is paid.
        Mentor = "MENTOR",
    }
}
