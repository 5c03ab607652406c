use anyhow::{Context, Result, bail};
use domain_kernel::{BasisPoints, Currency, minutes};
use domain_mentoring::Policy;
use serde::Deserialize;

/// See `defaults.toml`; spans in minutes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each setting is explained where its default stands")]
pub struct Booking {
    pub currency: String,
    pub fee_basis_points: u16,
    pub item: u16,
    pub ahead_least: u32,
    pub ahead_most: u32,
    pub open_requests: u32,
    pub answer_within: u32,
    pub answer_before_start: u32,
    pub pay_within: u32,
    pub pay_before_start: u32,
    pub pay_grace: u32,
    pub cancel_notice: u32,
    pub auto_complete_after: u32,
    pub payout_hold: u32,
    pub complete_after_start: u32,
    pub report_after_start: u32,
    pub report_within: u32,
    pub move_ahead_least: u32,
    pub moves: u8,
}

impl Booking {
    /// The currency of all prices.
    pub fn currency(&self) -> Result<Currency> {
        Currency::parse(&self.currency).with_context(|| format!("{:?} is no currency", self.currency))
    }

    /// The rules of the house.
    pub fn policy(&self) -> Result<Policy> {
        self.currency()?;
        let Self {
            currency: _,
            fee_basis_points,
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
        } = self;
        if !(1..=1440).contains(item) {
            bail!("a meeting lasts between 1 and 1440 minutes");
        }
        let fee = BasisPoints::parse(*fee_basis_points)?;
        let span = |count: u32| minutes(count.into());
        Ok(Policy {
            fee,
            item: minutes((*item).into()),
            ahead_least: span(*ahead_least),
            ahead_most: span(*ahead_most),
            open_requests: *open_requests,
            answer_within: span(*answer_within),
            answer_before_start: span(*answer_before_start),
            pay_within: span(*pay_within),
            pay_before_start: span(*pay_before_start),
            pay_grace: span(*pay_grace),
            cancel_notice: span(*cancel_notice),
            auto_complete_after: span(*auto_complete_after),
            payout_hold: span(*payout_hold),
            complete_after_start: span(*complete_after_start),
            report_after_start: span(*report_after_start),
            report_within: span(*report_within),
            move_ahead_least: span(*move_ahead_least),
            moves: *moves,
        })
    }
}
