//! What demo people have lived through: a session in every status, with the payments that follow.

use domain_billing::FactKind;
use domain_kernel::{Timestamp, days, hours, minutes};

use super::telling::{Telling, Untold};

/// A session that demo people have. Days and hours are of the mentor's calendar, and offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Story {
    /// Its name, by which its session is found again: never changed.
    pub(super) name: &'static str,
    pub(super) student: &'static str,
    pub(super) mentor: &'static str,
    /// The skill's slug and the plan's key.
    pub(super) plan: (&'static str, &'static str),
    /// The first meeting: how many weeks from this one, how many days after Monday, at which time.
    pub(super) first: (i64, i64, &'static str),
    pub(super) plot: Plot,
}

/// How a story goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plot {
    /// All meetings have taken place.
    Learned,
    /// Some have; to one the mentor did not come, says the student, and no operator has decided yet.
    Learning,
    /// All are to come.
    Planned,
    /// It is paid, and there are no days for it.
    Unplanned,
    /// The mentor has not answered yet.
    Asked,
    /// It is to be paid.
    Agreed,
    /// The student has consented; the money has not come yet.
    Consenting,
    /// The payment has failed.
    Declined,
    /// The mentor said no.
    Rejected,
    /// The student thought better of it.
    Withdrawn,
    /// The mentor did not answer in time.
    Unanswered,
    /// The student did not pay in time.
    Unpaid,
    /// The student gave up halfway.
    Halfway,
    /// The mentor called it off before it began.
    CalledOff,
}

/// In the order in which they are told: what is without days comes after those who have them.
pub(super) const STORIES: [Story; 15] = {
    use Plot::{
        Agreed, Asked, CalledOff, Consenting, Declined, Halfway, Learned, Learning, Planned, Rejected,
        Unanswered, Unpaid, Unplanned, Withdrawn,
    };
    const fn story(
        name: &'static str,
        (student, mentor): (&'static str, &'static str),
        plan: (&'static str, &'static str),
        first: (i64, i64, &'static str),
        plot: Plot,
    ) -> Story {
        Story { name, student, mentor, plan, first, plot }
    }
    const JAVA: &str = "java-programming";
    const PYTHON: &str = "python-programming";
    const LEARNING: &str = "machine-learning";
    const REACT: &str = "react-js";
    const WEB: &str = "web-development";
    [
        story("learned", ("asha", "ravi"), (JAVA, "basic"), (-6, 0, "18:00"), Learned),
        story("learning", ("asha", "dev"), (REACT, "standard"), (-1, 1, "08:00"), Learning),
        story("halfway", ("arjun", "meera"), (PYTHON, "basic"), (-5, 2, "10:00"), Halfway),
        story("called-off", ("priya", "ravi"), (JAVA, "standard"), (-2, 0, "09:00"), CalledOff),
        story("planned", ("kabir", "meera"), (PYTHON, "basic"), (3, 4, "17:00"), Planned),
        story("planned-later", ("priya", "meera"), (PYTHON, "basic"), (7, 4, "17:00"), Planned),
        story("unplanned", ("priya", "meera"), (LEARNING, "basic"), (-1, 4, "17:00"), Unplanned),
        story("asked", ("priya", "ravi"), (JAVA, "basic"), (3, 0, "19:00"), Asked),
        story("agreed", ("kabir", "meera"), (LEARNING, "basic"), (3, 1, "11:00"), Agreed),
        story("consenting", ("arjun", "dev"), (REACT, "basic"), (3, 2, "20:00"), Consenting),
        story("declined", ("priya", "dev"), (WEB, "basic"), (3, 3, "20:00"), Declined),
        story("rejected", ("arjun", "ravi"), (PYTHON, "basic"), (2, 3, "19:00"), Rejected),
        story("withdrawn", ("arjun", "dev"), (WEB, "basic"), (2, 4, "20:00"), Withdrawn),
        story("unanswered", ("kabir", "ravi"), (PYTHON, "basic"), (2, 1, "19:00"), Unanswered),
        story("unpaid", ("kabir", "dev"), (REACT, "basic"), (2, 2, "19:00"), Unpaid),
    ]
};

impl Story {
    /// When it begins, if its first meeting is then and the present now.
    pub(super) fn begins(&self, start: Timestamp, now: Timestamp) -> Timestamp {
        match self.plot {
            Plot::Learned | Plot::Learning | Plot::Halfway | Plot::CalledOff => start.minus(days(6)),
            // The mentor answers when the start is near, and within three days.
            Plot::Unplanned => start.minus(days(3)),
            Plot::Unanswered | Plot::Unpaid => now.minus(days(5)),
            Plot::Planned | Plot::Rejected | Plot::Withdrawn => now.minus(days(3)),
            Plot::Agreed | Plot::Consenting | Plot::Declined => now.minus(hours(20)),
            Plot::Asked => now.minus(hours(5)),
        }
    }

    /// Tells it.
    pub(super) async fn tell(&self, story: &Telling) -> Result<(), Untold> {
        match self.plot {
            Plot::Learned => learned(story).await,
            Plot::Learning => learning(story).await,
            Plot::Planned => planned(story).await,
            Plot::Unplanned => unplanned(story).await,
            Plot::Asked => story.request("I know Python and would like to read Java at work.").await,
            Plot::Agreed | Plot::Consenting | Plot::Declined => till(story, self.plot).await,
            Plot::Rejected => {
                story.request("Could you teach me Python, too?").await?;
                story.pass(hours(9)).await?;
                story.reject("I have no time for a second student this month. Please ask Meera.").await
            }
            Plot::Withdrawn => {
                story.request("I would like to build a page for our choir.").await?;
                story.pass(hours(4)).await?;
                story.withdraw().await
            }
            // The clock does the rest.
            Plot::Unanswered => story.request("My evenings are free.").await,
            Plot::Unpaid => {
                story.request("I would like to learn how components work.").await?;
                story.pass(hours(7)).await?;
                story.approve().await
            }
            Plot::Halfway => halfway(story).await,
            Plot::CalledOff => called_off(story).await,
        }
    }
}

/// From the request to the planned meetings.
async fn paid(story: &Telling, message: &str) -> Result<(), Untold> {
    story.request(message).await?;
    story.pass(hours(5)).await?;
    story.approve().await?;
    story.pass(hours(2)).await?;
    story.start_payment().await?;
    story.pass(minutes(3)).await?;
    story.at_the_gateway(FactKind::Captured).await
}

async fn learned(story: &Telling) -> Result<(), Untold> {
    paid(story, "I would like to prepare for interviews.").await?;
    story.pass(hours(1)).await?;
    story
        .say(story.student(), "Thank you for taking me on! Is there something I should read before Monday?")
        .await?;
    story.pass(minutes(40)).await?;
    story.say(story.mentor(), "Install a JDK and write down three things that confuse you.").await?;
    for item in [1, 3] {
        story.until(story.meeting(item).await?.plus(minutes(62))).await?;
        story.complete(item).await?;
        story.pass(minutes(10)).await?;
        story.say(story.mentor(), "Well done today. Try the exercise without looking at mine.").await?;
    }
    // The others complete themselves a day later.
    story.until(story.meeting(4).await?.plus(hours(30))).await?;
    story.say(story.student(), "I passed the first round! Thank you for everything.").await?;
    story.pass(hours(2)).await?;
    story.say(story.mentor(), "I knew you would. Tell me about the second.").await
}

async fn learning(story: &Telling) -> Result<(), Untold> {
    paid(story, "I write CSS all day and would like to understand React.").await?;
    story.pass(minutes(20)).await?;
    story.say(story.student(), "Could we begin with hooks?").await?;
    story.pass(hours(3)).await?;
    story.say(story.mentor(), "We begin with what a component is, hooks come in the second week.").await?;
    story.until(story.meeting(1).await?.plus(minutes(65))).await?;
    story.complete(1).await?;
    story.pass(minutes(5)).await?;
    story.say(story.student(), "That was clearer than three tutorials.").await?;
    story.until(story.meeting(2).await?.plus(minutes(30))).await?;
    story.say(story.student(), "I am waiting. Are you coming?").await?;
    story.report_no_show(2, "I waited for half an hour.").await?;
    story.pass(hours(2)).await?;
    story
        .say(story.mentor(), "I am sorry: my train stood still between two stations, without a network.")
        .await
}

async fn planned(story: &Telling) -> Result<(), Untold> {
    paid(story, "Fridays suit me best.").await?;
    story.pass(hours(6)).await?;
    story
        .say(story.mentor(), "See you on Friday at five. Bring a file of your own that you want to read.")
        .await
}

/// No worker ran from the evening before the start until a while ago, so the session did not lapse, and when the money was
/// told its first day had passed. Other students have the mentor's next Fridays.
async fn unplanned(story: &Telling) -> Result<(), Untold> {
    story.request("I would like to know what a model is.").await?;
    story.until(story.start.minus(hours(30))).await?;
    story.approve().await?;
    story.pass(hours(1)).await?;
    story.start_payment().await?;
    story.sleep_until(story.now.minus(minutes(90)));
    story.at_the_gateway(FactKind::Captured).await?;
    story.pass(minutes(20)).await?;
    story.say(story.student(), "I have paid, but I see no dates. Shall we find another day?").await
}

/// What happens between the mentor's yes and the money.
async fn till(story: &Telling, plot: Plot) -> Result<(), Untold> {
    story.request("I am looking forward to it.").await?;
    story.until(story.now.minus(hours(3))).await?;
    story.approve().await?;
    story.pass(hours(1)).await?;
    story.start_payment().await?;
    story.pass(minutes(4)).await?;
    match plot {
        Plot::Consenting => story.at_the_gateway(FactKind::Authorised).await,
        Plot::Declined => story.at_the_gateway(FactKind::Failed).await,
        _ => Ok(()),
    }
}

async fn halfway(story: &Telling) -> Result<(), Untold> {
    paid(story, "I want to automate my spreadsheets.").await?;
    for item in [1, 2] {
        story.until(story.meeting(item).await?.plus(minutes(61))).await?;
        story.complete(item).await?;
    }
    story.until(story.meeting(3).await?.minus(days(3))).await?;
    story.say(story.student(), "I am moving to another city and have to stop here. I am sorry!").await?;
    story.cancel(story.student(), "I am moving to another city.").await
}

async fn called_off(story: &Telling) -> Result<(), Untold> {
    paid(story, "Twice a week, please.").await?;
    story.until(story.start.minus(days(2))).await?;
    story
        .say(story.mentor(), "I fell ill and cannot teach this month. You get all of your money back.")
        .await?;
    story.cancel(story.mentor(), "The mentor fell ill.").await
}
