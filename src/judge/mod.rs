//! Rules (data) that give a difference impact and direction; waivers. Knows nothing of rendering.

mod model;

pub use model::*;
