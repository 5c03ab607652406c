//! What happens to an order by itself, where a seed says so.

use application_booking::{Answer, Call, Happens, Post, ScriptStep};

/// How an order goes that nobody told otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Habit {
    /// Nothing happens to it until somebody says so; money leaves as soon as it is asked for.
    #[default]
    Waits,
    /// What the seed and the order's key say.
    Seeded(u64),
    /// Always these steps.
    Always(Vec<ScriptStep>),
}

impl Habit {
    /// What happens to the order from its making on.
    pub fn story(&self, order: &str) -> Vec<ScriptStep> {
        match self {
            Self::Waits => vec![],
            Self::Seeded(seed) => seeded(*seed, order),
            Self::Always(steps) => steps.clone(),
        }
    }
}

/// Numbers that look like chance and depend on nothing but where they begin: `SplitMix64` (Steele, Lea, Flood: Fast
/// Splittable Pseudorandom Number Generators, 2014).
struct Dice(u64);

impl Dice {
    /// Begins at FNV-1a of the order, from the seed on.
    fn of(seed: u64, order: &str) -> Self {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(order.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, mix))
    }

    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let wide = u64::from(sides.max(1));
        u32::try_from((z ^ (z >> 31)) % wide).unwrap_or(0)
    }

    /// Mostly prompt; at times late, often, or never.
    fn post(&mut self, may_be_lost: bool) -> Post {
        match self.roll(8) {
            0 => Post { delay_minutes: 1 + self.roll(72 * 60), copies: 1 },
            1 => Post { delay_minutes: self.roll(90), copies: 2 + self.roll(2) },
            2 | 3 if may_be_lost => Post::LOST,
            _ => Post { delay_minutes: self.roll(3), copies: 1 },
        }
    }

    fn answer(&mut self) -> Answer {
        match self.roll(6) {
            0 => Answer::Refused,
            1 => Answer::Never,
            2 | 3 => Answer::Late(1 + self.roll(72 * 60)),
            _ => Answer::Done,
        }
    }
}

fn seeded(seed: u64, order: &str) -> Vec<ScriptStep> {
    let mut dice = Dice::of(seed, order);
    let mut steps = Vec::new();
    for call in [Call::Order, Call::Facts, Call::Refund, Call::Payout] {
        if dice.roll(4) == 0 {
            steps.push(ScriptStep::Silence { call, times: 1 + dice.roll(3), does: dice.roll(2) == 0 });
        }
    }
    steps.push(ScriptStep::Payouts { answer: dice.answer(), times: 1 });
    let happens = |what, attempt: &str, after_minutes, post| ScriptStep::Happens {
        what,
        attempt: attempt.to_owned(),
        after_minutes,
        amount_minor: None,
        currency: None,
        post,
    };
    let mut attempt = "1";
    if dice.roll(4) == 0 {
        steps.push(happens(Happens::Failed, attempt, dice.roll(10), dice.post(true)));
        attempt = "2";
    }
    if dice.roll(3) > 0 {
        steps.push(happens(Happens::Authorised, attempt, dice.roll(10), dice.post(true)));
    }
    let ending = dice.roll(12);
    if ending == 0 {
        // The student's bank says nothing more.
        return steps;
    }
    if ending == 1 {
        let amount = if dice.roll(2) == 0 { (99, "INR") } else { (4_999, "USD") };
        steps.push(ScriptStep::Happens {
            what: Happens::Captured,
            attempt: "wrong".to_owned(),
            after_minutes: dice.roll(10),
            amount_minor: Some(amount.0),
            currency: Some(amount.1.to_owned()),
            post: dice.post(false),
        });
    }
    if ending == 2 {
        // Money that is taken back, of which we have heard before. It comes early: a dispute is refused, and waits for
        // operators, while the mentor is being paid or a part of the money is on its way back.
        steps.retain(|step| !matches!(step, ScriptStep::Payouts { .. }));
        steps.push(happens(Happens::Captured, attempt, dice.roll(10), Post::PROMPT));
        let post = Post { delay_minutes: dice.roll(72 * 60), copies: 1 + dice.roll(2) };
        steps.push(happens(Happens::Reversed, attempt, 60 + dice.roll(24 * 60), post));
        return steps;
    }
    // Some come when nobody waits for them any more.
    let after = if dice.roll(6) == 0 { dice.roll(72 * 60) } else { dice.roll(30) };
    steps.push(happens(Happens::Captured, attempt, after, dice.post(true)));
    if ending == 3 {
        steps.push(happens(Happens::Captured, "again", dice.roll(60), dice.post(false)));
    }
    steps.push(ScriptStep::Refunds { answer: dice.answer(), times: 1 + dice.roll(5) });
    if dice.roll(5) == 0 {
        steps.push(ScriptStep::Reorder);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_and_order_have_the_same_story_and_others_another() {
        let story = |seed, order: &str| format!("{:?}", Habit::Seeded(seed).story(order));
        assert_eq!(story(7, "sim_p_100_INR"), story(7, "sim_p_100_INR"));
        let by_seed: BTreeSet<String> = (0..200).map(|seed| story(seed, "sim_p_100_INR")).collect();
        let by_order: BTreeSet<String> = (0..200).map(|n| story(7, &format!("sim_{n}_100_INR"))).collect();
        assert!(by_seed.len() > 190 && by_order.len() > 190, "{} {}", by_seed.len(), by_order.len());
    }

    #[test]
    fn a_story_does_not_change_with_the_program() {
        let story = Habit::Seeded(3).story("sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR");
        insta::assert_debug_snapshot!(story);
    }

    #[test]
    fn whatever_can_happen_happens_to_some_of_200_orders() {
        let stories: Vec<Vec<ScriptStep>> =
            (0..200).map(|seed| Habit::Seeded(seed).story("sim_p_100_INR")).collect();
        let some = |holds: &dyn Fn(&ScriptStep) -> bool| stories.iter().flatten().any(holds);
        for what in [Happens::Authorised, Happens::Captured, Happens::Failed, Happens::Reversed] {
            assert!(some(&|step| matches!(step, ScriptStep::Happens { what: w, .. } if *w == what)));
        }
        for call in [Call::Order, Call::Facts, Call::Refund, Call::Payout] {
            for does in [true, false] {
                assert!(some(
                    &|step| matches!(step, ScriptStep::Silence { call: c, does: d, .. } if (*c, *d) == (call, does))
                ));
            }
        }
        let answers = |step: &ScriptStep| match step {
            ScriptStep::Refunds { answer, .. } | ScriptStep::Payouts { answer, .. } => Some(*answer),
            _ => None,
        };
        for answer in [Answer::Done, Answer::Refused, Answer::Never] {
            assert!(some(&|step| answers(step) == Some(answer)));
        }
        assert!(some(&|step| matches!(answers(step), Some(Answer::Late(_)))));
        assert!(some(&|step| *step == ScriptStep::Reorder));
        for sound in [0, 2] {
            assert!(some(&|step| matches!(step, ScriptStep::Happens { post, .. } if post.copies == sound)));
        }
        assert!(some(&|step| matches!(step, ScriptStep::Happens { amount_minor: Some(_), .. })));
        assert!(some(
            &|step| matches!(step, ScriptStep::Happens { post, .. } if post.delay_minutes > 48 * 60)
        ));
    }
}
