use domain_billing::{Payment, PaymentStatus, PayoutStatus};
use domain_kernel::{BasisPoints, Money};
use domain_mentoring::SessionStatus;

use crate::ports::Rhythm;

use super::rows::{TakenOverLedger, TakenOverPlan, TakenOverRows};

/// The plan that was bought, as far as it can be one.
pub(super) fn sold<'a>(
    rows: &'a TakenOverRows,
    reasons: &mut Vec<String>,
) -> Option<(&'a TakenOverPlan, Rhythm)> {
    let Some(plan) = &rows.plan else {
        reasons.push("its plan is gone".to_owned());
        return None;
    };
    if plan.skill_slug != rows.session.skill_slug {
        reasons.push(format!("its plan is of another skill than {:?}", rows.session.skill_name));
    }
    if plan.rhythm.is_none() {
        reasons.push(format!("the numbers of its plan {} are no plan", plan.id));
    }
    plan.rhythm.map(|rhythm| (plan, rhythm))
}

/// The payment as far as it fits the session's status. An unfinished one must be of our gateway.
pub(super) fn payment<'a>(
    rows: &'a TakenOverRows,
    ours: &str,
    reasons: &mut Vec<String>,
) -> Option<&'a Payment> {
    use PaymentStatus::{Refunded, Success};
    let status = rows.session.status;
    let is_paid = matches!(status, SessionStatus::Paid | SessionStatus::Scheduled | SessionStatus::Completed);
    let payment = match &rows.payment {
        None => {
            if is_paid {
                reasons.push(format!("it is {status}, but has no payment"));
            }
            return None;
        }
        Some(Err(why)) => {
            reasons.push(format!("its payment cannot be read: {why}"));
            return None;
        }
        Some(Ok(payment)) => payment,
    };
    let stands = payment.status;
    match status {
        _ if is_paid && stands != Success => {
            reasons.push(format!("it is {status}, but its payment is {stands}"));
        }
        _ if is_paid => {}
        SessionStatus::Cancelled if stands == Success => {
            let amount = payment.amount;
            reasons.push(format!("it is CANCELLED, but {amount} that were paid for it were not given back"));
        }
        SessionStatus::Cancelled => {}
        _ if matches!(stands, Success | Refunded) => {
            reasons.push(format!("it is {status}, but its payment is {stands}"));
        }
        SessionStatus::Approved | SessionStatus::Pending if payment.gateway != ours => {
            let gateway = &payment.gateway;
            reasons.push(format!("its payment was begun with the gateway {gateway}; ours is {ours}"));
        }
        _ => {}
    }
    Some(payment)
}

/// The platform's share of the captured payment, if it was captured: the one that the split has, or the
/// configured one where there is no split yet.
pub(super) fn split_share(
    rows: &TakenOverRows,
    payment: Option<&Payment>,
    split: Option<&TakenOverLedger>,
    configured: BasisPoints,
    reasons: &mut Vec<String>,
) -> Option<BasisPoints> {
    let payment = payment.filter(|payment| payment.status == PaymentStatus::Success)?;
    let status = rows.session.status;
    let Some(split) = split else {
        reasons.push("its payment has no row in admin_ledger".to_owned());
        return None;
    };
    if split.amount != payment.amount {
        reasons.push(format!("{} were paid, but admin_ledger has {}", payment.amount, split.amount));
    }
    if split.created_at.is_none() {
        reasons.push("its row in admin_ledger does not say when the money came".to_owned());
    }
    if split.status != PayoutStatus::Pending && status != SessionStatus::Completed {
        reasons.push(format!("it is {status}, but the mentor's share is {} already", split.status));
    }
    let (fee, payout) = match (split.fee, split.payout) {
        (None, None) => return Some(configured),
        (Some(fee), Some(payout)) => (fee, payout),
        _ => {
            reasons.push("its row in admin_ledger is split by half".to_owned());
            return None;
        }
    };
    let net = split.amount.minus(split.refunded).ok();
    if fee.plus(payout).ok() != net {
        reasons.push(format!("admin_ledger splits {} into {payout} and {fee}", split.amount));
        return None;
    }
    let share = net.and_then(|net| share_of(fee, net, configured));
    if share.is_none() {
        reasons.push(format!("{fee} of {} are no share in hundredths of a percent", split.amount));
    }
    share
}

/// The share whose split of `net` leaves that fee: the configured one if it does.
fn share_of(fee: Money, net: Money, configured: BasisPoints) -> Option<BasisPoints> {
    let splits = |share: &BasisPoints| net.split(*share).0 == fee;
    let least = (i128::from(fee.minor()) * 10_000).checked_add(i128::from(net.minor()) - 1)?;
    let least = least.checked_div(i128::from(net.minor()))?;
    let least = u16::try_from(least).ok().and_then(|points| BasisPoints::parse(points).ok());
    Some(configured).filter(splits).or(least.filter(splits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_kernel::Currency;

    #[test]
    fn a_split_that_was_taken_over_keeps_its_share() {
        let inr = |minor| Money::parse(minor, Currency::parse("INR").unwrap()).unwrap();
        let share = |points| BasisPoints::parse(points).unwrap();
        let configured = share(1500);
        assert_eq!(share_of(inr(14_985), inr(99_900), configured), Some(configured));
        assert_eq!(share_of(inr(19_980), inr(99_900), configured), Some(share(2000)));
        assert_eq!(share_of(inr(0), inr(99_900), configured), Some(share(0)));
        assert_eq!(share_of(inr(99_900), inr(99_900), configured), Some(share(10_000)));
        // Three of seven paise are no whole number of basis points but cut to three all the same.
        assert_eq!(share_of(inr(3), inr(7), configured), Some(share(4286)));
        assert_eq!(share_of(inr(333_333_333), inr(9_999_999_999), configured), None);
    }
}
