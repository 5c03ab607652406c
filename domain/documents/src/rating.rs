/// How good a mentor finds a document: 1 (much is missing) to 5 (ready to be sent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating(u8);

/// The number is no rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rating is a whole number from 1 to 5")]
pub struct InvalidRating;

impl Rating {
    /// Reads a rating.
    pub fn parse(stars: i32) -> Result<Self, InvalidRating> {
        match u8::try_from(stars) {
            Ok(stars @ 1..=5) => Ok(Self(stars)),
            _ => Err(InvalidRating),
        }
    }

    /// The number, 1 to 5.
    pub fn get(self) -> i32 {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_1_to_5() {
        for stars in 1..=5 {
            assert_eq!(Rating::parse(stars).map(Rating::get), Ok(stars));
        }
        for stars in [i32::MIN, -1, 0, 6, 257, i32::MAX] {
            assert_eq!(Rating::parse(stars), Err(InvalidRating), "{stars}");
        }
    }
}
