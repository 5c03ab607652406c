use domain_kernel::{Lifecycle, labelled};

labelled! {
    /// Where the mentor's share of a payment lies.
    pub enum PayoutStatus {
        /// In escrow.
        Pending = "PENDING",
        /// Payable to the mentor.
        Ready = "READY",
        /// In transit.
        Processing = "PROCESSING",
        /// Paid.
        Released = "RELEASED",
    }
}

labelled! {
    /// What can happen to the mentor's share.
    pub enum PayoutStep {
        /// The service was rendered and the hold is over.
        Earn = "earn",
        /// An operator releases it.
        Release = "release",
        /// The provider says that it was paid.
        Pay = "pay",
        /// The provider says that it was not.
        Fail = "fail",
        /// The provider says nothing.
        NoAnswer = "no_answer",
        /// The bank sent it back.
        Return = "return",
        /// A dispute, a refund or an operator holds it.
        Hold = "hold",
    }
}

impl Lifecycle for PayoutStatus {
    type Event = PayoutStep;
    const INITIAL: &'static [Self] = &[Self::Pending];
    const TRANSITIONS: &'static [(Self, PayoutStep, Self)] = &[
        (Self::Pending, PayoutStep::Earn, Self::Ready),
        (Self::Ready, PayoutStep::Release, Self::Processing),
        (Self::Ready, PayoutStep::Hold, Self::Pending),
        (Self::Processing, PayoutStep::Pay, Self::Released),
        (Self::Processing, PayoutStep::Fail, Self::Ready),
        (Self::Processing, PayoutStep::NoAnswer, Self::Processing),
        (Self::Released, PayoutStep::Return, Self::Ready),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<PayoutStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<PayoutStatus>());
    }
}
