use application_kernel::StoreError;
use domain_kernel::{BasisPoints, minutes};
use domain_mentoring::Policy;
use serde::{Deserialize, Serialize};

/// `session_terms.policy`: spans in minutes. The fee has a column of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct PolicyJson {
    item: i64,
    ahead_least: i64,
    ahead_most: i64,
    open_requests: u32,
    answer_within: i64,
    answer_before_start: i64,
    pay_within: i64,
    pay_before_start: i64,
    pay_grace: i64,
    cancel_notice: i64,
    auto_complete_after: i64,
    payout_hold: i64,
    #[serde(flatten)]
    meetings: MeetingsJson,
}

/// What was agreed on single meetings. Sessions that were requested before it was written down have the defaults.
#[derive(Serialize, Deserialize)]
#[serde(default)]
struct MeetingsJson {
    complete_after_start: i64,
    report_after_start: i64,
    report_within: i64,
    move_ahead_least: i64,
    moves: u8,
}

impl Default for MeetingsJson {
    fn default() -> Self {
        Self {
            complete_after_start: 15,
            report_after_start: 10,
            report_within: 1440,
            move_ahead_least: 1440,
            moves: 2,
        }
    }
}

impl From<&Policy> for PolicyJson {
    fn from(policy: &Policy) -> Self {
        let Policy {
            fee: _,
            item,
            ahead_least,
            ahead_most,
            open_requests,
            answer_within,
            answer_before_start,
            pay_within,
            pay_before_start,
            pay_grace,
            cancel_notice,
            auto_complete_after,
            payout_hold,
            complete_after_start,
            report_after_start,
            report_within,
            move_ahead_least,
            moves,
        } = policy;
        Self {
            item: item.num_minutes(),
            ahead_least: ahead_least.num_minutes(),
            ahead_most: ahead_most.num_minutes(),
            open_requests: *open_requests,
            answer_within: answer_within.num_minutes(),
            answer_before_start: answer_before_start.num_minutes(),
            pay_within: pay_within.num_minutes(),
            pay_before_start: pay_before_start.num_minutes(),
            pay_grace: pay_grace.num_minutes(),
            cancel_notice: cancel_notice.num_minutes(),
            auto_complete_after: auto_complete_after.num_minutes(),
            payout_hold: payout_hold.num_minutes(),
            meetings: MeetingsJson {
                complete_after_start: complete_after_start.num_minutes(),
                report_after_start: report_after_start.num_minutes(),
                report_within: report_within.num_minutes(),
                move_ahead_least: move_ahead_least.num_minutes(),
                moves: *moves,
            },
        }
    }
}

/// The policy of a stored one and its fee.
pub(super) fn read(json: serde_json::Value, fee: BasisPoints, session: &str) -> Result<Policy, StoreError> {
    let policy: PolicyJson = serde_json::from_value(json).map_err(|error| StoreError::Corrupt {
        table: "session_terms",
        reason: format!("{session}: policy: {error}"),
    })?;
    let PolicyJson {
        item,
        ahead_least,
        ahead_most,
        open_requests,
        answer_within,
        answer_before_start,
        pay_within,
        pay_before_start,
        pay_grace,
        cancel_notice,
        auto_complete_after,
        payout_hold,
        meetings,
    } = policy;
    let MeetingsJson { complete_after_start, report_after_start, report_within, move_ahead_least, moves } =
        meetings;
    Ok(Policy {
        fee,
        item: minutes(item),
        ahead_least: minutes(ahead_least),
        ahead_most: minutes(ahead_most),
        open_requests,
        answer_within: minutes(answer_within),
        answer_before_start: minutes(answer_before_start),
        pay_within: minutes(pay_within),
        pay_before_start: minutes(pay_before_start),
        pay_grace: minutes(pay_grace),
        cancel_notice: minutes(cancel_notice),
        auto_complete_after: minutes(auto_complete_after),
        payout_hold: minutes(payout_hold),
        complete_after_start: minutes(complete_after_start),
        report_after_start: minutes(report_after_start),
        report_within: minutes(report_within),
        move_ahead_least: minutes(move_ahead_least),
        moves,
    })
}
