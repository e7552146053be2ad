//! What the client does with servers that send too much, too slowly, or with the wrong certificate.

mod limits;
mod proxies;
mod servers;
mod trust;
