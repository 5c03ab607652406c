use domain_kernel::{Lifecycle, labelled};

labelled! {
    /// Where a payment stands.
    pub enum PaymentStatus {
        /// The order exists; nothing has come.
        Pending = "PENDING",
        /// The gateway has the student's consent; the money is on its way.
        Processing = "PROCESSING",
        /// The gateway holds the money for us.
        Success = "SUCCESS",
        /// The last attempt failed; another may follow.
        Failed = "FAILED",
        /// All of it went back.
        Refunded = "REFUNDED",
    }
}

labelled! {
    /// What can happen to a payment.
    pub enum PaymentStep {
        /// The student consented.
        Authorise = "authorise",
        /// The money came.
        Capture = "capture",
        /// The money came after the session was called off.
        CaptureLate = "capture_late",
        /// The attempt failed, or ran out of time.
        Fail = "fail",
        /// The student tries again on the same order.
        Retry = "retry",
        /// Some of it went back.
        RefundPart = "refund_part",
        /// The last of it went back.
        RefundWhole = "refund_whole",
    }
}

impl Lifecycle for PaymentStatus {
    type Event = PaymentStep;
    const INITIAL: &'static [Self] = &[Self::Pending];
    const TRANSITIONS: &'static [(Self, PaymentStep, Self)] = &[
        (Self::Pending, PaymentStep::Authorise, Self::Processing),
        (Self::Failed, PaymentStep::Authorise, Self::Processing),
        (Self::Pending, PaymentStep::Capture, Self::Success),
        (Self::Processing, PaymentStep::Capture, Self::Success),
        (Self::Failed, PaymentStep::Capture, Self::Success),
        (Self::Pending, PaymentStep::CaptureLate, Self::Success),
        (Self::Processing, PaymentStep::CaptureLate, Self::Success),
        (Self::Failed, PaymentStep::CaptureLate, Self::Success),
        (Self::Pending, PaymentStep::Fail, Self::Failed),
        (Self::Processing, PaymentStep::Fail, Self::Failed),
        (Self::Failed, PaymentStep::Retry, Self::Pending),
        (Self::Success, PaymentStep::RefundPart, Self::Success),
        (Self::Success, PaymentStep::RefundWhole, Self::Refunded),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<PaymentStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<PaymentStatus>());
    }
}
