/// What strangers see of a full name: the first name and the initial of the last, `Asha V.`
pub fn display_name(full: &str) -> String {
    let mut words = full.split_whitespace();
    let first = words.next().unwrap_or("Someone").to_owned();
    match words.last().and_then(|last| last.chars().next()) {
        Some(initial) => format!("{first} {}.", initial.to_uppercase()),
        None => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_see_a_first_name_and_an_initial() {
        for (full, shown) in
            [("Asha Devi Verma", "Asha V."), ("Asha", "Asha"), ("", "Someone"), ("  a  ß", "a SS.")]
        {
            assert_eq!(display_name(full), shown);
        }
    }
}
