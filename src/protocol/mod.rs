//! How a family speaks: auth, addressing, versions. Knows nothing of comparing.

pub mod openstack;
