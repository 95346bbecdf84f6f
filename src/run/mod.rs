//! Executes the plan, step by step, and undoes. Does not know how differences are judged.

pub mod cancel;
pub mod undo;
