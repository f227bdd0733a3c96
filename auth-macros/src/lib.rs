//! The attributes of `auth-runtime`.
