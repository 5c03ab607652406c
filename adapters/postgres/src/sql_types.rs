//! The nine enumerated types of the database, as diesel's SQL types.
//!
//! They only carry the name under which the database knows the type; the values that go in and out are the
//! domain's own. `schema.rs` refers to them by name.

use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;

/// What a user is: STUDENT, MENTOR.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "Role"))]
pub struct Role;

/// `sessions.status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "SessionStatus"))]
pub struct SessionStatus;

/// `payments.status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "PaymentStatus"))]
pub struct PaymentStatus;

/// `admin_ledger.payout_status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "PayoutStatus"))]
pub struct PayoutStatus;

/// `session_schedule.status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "ScheduleStatus"))]
pub struct ScheduleStatus;

/// `mentor_tests.status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "TestStatus"))]
pub struct TestStatus;

/// The status of every review.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "ReviewStatus"))]
pub struct ReviewStatus;

/// `assignment_submissions.status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "SubmissionStatus"))]
pub struct SubmissionStatus;

/// `course_enrollments.course_status`.
#[derive(SqlType, QueryId)]
#[diesel(postgres_type(name = "CourseStatus"))]
pub struct CourseStatus;
