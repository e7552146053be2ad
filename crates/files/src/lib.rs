//! Files as they are: read within limits, replaced whole, and kept from others.
//!
//! What is written goes through pipes, devices and links to what is behind them, and a file that is replaced keeps its
//! mode and its owner. What Tripod keeps for itself can be read by its owner only, whatever the umask says. What is read
//! is a file with an end: a pipe, a device or a file that is too long is refused before it fills the memory.

mod database;
mod private;
mod read;
mod write;

pub use database::{Copy, Database, copied, open_to_read};
pub use private::{file as private_file, folder as private_folder};
pub use read::{LARGEST, LARGEST_SECRET, bounded, read, read_at_most, read_text, read_text_at_most};
pub use write::{create, create_private, replace, replace_private};
