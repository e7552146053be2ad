//! The exchanges of a program under way, one line each as it makes them. The program stands still while nobody reads.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The pipe to be named in `TRIPOD_WIRE_LOG`.
pub(crate) fn pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("wire");
    if !pipe.exists() {
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    }
    pipe
}

/// Opens the pipe for reading, which waits until the program has opened the other end; fails if it ends before.
pub(crate) fn open(pipe: &Path, mut has_ended: impl FnMut() -> bool) -> BufReader<File> {
    let (sender, opened) = channel();
    let pipe = pipe.to_owned();
    thread::spawn(move || sender.send(File::open(pipe)));
    loop {
        let ended = has_ended();
        if let Ok(file) = opened.recv_timeout(Duration::from_millis(100)) {
            return BufReader::new(file.unwrap());
        }
        assert!(!ended, "it ended before its first exchange");
    }
}
