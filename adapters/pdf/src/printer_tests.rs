use application_billing::ports::Column;

use super::*;

fn owned(text: &str) -> String {
    text.to_owned()
}

fn sheet(rows: usize) -> Sheet {
    Sheet {
        title: owned("Payout statement"),
        name: owned("December 2026"),
        facts: vec![(owned("Month"), owned("December 2026"))],
        parties: vec![(owned("Mentor"), vec![owned("Śrīnivāsa Rāmānujan"), owned("mentor_001")])],
        columns: vec![
            Column::of_words("Date", 3),
            Column::of_words("Student", 5),
            Column::of_figures("To you", 2),
        ],
        rows: (1..=rows)
            .map(|n| vec![owned("1 Dec 2026"), format!("Student {n}"), owned("2,124.15")])
            .collect(),
        nothing: owned("Nothing moved."),
        totals: vec![(owned("Net of the month"), owned("2,124.15 INR"))],
        notes: vec![owned("Days are those of Asia/Kolkata.")],
    }
}

async fn print(sheet: &Sheet) -> Vec<u8> {
    PdfPrinter::new(2).unwrap().print(sheet.clone()).await.unwrap()
}

/// The words of each page, with one space between them.
fn words(bytes: &[u8]) -> Vec<String> {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let numbers: Vec<u32> = document.get_pages().keys().copied().collect();
    let page =
        |number| document.extract_text(&[number]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    numbers.into_iter().map(page).collect()
}

#[tokio::test]
async fn the_same_sheet_gives_the_same_bytes() {
    assert_eq!(print(&sheet(90)).await, print(&sheet(90)).await);
    assert_ne!(print(&sheet(1)).await, print(&sheet(2)).await);
}

#[tokio::test]
async fn a_page_says_all_that_the_sheet_says() {
    let pages = words(&print(&sheet(1)).await);
    assert_eq!(pages.len(), 1);
    for text in [
        "CareerNav",
        "Payout statement",
        "December 2026",
        "Śrīnivāsa Rāmānujan",
        "mentor_001",
        "Student 1",
        "2,124.15 INR",
        "Net of the month",
        "Days are those of Asia/Kolkata.",
        "Page 1 of 1",
    ] {
        assert!(pages[0].contains(text), "{text} is not in {}", pages[0]);
    }
}

#[tokio::test]
async fn a_long_table_goes_on_under_its_headings_and_leaves_nothing_out() {
    let pages = words(&print(&sheet(90)).await);
    assert!(pages.len() >= 3, "{}", pages.len());
    for (number, page) in (1..).zip(&pages) {
        // The sum may stand on a page of its own.
        assert_eq!(page.contains("Date Student To you"), page.contains("1 Dec 2026"), "{page}");
        assert!(page.ends_with(&format!("Page {number} of {}", pages.len())), "{page}");
        assert_eq!(page.contains("continued"), number > 1, "{page}");
    }
    let all = pages.concat();
    assert!((1..=90).all(|n| all.contains(&format!("Student {n} "))), "{all}");
    assert!(pages.last().unwrap().contains("Net of the month"), "the sum is at the end");
}

#[tokio::test]
async fn a_table_without_rows_says_so() {
    assert!(words(&print(&sheet(0)).await)[0].contains("Nothing moved."));
}

#[tokio::test]
async fn a_name_without_an_end_stays_on_its_page() {
    let long = Sheet { parties: vec![(owned("Mentor"), vec!["mmmm".repeat(100)])], ..sheet(1) };
    let pages = words(&print(&long).await);
    assert!(pages[0].replace(' ', "").contains(&"m".repeat(400)), "{}", pages[0]);
}

#[tokio::test]
async fn who_comes_when_too_many_wait_is_sent_away() {
    let printer = Arc::new(PdfPrinter::new(1).unwrap());
    let _all =
        printer.places.clone().acquire_many_owned(u32::try_from(WAITING_EACH + 1).unwrap()).await.unwrap();
    assert!(matches!(printer.print(sheet(1)).await, Err(PrintFailed::Busy)));
}
