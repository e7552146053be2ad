//! A ticket's life: its states, and the store that makes every delivery count once.

mod state;
mod store;

pub use state::{TicketEvent, TicketState, TransitionError};
pub use store::{Delivered, Delivery, StoreError, StoredTicket, TicketStore};
