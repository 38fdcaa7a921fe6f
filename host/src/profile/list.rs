//! Finding profiles.

use std::ffi::{OsStr, OsString};
use std::iter;

use super::Profile;
use super::error::ProfileError;
use super::home::{Home, PROFILES, check_owner};
use super::name::ProfileName;
use crate::text;
use crate::volume::{FileKind, VolumeDir, VolumeError};

/// Characters shown of the name of a directory that is no profile.
const MAX_SHOWN: usize = 64;

/// Jaro-Winkler similarity from which a name is worth suggesting.
const MIN_SIMILARITY: f64 = 0.7;

/// `<home>/profiles`, who owns the home, and what is in the directory.
type Candidates = (VolumeDir, u32, Vec<(OsString, FileKind)>);

impl Home {
    /// The profile `name`. `default` exists as soon as the home does.
    pub fn profile(&self, name: &ProfileName) -> Result<Profile, ProfileError> {
        if name.is_default() {
            return Ok(self.default_profile());
        }
        let dir = match self.profiles_dir()? {
            Some(profiles) => profiles.directory(name.as_str())?,
            None => None,
        };
        let Some(dir) = dir else {
            return Err(ProfileError::NotFound {
                name: name.clone(),
                home: self.path().to_owned(),
                nearest: self.nearest(name),
            });
        };
        check_owner(&dir, self.dir.owner()?.0)?;
        if !Profile::has_persona(&dir)? {
            return Err(ProfileError::NoPersona {
                name: name.clone(),
                path: dir.path().to_owned(),
            });
        }
        Ok(Profile {
            name: name.clone(),
            dir,
        })
    }

    /// Every profile, `default` first and the others sorted, each with its name fit to show.
    /// What looks like a profile but cannot be used is an error among them and stops nothing;
    /// a directory without a persona is passed over.
    ///
    /// Each is opened when the iterator reaches it: a caller that drops one before the next needs
    /// few descriptors however many there are.
    pub fn profiles(&self) -> impl Iterator<Item = (String, Result<Profile, ProfileError>)> + '_ {
        let default = iter::once_with(|| {
            (
                ProfileName::default_profile().into(),
                Ok(self.default_profile()),
            )
        });
        let (candidates, failure) = match self.candidates() {
            Ok(candidates) => (candidates, None),
            Err(error) => (None, Some((PROFILES.to_owned(), Err(error)))),
        };
        let named = candidates.into_iter().flat_map(|(dir, owner, entries)| {
            entries.into_iter().filter_map(move |(entry, kind)| {
                let shown = text::excerpt(&entry.to_string_lossy(), MAX_SHOWN);
                Some((shown, examine(&dir, owner, &entry, kind).transpose()?))
            })
        });
        default.chain(failure).chain(named)
    }

    /// Whether it can be told which profiles there are: a directory that cannot be read
    /// or that is not there, such as on a volume that is not mounted, says nothing.
    pub fn knows_its_profiles(&self) -> bool {
        matches!(self.candidates(), Ok(Some(_)))
    }

    fn default_profile(&self) -> Profile {
        Profile {
            name: ProfileName::default_profile(),
            dir: self.dir.clone(),
        }
    }

    fn candidates(&self) -> Result<Option<Candidates>, ProfileError> {
        let Some(dir) = self.profiles_dir()? else {
            return Ok(None);
        };
        let mut entries = dir.entries()?;
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Some((dir, self.dir.owner()?.0, entries)))
    }

    fn nearest(&self, name: &ProfileName) -> Option<ProfileName> {
        let (_, _, entries) = self.candidates().ok()??;
        let directories = entries
            .iter()
            .filter(|(_, kind)| *kind == FileKind::Directory);
        directories
            .filter_map(|(entry, _)| entry.to_str()?.parse::<ProfileName>().ok())
            .chain([ProfileName::default_profile()])
            .map(|known| (strsim::jaro_winkler(name.as_str(), known.as_str()), known))
            .filter(|(similarity, known)| {
                *similarity >= MIN_SIMILARITY && is_misspelt(name.as_str(), known.as_str())
            })
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, known)| known)
    }
}

/// Whether so few letters differ that one can be the other misspelt: of short names one.
fn is_misspelt(name: &str, known: &str) -> bool {
    let longest = name.len().max(known.len());
    strsim::osa_distance(name, known) <= (longest / 3).max(1)
}

/// The profile at `entry` of `profiles`; `None` when it does not claim to be one.
fn examine(
    profiles: &VolumeDir,
    home_owner: u32,
    entry: &OsStr,
    kind: FileKind,
) -> Result<Option<Profile>, ProfileError> {
    let path = || profiles.path().join(entry);
    // A dot hides what is being created or deleted.
    if entry.as_encoded_bytes().starts_with(b".") {
        return Ok(None);
    }
    match kind {
        FileKind::File | FileKind::Other => return Ok(None),
        FileKind::Symlink => return Err(VolumeError::Symlink { path: path() }.into()),
        FileKind::Directory => {}
    }
    let name = entry.to_string_lossy().into_owned().try_into();
    if name.as_ref().is_ok_and(ProfileName::is_default) {
        return Err(ProfileError::ReservedDirectory { path: path() });
    }
    let Some(dir) = profiles.directory(entry)? else {
        return Ok(None);
    };
    check_owner(&dir, home_owner)?;
    if !Profile::has_persona(&dir)? {
        return Ok(None);
    }
    match name {
        Ok(name) => Ok(Some(Profile { name, dir })),
        Err(source) => Err(ProfileError::NameOnDisk {
            path: path(),
            source,
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
