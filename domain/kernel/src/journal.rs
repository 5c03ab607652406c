use crate::{Currency, InvalidMoney, Labelled, Money, PaymentId, UserId, labelled};

labelled! {
    /// What an account is for. A mentor has accounts of three kinds of their own, of the others there is one
    /// for each currency.
    pub enum AccountKind {
        /// Money that the gateway holds for us: an asset.
        GatewayClearing = "gateway_clearing",
        /// Our bank account: an asset.
        Bank = "bank",
        /// Money that a gateway withholds while a dispute is open: an asset.
        DisputeHold = "dispute_hold",
        /// What a mentor owes after a refund of what was paid out: an asset.
        MentorReceivable = "mentor_receivable",
        /// Money for services that are not rendered: a liability.
        Escrow = "escrow",
        /// Money that has nothing to pay for: a liability.
        Unapplied = "unapplied",
        /// Money that goes back to students: a liability.
        RefundPayable = "refund_payable",
        /// Money that a mentor has earned: a liability.
        MentorPayable = "mentor_payable",
        /// The same, on its way to the mentor's bank: a liability.
        PayoutInTransit = "payout_in_transit",
        /// Fees that were earned: revenue.
        PlatformRevenue = "platform_revenue",
        /// What the gateway keeps for itself: an expense.
        GatewayFees = "gateway_fees",
    }
}

labelled! {
    /// On which side of the balance sheet an account stands.
    pub enum AccountClass {
        /// What we have: its debits outweigh.
        Asset = "asset",
        /// What we owe: its credits outweigh.
        Liability = "liability",
        /// What we have earned: its credits outweigh.
        Revenue = "revenue",
        /// What it cost: its debits outweigh.
        Expense = "expense",
    }
}

labelled! {
    /// Why money moved. A source has at most one entry of a kind.
    pub enum EntryKind {
        /// Money came for a session: gateway clearing to escrow.
        Capture = "capture",
        /// Money came that has nothing to pay for: gateway clearing to unapplied.
        CaptureUnapplied = "capture_unapplied",
        /// Money is to go back: from escrow or unapplied to refund payable.
        RefundRequested = "refund_requested",
        /// It went back: refund payable to gateway clearing.
        RefundProcessed = "refund_processed",
        /// The service was rendered and the hold is over: escrow to mentor payable and revenue.
        Earn = "earn",
        /// The opposite, when the mentor's share is held again.
        Unearn = "unearn",
        /// The mentor's share is released: mentor payable to payout in transit.
        PayoutStarted = "payout_started",
        /// It arrived: payout in transit to bank.
        PayoutPaid = "payout_paid",
        /// It did not leave: payout in transit to mentor payable.
        PayoutFailed = "payout_failed",
        /// The bank sent it back: bank to mentor payable.
        PayoutReturned = "payout_returned",
        /// What was paid out is to go back: revenue and mentor receivable to refund payable.
        ClawBack = "claw_back",
        /// The gateway withholds money: dispute hold to gateway clearing.
        DisputeOpened = "dispute_opened",
        /// It gives it back: gateway clearing to dispute hold.
        DisputeWon = "dispute_won",
        /// It keeps it: escrow, or revenue and mentor receivable, to dispute hold.
        DisputeLost = "dispute_lost",
        /// The gateway paid us out: bank and gateway fees to gateway clearing.
        Settlement = "settlement",
        /// That was recorded by mistake: the opposite.
        SettlementReversed = "settlement_reversed",
    }
}

impl AccountKind {
    /// On which side it stands.
    pub fn class(self) -> AccountClass {
        match self {
            Self::GatewayClearing | Self::Bank | Self::DisputeHold | Self::MentorReceivable => {
                AccountClass::Asset
            }
            Self::Escrow
            | Self::Unapplied
            | Self::RefundPayable
            | Self::MentorPayable
            | Self::PayoutInTransit => AccountClass::Liability,
            Self::PlatformRevenue => AccountClass::Revenue,
            Self::GatewayFees => AccountClass::Expense,
        }
    }

    /// Whether its credits may never be outweighed: we do not owe less than nothing.
    pub fn is_never_overdrawn(self) -> bool {
        matches!(self.class(), AccountClass::Liability | AccountClass::Revenue)
    }
}

/// An account of the journal, in one currency that its entries name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// What it is for.
    pub kind: AccountKind,
    /// The mentor whose it is.
    pub owner: Option<UserId>,
}

impl Account {
    /// The account that the platform has once.
    pub fn of(kind: AccountKind) -> Self {
        Self { kind, owner: None }
    }

    /// A mentor's.
    pub fn of_mentor(kind: AccountKind, mentor: &UserId) -> Self {
        Self { kind, owner: Some(mentor.clone()) }
    }

    /// Its key in a currency: `escrow:INR`, `mentor_payable:INR:mentor_001`.
    pub fn key(&self, currency: Currency) -> String {
        let kind = self.kind.label();
        match &self.owner {
            None => format!("{kind}:{currency}"),
            Some(owner) => format!("{kind}:{currency}:{owner}"),
        }
    }
}

/// Money that moves between accounts, all at once. It always balances: it is made of transfers, each of
/// which debits one account with what it credits another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Why.
    pub kind: EntryKind,
    /// The row that caused it.
    pub source: String,
    /// The version of that row which caused it: what happens again to a row posts again.
    pub version: i32,
    /// The payment that it concerns; none for settlements.
    pub payment: Option<PaymentId>,
    /// The currency of all of it.
    pub currency: Currency,
    transfers: Vec<(Account, Account, i64)>,
}

/// What an entry does to one account, in minor units: credits are positive, debits negative.
pub type JournalLine = (Account, i64);

impl JournalEntry {
    /// An entry that moves nothing yet.
    pub fn new(
        kind: EntryKind,
        source: impl Into<String>,
        version: i32,
        payment: Option<&PaymentId>,
        currency: Currency,
    ) -> Self {
        Self { kind, source: source.into(), version, payment: payment.cloned(), currency, transfers: vec![] }
    }

    /// Debits one account with an amount and credits another. Nothing moves for nothing.
    pub fn transfer(mut self, debit: Account, credit: Account, amount: Money) -> Result<Self, InvalidMoney> {
        if amount.currency() != self.currency {
            return Err(InvalidMoney::Mixed);
        }
        self.transfers.push((debit, credit, amount.minor()));
        Ok(self)
    }

    /// What it does to each account: one line for each, none of them zero. They add up to zero.
    pub fn lines(&self) -> Vec<JournalLine> {
        let mut lines = std::collections::BTreeMap::<&Account, i64>::new();
        for (debit, credit, minor) in &self.transfers {
            *lines.entry(debit).or_default() -= minor;
            *lines.entry(credit).or_default() += minor;
        }
        lines
            .into_iter()
            .filter(|(_, minor)| *minor != 0)
            .map(|(account, minor)| (account.clone(), minor))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_balances_and_names_each_account_once() {
        let inr = Currency::parse("INR").unwrap();
        let money = |minor| Money::parse(minor, inr).unwrap();
        let mentor = UserId::parse("m").unwrap();
        let escrow = || Account::of(AccountKind::Escrow);
        let entry = JournalEntry::new(EntryKind::Earn, "p", 3, None, inr)
            .transfer(escrow(), Account::of_mentor(AccountKind::MentorPayable, &mentor), money(85))
            .and_then(|entry| entry.transfer(escrow(), Account::of(AccountKind::PlatformRevenue), money(15)))
            .and_then(|entry| entry.transfer(escrow(), Account::of(AccountKind::Unapplied), money(0)))
            .unwrap();
        let lines: Vec<(String, i64)> =
            entry.lines().into_iter().map(|(account, minor)| (account.key(inr), minor)).collect();
        let expected = [("escrow:INR", -100), ("mentor_payable:INR:m", 85), ("platform_revenue:INR", 15)];
        assert_eq!(lines, expected.map(|(key, minor)| (key.to_owned(), minor)));
        assert_eq!(lines.iter().map(|(_, minor)| minor).sum::<i64>(), 0);
    }

    #[test]
    fn an_entry_is_in_one_currency() {
        let (inr, usd) = (Currency::parse("INR").unwrap(), Currency::parse("USD").unwrap());
        let entry = JournalEntry::new(EntryKind::Capture, "p", 0, None, inr);
        let (from, to) = (Account::of(AccountKind::GatewayClearing), Account::of(AccountKind::Escrow));
        assert_eq!(entry.transfer(from, to, Money::parse(1, usd).unwrap()).unwrap_err(), InvalidMoney::Mixed);
    }

    #[test]
    fn what_we_owe_and_have_earned_is_never_less_than_nothing() {
        let overdrawn: Vec<&str> = AccountKind::ALL
            .iter()
            .filter(|kind| !kind.is_never_overdrawn())
            .map(|kind| kind.label())
            .collect();
        assert_eq!(
            overdrawn,
            ["gateway_clearing", "bank", "dispute_hold", "mentor_receivable", "gateway_fees"]
        );
    }
}
