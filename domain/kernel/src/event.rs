/// One named value of an event, already text: identifiers and times, never names or addresses.
pub type Fact = (&'static str, String);

/// Something that happened, named in the past tense. Events leave a context through the outbox.
pub trait DomainEvent {
    /// What happened, such as `session_approved`.
    fn kind(&self) -> &'static str;
    /// The identifier of what it happened to.
    fn subject(&self) -> String;
    /// What else a consumer needs to know at the time it happened.
    fn facts(&self) -> Vec<Fact>;
}
