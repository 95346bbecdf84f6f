//! What was or may have been created, until it is gone. Does not know why.
