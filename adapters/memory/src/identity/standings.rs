use application_identity::ports::Standings;
use application_identity::{PeopleFilter, PersonView, SuspensionView};
use application_kernel::{Actor, Page, PageRequest, StoreError};
use async_trait::async_trait;
use domain_billing::{Ledger, PayoutStatus, Refund, RefundStatus};
use domain_identity::{Obligations, Standing};
use domain_kernel::{AccountKind, Labelled, Role, Timestamp, UserId, Zone};

use super::UserSettings;
use crate::catalog::MentorProfile;
use crate::platform::next;
use crate::store::{MemoryTx, State};

impl State {
    pub(crate) fn is_suspended(&self, user: &UserId) -> bool {
        self.user_settings.get(user).is_some_and(|settings| settings.suspension.is_some())
    }

    pub(super) fn person(&self, id: &UserId) -> Option<PersonView> {
        let user = self.users.get(id)?;
        let suspension = self.user_settings.get(id).and_then(|settings| settings.suspension.as_ref());
        Some(PersonView {
            id: id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role.to_string(),
            created_at: user.created_at.to_string(),
            suspension: suspension
                .map(|given| SuspensionView { at: given.at.to_string(), reason: given.reason.clone() }),
        })
    }

    pub(super) fn people(
        &self,
        filter: &PeopleFilter,
        page: &PageRequest<UserId>,
    ) -> Page<PersonView, UserId> {
        let PeopleFilter { email, role, suspended } = filter;
        let start = email.as_ref().map(|start| start.to_lowercase());
        let found = self
            .users
            .iter()
            .filter(|(id, _)| page.after.as_ref().is_none_or(|after| *id > after))
            .filter(|(_, user)| {
                start.as_ref().is_none_or(|start| user.email.to_lowercase().starts_with(start))
            })
            .filter(|(_, user)| role.is_none_or(|role| user.role == role))
            .filter(|(id, _)| suspended.is_none_or(|suspended| self.is_suspended(id) == suspended))
            .map(|(id, _)| id.clone())
            .take(page.read());
        let Page { items, next } = Page::cut(found.collect(), page.size, UserId::clone);
        Page { items: items.iter().filter_map(|id| self.person(id)).collect(), next }
    }

    /// Whether money of the student's is on its way back.
    fn is_owed(&self, student: &UserId) -> bool {
        let theirs = |refund: &Refund| {
            let session = self.payments.get(&refund.payment).map(|payment| &payment.session);
            session.and_then(|id| self.sessions.get(id)).is_some_and(|session| session.student == *student)
        };
        let is_open = |refund: &&Refund| refund.status != RefundStatus::Processed;
        self.refunds.values().filter(is_open).any(theirs)
    }
}

#[async_trait]
impl Standings for MemoryTx {
    async fn get(&mut self, id: &UserId) -> Result<Standing, StoreError> {
        let user = self.state.users.get(id).ok_or(StoreError::NotFound { table: "users" })?;
        let settings = self.state.user_settings.get(id);
        Ok(Standing {
            user: id.clone(),
            role: user.role,
            suspension: settings.and_then(|settings| settings.suspension.clone()),
            token_version: settings.map_or(0, |settings| settings.token_version),
        })
    }

    async fn obligations(&mut self, id: &UserId) -> Result<Obligations, StoreError> {
        let open = |ledger: &Ledger| match ledger.status {
            PayoutStatus::Ready | PayoutStatus::Processing => true,
            PayoutStatus::Pending => ledger.hold_until.is_some() && ledger.voided_at.is_none(),
            PayoutStatus::Released => false,
        };
        let owes = |(key, balance): (&String, &i64)| {
            *balance != 0
                && key.starts_with(AccountKind::MentorReceivable.label())
                && key.ends_with(&format!(":{id}"))
        };
        let mut sessions = self.state.sessions.values();
        Ok(Obligations {
            live_session: sessions.any(|session| session.side(id).is_some() && session.status.is_live()),
            refund_in_flight: self.state.is_owed(id),
            money_open: self.state.admin_ledger.values().any(|ledger| ledger.mentor == *id && open(ledger))
                || self.state.ledger_accounts.iter().any(owes),
        })
    }

    async fn save(&mut self, standing: &Standing, now: Timestamp) -> Result<(), StoreError> {
        let Standing { user: id, role, suspension, token_version } = standing;
        let settings =
            self.state.user_settings.entry(id.clone()).or_insert_with(|| UserSettings::new(Zone::KOLKATA));
        settings.suspension.clone_from(suspension);
        if settings.token_version != *token_version {
            settings.token_version = *token_version;
            self.state.tokens_raised.insert(Actor::User(id.clone()), (*token_version, now));
            self.rings = true;
        }
        let user = self.state.users.get_mut(id).ok_or(StoreError::NotFound { table: "users" })?;
        if user.role == *role {
            return Ok(());
        }
        (user.role, user.updated_at) = (*role, now.to_millis());
        match role {
            Role::Student => {
                self.state.student_profiles.insert(id.clone());
            }
            Role::Mentor if self.state.mentor_profile(id).is_none() => {
                let key = next(self.state.mentor_profiles.keys().next_back().copied());
                self.state.mentor_profiles.insert(key, MentorProfile::empty(id.clone()));
            }
            Role::Mentor => {}
        }
        Ok(())
    }

    async fn view(&mut self, id: &UserId) -> Result<Option<PersonView>, StoreError> {
        Ok(self.state.person(id))
    }
}
