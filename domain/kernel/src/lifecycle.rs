use std::collections::BTreeSet;
use std::fmt::Write;

use crate::Labelled;

/// A status whose changes are one table. Everything that is said about the status (what may
/// happen, the diagram, the matrix, the edges that the database enforces) is read off that table.
pub trait Lifecycle: Labelled {
    /// What can happen to it.
    type Event: Labelled;
    /// The states in which it can begin.
    const INITIAL: &'static [Self];
    /// Every permitted change as (from, event, to). Guards beyond the state are rules of the
    /// aggregate that owns the status.
    const TRANSITIONS: &'static [(Self, Self::Event, Self)];

    /// The state after `event`, or why there is none.
    fn on(self, event: Self::Event) -> Result<Self, IllegalTransition> {
        Self::TRANSITIONS
            .iter()
            .find(|(from, on, _)| *from == self && *on == event)
            .map(|(_, _, to)| *to)
            .ok_or_else(|| IllegalTransition {
                machine: Self::NAME,
                from: self.label(),
                event: event.label(),
                allowed: self.allowed().into_iter().map(Labelled::label).collect(),
            })
    }

    /// The events that have a row for this state, in the table's order.
    fn allowed(self) -> Vec<Self::Event> {
        Self::TRANSITIONS.iter().filter(|(from, _, _)| *from == self).map(|(_, on, _)| *on).collect()
    }

    /// Whether the state is final: no event leaves it for another state.
    fn is_terminal(self) -> bool {
        !Self::TRANSITIONS.iter().any(|(from, _, to)| *from == self && *to != self)
    }
}

/// The status does not permit the event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{machine} {from} does not permit {event}")]
pub struct IllegalTransition {
    /// The machine, such as `SessionStatus`.
    pub machine: &'static str,
    /// The label of the state it is in.
    pub from: &'static str,
    /// The label of the event that was refused.
    pub event: &'static str,
    /// The labels of the events that the state permits.
    pub allowed: Vec<&'static str>,
}

/// The laws that the machine breaks, in words; empty for a lawful one.
///
/// Complete: every event has a row. Deterministic: a state and an event have one row.
/// Reachable: every state can be reached from an initial one. Can end: where there are final
/// states, every state can reach one.
pub fn broken_laws<M: Lifecycle>() -> Vec<String> {
    let mut broken = Vec::new();
    for event in M::Event::ALL {
        if !M::TRANSITIONS.iter().any(|(_, on, _)| on == event) {
            broken.push(format!("{}: no row has the event {}", M::NAME, event.label()));
        }
    }
    for (index, (from, on, _)) in M::TRANSITIONS.iter().enumerate() {
        if M::TRANSITIONS.iter().take(index).any(|(f, o, _)| f == from && o == on) {
            broken.push(format!("{}: two rows for {} on {}", M::NAME, from.label(), on.label()));
        }
    }
    let reached = closure::<M>(M::INITIAL, |(from, to)| (from, to));
    for state in M::ALL.iter().filter(|state| !reached.contains(state.label())) {
        broken.push(format!("{}: {} cannot be reached", M::NAME, state.label()));
    }
    let finals: Vec<M> = M::ALL.iter().copied().filter(|state| state.is_terminal()).collect();
    if !finals.is_empty() {
        let ending = closure::<M>(&finals, |(from, to)| (to, from));
        for state in M::ALL.iter().filter(|state| !ending.contains(state.label())) {
            broken.push(format!("{}: {} can never end", M::NAME, state.label()));
        }
    }
    broken
}

/// The labels of all states that can be reached from `start` along the edges as `turned`.
fn closure<M: Lifecycle>(start: &[M], turned: fn((M, M)) -> (M, M)) -> BTreeSet<&'static str> {
    let mut reached: BTreeSet<&'static str> = start.iter().map(|state| state.label()).collect();
    loop {
        let before = reached.len();
        for (from, _, to) in M::TRANSITIONS {
            let (source, target) = turned((*from, *to));
            if reached.contains(source.label()) {
                reached.insert(target.label());
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// The full matrix as text, a line a state, `-` where the event is refused. It is the machine's
/// snapshot: a changed edge shows in review.
pub fn matrix<M: Lifecycle>() -> String {
    let mut text = String::new();
    for state in M::ALL {
        for event in M::Event::ALL {
            let target = state.on(*event).map_or("-", Labelled::label);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} on {}: {target}", state.label(), event.label());
        }
    }
    text
}

/// The machine as a Mermaid state diagram.
pub fn mermaid<M: Lifecycle>() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for state in M::INITIAL {
        let _ = writeln!(text, "    [*] --> {}", state.label());
    }
    for (from, on, to) in M::TRANSITIONS {
        let _ = writeln!(text, "    {} --> {}: {}", from.label(), to.label(), on.label());
    }
    for state in M::ALL.iter().filter(|state| state.is_terminal()) {
        let _ = writeln!(text, "    {} --> [*]", state.label());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled;

    labelled! { enum Door { Open = "OPEN", Shut = "SHUT", Walled = "WALLED", Lost = "LOST" } }
    labelled! { enum Push { Close = "close", Wall = "wall", Knock = "knock" } }

    impl Lifecycle for Door {
        type Event = Push;
        const INITIAL: &'static [Self] = &[Self::Open];
        const TRANSITIONS: &'static [(Self, Push, Self)] = &[
            (Self::Open, Push::Close, Self::Shut),
            (Self::Shut, Push::Wall, Self::Walled),
            (Self::Shut, Push::Wall, Self::Open),
        ];
    }

    #[test]
    fn an_illegal_transition_names_what_is_allowed() {
        assert_eq!(
            Door::Open.on(Push::Wall),
            Err(IllegalTransition { machine: "Door", from: "OPEN", event: "wall", allowed: vec!["close"] })
        );
    }

    #[test]
    fn every_broken_law_is_found() {
        assert_eq!(
            broken_laws::<Door>(),
            [
                "Door: no row has the event knock",
                "Door: two rows for SHUT on wall",
                "Door: LOST cannot be reached"
            ]
        );
    }

    #[test]
    fn the_diagram_shows_begin_edges_and_ends() {
        let diagram = mermaid::<Door>();
        for line in ["[*] --> OPEN", "OPEN --> SHUT: close", "WALLED --> [*]"] {
            assert!(diagram.contains(line), "{line} is missing in {diagram}");
        }
    }

    labelled! { enum Light { Off = "OFF", On = "ON", Broken = "BROKEN", Stuck = "STUCK" } }
    labelled! { enum Press { Switch = "switch", Kick = "kick", Look = "look" } }

    impl Lifecycle for Light {
        type Event = Press;
        const INITIAL: &'static [Self] = &[Self::Off];
        const TRANSITIONS: &'static [(Self, Press, Self)] = &[
            (Self::Off, Press::Switch, Self::On),
            (Self::On, Press::Switch, Self::Off),
            (Self::On, Press::Kick, Self::Broken),
            (Self::Broken, Press::Look, Self::Broken),
            (Self::Off, Press::Kick, Self::Stuck),
            (Self::Stuck, Press::Kick, Self::Off),
        ];
    }

    #[test]
    fn one_event_in_two_states_and_two_events_in_one_state_are_lawful() {
        assert_eq!(broken_laws::<Light>(), Vec::<String>::new());
    }

    #[test]
    fn a_state_is_final_that_only_stays_as_it_is() {
        let finals: Vec<Light> = Light::ALL.iter().copied().filter(|light| light.is_terminal()).collect();
        assert_eq!(finals, [Light::Broken]);
    }
}
