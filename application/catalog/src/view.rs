use application_kernel::{MoneyView, labels};
use domain_catalog::Verification;
use domain_kernel::Weekday;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A plan that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Its key.
    #[schema(example = 7)]
    pub id: i32,
    /// The skill by name.
    #[schema(example = "Java Programming")]
    pub skill: String,
    /// The skill by slug, which is what lists are filtered by.
    #[schema(example = "java-programming")]
    pub skill_slug: String,
    /// Its key within the skill.
    #[schema(example = "standard")]
    pub key: String,
    /// Its name.
    #[schema(example = "Standard")]
    pub title: String,
    /// What it costs in all.
    pub price: MoneyView,
    /// How many weeks it runs.
    #[schema(example = 4)]
    pub weeks: i32,
    /// How many meetings there are a week.
    #[schema(example = 2)]
    pub per_week: i32,
    /// How many meetings there are in all.
    #[schema(example = 8)]
    pub meetings: i32,
    /// What it is about.
    #[schema(example = "Two meetings a week, with exercises between them.")]
    pub description: Option<String>,
}

/// A plan with the topics of its meetings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDetail {
    /// The plan.
    #[serde(flatten)]
    pub plan: PlanView,
    /// What its meetings are about, in order.
    pub topics: Vec<TopicView>,
}

/// What a meeting is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TopicView {
    /// The week, from 1.
    #[schema(example = 1)]
    pub week: i32,
    /// The meeting within the week, from 1.
    #[schema(example = 2)]
    pub number: i32,
    /// The topic.
    #[schema(example = "Classes, records and enums")]
    pub title: String,
}

/// What the world sees of a mentor, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MentorView {
    /// The person's key.
    #[schema(example = "mentor_001")]
    pub id: String,
    /// The first name and the initial of the last.
    #[schema(example = "Ravi K.")]
    pub name: String,
    /// What the mentor says of themselves.
    #[schema(example = "Backend engineer, ten years of Java.")]
    pub bio: Option<String>,
    /// What the mentor knows.
    #[schema(example = json!(["Java", "Spring"]))]
    pub expertise: Vec<String>,
    /// The mean of the reviews with two decimals, 1.00 to 5.00; nothing before the first.
    #[schema(example = "4.50")]
    pub rating: Option<String>,
    /// How many reviews there are.
    #[schema(example = 12)]
    pub total_reviews: i32,
    /// What the mentor is verified for, by key.
    pub courses: Vec<TaughtCourseView>,
    /// When the mentor can be met, in order.
    pub offered: Vec<OfferedView>,
    /// The zone in which those times are meant.
    #[schema(example = "Asia/Kolkata")]
    pub zone: String,
}

/// A course that a mentor is verified for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaughtCourseView {
    /// Its key.
    #[schema(example = 3)]
    pub id: i32,
    /// Its title, which is the skill's name.
    #[schema(example = "Java Programming")]
    pub title: String,
    /// Whether it covers every plan or the basic ones only.
    #[schema(schema_with = labels::<Verification>)]
    pub verification: String,
}

/// A range of hours on a weekday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedView {
    /// The weekday in lower case.
    #[schema(example = "monday")]
    pub weekday: String,
    /// When it begins.
    #[schema(example = "09:00")]
    pub from: String,
    /// When it ends; `24:00` is the end of the day.
    #[schema(example = "12:00")]
    pub to: String,
}

impl OfferedView {
    /// A range in minutes after midnight.
    pub fn new(weekday: Weekday, from: u32, to: u32) -> Self {
        let weekday = match weekday {
            Weekday::Mon => "monday",
            Weekday::Tue => "tuesday",
            Weekday::Wed => "wednesday",
            Weekday::Thu => "thursday",
            Weekday::Fri => "friday",
            Weekday::Sat => "saturday",
            Weekday::Sun => "sunday",
        };
        let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self { weekday: weekday.to_owned(), from: clock(from), to: clock(to) }
    }
}

/// How a rating in hundredths is shown. The column holds 0 until somebody has reviewed, which is
/// no rating.
pub fn rating_shown(hundredths: i64, total_reviews: i32) -> Option<String> {
    (total_reviews > 0).then(|| format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_has_two_decimals_and_needs_a_review() {
        assert_eq!(rating_shown(450, 12).as_deref(), Some("4.50"));
        assert_eq!(rating_shown(405, 1).as_deref(), Some("4.05"));
        assert_eq!(rating_shown(0, 0), None);
    }

    #[test]
    fn a_range_may_end_with_the_day() {
        let range = OfferedView::new(Weekday::Fri, 9 * 60 + 5, 24 * 60);
        assert_eq!(
            (range.weekday.as_str(), range.from.as_str(), range.to.as_str()),
            ("friday", "09:05", "24:00")
        );
    }
}
