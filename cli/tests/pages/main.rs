//! What the documentation shows is what the command prints and draws.

#[path = "../common/mod.rs"]
mod common;
mod documentation;
mod gallery;
