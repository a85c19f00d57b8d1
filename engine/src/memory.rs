//! Memory that is free but still ours goes back to the system.

/// Gives back what the allocator keeps for later; after a lot was freed that is nearly all of it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // SAFETY: glibc's function of this name and type; it may be called at any time, from any thread, and touches only memory that is free.
    unsafe { malloc_trim(0) };
}

/// Other allocators give back by themselves, or not at all.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
