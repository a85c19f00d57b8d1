//! A stretch of a file in memory, read-only: how columns are held that need no memory of their own.

use std::fs::File;
use std::io;
use std::ptr::NonNull;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Where mappings may begin: a multiple of every page size in use.
pub const MAP_ALIGN_BYTES: u64 = 64 << 10;

/// A mapped stretch of a file. The file must never be written within it again, nor become shorter: see [`Map::of`].
#[derive(Debug)]
pub struct Map {
    start: NonNull<u8>,
    len: usize,
    /// Where in the file it begins.
    offset: u64,
}

// SAFETY: the memory is only ever read, and unmapped once, when nothing refers to it any more.
unsafe impl Send for Map {}
// SAFETY: as above; reading from several threads at once is no race.
unsafe impl Sync for Map {}

impl Map {
    /// Maps the bytes `from..to` of a file; a little more in front, to begin at a page.
    ///
    /// Whoever calls this vouches that these bytes have been written, are not changed any more, and that nobody shortens the file:
    /// the index is append-only, in a directory of the user's own, and shortened only behind its last whole frame.
    ///
    /// # Errors
    /// The system maps no more, or the file does not have these bytes.
    pub fn of(file: &File, from: u64, to: u64) -> io::Result<Self> {
        let offset = from / MAP_ALIGN_BYTES * MAP_ALIGN_BYTES;
        let len = usize::try_from(to.saturating_sub(offset)).map_err(io::Error::other)?;
        if len == 0 || file.metadata()?.len() < to {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // SAFETY: the kernel chooses the place, so that nothing else is there, and the mapping is of this process alone to read.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                len,
                ProtFlags::READ,
                MapFlags::SHARED,
                file,
                offset,
            )
        }?;
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, len, offset })
    }

    /// The bytes of a stretch of the file; `None` where they are not all mapped.
    pub fn bytes(&self, offset: u64, len: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        let to = from.checked_add(len)?;
        // SAFETY: all of it was mapped in `of` and stays so while `self` lives; nobody writes there.
        let all = unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) };
        all.get(from..to)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: exactly what `of` mapped; every reference into it borrows from `self` or holds it by an `Arc`. Should it fail, it stays mapped.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_stretch_is_what_the_file_has_there() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        file.write_all(&content).unwrap();
        let map = Map::of(&file, 70_000, 150_000).unwrap();
        assert_eq!(map.bytes(70_001, 9), Some(&content[70_001..70_010]));
        assert_eq!(map.bytes(149_999, 2), None);
        assert_eq!(map.bytes(0, 1), None);
        assert!(Map::of(&file, 0, 200_001).is_err());
        assert!(Map::of(&file, 0, 0).is_err());
    }
}
