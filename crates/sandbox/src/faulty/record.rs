//! What went over the wire in a whole run.

use std::sync::{Mutex, PoisonError};

use crate::between::{Between, Delivery};
use crate::wire::{Reply, Request};
use crate::world::World;

/// One exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub reply: Reply,
}

/// Keeps every exchange, and hands on every reply as it is.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Vec<Exchange>>);

impl Recorder {
    /// What was kept, which is forgotten here.
    #[must_use]
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Between for Recorder {
    fn hand_on(&self, _: &World, request: &Request, reply: Reply) -> Delivery {
        let exchange = Exchange { request: request.clone(), reply: reply.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        reply.into()
    }
}
