use application_kernel::{StoreError, transact};
use domain_billing::{Dispute, DisputeStatus, DisputeStep, FactOutcome, LedgerRefused};
use domain_kernel::{DisputeId, Lifecycle, Money};

use crate::billing::Done;
use crate::ports::BillingTx;
use crate::{Billing, BillingError};

/// What a gateway tells of a dispute, verified to come from it. The same may come many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisputeFact {
    /// The gateway.
    pub gateway: String,
    /// The gateway's key of the order.
    pub order: String,
    /// The gateway's key of the dispute.
    pub key: String,
    /// What has happened.
    pub what: DisputeTold,
}

/// What can be told of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeTold {
    /// The gateway withholds this much, in minor units of the payment's currency; all that is left if it does not say.
    Opened(Option<i64>),
    /// The gateway took this much back, and it stays so: a dispute that is opened and lost at once. All that is left if it
    /// does not say; if nothing is, nothing happens.
    Reversed(Option<i64>),
    /// It has ended.
    Ended(DisputeStep),
}

impl Billing {
    /// Takes in what a gateway says of a dispute, whoever brought it. What says what is known is ignored, an ending that
    /// contradicts the known one recorded and ignored.
    pub async fn record_dispute(&self, fact: &DisputeFact) -> Result<FactOutcome, BillingError> {
        transact(&*self.store, || {
            async |tx: &mut BillingTx| {
                let payment = tx.books().by_order(&fact.gateway, &fact.order).await?;
                let payment = payment.ok_or(StoreError::NotFound { table: "payments" })?;
                tx.books().parties(&payment).await?;
                let mut payment = tx.books().payment(&payment).await?;
                let mut ledger = tx.books().ledger(&payment.id).await?;
                let known = tx.disputes().by_key(&payment.id, &fact.key).await?;
                let now = self.clock.now();
                let (mut done, dispute) = match (fact.what, known) {
                    (DisputeTold::Opened(_) | DisputeTold::Reversed(_), Some(_)) => {
                        return Ok(FactOutcome::Ignored);
                    }
                    (DisputeTold::Opened(minor) | DisputeTold::Reversed(minor), None) => {
                        let left = ledger.left()?;
                        let is_reversal = matches!(fact.what, DisputeTold::Reversed(_));
                        if is_reversal && left.minor() == 0 {
                            return Ok(FactOutcome::Ignored);
                        }
                        let amount = minor.map_or(Ok(left), |minor| Money::parse(minor, left.currency()));
                        let amount = amount.map_err(|_| LedgerRefused::TooMuch(left))?;
                        let id = self.new_id(DisputeId::parse)?;
                        let mut dispute =
                            Dispute::open(id, payment.id.clone(), fact.key.clone(), amount, now);
                        let entries = ledger.open_dispute(&dispute, now)?;
                        tx.disputes().add(&dispute).await?;
                        let mut done = Done::posting(entries);
                        if is_reversal {
                            dispute.decide(DisputeStep::Lose, now)?;
                            tx.disputes().save(&mut dispute).await?;
                            self.follow_totals(tx, &mut payment, now).await?;
                            let (entry, event) = ledger.lose_dispute(&dispute, now)?;
                            done.entries.push(entry);
                            done = done.telling(&event);
                        }
                        (done, dispute)
                    }
                    // Its opening is still to come: whoever brings this brings it again.
                    (DisputeTold::Ended(_), None) => {
                        return Err(StoreError::NotFound { table: "disputes" }.into());
                    }
                    (DisputeTold::Ended(step), Some(mut dispute)) => {
                        if dispute.status != DisputeStatus::Open {
                            // What contradicts is recorded; what says the same again is not news.
                            if DisputeStatus::Open.on(step)? != dispute.status {
                                let done =
                                    Done::default().with("said", &step).with("status", &dispute.status);
                                self.write(tx, None, "dispute.ignored", dispute.id.to_string(), done, now)
                                    .await?;
                            }
                            return Ok(FactOutcome::Ignored);
                        }
                        dispute.decide(step, now)?;
                        tx.disputes().save(&mut dispute).await?;
                        let (entry, event) = match step {
                            DisputeStep::Win => ledger.win_dispute(&dispute, now)?,
                            DisputeStep::Lose => {
                                self.follow_totals(tx, &mut payment, now).await?;
                                ledger.lose_dispute(&dispute, now)?
                            }
                        };
                        (Done::posting([entry]).telling(&event), dispute)
                    }
                };
                tx.books().save_ledger(&mut ledger).await?;
                done = done.with("status", &dispute.status).with("amount", &dispute.amount);
                self.write(tx, None, "dispute.fact", dispute.id.to_string(), done, now).await?;
                Ok(FactOutcome::Applied)
            }
        })
        .await
    }
}
