use domain_kernel::{DomainEvent, Fact, Lifecycle, Money, PaymentId, RefundId, Timestamp, labelled};

labelled! {
    /// Where money stands that goes back.
    pub enum RefundStatus {
        /// It is to go back.
        Requested = "REQUESTED",
        /// The gateway was asked.
        Submitted = "SUBMITTED",
        /// The gateway says that it went back.
        Processed = "PROCESSED",
        /// The gateway says that it did not.
        Failed = "FAILED",
    }
}

labelled! {
    /// What can happen to it.
    pub enum RefundStep {
        /// The gateway is asked.
        Submit = "submit",
        /// It went back.
        Process = "process",
        /// It did not.
        Fail = "fail",
        /// It is tried again.
        Retry = "retry",
    }
}

labelled! {
    /// Why money goes back.
    pub enum RefundCause {
        /// The session was called off.
        Cancelled = "cancelled",
        /// The mentor did not come to a meeting.
        NoShow = "no_show",
    }
}

impl Lifecycle for RefundStatus {
    type Event = RefundStep;
    const INITIAL: &'static [Self] = &[Self::Requested];
    const TRANSITIONS: &'static [(Self, RefundStep, Self)] = &[
        (Self::Requested, RefundStep::Submit, Self::Submitted),
        (Self::Submitted, RefundStep::Process, Self::Processed),
        (Self::Submitted, RefundStep::Fail, Self::Failed),
        (Self::Failed, RefundStep::Retry, Self::Requested),
    ];
}

/// A part of a payment that goes back to the student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its key, which is also the key under which the gateway is asked.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub cause: RefundCause,
    /// Where it stands.
    pub status: RefundStatus,
    /// When it was found to be due.
    pub requested_at: Timestamp,
}

impl Refund {
    /// Money is to go back. The event tells whoever asks the gateway.
    pub fn request(
        id: RefundId,
        payment: PaymentId,
        amount: Money,
        cause: RefundCause,
        now: Timestamp,
    ) -> (Self, RefundRequested) {
        let event = RefundRequested { refund: id.clone(), payment: payment.clone() };
        (Self { id, payment, amount, cause, status: RefundStatus::Requested, requested_at: now }, event)
    }
}

/// Money is to go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequested {
    refund: RefundId,
    payment: PaymentId,
}

impl DomainEvent for RefundRequested {
    fn kind(&self) -> &'static str {
        "refund_requested"
    }

    fn subject(&self) -> String {
        self.refund.to_string()
    }

    fn facts(&self) -> Vec<Fact> {
        vec![("payment_id", self.payment.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::{broken_laws, matrix};

    #[test]
    fn the_machine_is_lawful() {
        assert_eq!(broken_laws::<RefundStatus>(), Vec::<String>::new());
    }

    #[test]
    fn the_matrix_is_the_one_that_was_agreed() {
        insta::assert_snapshot!(matrix::<RefundStatus>());
    }
}
