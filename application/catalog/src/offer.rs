//! What the catalog sells when it is seeded: three plans for each course of the folder `seeds`.

use std::collections::BTreeMap;

use domain_catalog::PlanShape;
use domain_kernel::{Currency, Money};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::ports::NewPlan;

/// The courses' files.
const FILES: [&str; 10] = include!("../../../seeds/files.rs");

/// The most characters of a course's title and of a topic, which are those of their columns.
const LONGEST: usize = 255;

/// A plan as it is sold for every course.
struct Plan {
    key: &'static str,
    title: &'static str,
    description: &'static str,
    weeks: i32,
    per_week: i32,
    price_minor: i64,
}

const PLANS: [Plan; 3] = [
    Plan {
        key: "basic",
        title: "Basic",
        description: "One meeting a week for four weeks: the foundations, and a direction.",
        weeks: 4,
        per_week: 1,
        price_minor: 149_900,
    },
    Plan {
        key: "standard",
        title: "Standard",
        description: "Two meetings a week for four weeks, with exercises between them.",
        weeks: 4,
        per_week: 2,
        price_minor: 249_900,
    },
    Plan {
        key: "pro",
        title: "Pro",
        description: "Three meetings a week for four weeks, up to a project and a mock interview.",
        weeks: 4,
        per_week: 3,
        price_minor: 399_900,
    },
];

/// A course with its plans.
pub(crate) struct Offer {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) plans: Vec<NewPlan>,
}

/// Everything that is sold, at prices in that currency. The reason of a failure names the course.
pub(crate) fn all(currency: Currency) -> Result<Vec<Offer>, String> {
    FILES.into_iter().map(|file| Offer::parse(file, currency)).collect()
}

/// A course's file, as far as it concerns what is sold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CourseFile {
    title: String,
    description: String,
    /// By the plan's key: a row for each week, a topic for each of its meetings.
    topics: BTreeMap<String, Vec<Vec<String>>>,
    #[serde(rename = "questions")]
    _questions: IgnoredAny,
}

impl Offer {
    fn parse(file: &str, currency: Currency) -> Result<Self, String> {
        let CourseFile { title, description, mut topics, _questions: _ } =
            toml::from_str(file).map_err(|error| error.to_string())?;
        if title.is_empty() || title.chars().count() > LONGEST {
            return Err(format!("{title:?} is no title: it has 1 to {LONGEST} characters"));
        }
        let plans = PLANS
            .iter()
            .map(|plan| plan.of(&title, topics.remove(plan.key).unwrap_or_default(), currency))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| format!("{title}: {reason}"))?;
        match topics.first_key_value() {
            None => Ok(Self { title, description, plans }),
            Some((key, _)) => Err(format!("{title}: there is no plan {key}")),
        }
    }
}

impl Plan {
    /// This plan for a skill, with those topics.
    fn of(&self, skill: &str, weeks: Vec<Vec<String>>, currency: Currency) -> Result<NewPlan, String> {
        let Self { key, title, description, weeks: _, per_week, price_minor } = self;
        let shape = PlanShape::parse(self.weeks, *per_week).map_err(|error| error.to_string())?;
        let is_full = |week: &Vec<String>| week.len() == usize::from(shape.per_week());
        if weeks.len() != usize::from(shape.weeks()) || !weeks.iter().all(is_full) {
            return Err(format!("{key} needs {} weeks of {per_week} topics", self.weeks));
        }
        if let Some(topic) =
            weeks.iter().flatten().find(|topic| !(1..=LONGEST).contains(&topic.chars().count()))
        {
            return Err(format!("{topic:?} is no topic: it has 1 to {LONGEST} characters"));
        }
        let topics = (1..)
            .zip(weeks)
            .flat_map(|(week, topics)| (1..).zip(topics).map(move |(number, topic)| (week, number, topic)));
        Ok(NewPlan {
            skill_name: skill.to_owned(),
            key: (*key).to_owned(),
            title: (*title).to_owned(),
            description: (*description).to_owned(),
            price: Money::parse(*price_minor, currency).map_err(|error| error.to_string())?,
            shape,
            topics: topics.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn inr() -> Currency {
        Currency::parse("INR").unwrap()
    }

    fn offers() -> Vec<Offer> {
        all(inr()).unwrap_or_else(|reason| panic!("{reason}"))
    }

    #[test]
    fn three_plans_are_sold_for_each_of_ten_courses() {
        let offers = offers();
        let titles: BTreeSet<&str> = offers.iter().map(|offer| offer.title.as_str()).collect();
        assert_eq!(titles.len(), 10);
        for offer in &offers {
            let keys: Vec<&str> = offer.plans.iter().map(|plan| plan.key.as_str()).collect();
            assert_eq!(keys, ["basic", "standard", "pro"], "{}", offer.title);
            assert!(offer.plans.iter().all(|plan| plan.skill_name == offer.title));
            assert!(!offer.description.is_empty());
        }
    }

    #[test]
    fn every_meeting_has_a_topic_of_its_own() {
        for plan in offers().iter().flat_map(|offer| &offer.plans) {
            let of = format!("{} {}", plan.skill_name, plan.key);
            let places: BTreeSet<(u8, u8)> =
                plan.topics.iter().map(|(week, number, _)| (*week, *number)).collect();
            let (weeks, per_week) = (plan.shape.weeks(), plan.shape.per_week());
            assert_eq!(places.len(), plan.shape.items() as usize, "{of}");
            assert_eq!((places.first(), places.last()), (Some(&(1, 1)), Some(&(weeks, per_week))), "{of}");
            let topics: BTreeSet<&str> = plan.topics.iter().map(|(_, _, topic)| topic.as_str()).collect();
            assert_eq!(topics.len(), plan.topics.len(), "{of} repeats a topic");
            let is_filler = |topic: &&str| topic.len() < 8 || topic.ends_with(|c: char| c.is_ascii_digit());
            assert_eq!(topics.into_iter().find(is_filler), None, "{of}");
        }
    }

    #[test]
    fn no_two_courses_have_the_same_topics() {
        let mut seen = BTreeSet::new();
        for plan in offers().into_iter().flat_map(|offer| offer.plans) {
            assert!(seen.insert(plan.topics), "{} {}", plan.skill_name, plan.key);
        }
    }

    #[test]
    fn a_broken_file_is_refused_with_its_course() {
        let [java, ..] = FILES;
        for (good, bad, reason) in [
            ("basic = [\n", "basic = [\n  [\"One too many\"],\n", "basic needs 4 weeks of 1 topics"),
            ("standard = [", "premium = [", "standard needs 4 weeks of 2 topics"),
            ("pro = [", "extra = []\npro = [", "there is no plan extra"),
            ("\"Types, control flow and methods\"", "\"\"", "\"\" is no topic"),
        ] {
            let refused = Offer::parse(&java.replacen(good, bad, 1), inr()).err().unwrap_or_default();
            assert!(refused.starts_with("Java Programming: ") && refused.contains(reason), "{refused}");
        }
        let untitled = Offer::parse(&java.replacen("\"Java Programming\"", "\"\"", 1), inr()).err();
        assert!(untitled.unwrap_or_default().contains("is no title"));
    }
}
