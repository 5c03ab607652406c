//! What gives back and pays in a test's hands: it does as it is told, and remembers what it did under which key.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use application_billing::ports::{PayoutOrder, PayoutProvider, ProviderDown, RefundGateway, RefundOrder};
use async_trait::async_trait;
use domain_billing::{PayoutOutcome, RefundOutcome};

/// How the bank answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It does it and says so.
    Yes,
    /// It says that it does not.
    No,
    /// It does it and says that nobody knows yet.
    Later,
    /// It does it and does not answer.
    DoneAndSilent,
    /// It neither does it nor answers.
    Silent,
}

/// It says yes unless it was told otherwise. What it did under a key it never does again.
#[derive(Default)]
pub struct Bank(Mutex<Books>);

#[derive(Default)]
struct Books {
    script: VecDeque<Says>,
    done: BTreeMap<String, i64>,
    refused: BTreeSet<String>,
    asked: Vec<String>,
}

impl Bank {
    /// How the next questions are answered, in this order.
    pub fn will_say(&self, script: &[Says]) {
        self.0.lock().unwrap().script.extend(script);
    }

    /// What was done, by key, in minor units.
    pub fn done(&self) -> BTreeMap<String, i64> {
        self.0.lock().unwrap().done.clone()
    }

    /// The keys of all questions, in order.
    pub fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }

    fn ask(&self, key: &str, minor: i64) -> Result<Option<bool>, ProviderDown> {
        let mut books = self.0.lock().unwrap();
        books.asked.push(key.to_owned());
        let says = books.script.pop_front().unwrap_or(Says::Yes);
        let silent = || Err(ProviderDown { reason: "the test".into() });
        // What is known of a key stays so.
        if books.done.contains_key(key) {
            return match says {
                Says::DoneAndSilent | Says::Silent => silent(),
                Says::Later => Ok(None),
                Says::Yes | Says::No => Ok(Some(true)),
            };
        }
        if books.refused.contains(key) {
            return Ok(Some(false));
        }
        match says {
            Says::Silent => return silent(),
            Says::No => assert!(books.refused.insert(key.to_owned())),
            Says::Yes | Says::Later | Says::DoneAndSilent => {
                assert!(books.done.insert(key.to_owned(), minor).is_none());
            }
        }
        match says {
            Says::Yes => Ok(Some(true)),
            Says::No => Ok(Some(false)),
            Says::Later => Ok(None),
            Says::DoneAndSilent | Says::Silent => silent(),
        }
    }
}

#[async_trait]
impl RefundGateway for Bank {
    async fn refund(&self, order: RefundOrder) -> Result<Option<RefundOutcome>, ProviderDown> {
        let said = self.ask(&order.key, order.amount.minor())?;
        Ok(said.map(|yes| {
            if yes {
                RefundOutcome::Processed
            } else {
                RefundOutcome::Failed { reason: "the card was closed".into() }
            }
        }))
    }
}

#[async_trait]
impl PayoutProvider for Bank {
    fn name(&self) -> String {
        "bank".into()
    }

    async fn pay(&self, order: PayoutOrder) -> Result<Option<PayoutOutcome>, ProviderDown> {
        let said = self.ask(order.key.as_str(), order.amount.minor())?;
        Ok(said.map(|yes| {
            if yes {
                PayoutOutcome::Paid { reference: format!("UTR {}", order.key) }
            } else {
                PayoutOutcome::Failed { reason: "the account is closed".into() }
            }
        }))
    }

    fn is_told(&self) -> bool {
        false
    }
}
