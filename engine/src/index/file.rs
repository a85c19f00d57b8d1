//! The index file: frames that are only ever appended, each with checksums, in a file that one engine at a time may write.
//!
//! A frame is a header of 40 bytes, a payload, and zeros up to a multiple of 8. Data frames hold arrays of chunks, whose checksums stand with
//! their descriptions; entry frames describe one event file each, and the last one of a name counts. The first header that does not
//! hold ends the file: an engine that was killed while it wrote.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::checksum::crc32c;

/// Changed whenever anything means something else than before, be it in this file or in how events are read.
const FORMAT: u32 = 2;
const MAGIC: &[u8; 8] = b"farboard";
/// Written as this machine writes numbers, because arrays are.
const ORDER: u32 = 0x0102_0304;
/// Header of the file without the logdir's path.
const FILE_HEADER_BYTES: usize = 40;
/// Header of a frame.
pub const FRAME_HEADER_BYTES: usize = 40;
/// Frames begin at multiples of this.
const ALIGN_BYTES: u64 = 8;
/// A logdir's path longer than this is nobody's.
const LONGEST_PATH_BYTES: usize = 1 << 16;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Arrays of chunks.
    Data = 1,
    /// The description of one event file.
    Entry = 2,
}

/// Where a payload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it holds.
    pub kind: Kind,
    /// Where the payload begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Its CRC32C; 0 for data, which have their own.
    pub checksum: u32,
    /// For an entry: how many of the payload's first bytes are the name of the event file.
    pub name_bytes: u32,
    /// For an entry: how many bytes of data it describes.
    pub data_bytes: u64,
}

/// An open index file.
#[derive(Debug)]
pub struct IndexFile {
    file: File,
    path: PathBuf,
    /// Told apart from every other index file.
    id: u64,
    /// Where the next frame goes.
    end: u64,
}

impl Frame {
    fn header(&self) -> [u8; FRAME_HEADER_BYTES] {
        let mut header = [0; FRAME_HEADER_BYTES];
        header[..4].copy_from_slice(b"fram");
        header[4..8].copy_from_slice(&(self.kind as u32).to_le_bytes());
        header[8..16].copy_from_slice(&self.length.to_le_bytes());
        header[16..24].copy_from_slice(&self.data_bytes.to_le_bytes());
        header[24..28].copy_from_slice(&self.checksum.to_le_bytes());
        header[28..32].copy_from_slice(&self.name_bytes.to_le_bytes());
        let checksum = crc32c(&header[..36]);
        header[36..].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    /// The frame whose header this is, at `at` of a file of `size` bytes.
    fn of_header(header: &[u8; FRAME_HEADER_BYTES], at: u64, size: u64) -> Option<Self> {
        if &header[..4] != b"fram" || crc32c(&header[..36]) != u32_at(header, 36) {
            return None;
        }
        let kind = match u32_at(header, 4) {
            1 => Kind::Data,
            2 => Kind::Entry,
            _ => return None,
        };
        let frame = Self {
            kind,
            offset: at + FRAME_HEADER_BYTES as u64,
            length: u64_at(header, 8),
            checksum: u32_at(header, 24),
            name_bytes: u32_at(header, 28),
            data_bytes: u64_at(header, 16),
        };
        let fits = frame.end()? <= size && u64::from(frame.name_bytes) <= frame.length;
        fits.then_some(frame)
    }

    /// Where the next frame begins.
    fn end(&self) -> Option<u64> {
        self.offset
            .checked_add(self.length)?
            .checked_next_multiple_of(ALIGN_BYTES)
    }
}

impl IndexFile {
    /// Opens the index of a logdir, or begins one if there is none that can be used. `write`: nobody else may write it meanwhile. Gives
    /// its frames.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`]: another engine writes it. Others as the file system gives them.
    pub fn open(path: &Path, logdir: &[u8], id: u64) -> io::Result<(Self, Vec<Frame>)> {
        let file = options().create(true).open(path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let mut index = Self {
            file,
            path: path.to_owned(),
            id,
            end: 0,
        };
        let frames = match index.read_header(logdir)? {
            Some(end) => index.read_frames(end)?,
            None => {
                index.begin(logdir)?;
                Vec::new()
            }
        };
        // What was half written is in the way of what comes next.
        index.file.set_len(index.end)?;
        Ok((index, frames))
    }

    /// Opens the index of a logdir that another engine writes, to read what is there now.
    ///
    /// # Errors
    /// There is none that can be used.
    pub fn open_to_read(path: &Path, logdir: &[u8], id: u64) -> io::Result<(Self, Vec<Frame>)> {
        let mut index = Self {
            file: File::open(path)?,
            path: path.to_owned(),
            id,
            end: 0,
        };
        let end = index.read_header(logdir)?;
        let frames = index.read_frames(end.ok_or(io::ErrorKind::InvalidData)?)?;
        Ok((index, frames))
    }

    /// Begins a new index file in the place of another one, once [`replace`](Self::replace) is called; or, without that, one that nobody will find.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn create(path: &Path, logdir: &[u8], id: u64) -> io::Result<Self> {
        let file = options().create(true).truncate(true).open(path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let mut index = Self {
            file,
            path: path.to_owned(),
            id,
            end: 0,
        };
        index.begin(logdir)?;
        Ok(index)
    }

    /// Gives the file another path, whatever stood there before.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn replace(&mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.path, path)?;
        path.clone_into(&mut self.path);
        Ok(())
    }

    /// Takes away the file's name: it lives on only as long as it is open or mapped.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn unlink(&self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }

    fn begin(&mut self, logdir: &[u8]) -> io::Result<()> {
        let mut header = Vec::from(MAGIC.as_slice());
        header.extend(FORMAT.to_le_bytes());
        header.extend(ORDER.to_ne_bytes());
        header.extend(version_hash().to_le_bytes());
        header.extend((logdir.len() as u64).to_le_bytes());
        header.resize(FILE_HEADER_BYTES - 4, 0);
        let checksum = crc32c(&[&header, logdir].concat());
        header.extend(checksum.to_le_bytes());
        header.extend_from_slice(logdir);
        header.resize(header.len().next_multiple_of(ALIGN_BYTES as usize), 0);
        self.file.set_len(0)?;
        self.file.write_all_at(&header, 0)?;
        self.end = header.len() as u64;
        Ok(())
    }

    /// Where the first frame begins, if this is the index of this logdir and of this version.
    fn read_header(&self, logdir: &[u8]) -> io::Result<Option<u64>> {
        let mut header = [0; FILE_HEADER_BYTES];
        if !read_all(&self.file, &mut header, 0)? {
            return Ok(None);
        }
        let ours = &header[..8] == MAGIC
            && u32_at(&header, 8) == FORMAT
            && header[12..16] == ORDER.to_ne_bytes()
            && u64_at(&header, 16) == version_hash()
            && u64_at(&header, 24) == logdir.len() as u64
            && logdir.len() <= LONGEST_PATH_BYTES;
        let mut path = vec![0; if ours { logdir.len() } else { 0 }];
        if !ours || !read_all(&self.file, &mut path, FILE_HEADER_BYTES as u64)? {
            return Ok(None);
        }
        let checksum = crc32c(&[&header[..FILE_HEADER_BYTES - 4], &path].concat());
        let holds = path == logdir && checksum == u32_at(&header, FILE_HEADER_BYTES - 4);
        let end = (FILE_HEADER_BYTES + logdir.len()) as u64;
        Ok(holds.then_some(end.next_multiple_of(ALIGN_BYTES)))
    }

    /// Goes from header to header, and notes where the last whole frame ends.
    fn read_frames(&mut self, begin: u64) -> io::Result<Vec<Frame>> {
        let size = self.file.metadata()?.len();
        let mut frames = Vec::new();
        self.end = begin;
        let mut header = [0; FRAME_HEADER_BYTES];
        while read_all(&self.file, &mut header, self.end)?
            && let Some(frame) = Frame::of_header(&header, self.end, size)
            && let Some(end) = frame.end()
            && end <= size
        {
            frames.push(frame);
            self.end = end;
        }
        Ok(frames)
    }

    /// The same file a second time, to read what is in it now.
    ///
    /// # Errors
    /// As the system gives them.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            file: self.file.try_clone()?,
            path: self.path.clone(),
            ..*self
        })
    }

    /// Which file this is.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, to be mapped.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where the last frame ends.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Where the payload of the next frame will begin.
    pub fn next_offset(&self) -> u64 {
        self.end + FRAME_HEADER_BYTES as u64
    }

    /// Reads a payload and compares its checksum; `None` if that is wrong.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn read(&self, frame: &Frame) -> io::Result<Option<Vec<u8>>> {
        let mut payload = vec![0; usize::try_from(frame.length).map_err(io::Error::other)?];
        let there = read_all(&self.file, &mut payload, frame.offset)?;
        Ok((there && crc32c(&payload) == frame.checksum).then_some(payload))
    }

    /// Reads the name of the event file that an entry describes.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn read_name(&self, frame: &Frame) -> io::Result<Option<String>> {
        let mut name = vec![0; frame.name_bytes as usize];
        let there = read_all(&self.file, &mut name, frame.offset)?;
        Ok(String::from_utf8(name).ok().filter(|_| there))
    }

    /// Appends a frame whose payload is `payload`. When that fails the file is as it was.
    ///
    /// # Errors
    /// As the file system gives them.
    pub fn append(
        &mut self,
        kind: Kind,
        payload: &[u8],
        name_bytes: u32,
        data_bytes: u64,
    ) -> io::Result<Frame> {
        let frame = Frame {
            kind,
            offset: self.next_offset(),
            length: payload.len() as u64,
            checksum: match kind {
                Kind::Data => 0,
                Kind::Entry => crc32c(payload),
            },
            name_bytes,
            data_bytes,
        };
        let end = frame.end().ok_or(io::ErrorKind::FileTooLarge)?;
        let written = self.write(&frame, payload, end);
        match written {
            Ok(()) => self.end = end,
            // Half a frame is no frame, but it would hold on to space that is scarce just now.
            Err(_) => drop(self.file.set_len(self.end)),
        }
        written.map(|()| frame)
    }

    /// The header last: what it describes is there by then, and before that there is no frame.
    fn write(&self, frame: &Frame, payload: &[u8], end: u64) -> io::Result<()> {
        self.file.write_all_at(payload, frame.offset)?;
        let padding = end - frame.offset - frame.length;
        self.file.write_all_at(
            &[0; ALIGN_BYTES as usize][..padding as usize],
            end - padding,
        )?;
        self.file.write_all_at(&frame.header(), self.end)
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// Fills `buffer`; false if the file ends before that.
fn read_all(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<bool> {
    match file.read_exact_at(buffer, offset) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Another version may read events in another way: its index is not ours.
fn version_hash() -> u64 {
    hash(env!("CARGO_PKG_VERSION").as_bytes())
}

/// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same on every machine and in every version.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs;

    fn payloads(index: &IndexFile, frames: &[Frame]) -> Vec<Vec<u8>> {
        let read = |frame| index.read(frame).unwrap().unwrap_or_default();
        frames.iter().map(read).collect()
    }

    fn filled(path: &Path) -> IndexFile {
        let (mut index, frames) = IndexFile::open(path, b"/logs", 1).unwrap();
        assert_eq!(frames, []);
        index.append(Kind::Data, b"data", 0, 0).unwrap();
        index.append(Kind::Entry, b"name and more", 4, 4).unwrap();
        index
    }

    #[test]
    fn frames_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("index");
        let index = filled(&path);
        let busy = IndexFile::open(&path, b"/logs", 2).unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::WouldBlock);
        let (reading, frames) = IndexFile::open_to_read(&path, b"/logs", 2).unwrap();
        assert_eq!(reading.read_name(&frames[1]).unwrap().unwrap(), "name");
        drop(index);
        let (index, frames) = IndexFile::open(&path, b"/logs", 3).unwrap();
        assert_eq!(payloads(&index, &frames[1..]), [b"name and more"]);
        assert_eq!((frames[0].length, frames[1].data_bytes), (4, 4));
    }

    #[test]
    fn an_index_of_something_else_is_begun_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("index");
        filled(&path);
        let (_, frames) = IndexFile::open(&path, b"/other", 1).unwrap();
        assert_eq!(frames, []);
        assert!(IndexFile::open_to_read(&path, b"/logs", 1).is_err());
        fs::write(&path, b"what is this").unwrap();
        assert_eq!(IndexFile::open(&path, b"/logs", 1).unwrap().1, []);
    }

    #[test]
    fn cut_anywhere_the_whole_frames_before_are_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("index");
        let end = filled(&path).end();
        let whole = fs::read(&path).unwrap();
        for cut in 0..end {
            fs::write(&path, &whole[..cut as usize]).unwrap();
            let (mut index, frames) = IndexFile::open(&path, b"/logs", 1).unwrap();
            assert!(frames.len() < 2);
            index.append(Kind::Entry, b"new", 3, 0).unwrap();
            drop(index);
            let (index, again) = IndexFile::open(&path, b"/logs", 1).unwrap();
            assert_eq!(again.len(), frames.len() + 1);
            assert_eq!(payloads(&index, &again[frames.len()..]), [b"new"]);
        }
    }

    #[test]
    fn a_flipped_bit_never_gives_another_payload() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("index");
        filled(&path);
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &flipped).unwrap();
            let Ok((index, frames)) = IndexFile::open_to_read(&path, b"/logs", 1) else {
                continue;
            };
            for frame in frames.iter().filter(|frame| frame.kind == Kind::Entry) {
                let payload = index.read(frame).unwrap();
                assert!(payload.is_none_or(|payload| payload == b"name and more"));
            }
        }
    }
}
