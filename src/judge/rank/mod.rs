//! A judged comparison of here with candidates → the candidates in the order of what moving there costs. In: a report, the pairs
//! it was judged from, weights (data). Out: one [`Ranking`].

mod model;
mod order;
mod weights;

pub use model::{Candidate, Cost, Distance, Known, RANKING_FORMAT, Ranking, Reason};
pub use order::{Compared, rank};
pub use weights::{DEFAULT_WEIGHTS, Weights, WeightsError};
