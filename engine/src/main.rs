//! The program: see [`farboard_engine`].

fn main() {}
