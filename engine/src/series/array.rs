//! Numbers in memory of their own, or in a mapped file.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

use super::map::Map;

/// Types of which every pattern of bits is a value, and that have no padding.
///
/// # Safety
/// That has to be true.
pub unsafe trait Plain: Copy + 'static {}

// SAFETY: true of integers and floats.
unsafe impl Plain for i64 {}
// SAFETY: likewise.
unsafe impl Plain for f32 {}
// SAFETY: likewise.
unsafe impl Plain for f64 {}

/// The bytes of numbers, in this machine's order.
pub fn bytes_of<T: Plain>(numbers: &[T]) -> &[u8] {
    let len = std::mem::size_of_val(numbers);
    // SAFETY: the same memory, and without padding every byte of it has a value.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), len) }
}

/// A list of numbers. It reads like a slice; to change one that is mapped is to copy it first.
#[derive(Clone, Debug)]
pub enum Array<T: Plain> {
    /// In memory of its own.
    Own(Vec<T>),
    /// In a mapped file.
    Mapped(Mapped<T>),
}

/// A list that stands in a mapped file.
#[derive(Clone, Debug)]
pub struct Mapped<T> {
    /// Keeps the memory mapped that `start` leads to.
    _map: Arc<Map>,
    start: NonNull<T>,
    len: usize,
}

// SAFETY: it is a `&[T]` whose owner goes along with it.
unsafe impl<T: Plain + Sync> Send for Mapped<T> {}
// SAFETY: likewise.
unsafe impl<T: Plain + Sync> Sync for Mapped<T> {}

impl<T: Plain> Array<T> {
    /// The list of `len` numbers at `offset` of a file; `None` if they are not all mapped there, at an address that fits them.
    pub fn mapped(map: &Arc<Map>, offset: u64, len: usize) -> Option<Self> {
        let bytes = map.bytes(offset, len.checked_mul(size_of::<T>())?)?;
        let start = NonNull::new(bytes.as_ptr().cast_mut().cast::<T>())?;
        start.is_aligned().then(|| {
            Self::Mapped(Mapped {
                _map: Arc::clone(map),
                start,
                len,
            })
        })
    }

    /// The list, to be changed.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Self::Mapped(_) = self {
            *self = Self::Own(self.to_vec());
        }
        match self {
            Self::Own(numbers) => numbers,
            // Just replaced.
            Self::Mapped(_) => unreachable!(),
        }
    }

    /// Gives back memory that is not needed.
    pub fn shrink(&mut self) {
        if let Self::Own(numbers) = self {
            numbers.shrink_to_fit();
        }
    }
}

impl<T: Plain> Default for Array<T> {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl<T: Plain> From<Vec<T>> for Array<T> {
    fn from(numbers: Vec<T>) -> Self {
        Self::Own(numbers)
    }
}

impl<T: Plain> Deref for Array<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::Own(numbers) => numbers,
            // SAFETY: checked in `mapped`: all of it is mapped for as long as the map lives, which `self` holds; aligned; and any bits are a `T`.
            Self::Mapped(mapped) => unsafe {
                std::slice::from_raw_parts(mapped.start.as_ptr(), mapped.len)
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_is_mapped_reads_as_it_was_and_is_copied_to_be_changed() {
        let numbers = [1.5f64, f64::NAN, -0.0];
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[0; 8]).unwrap();
        file.write_all(bytes_of(&numbers)).unwrap();
        let map = Arc::new(Map::of(&file, 0, 32).unwrap());
        let mut array = Array::<f64>::mapped(&map, 8, 3).unwrap();
        let bits = |array: &[f64]| array.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&array), bits(&numbers));
        drop(map);
        array.to_mut().push(2.0);
        assert_eq!((array.len(), array[3]), (4, 2.0));
    }

    #[test]
    fn what_is_not_there_or_not_aligned_is_no_list() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[0; 64]).unwrap();
        let map = Arc::new(Map::of(&file, 0, 64).unwrap());
        assert!(Array::<f64>::mapped(&map, 4, 1).is_none());
        assert!(Array::<f64>::mapped(&map, 60, 1).is_none());
        assert!(Array::<f64>::mapped(&map, 8, usize::MAX / 4).is_none());
    }
}
