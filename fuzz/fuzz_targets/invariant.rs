//! What every reader has to keep to.

use tripod_tickets::request::{LONGEST_APP, LONGEST_PURPOSE, MOST_PEOPLE, Source, problems_markdown, read};
use tripod_tickets::text::is_hidden;

/// Reads the bytes. What comes of it is bounded, has nothing hidden in it, and reads back as the same.
pub fn holds(source: Source, bytes: &[u8]) {
    match read(source, bytes) {
        Ok(request) => {
            assert!(request.people.len() <= MOST_PEOPLE);
            for (text, longest) in [(&request.purpose, LONGEST_PURPOSE), (&request.app, LONGEST_APP)] {
                assert!(!text.is_empty() && text.chars().count() <= longest && !text.chars().any(is_hidden));
            }
            let again = serde_json::to_vec(&request).expect("a request is plain data");
            assert_eq!(read(Source::Json, &again), Ok(request));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            let markdown = problems_markdown(&problems);
            assert!(!markdown.contains(['<', '@', '`']) && !markdown.chars().any(|c| c != '\n' && is_hidden(c)));
        }
    }
}
