//! Which file system a directory is on, and which directory it is: two engines, perhaps on two machines, can tell whether they look at the same.

use crate::name;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The mounts that this process sees.
const MOUNTS: &str = "/proc/self/mountinfo";
/// Another word each time the machine starts, the same in all its containers. A machine's own id is often that of the image it was made from.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// File systems that several machines may have, under the same source.
const SHARED: [&str; 16] = [
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.glusterfs",
    "fuse.juicefs",
    "fuse.sshfs",
    "gpfs",
    "lustre",
    "nfs",
    "nfs4",
    "panfs",
    "pvfs2",
    "smb3",
    "smbfs",
    "wekafs",
];

/// What is known of a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The kind of its file system, such as `ext4` or `nfs4`.
    pub file_system: Option<String>,
    /// Equal for two directories that are the same one.
    pub identity: Option<String>,
}

/// One line of `/proc/self/mountinfo`.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    /// The directory of the file system that is seen at `point`.
    root: PathBuf,
    point: PathBuf,
    kind: String,
    source: Vec<u8>,
}

impl Place {
    /// Of an existing directory; what cannot be found out is `None`.
    pub fn of(directory: &Path) -> Self {
        let found = || {
            let real = directory.canonicalize().ok()?;
            let stat = fs::metadata(&real).ok()?;
            let mount = Mount::of(&fs::read(MOUNTS).ok()?, &real)?;
            let boot_id = fs::read_to_string(BOOT_ID).ok();
            let boot_id = boot_id.as_deref().map(str::trim);
            Some(Self {
                identity: mount.identity(&real, (stat.dev(), stat.ino()), boot_id),
                file_system: Some(mount.kind),
            })
        };
        found().unwrap_or_default()
    }
}

impl Mount {
    /// The mount that a path without links is on: of those with the longest path the last, which hides the others.
    fn of(mounts: &[u8], real: &Path) -> Option<Self> {
        mounts
            .split(|&byte| byte == b'\n')
            .filter_map(Self::parse)
            .filter(|mount| real.starts_with(&mount.point))
            .max_by_key(|mount| mount.point.as_os_str().len())
    }

    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|&byte| byte == b' ');
        let path = |field: &[u8]| PathBuf::from(OsStr::from_bytes(&unescaped(field)));
        let root = path(fields.nth(3)?);
        let point = path(fields.next()?);
        // Any number of optional fields comes before the hyphen.
        fields.find(|field| field == b"-")?;
        let kind = String::from_utf8_lossy(&unescaped(fields.next()?)).into_owned();
        let source = unescaped(fields.next()?);
        Some(Self {
            root,
            point,
            kind,
            source,
        })
    }

    /// Which directory it is. The same file system has another device number on each machine that mounts it; its source and the path in it are the
    /// same. Inodes tell systems apart whose source is always the same word, but those of FUSE are often made up as they are asked for.
    fn identity(
        &self,
        real: &Path,
        (device, inode): (u64, u64),
        boot_id: Option<&str>,
    ) -> Option<String> {
        let (kind, source) = (&self.kind, name::shown(&self.source));
        let below = real.strip_prefix(&self.point).ok()?;
        // Its parts, or there were a slash too many where the mount begins.
        let path: PathBuf = self.root.join(below).components().collect();
        let path = name::shown(path.as_os_str().as_bytes());
        let is_shared = SHARED.contains(&kind.as_str());
        if is_shared && !matches!(source.as_str(), "" | "none") {
            return Some(if kind.starts_with("fuse") {
                format!("{kind} {source} {path}")
            } else {
                format!("{kind} {source} {path} {inode}")
            });
        }
        let boot_id = boot_id?;
        Some(if kind.starts_with("fuse") {
            format!("{boot_id} {device} {path}")
        } else {
            format!("{boot_id} {device} {inode}")
        })
    }
}

/// A field of the table, in which blanks and backslashes are three octal digits.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.first_chunk::<3>().filter(|_| byte == b'\\');
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(code) => {
                bytes.push(code);
                rest = &after[3..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw
40 27 0:50 / /home rw - nfs4 nas:/export/home rw,vers=4.2
41 27 0:50 /you/my\\040runs /srv/my\\040runs rw - nfs4 nas:/export/home rw
42 27 0:51 / /far rw - fuse.sshfs you@gpu1:/data rw
43 27 0:52 / /home/old rw - nfs nas:/old rw
44 27 8:2 / /home/old rw - xfs /dev/sdb2 rw
45 27 0:53 / /strange rw - fuse.s3 s3 rw
46 27 0:54 / /nameless rw - nfs none rw
";

    fn identity(path: &str) -> Option<String> {
        let mount = Mount::of(TABLE.as_bytes(), Path::new(path))?;
        mount.identity(Path::new(path), (2049, 7), Some("boot"))
    }

    #[test]
    fn a_path_is_on_the_last_mount_with_the_longest_path() {
        let kind = |path: &str| Mount::of(TABLE.as_bytes(), Path::new(path)).unwrap().kind;
        assert_eq!(kind("/data"), "ext4");
        assert_eq!(kind("/homes"), "ext4");
        assert_eq!(kind("/home/you"), "nfs4");
        assert_eq!(kind("/home/old/x"), "xfs");
        assert_eq!(kind("/far"), "fuse.sshfs");
        assert_eq!(Mount::of(b"garbage\n1 2 3 / /\n", Path::new("/")), None);
    }

    #[test]
    fn directories_of_this_machine_are_known_by_inode() {
        assert_eq!(identity("/data").unwrap(), "boot 2049 7");
        assert_eq!(identity("/nameless/a").unwrap(), "boot 2049 7");
        assert_eq!(identity("/strange/a").unwrap(), "boot 2049 /a");
        let mount = Mount::of(TABLE.as_bytes(), Path::new("/data")).unwrap();
        assert_eq!(mount.identity(Path::new("/data"), (2049, 7), None), None);
    }

    #[test]
    fn directories_of_several_machines_are_known_by_where_they_come_from() {
        assert_eq!(
            identity("/home/you/my runs").unwrap(),
            "nfs4 nas:/export/home /you/my runs 7"
        );
        assert_eq!(identity("/srv/my runs"), identity("/home/you/my runs"));
        assert_eq!(
            identity("/far/runs").unwrap(),
            "fuse.sshfs you@gpu1:/data /runs"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_directory_has_one_identity_by_whatever_path() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other, link] = ["one", "other", "link"].map(|name| directory.path().join(name));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let place = Place::of(&one);
        assert!(place.identity.is_some() && place.file_system.is_some());
        assert_eq!(Place::of(&link), place);
        assert_ne!(Place::of(&other).identity, place.identity);
        assert_eq!(Place::of(&directory.path().join("none")), Place::default());
    }
}
