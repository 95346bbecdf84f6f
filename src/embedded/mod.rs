//! An S3 server inside this process, on the loopback interface, with its data in a folder that goes with it. Knows
//! nothing of who asks.

mod folder;
mod server;

pub use server::Server;
