//! How memory is taken from the system, and given back.

/// Lets all threads share one heap, which grows by a megabyte at a time. Left to itself, glibc gives each thread a heap that grows page by
/// page, each with a call of its own; with half a million small series that was a quarter of all loading. To be called before the first thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn share_heap() {
    const M_TOP_PAD: std::ffi::c_int = -2;
    const M_ARENA_MAX: std::ffi::c_int = -8;
    unsafe extern "C" {
        fn mallopt(parameter: std::ffi::c_int, value: std::ffi::c_int) -> std::ffi::c_int;
    }
    // SAFETY: glibc's function of this name and type; it only sets parameters of the allocator, which are guarded by its own lock.
    unsafe {
        mallopt(M_ARENA_MAX, 1);
        mallopt(M_TOP_PAD, 1 << 20);
    }
}

/// Other allocators have their own ways.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn share_heap() {}

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
