//! How much may be computed for one request. Weights of many points around each of many points are soon too many.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Products of a weight and a value for one request: half a minute of one slow processor.
const MOST_PRODUCTS: u64 = 20_000_000_000;

/// What is left of it, and whether anybody still waits.
pub struct Budget<'a> {
    products: AtomicU64,
    abandoned: &'a AtomicBool,
}

impl<'a> Budget<'a> {
    /// All of it.
    pub fn new(abandoned: &'a AtomicBool) -> Self {
        Self {
            products: AtomicU64::new(MOST_PRODUCTS),
            abandoned,
        }
    }

    /// Takes some; false when there is nothing left, or nobody waits.
    pub fn take(&self, products: u64) -> bool {
        let left = |left: u64| Some(left.saturating_sub(products));
        let before = self
            .products
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        before.is_ok_and(|before| before > products) && !self.abandoned.load(Ordering::Relaxed)
    }

    /// True when something could not be computed.
    pub fn is_spent(&self) -> bool {
        self.products.load(Ordering::Relaxed) == 0
    }
}
