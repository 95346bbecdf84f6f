//! Terminal, JSON. Does not know how a finding came about.
