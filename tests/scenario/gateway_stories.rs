//! Whole stories of which a seed is the author: whatever happens, the gateway's books and ours agree in the end.

use adapter_gateway::Habit;
use domain_kernel::{hours, minutes};
use domain_mentoring::SessionStatus;

use crate::support::gateway::AtGateway;
use crate::support::stores::Stores;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_stories_end_with_books_that_agree() {
    let ends: Vec<_> = (0..200).map(|seed| tokio::spawn(told(seed, Stores::memory()))).collect();
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let mut broken = Vec::new();
    for (seed, end) in ends.into_iter().enumerate() {
        match end.await {
            Ok(end) => *counts.entry(end).or_default() += 1,
            Err(_) => broken.push(seed),
        }
    }
    assert_eq!(broken, Vec::<usize>::new(), "what these seeds tell is printed above");
    // The stories are worth telling only if they end differently.
    for status in ["PENDING", "PROCESSING", "REFUNDED", "SUCCESS"] {
        assert!(counts.keys().any(|end| end.starts_with(status)), "no story ends {status}: {counts:?}");
    }
    assert!(counts.keys().any(|end| end.ends_with("RELEASED")), "no mentor was paid: {counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_stories_end_with_sound_books_on_postgresql() {
    for seed in 0..10 {
        told(1_000 + seed, Stores::postgres().await).await;
    }
}

/// Lives through it; answers where the payment and the mentor's share stand.
async fn told(seed: u64, stores: Stores) -> String {
    let at = AtGateway::by(stores, Habit::Seeded(seed)).await;
    let booked = &at.cast.booked;
    // The first hours: whoever failed to pay tries again.
    for _ in 0..15 {
        at.pass(minutes(4)).await;
    }
    for _ in 0..24 {
        at.pass(hours(1)).await;
        at.try_to_pay().await;
    }
    for _ in 0..20 {
        at.pass(hours(4)).await;
    }
    // The lessons, or their end.
    let lessons = if seed % 3 == 2 { 8 } else { seed % 3 };
    for item in 1..=usize::try_from(lessons).unwrap() {
        if booked.status(&at.session).await == SessionStatus::Scheduled {
            booked.pass_to(&at.session, item, minutes(70)).await;
            drop(booked.complete(&at.session, u32::try_from(item).unwrap()).await);
        }
    }
    let by = if seed.is_multiple_of(2) { &booked.student } else { &booked.mentor };
    drop(booked.cancel(by, &at.session).await);
    at.cast.work().await;
    // The money, with all that is late.
    for _ in 0..40 {
        at.pass(hours(6)).await;
        drop(at.cast.release(&at.payment).await);
        at.cast.work().await;
    }
    at.sound(seed).await
}

impl AtGateway {
    async fn try_to_pay(&self) {
        let failed = self.paid().await == "FAILED";
        if failed && self.cast.booked.status(&self.session).await == SessionStatus::Approved {
            self.cast.booked.start_payment(&self.session).await;
        }
    }

    /// The laws of every end.
    async fn sound(&self, seed: u64) -> String {
        let world = &self.cast.booked.world;
        let order = self.order().await.unwrap();
        let story = Habit::Seeded(seed).story(&order);
        assert_eq!(self.ours().await, self.theirs().await, "seed {seed}: ours, theirs: {story:#?}");
        self.check().await;
        let depth = world.stores.jobs.depth(world.now()).await.unwrap();
        assert_eq!((depth.due, depth.dead), (0, 0), "seed {seed}: {story:#?}");
        let share = world.stores.books.payout(&self.payment, world.now()).await.unwrap();
        format!("{} {}", self.paid().await, share.map_or_else(String::new, |share| share.status))
    }
}
