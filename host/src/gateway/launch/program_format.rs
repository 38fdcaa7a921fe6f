use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What the kernel makes of a file that it is to execute. Where it knows none of these
/// formats it refuses the file, and `execvp` hands it to a shell, whatever it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProgramFormat {
    /// ELF, for this machine as far as its header says.
    Elf,
    /// `#!`, as execve(2) reads it. The path is empty where the line names nothing.
    Script { interpreter: PathBuf },
    /// Anything else, or nothing at all.
    Unknown,
}

/// Bytes of the longest `#!` line, execve(2).
const LONGEST_LINE: u64 = 256;

/// `e_machine` in the header, elf(5).
const MACHINE: std::ops::Range<usize> = 18..20;

impl ProgramFormat {
    /// `None`: the file may be executed and not be read.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let mut start = Vec::new();
        let file = File::open(file).ok()?;
        file.take(LONGEST_LINE).read_to_end(&mut start).ok()?;
        Some(Self::parse(&start))
    }

    fn parse(start: &[u8]) -> Self {
        if let Some(line) = start.strip_prefix(b"#!") {
            let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
            let name = words.find(|word| !word.is_empty()).unwrap_or_default();
            return Self::Script {
                interpreter: OsStr::from_bytes(name).into(),
            };
        }
        let machine = start.get(MACHINE).filter(|_| start.starts_with(b"\x7fELF"));
        match machine {
            Some(machine) if is_ours(machine) => Self::Elf,
            _ => Self::Unknown,
        }
    }
}

/// Whether this machine has such a processor, or one that the other can stand in for.
fn is_ours(machine: &[u8]) -> bool {
    // EM_386, EM_ARM, EM_X86_64, EM_AARCH64 of elf.h.
    let known: &[u16] = match std::env::consts::ARCH {
        "x86_64" => &[62, 3],
        "aarch64" => &[183, 40],
        _ => return true,
    };
    let machine: Result<[u8; 2], _> = machine.try_into();
    machine.is_ok_and(|machine| known.contains(&u16::from_le_bytes(machine)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_this_machine_and_scripts_are_told_from_the_rest() {
        let own = ProgramFormat::of(&std::env::current_exe().unwrap());
        assert_eq!(own, Some(ProgramFormat::Elf));
        let foreign = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x16\0\0\0";
        assert_eq!(ProgramFormat::parse(foreign), ProgramFormat::Unknown);
        for other in [
            &b""[..],
            b"#",
            b"echo hello\n",
            b"\x7fELF",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>",
            b"MZ\x90\0",
            b" #!/bin/sh\n",
        ] {
            assert_eq!(ProgramFormat::parse(other), ProgramFormat::Unknown);
        }
    }

    #[test]
    fn the_interpreter_is_the_first_word() {
        for (start, interpreter) in [
            (&b"#!/bin/sh"[..], "/bin/sh"),
            (b"#!/bin/sh\necho\n", "/bin/sh"),
            (b"#! \t/usr/bin/env -S python3\n", "/usr/bin/env"),
            (b"#!/bin/sh\r\n", "/bin/sh\r"),
            (b"#!\n/bin/sh\n", ""),
            (b"#!", ""),
        ] {
            let interpreter = interpreter.into();
            assert_eq!(
                ProgramFormat::parse(start),
                ProgramFormat::Script { interpreter }
            );
        }
    }
}
