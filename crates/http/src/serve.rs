//! How many connections a server of ours has, and which one gives way when there are too many.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};

/// How often a full server looks whether one of its connections has been answered and waits.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The connections of a server.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    tasks: JoinSet<()>,
    /// In the order in which they came.
    open: VecDeque<Open>,
}

#[derive(Debug)]
struct Open {
    task: AbortHandle,
    asked: Asked,
}

/// Whether a connection has sent a request that is being answered.
#[derive(Clone, Debug, Default)]
pub struct Asked(Arc<AtomicBool>);

impl Asked {
    /// Notes that a request has come.
    pub fn begins(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Notes that it was answered.
    pub fn ends(&self) {
        self.0.store(false, Ordering::Release);
    }

    fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Connections {
    /// No connection yet, and no more than so many at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, tasks: JoinSet::new(), open: VecDeque::new() }
    }

    /// Makes room for one more: the one that has waited longest without a request gives way. Where all are being
    /// answered, this waits until one of them is.
    pub async fn make_room(&mut self) {
        while !self.has_room() {
            tokio::select! {
                _ = self.tasks.join_next() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    fn has_room(&mut self) -> bool {
        self.open.retain(|open| !open.task.is_finished());
        if self.open.len() < self.most {
            return true;
        }
        let Some(place) = self.open.iter().position(|open| !open.asked.is_under_way()) else { return false };
        if let Some(waiting) = self.open.remove(place) {
            waiting.task.abort();
        }
        true
    }

    /// Serves one more connection.
    pub fn serve<F>(&mut self, serve: impl FnOnce(Asked) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let asked = Asked::default();
        let task = self.tasks.spawn(serve(asked.clone()));
        self.open.push_back(Open { task, asked });
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Ends all of them at once.
    pub async fn end(&mut self) {
        self.tasks.shutdown().await;
    }

    /// Waits until one has ended; nothing where there is none.
    pub async fn one_ended(&mut self) -> Option<()> {
        self.tasks.join_next().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_one_that_waits_longest_gives_way_and_none_that_is_being_answered() {
        let mut connections = Connections::new(2);
        let mut asked = Vec::new();
        for _ in 0..2 {
            assert!(connections.has_room());
            connections.serve(|one| {
                asked.push(one);
                std::future::pending()
            });
        }
        asked[0].begins();
        assert!(connections.has_room(), "the second has sent nothing");
        assert_eq!(connections.one_ended().await, Some(()));
        connections.serve(|one| {
            one.begins();
            std::future::pending()
        });
        assert!(!connections.has_room(), "both are being answered");
        asked[0].ends();
        assert!(connections.has_room(), "the first was answered and waits");
    }
}
