use application_kernel::StoreError;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_kernel::{Labelled, ScheduleItemId, SessionId, Timestamp, WallTime};
use domain_mentoring::{Meeting, NoShow, Proposal, Reminders, ScheduleStatus, Session, Side};
use serde::{Deserialize, Serialize};

use crate::error::{corrupt, store_error};
use crate::schema::session_item_terms;
use crate::sql::sql;

/// A meeting of `session_schedule` and `session_item_terms`, as one JSON object: what a view reads and a save writes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MeetingRow {
    id: i32,
    week: i32,
    number: i32,
    pub(super) topic: String,
    status: String,
    starts_at: NaiveDateTime,
    time: String,
    version: i32,
    /// Nothing for a meeting that was taken over.
    terms: Option<MeetingTerms>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MeetingTerms {
    item: i32,
    ends_at: NaiveDateTime,
    moves: i16,
    proposed_by: Option<String>,
    proposed_start: Option<NaiveDateTime>,
    proposed_minute: Option<i16>,
    proposed_at: Option<NaiveDateTime>,
    reported_at: Option<NaiveDateTime>,
    report_note: Option<String>,
    report_upheld: Option<bool>,
    report_decided_at: Option<NaiveDateTime>,
    reminded_day: bool,
    reminded_hour: bool,
    completed_at: Option<NaiveDateTime>,
    cancelled_at: Option<NaiveDateTime>,
}

/// The meetings of the session `sessions.id`, in order, as one JSON array.
pub(super) const MEETINGS: &str = "(
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', i.id, 'week', i.week_number, 'number', i.session_number, 'topic', i.topic_title, 'status', i.status,
        'starts_at', i.scheduled_date, 'time', i.scheduled_time, 'version', i.version,
        'terms', CASE WHEN t.schedule_id IS NOT NULL THEN to_jsonb(t) END
    ) ORDER BY t.item, i.week_number, i.session_number, i.id), '[]')
    FROM session_schedule i LEFT JOIN session_item_terms t ON t.schedule_id = i.id
    WHERE i.session_id = sessions.id)";

/// The same for one session, its rows locked, those first that were planned first.
const LOCKED: &str = "
    WITH locked AS (
        SELECT id FROM session_schedule WHERE session_id = $1 ORDER BY id FOR NO KEY UPDATE
    )
    SELECT jsonb_build_object(
        'id', i.id, 'week', i.week_number, 'number', i.session_number, 'topic', i.topic_title, 'status', i.status,
        'starts_at', i.scheduled_date, 'time', i.scheduled_time, 'version', i.version, 'terms', to_jsonb(t)
    ) AS meeting
    FROM locked JOIN session_schedule i ON i.id = locked.id JOIN session_item_terms t ON t.schedule_id = i.id
    ORDER BY t.item";

const SAVE: &str = r#"
    WITH changed AS (
        SELECT x.*, x.terms ->> 'ends_at' AS ends_at
        FROM jsonb_to_recordset($1) AS x (id integer, status text, starts_at timestamp, time text, version integer, terms jsonb)
    ), saved AS (
        UPDATE session_schedule i
        SET status = changed.status::"ScheduleStatus", scheduled_date = changed.starts_at, scheduled_time = changed.time,
            updated_at = $2, version = i.version + 1
        FROM changed WHERE i.id = changed.id AND i.version = changed.version
        RETURNING i.id
    )
    UPDATE session_item_terms t
    SET ends_at = n.ends_at, moves = n.moves,
        proposed_by = n.proposed_by, proposed_start = n.proposed_start, proposed_minute = n.proposed_minute,
        proposed_at = n.proposed_at, reported_at = n.reported_at, report_note = n.report_note,
        report_upheld = n.report_upheld, report_decided_at = n.report_decided_at, reminded_day = n.reminded_day,
        reminded_hour = n.reminded_hour, completed_at = n.completed_at, cancelled_at = n.cancelled_at
    FROM saved JOIN changed ON changed.id = saved.id,
         jsonb_populate_record(NULL::session_item_terms, changed.terms) AS n
    WHERE t.schedule_id = saved.id"#;

/// Adds the planned meetings and what stands beside them in one statement, and answers their keys.
const PLAN: &str = r"
    WITH planned AS (
        SELECT * FROM jsonb_to_recordset($2) AS x
            (item integer, week integer, number integer, topic text, starts_at timestamp, ends_at timestamp, time text)
    ), made AS (
        INSERT INTO session_schedule
            (session_id, week_number, session_number, topic_title, scheduled_date, scheduled_time, status, created_at, updated_at)
        SELECT $1, week, number, topic, starts_at, time, 'LOCKED', $3, $3 FROM planned ORDER BY item
        RETURNING id, week_number, session_number
    ), beside AS (
        INSERT INTO session_item_terms (schedule_id, session_id, item, ends_at)
        SELECT made.id, $1, planned.item, planned.ends_at
        FROM made JOIN planned ON (planned.week, planned.number) = (made.week_number, made.session_number)
        RETURNING schedule_id, item
    )
    SELECT jsonb_build_object('id', schedule_id, 'item', item) AS meeting FROM beside ORDER BY item";

#[derive(QueryableByName)]
struct JsonRow {
    #[diesel(sql_type = Jsonb)]
    meeting: serde_json::Value,
}

#[derive(Deserialize)]
struct PlannedKey {
    id: i32,
    item: u32,
}

impl From<&Meeting> for MeetingRow {
    fn from(meeting: &Meeting) -> Self {
        let Meeting {
            id,
            session: _,
            item,
            week,
            number,
            status,
            starts_at,
            ends_at,
            wall_time,
            moves,
            proposal,
            report,
            reminded: Reminders { day, hour },
            completed_at,
            cancelled_at,
            version,
        } = meeting;
        let decision = report.as_ref().and_then(|report| report.decision);
        Self {
            id: id.get(),
            week: (*week).into(),
            number: (*number).into(),
            // A save leaves it as it is.
            topic: String::new(),
            status: status.label().to_owned(),
            starts_at: starts_at.naive(),
            time: wall_time.with_seconds(),
            version: *version,
            terms: Some(MeetingTerms {
                item: i32::try_from(*item).unwrap_or(i32::MAX),
                ends_at: ends_at.naive(),
                moves: (*moves).into(),
                proposed_by: proposal.map(|proposal| proposal.by.label().to_owned()),
                proposed_start: proposal.map(|proposal| proposal.starts_at.naive()),
                // At most 1439.
                proposed_minute: proposal
                    .and_then(|proposal| i16::try_from(proposal.wall_time.minute_of_day()).ok()),
                proposed_at: proposal.map(|proposal| proposal.at.naive()),
                reported_at: report.as_ref().map(|report| report.at.naive()),
                report_note: report.as_ref().and_then(|report| report.note.clone()),
                report_upheld: decision.map(|(upheld, _)| upheld),
                report_decided_at: decision.map(|(_, at)| at.naive()),
                reminded_day: *day,
                reminded_hour: *hour,
                completed_at: completed_at.map(Timestamp::naive),
                cancelled_at: cancelled_at.map(Timestamp::naive),
            }),
        }
    }
}

impl MeetingRow {
    /// The meeting of the row; nothing if it was taken over.
    pub(super) fn meeting(&self, session: &str) -> Result<Option<Meeting>, StoreError> {
        let broken = corrupt("session_schedule", &self.id.to_string());
        let Self { id, week, number, topic: _, status, starts_at, time, version, terms } = self;
        let Some(terms) = terms else { return Ok(None) };
        let MeetingTerms {
            item,
            ends_at,
            moves,
            proposed_by,
            proposed_start,
            proposed_minute,
            proposed_at,
            reported_at,
            report_note,
            report_upheld,
            report_decided_at,
            reminded_day,
            reminded_hour,
            completed_at,
            cancelled_at,
        } = terms;
        let small = |value: i32| u8::try_from(value).map_err(|error| broken(&error));
        let proposal = match (proposed_by, proposed_start, proposed_minute, proposed_at) {
            (Some(by), Some(start), Some(minute), Some(at)) => Some(Proposal {
                by: Side::from_label(by).map_err(|error| broken(&error))?,
                starts_at: Timestamp::from_utc(*start),
                wall_time: u32::try_from(*minute)
                    .map_err(|error| broken(&error))
                    .and_then(|minute| WallTime::from_minute(minute).map_err(|error| broken(&error)))?,
                at: Timestamp::from_utc(*at),
            }),
            _ => None,
        };
        Ok(Some(Meeting {
            id: ScheduleItemId::new(*id),
            session: SessionId::parse(session).map_err(|error| broken(&error))?,
            item: u32::try_from(*item).map_err(|error| broken(&error))?,
            week: small(*week)?,
            number: small(*number)?,
            status: ScheduleStatus::from_label(status).map_err(|error| broken(&error))?,
            starts_at: Timestamp::from_utc(*starts_at),
            ends_at: Timestamp::from_utc(*ends_at),
            wall_time: time
                .get(..5)
                .and_then(|time| WallTime::parse(time).ok())
                .ok_or_else(|| broken(time))?,
            moves: small((*moves).into())?,
            proposal,
            report: reported_at.map(|at| NoShow {
                at: Timestamp::from_utc(at),
                note: report_note.clone(),
                decision: report_upheld.zip(report_decided_at.map(Timestamp::from_utc)),
            }),
            reminded: Reminders { day: *reminded_day, hour: *reminded_hour },
            completed_at: completed_at.map(Timestamp::from_utc),
            cancelled_at: cancelled_at.map(Timestamp::from_utc),
            version: *version,
        }))
    }

    /// What a view shows of a meeting that was taken over: week, number, status and start.
    pub(super) fn taken_over(&self) -> (i32, i32, &str, Timestamp) {
        (self.week, self.number, &self.status, Timestamp::from_utc(self.starts_at))
    }
}

pub(super) async fn locked(conn: &mut AsyncPgConnection, id: &SessionId) -> Result<Vec<Meeting>, StoreError> {
    let rows: Vec<JsonRow> =
        sql(LOCKED).bind::<Text, _>(id.as_str()).load(conn).await.map_err(store_error)?;
    let broken = corrupt("session_schedule", id.as_str());
    let read = |row: JsonRow| {
        let row: MeetingRow = serde_json::from_value(row.meeting).map_err(|error| broken(&error))?;
        row.meeting(id.as_str())
    };
    rows.into_iter().filter_map(|row| read(row).transpose()).collect()
}

/// Adds what stands beside the meetings of a session that was taken over.
pub(super) async fn take_in(conn: &mut AsyncPgConnection, meetings: &[Meeting]) -> Result<(), StoreError> {
    let rows: Vec<_> = meetings
        .iter()
        .map(|meeting| {
            // At most 52 × 5.
            let item = i32::try_from(meeting.item).unwrap_or(i32::MAX);
            (
                session_item_terms::schedule_id.eq(meeting.id.get()),
                session_item_terms::session_id.eq(meeting.session.as_str()),
                session_item_terms::item.eq(item),
                session_item_terms::ends_at.eq(meeting.ends_at.naive()),
                session_item_terms::reminded_day.eq(meeting.reminded.day),
                session_item_terms::reminded_hour.eq(meeting.reminded.hour),
                session_item_terms::completed_at.eq(meeting.completed_at.map(Timestamp::naive)),
                session_item_terms::cancelled_at.eq(meeting.cancelled_at.map(Timestamp::naive)),
            )
        })
        .collect();
    diesel::insert_into(session_item_terms::table).values(rows).execute(conn).await.map_err(store_error)?;
    Ok(())
}

pub(super) async fn save(
    conn: &mut AsyncPgConnection,
    meetings: &mut [Meeting],
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows: Vec<MeetingRow> = meetings.iter().map(MeetingRow::from).collect();
    let saved = sql(SAVE)
        .bind::<Jsonb, _>(serde_json::json!(rows))
        .bind::<SqlTimestamp, _>(now.naive())
        .execute(conn)
        .await
        .map_err(store_error)?;
    if saved != meetings.len() {
        return Err(StoreError::Conflict);
    }
    for meeting in meetings {
        meeting.version += 1;
    }
    Ok(())
}

pub(super) async fn plan(
    conn: &mut AsyncPgConnection,
    session: &Session,
    items: &[domain_mentoring::NewScheduleItem],
) -> Result<Vec<Meeting>, StoreError> {
    let rows: Vec<serde_json::Value> = items
        .iter()
        .map(|item| {
            let domain_mentoring::NewScheduleItem {
                item,
                week,
                number,
                topic,
                starts_at,
                ends_at,
                wall_time,
            } = item;
            serde_json::json!({
                "item": item, "week": week, "number": number, "topic": topic, "starts_at": starts_at.naive(),
                "ends_at": ends_at.naive(), "time": wall_time.with_seconds(),
            })
        })
        .collect();
    let made: Vec<JsonRow> = sql(PLAN)
        .bind::<Text, _>(session.id.as_str())
        .bind::<Jsonb, _>(serde_json::json!(rows))
        .bind::<SqlTimestamp, _>(session.updated_at.naive())
        .load(conn)
        .await
        .map_err(store_error)?;
    let broken = corrupt("session_schedule", session.id.as_str());
    let keys = made
        .into_iter()
        .map(|row| serde_json::from_value(row.meeting).map_err(|error| broken(&error)))
        .collect::<Result<Vec<PlannedKey>, StoreError>>()?;
    items
        .iter()
        .map(|item| {
            let key = keys
                .iter()
                .find(|key| key.item == item.item)
                .ok_or_else(|| broken(&"a meeting has no key"))?;
            Ok(item.clone().planned(ScheduleItemId::new(key.id), session.id.clone()))
        })
        .collect()
}
