use application_booking::{
    NoShowKey, NoShowView, OperatorItemView, OperatorPaymentView, OperatorSessionView, PartyView, PlanRef,
    SplitView,
};
use domain_kernel::{SessionId, UserId};

use super::PlannedItem;
use crate::store::State;

impl State {
    fn full_name(&self, user: &UserId) -> &str {
        self.users.get(user).map_or("", |user| user.name.as_str())
    }

    /// The session as operators see it.
    pub(super) fn operator_session(&self, id: &SessionId) -> Option<OperatorSessionView> {
        let session = self.sessions.get(id)?;
        let names = (self.full_name(&session.student), self.full_name(&session.mentor));
        let planned = self.planned(id);
        let plan = self.plan(session.plan);
        Some(OperatorSessionView {
            plan: plan.map(|plan| PlanRef {
                id: plan.id.get(),
                key: plan.key.clone(),
                title: plan.title.clone(),
            }),
            payment: self.payment_of(id).map(OperatorPaymentView::from),
            split: self.ledger_of(id).map(SplitView::from),
            items: planned
                .into_iter()
                .map(|planned| OperatorItemView::of(&planned.meeting, planned.topic.clone()))
                .collect(),
            ..OperatorSessionView::of(session, names.0, names.1)
        })
    }

    /// The report of that meeting, if there is one that waits for an operator.
    pub(super) fn no_show(&self, planned: &PlannedItem) -> Option<(NoShowKey, NoShowView)> {
        let meeting = &planned.meeting;
        let report = meeting.report.as_ref().filter(|report| report.decision.is_none())?;
        let session = self.sessions.get(&meeting.session)?;
        let party = |id: &UserId| PartyView { id: id.to_string(), name: self.full_name(id).to_owned() };
        let view = NoShowView {
            session_id: session.id.to_string(),
            item: meeting.item,
            session_status: session.status.to_string(),
            skill: session.skill_name.clone(),
            student: party(&session.student),
            mentor: party(&session.mentor),
            starts_at: meeting.starts_at.to_string(),
            ends_at: meeting.ends_at.to_string(),
            reported_at: report.at.to_string(),
            note: report.note.clone(),
        };
        Some((NoShowKey { reported_at: report.at, meeting: meeting.id }, view))
    }
}
