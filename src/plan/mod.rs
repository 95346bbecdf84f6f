//! Which executions, in which order, under which locks, limits and hazards. Does not know how they end.
