//! The file of a development key.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The longest file that is read.
const MAX_BYTES: u64 = 4096;

/// Why there is no development key. The text never contains a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DevelopmentKeyError {
    fault: String,
}

impl DevelopmentKeyError {
    fn new(fault: impl Into<String>) -> Self {
        Self { fault: fault.into() }
    }
}

impl fmt::Display for DevelopmentKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault)
    }
}

impl Error for DevelopmentKeyError {}

/// The location of a checkout's key.
pub(super) struct KeyFile {
    /// Identifies the checkout, without revealing its path.
    pub(super) digest: String,
    file: PathBuf,
}

/// A key as it is stored.
#[derive(Clone)]
pub(super) struct Stored {
    /// In seconds since 1970.
    pub(super) created: u64,
    /// PKCS #8.
    pub(super) key: Vec<u8>,
}

impl KeyFile {
    pub(super) fn of(folder: &Path) -> Result<Self, DevelopmentKeyError> {
        let root = checkout(folder)?;
        let mut name = String::new();
        for byte in digest(&SHA256, root.as_os_str().as_encoded_bytes()).as_ref().iter().take(16) {
            // Writing into a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        let data = data_folder()?;
        if data.starts_with(&root) || data.canonicalize().is_ok_and(|data| data.starts_with(&root)) {
            let fault = format!("{} is inside the checkout: set XDG_DATA_HOME to a folder outside", data.display());
            return Err(DevelopmentKeyError::new(fault));
        }
        Ok(Self { file: data.join("cargo-auth").join(&name).join("key.json"), digest: name })
    }

    /// The stored key, if there is one.
    pub(super) fn read(&self) -> Result<Option<Stored>, DevelopmentKeyError> {
        let about = match fs::symlink_metadata(&self.file) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.fault(error)),
        };
        if !about.is_file() || about.len() > MAX_BYTES {
            return Err(self.fault("is not a key: delete it"));
        }
        if !is_private(&about) {
            return Err(self.fault("can be read by users other than its owner, so its key is not a secret: delete it"));
        }
        let text = fs::read(&self.file).map_err(|error| self.fault(error))?;
        let stored: Option<Value> = serde_json::from_slice(&text).ok();
        let stored = stored.as_ref().and_then(|stored| {
            let key = URL_SAFE_NO_PAD.decode(stored.get("private_key")?.as_str()?).ok()?;
            Some(Stored { created: stored.get("created")?.as_u64()?, key })
        });
        stored.ok_or_else(|| self.fault("is not a key: delete it")).map(Some)
    }

    /// Stores a new key. If another process has just stored one that `is_good`, that one stays, and is returned.
    pub(super) fn write(
        &self,
        stored: &Stored,
        is_good: impl Fn(&Stored) -> bool,
    ) -> Result<Stored, DevelopmentKeyError> {
        let fault = |error: io::Error| self.fault(error);
        let folder = self.file.parent().unwrap_or(&self.file);
        create_folder(folder).map_err(fault)?;
        let mut suffix = [0; 8];
        rand::fill(&mut suffix).map_err(|_| self.fault("no random numbers"))?;
        let new = folder.join(format!("new-{:016x}", u64::from_ne_bytes(suffix)));
        let text = json!({ "created": stored.created, "private_key": URL_SAFE_NO_PAD.encode(&stored.key) });
        create_file(&new).and_then(|mut file| file.write_all(text.to_string().as_bytes())).map_err(fault)?;
        // A link never replaces a file, so the first of two processes wins.
        let linked = fs::hard_link(&new, &self.file);
        let kept = match linked {
            Ok(()) => Ok(stored.clone()),
            Err(_) => match self.read() {
                Ok(Some(other)) if is_good(&other) => Ok(other),
                Ok(_) => fs::rename(&new, &self.file).map_err(fault).map(|()| stored.clone()),
                Err(error) => Err(error),
            },
        };
        let _ = fs::remove_file(&new);
        kept
    }

    pub(super) fn fault(&self, fault: impl fmt::Display) -> DevelopmentKeyError {
        DevelopmentKeyError::new(format!("the development key {}: {fault}", self.file.display()))
    }
}

/// The nearest folder with a `.git` that contains this one, or else this one.
fn checkout(folder: &Path) -> Result<PathBuf, DevelopmentKeyError> {
    let folder = folder
        .canonicalize()
        .map_err(|error| DevelopmentKeyError::new(format!("the folder {}: {error}", folder.display())))?;
    let root = folder.ancestors().find(|above| above.join(".git").exists());
    Ok(root.unwrap_or(&folder).to_path_buf())
}

/// The folder for data of the user's programs (XDG Base Directory Specification). A relative path counts as unset.
fn data_folder() -> Result<PathBuf, DevelopmentKeyError> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || absolute("HOME").map(|home| home.join(".local").join("share"));
    let found = absolute("XDG_DATA_HOME").or_else(home).or_else(|| absolute("LOCALAPPDATA"));
    found.ok_or_else(|| DevelopmentKeyError::new("there is no folder for a development key: set XDG_DATA_HOME"))
}

#[cfg(unix)]
fn is_private(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const OF_OTHERS: u32 = 0o077;
    about.permissions().mode() & OF_OTHERS == 0
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn create_file(file: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

/// On other systems, the folder for data belongs to the user.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn create_file(file: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(file)
}
