//! A script for the simulated gateway, as demo mode is told it.

use application_booking::{Answer, Call, Happens, Post, ScriptStep};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Problem;
use crate::fields::Fields;

/// As late as a message can be, and as long as one step can wait for the one before: a year.
const YEAR_MINUTES: u32 = 366 * 24 * 60;
/// 72 hours.
const LATEST_MINUTES: u32 = 72 * 60;

/// What happens to the order from now on, step by step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptBody {
    /// The steps, 1 to 50.
    #[schema(min_items = 1, max_items = 50)]
    steps: Vec<StepBody>,
}

/// One step. Which of the other fields it takes depends on what it does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    /// `authorise`, `capture`, `fail` and `reverse` happen to an attempt of the student; `reverse` takes back what is left
    /// of its money, as a dispute that is opened and lost at once. `reorder` sends the messages of all steps in the
    /// opposite order. `refund` and `payout` set how money leaves the next times. `answer_nothing` and
    /// `fail_after_success` let calls go unanswered, the latter after doing what they ask for.
    #[serde(rename = "do")]
    #[schema(
        example = "capture",
        pattern = "^(authorise|capture|fail|reverse|reorder|refund|payout|answer_nothing|fail_after_success)$"
    )]
    what: String,
    /// Which attempt, 1 to 40 characters; `1` if left out. An attempt is authorised, fails and brings money once each.
    #[schema(example = "1", min_length = 1, max_length = 40)]
    attempt: Option<String>,
    /// How many minutes after the step before; 0 if left out.
    #[schema(example = 5, minimum = 0, maximum = 527_040)]
    after_minutes: Option<u32>,
    /// What a capture brings, in minor units; the order's amount if left out.
    #[schema(example = 249_900, minimum = 1)]
    amount_minor: Option<i64>,
    /// In which currency; the order's if left out.
    #[schema(example = "INR", max_length = 3, min_length = 3)]
    currency: Option<String>,
    /// How many minutes after the event its message is sent, at most 72 hours; 0 if left out.
    #[schema(example = 4_320, minimum = 0, maximum = 4_320)]
    message_after_minutes: Option<u32>,
    /// How often its message is sent: 0, it is lost; 1 if left out.
    #[schema(example = 2, minimum = 0, maximum = 5)]
    copies: Option<u32>,
    /// How money leaves: `done`, `refused`, `late` (by `late_minutes`) or `never`.
    #[schema(example = "late", pattern = "^(done|refused|late|never)$")]
    answer: Option<String>,
    /// How late it leaves.
    #[schema(example = 600, minimum = 1, maximum = 527_040)]
    late_minutes: Option<u32>,
    /// Which calls go unanswered: `facts` (what the gateway knows of the order), `refund` or `payout`.
    #[schema(example = "refund", pattern = "^(facts|refund|payout)$")]
    call: Option<String>,
    /// How many times, 1 to 20; 1 if left out.
    #[schema(example = 5, minimum = 1, maximum = 20)]
    times: Option<u32>,
}

impl TryFrom<ScriptBody> for Vec<ScriptStep> {
    type Error = Problem;

    fn try_from(body: ScriptBody) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let count = body.steps.len();
        fields.take("steps", (1..=50).contains(&count).then_some(()).ok_or("1 to 50 steps"));
        let steps: Vec<Option<ScriptStep>> = body
            .steps
            .into_iter()
            .take(50)
            .enumerate()
            .map(|(at, step)| step.read(&format!("steps[{at}]"), &mut fields))
            .collect();
        // One that cannot be read has left a note.
        let read: Option<Self> = steps.into_iter().collect();
        match read.filter(|steps| !steps.is_empty() && count <= 50) {
            Some(steps) => Ok(steps),
            None => Err(fields.problem()),
        }
    }
}

impl StepBody {
    fn read(self, at: &str, fields: &mut Fields) -> Option<ScriptStep> {
        let what = match self.what.as_str() {
            "authorise" => Happens::Authorised,
            "capture" => Happens::Captured,
            "fail" => Happens::Failed,
            "reverse" => Happens::Reversed,
            "reorder" => return Some(ScriptStep::Reorder),
            "refund" => {
                let (answer, times) = self.leaving(at, fields)?;
                return Some(ScriptStep::Refunds { answer, times });
            }
            "payout" => {
                let (answer, times) = self.leaving(at, fields)?;
                return Some(ScriptStep::Payouts { answer, times });
            }
            "answer_nothing" => return self.silence(at, fields, false),
            "fail_after_success" => return self.silence(at, fields, true),
            _ => {
                let wrong = "authorise, capture, fail, reverse, reorder, refund, payout, answer_nothing or fail_after_success";
                return fields.take(&format!("{at}.do"), Err(wrong));
            }
        };
        self.happens(what, at, fields)
    }

    fn happens(self, what: Happens, at: &str, fields: &mut Fields) -> Option<ScriptStep> {
        let attempt = fields.text(&format!("{at}.attempt"), self.attempt.as_deref().unwrap_or("1"), 1, 40);
        let after_minutes =
            within(fields, at, "after_minutes", self.after_minutes.unwrap_or(0), (0, YEAR_MINUTES));
        let delay = self.message_after_minutes.unwrap_or(0);
        let delay_minutes = within(fields, at, "message_after_minutes", delay, (0, LATEST_MINUTES));
        let copies = within(fields, at, "copies", self.copies.unwrap_or(1), (0, 5));
        let currency = match &self.currency {
            Some(currency) => Some(fields.text(&format!("{at}.currency"), currency, 3, 3)?),
            None => None,
        };
        let sound = self.amount_minor.is_none_or(|minor| minor > 0).then_some(self.amount_minor);
        let amount_minor = fields.take(&format!("{at}.amount_minor"), sound.ok_or("1 or more"))?;
        let post = Post { delay_minutes: delay_minutes?, copies: copies? };
        Some(ScriptStep::Happens {
            what,
            attempt: attempt?,
            after_minutes: after_minutes?,
            amount_minor,
            currency,
            post,
        })
    }

    fn leaving(&self, at: &str, fields: &mut Fields) -> Option<(Answer, u32)> {
        let times = within(fields, at, "times", self.times.unwrap_or(1), (1, 20));
        let answer = match self.answer.as_deref() {
            Some("done") => Answer::Done,
            Some("refused") => Answer::Refused,
            Some("never") => Answer::Never,
            Some("late") => {
                let late = self.late_minutes.unwrap_or(0);
                Answer::Late(within(fields, at, "late_minutes", late, (1, YEAR_MINUTES))?)
            }
            _ => return fields.take(&format!("{at}.answer"), Err("done, refused, late or never")),
        };
        Some((answer, times?))
    }

    fn silence(&self, at: &str, fields: &mut Fields, does: bool) -> Option<ScriptStep> {
        let times = within(fields, at, "times", self.times.unwrap_or(1), (1, 20));
        let call = match self.call.as_deref() {
            Some("facts") => Call::Facts,
            Some("refund") => Call::Refund,
            Some("payout") => Call::Payout,
            _ => return fields.take(&format!("{at}.call"), Err("facts, refund or payout")),
        };
        Some(ScriptStep::Silence { call, times: times?, does })
    }
}

fn within(fields: &mut Fields, at: &str, name: &str, value: u32, (least, most): (u32, u32)) -> Option<u32> {
    let sound = (least..=most).contains(&value).then_some(value);
    fields.take(&format!("{at}.{name}"), sound.ok_or_else(|| format!("{least} to {most}")))
}
