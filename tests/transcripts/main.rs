//! What the program says and how it ends when something is wrong: whole transcripts, against clouds of this machine's
//! loopback interface.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails here")]

mod canaries;
mod cloud;
mod clouds_that_fail;
mod cut_scenarios;
mod files_that_are_wrong;
mod noise_that_is_learned;
mod over_time;
mod profiles_that_are_begun;
mod program;
mod recordings;
mod reports_that_are_saved;
mod services_that_fail;
mod store;
mod stores_that_fail;
mod stores_that_flap;
