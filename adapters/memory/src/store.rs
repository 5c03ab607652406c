use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use application_billing::{NewDocument, SettlementView};
use application_kernel::{Actor, AuditEntry};
use application_mentoring::ports::NewMessage;
use application_operations::ports::OperatorAccount;
use domain_billing::{Approval, Dispute, DocumentNumber, Ledger, Payment, PayoutAttempt, Refund};
use domain_catalog::{Plan, Verification};
use domain_identity::RefreshToken;
use domain_kernel::{
    ApprovalId, CourseId, JournalEntry, LedgerRowId, OperatorId, PaymentId, PayoutAttemptId, PlanId,
    RefundId, ScheduleItemId, SessionId, Timestamp, UserId,
};
use domain_mentoring::{CourseStatus, Session};
use tokio::sync::{Mutex, MutexGuard, Notify, OwnedMutexGuard};

use crate::booking::{Hold, PlannedItem, RememberedFact};
use crate::catalog::{Course, MentorProfile, PlanRow};
use crate::identity::{PendingSignUp, User, UserSettings};
use crate::jobs::{Event, Job};
use crate::platform::{IdempotencyKey, KeptReply};
use crate::qualification::TestQuestion;

/// A store that lives as long as the process. Clones share it.
///
/// One lock guards all of it: units of work run one after the other, so none ever meets a
/// conflict. A unit works on a copy, which replaces the original when it is committed. A query waits
/// for the open unit too, so it must not be asked from inside one.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    /// Rung when tokens were revoked.
    pub(crate) bell: Arc<Notify>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was committed last; nobody changes it while the guard lives.
    pub(crate) async fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().await
    }

    /// Opens a unit of work; the next one waits until it has ended.
    pub async fn open(&self) -> MemoryTx {
        let committed = self.state.clone().lock_owned().await;
        let state = committed.clone();
        MemoryTx { committed, state, points: Vec::new(), bell: self.bell.clone(), rings: false }
    }
}

/// An open unit of work. Dropping it undoes everything.
pub struct MemoryTx {
    pub(crate) committed: OwnedMutexGuard<State>,
    pub(crate) state: State,
    pub(crate) points: Vec<State>,
    pub(crate) bell: Arc<Notify>,
    /// Whether tokens were revoked, which is told when this is committed.
    pub(crate) rings: bool,
}

/// The tables, each keyed as in the database; a table and its side table are one here.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) outbox: BTreeMap<i64, Event>,
    pub(crate) jobs: BTreeMap<i64, Job>,
    pub(crate) audit_events: Vec<AuditEntry>,
    /// In order, with when each was posted.
    pub(crate) journal_entries: Vec<(JournalEntry, Timestamp)>,
    /// By key, in minor units: credits are positive.
    pub(crate) ledger_accounts: BTreeMap<String, i64>,
    pub(crate) idempotency_keys: BTreeMap<IdempotencyKey, KeptReply>,

    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) user_settings: BTreeMap<UserId, UserSettings>,
    pub(crate) student_profiles: BTreeSet<UserId>,
    pub(crate) sign_ups: BTreeMap<String, PendingSignUp>,
    pub(crate) refresh_tokens: BTreeMap<String, RefreshToken>,

    pub(crate) operators: BTreeMap<OperatorId, OperatorAccount>,
    pub(crate) operator_refresh_tokens: BTreeMap<String, RefreshToken<OperatorId>>,
    /// Whose tokens were revoked: the version from which on they are good, and since when.
    pub(crate) tokens_raised: BTreeMap<Actor, (i32, Timestamp)>,

    pub(crate) mentor_profiles: BTreeMap<i32, MentorProfile>,
    pub(crate) courses: BTreeMap<CourseId, Course>,
    pub(crate) plans: BTreeMap<PlanId, PlanRow>,
    pub(crate) plan_topics: BTreeMap<(PlanId, u8, u8), String>,
    pub(crate) verifications: BTreeMap<(UserId, CourseId), Verification>,
    pub(crate) skill_test_questions: BTreeMap<i32, TestQuestion>,

    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) session_schedule: BTreeMap<ScheduleItemId, PlannedItem>,
    pub(crate) session_messages: BTreeMap<i32, NewMessage>,
    pub(crate) slot_holds: BTreeMap<(SessionId, UserId, u32), Hold>,
    pub(crate) payments: BTreeMap<PaymentId, Payment>,
    pub(crate) admin_ledger: BTreeMap<LedgerRowId, Ledger>,
    pub(crate) refunds: BTreeMap<RefundId, Refund>,
    pub(crate) payout_attempts: BTreeMap<PayoutAttemptId, PayoutAttempt>,
    pub(crate) approvals: BTreeMap<ApprovalId, Approval>,
    pub(crate) disputes: Vec<Dispute>,
    pub(crate) settlements: BTreeMap<String, SettlementView>,
    pub(crate) issued_documents: BTreeMap<DocumentNumber, (NewDocument, Timestamp)>,
    /// By student, mentor and the skill's slug.
    pub(crate) course_enrollments: BTreeMap<(UserId, UserId, String), CourseStatus>,
    pub(crate) gateway_facts: BTreeMap<(String, String), RememberedFact>,
}

impl State {
    /// The plan, without what only the catalog shows.
    pub(crate) fn plan(&self, id: PlanId) -> Option<&Plan> {
        self.plans.get(&id).map(|row| &row.plan)
    }
}
