use application_booking::ports::{Offer, OfferedPlan, Rhythm};
use application_booking::{ItemView, MeetingContext, PartyView, PaymentView, PlanRef, SessionView, seen_by};
use application_kernel::Viewer;
use domain_billing::Payment;
use domain_kernel::{PlanId, Role, SessionId, UserId};
use domain_mentoring::{DueTimes, Session, allowed_actions};

use crate::catalog::MentorProfile;
use crate::identity::User;
use crate::store::State;

impl State {
    /// The session with its meetings; nothing to anybody but its parties.
    pub(super) fn session_view(&self, id: &SessionId, viewer: &Viewer) -> Option<SessionView> {
        let session = self.sessions.get(id)?;
        let view = self.session_summary(session, viewer)?;
        Some(SessionView { items: Some(self.items(session, viewer)), ..view })
    }

    /// The session without its meetings, as lists show it.
    pub(super) fn session_summary(&self, session: &Session, viewer: &Viewer) -> Option<SessionView> {
        let side = session.side(&viewer.user)?;
        let due = DueTimes {
            answer_by: Some(session.expires_at),
            pay_by: session.pay_by,
            ended_at: session.ended_at,
        };
        let actions = allowed_actions(session.status, side, viewer.now, due);
        let plan = self.plan(session.plan).map(|plan| PlanRef {
            id: plan.id.get(),
            key: plan.key.clone(),
            title: plan.title.clone(),
        });
        Some(SessionView {
            id: session.id.to_string(),
            status: session.status.to_string(),
            side: side.to_string(),
            student: self.party(&session.student, session),
            mentor: self.party(&session.mentor, session),
            skill: session.skill_name.clone(),
            plan,
            price: Some(session.terms.price.into()),
            message: session.message.clone(),
            reason: session.reason.clone(),
            ended_by: session.ended_by.map(|by| by.to_string()),
            ended_at: session.ended_at.map(|at| at.to_string()),
            zone: Some(session.terms.zone.to_string()),
            starts_at: session.begins_at.to_string(),
            ends_at: Some(session.ends_at.to_string()),
            created_at: Some(session.created_at.to_string()),
            answer_by: Some(session.expires_at.to_string()),
            pay_by: session.pay_by.map(|at| at.to_string()),
            payment: self.payment_of(&session.id).map(|payment| {
                let refunded = self.ledger_of(&session.id).map(|ledger| ledger.refunded.into());
                PaymentView::seen_by(side, payment, refunded)
            }),
            items: None,
            allowed_actions: actions.into_iter().map(|action| action.to_string()).collect(),
        })
    }

    fn party(&self, user: &UserId, session: &Session) -> PartyView {
        let name = self.users.get(user).map_or("", |user| user.name.as_str());
        PartyView { id: user.to_string(), name: seen_by(name, session.status) }
    }

    fn items(&self, session: &Session, viewer: &Viewer) -> Vec<ItemView> {
        let terms = &session.terms;
        let planned = self.planned(&session.id);
        if planned.is_empty() && session.status.is_live() {
            return session.slots().iter().map(|slot| ItemView::agreed(slot, terms.zone)).collect();
        }
        let Some(side) = session.side(&viewer.user) else { return vec![] };
        let seen = MeetingContext { status: session.status, side, terms, now: viewer.now };
        planned
            .into_iter()
            .map(|planned| ItemView::planned(&planned.meeting, planned.topic.clone(), seen))
            .collect()
    }

    pub(super) fn payment_of(&self, session: &SessionId) -> Option<&Payment> {
        self.payments.values().find(|payment| payment.session == *session)
    }

    /// What the mentor offers for the plan, which is nothing if they are no mentor.
    pub(super) fn offer(&self, mentor: &UserId, plan: PlanId) -> Option<Offer> {
        let plan = self.plan(plan)?.clone();
        let is_mentor = |user: &&User| user.role == Role::Mentor && !self.is_suspended(mentor);
        let profile = self.users.get(mentor).filter(is_mentor).and_then(|_| self.mentor_profile(mentor));
        let course = self.course_of(&plan.skill());
        let verified = |course| self.verifications.get(&(mentor.clone(), course)).copied();
        let verification = profile.and(course).and_then(verified);
        let availability = profile.map(MentorProfile::availability).unwrap_or_default();
        Some(Offer {
            mentor_may_teach: verification.is_some_and(|verification| verification.covers(&plan)),
            plan: OfferedPlan {
                skill_slug: plan.skill().to_string(),
                rhythm: Rhythm { weeks: plan.shape.weeks(), per_week: plan.shape.per_week() },
                id: plan.id,
                key: plan.key,
                skill_name: plan.skill_name,
                price: plan.price,
                is_active: plan.is_active,
            },
            course,
            availability,
            zone: self.zone(mentor),
        })
    }
}
