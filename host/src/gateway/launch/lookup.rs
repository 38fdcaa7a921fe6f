//! Finding a program the way a shell does, with two differences: it must be a
//! regular file, and a relative entry of `PATH` counts for nothing (the
//! working directory belongs to the profile).

use super::LaunchError;
use super::program_format::ProgramFormat;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// `program` is an absolute path, or a bare name looked up on `path`.
pub(super) fn program(program: &OsStr, path: &OsStr) -> Result<PathBuf, LaunchError> {
    let file = Path::new(program);
    if program.is_empty() {
        Err(LaunchError::NoProgram)
    } else if file.is_absolute() {
        executable(file).map(|()| file.to_owned())
    } else if file.components().count() == 1 && file.file_name() == Some(program) {
        on_path(program, path)
    } else {
        Err(LaunchError::RelativeProgram {
            program: file.to_owned(),
        })
    }
}

/// The first executable of that name; where there is none, the first file of
/// that name is what is wrong.
pub fn on_path(name: &OsStr, path: &OsStr) -> Result<PathBuf, LaunchError> {
    let mut refused = None;
    for directory in path.as_bytes().split(|byte| *byte == b':') {
        let file = Path::new(OsStr::from_bytes(directory)).join(name);
        if !file.is_absolute() {
            continue;
        }
        match executable(&file) {
            Ok(()) => return Ok(file),
            Err(
                LaunchError::NotFound { .. }
                | LaunchError::NotAFile { .. }
                | LaunchError::Inaccessible { .. },
            ) => {}
            Err(error) => {
                refused.get_or_insert(error);
            }
        }
    }
    Err(refused.unwrap_or_else(|| LaunchError::NotFound {
        program: name.into(),
    }))
}

fn executable(file: &Path) -> Result<(), LaunchError> {
    let metadata = std::fs::metadata(file).map_err(|source| match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => LaunchError::NotFound {
            program: file.to_owned(),
        },
        _ => LaunchError::Inaccessible {
            program: file.to_owned(),
            source,
        },
    })?;
    if !metadata.is_file() {
        return Err(LaunchError::NotAFile {
            program: file.to_owned(),
        });
    }
    // Unlike the mode bits this knows groups, capabilities and `noexec` mounts.
    if !may_execute(file) {
        return Err(LaunchError::NotExecutable {
            program: file.to_owned(),
        });
    }
    // exec finds out about these only after the gateway was called ready.
    match ProgramFormat::of(file) {
        Some(ProgramFormat::Script { interpreter })
            if !may_execute(&interpreter) || interpreter.is_dir() =>
        {
            Err(LaunchError::NoInterpreter {
                program: file.to_owned(),
                interpreter,
            })
        }
        Some(ProgramFormat::Unknown) => Err(LaunchError::NoProgramFormat {
            program: file.to_owned(),
        }),
        _ => Ok(()),
    }
}

fn may_execute(file: &Path) -> bool {
    accessat(CWD, file, Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use tempfile::TempDir;

    #[test]
    fn a_folder_or_a_plain_file_does_not_hide_the_program_behind_it() {
        let dirs = [(); 3].map(|()| TempDir::new().unwrap());
        let [folder, plain, real] = dirs.each_ref().map(|dir| dir.path().join("hermes"));
        std::fs::create_dir(folder).unwrap();
        std::fs::write(plain, "").unwrap();
        std::fs::write(&real, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o700)).unwrap();
        let path = std::env::join_paths(dirs.iter().map(TempDir::path)).unwrap();
        assert_eq!(on_path(OsStr::new("hermes"), &path).unwrap(), real);
    }

    #[test]
    fn a_link_to_a_program_is_a_program() {
        let dir = TempDir::new().unwrap();
        symlink("/bin/sh", dir.path().join("hermes")).unwrap();
        symlink("nowhere", dir.path().join("dangling")).unwrap();
        let find = |name: &str| on_path(OsStr::new(name), dir.path().as_os_str());
        assert_eq!(find("hermes").unwrap(), dir.path().join("hermes"));
        assert!(matches!(
            find("dangling"),
            Err(LaunchError::NotFound { .. })
        ));
    }

    #[test]
    fn relative_and_empty_entries_of_path_are_passed_over() {
        // The tests run in the crate's folder, where `src` is.
        for path in ["", ":", ".", "src:", "..:./src"] {
            for name in ["Cargo.toml", "src", "lib.rs"] {
                assert!(
                    matches!(
                        on_path(OsStr::new(name), OsStr::new(path)),
                        Err(LaunchError::NotFound { .. })
                    ),
                    "{path:?} {name}"
                );
            }
        }
    }

    #[test]
    fn only_absolute_paths_and_bare_names_are_programs() {
        for name in ["./sh", "bin/sh", "../bin/sh", "sh/", ".", "..", "a/../sh"] {
            assert!(
                matches!(
                    program(&OsString::from(name), OsStr::new("/bin")),
                    Err(LaunchError::RelativeProgram { .. })
                ),
                "{name}"
            );
        }
        assert_eq!(
            program(OsStr::new("sh"), OsStr::new("/bin")).unwrap(),
            Path::new("/bin/sh")
        );
    }
}
