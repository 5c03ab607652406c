use domain_kernel::labelled;

use crate::Plan;

labelled! {
    /// What a mentor's best test for a skill allows.
    pub enum Verification {
        /// Every plan.
        Full = "FULL",
        /// The basic plan only.
        BasicOnly = "BASIC_ONLY",
    }
}

impl Verification {
    /// Whether a mentor verified like this may teach the plan.
    pub fn covers(self, plan: &Plan) -> bool {
        match self {
            Self::Full => true,
            Self::BasicOnly => plan.is_basic(),
        }
    }
}
