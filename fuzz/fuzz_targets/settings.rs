//! Whatever the bytes are: settings of one desk, or one problem at a place in the file that is safe to show.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tripod_tickets::connect::settings;
use tripod_tickets::text::is_hidden;

fuzz_target!(|bytes: &[u8]| {
    match settings(bytes, Path::new("/desk")) {
        Ok(read) => {
            assert_eq!(read.folder, Path::new("/desk"));
            assert!(read.people.keys().all(|account| *account == account.to_lowercase()));
            // What is printed of settings is for logs; a credential is not in it but by its place.
            let _ = format!("{read:?}");
        }
        Err(problem) => {
            assert!(problem.line > 0 && problem.column > 0);
            let shown = problem.to_string();
            assert!(shown.chars().count() < 400 && !shown.chars().any(is_hidden), "{shown:?}");
        }
    }
});
