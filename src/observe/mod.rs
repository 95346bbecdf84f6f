//! One cloud's recording → its labelled observations. Does not know that other clouds exist.
