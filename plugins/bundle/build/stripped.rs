use anyhow::{Context, Result, ensure};

/// Bytes of an ELF header, and of one section header (elf(5), `Elf64_Ehdr` and
/// `Elf64_Shdr`).
const HEADER: usize = 64;
const SECTION: usize = 64;

/// An artefact, which is ELF, without its symbols: nothing reads them.
pub(crate) fn stripped(artefact: &[u8]) -> Result<Vec<u8>> {
    let number = |at: usize, size: usize| -> Result<usize> {
        let bytes = artefact.get(at..at + size).context("cut off")?;
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes);
        Ok(usize::try_from(u64::from_le_bytes(wide))?)
    };
    let headers = number(0x28, 8)?;
    let names = number(0x3e, 2)?;
    let sections = number(0x3c, 2)?;
    let part = |section: usize| -> Result<&[u8]> {
        let at = headers + section * SECTION;
        let (offset, size) = (number(at + 0x18, 8)?, number(at + 0x20, 8)?);
        artefact.get(offset..offset + size).context("cut off")
    };
    let name = |section: usize| -> Result<&[u8]> {
        let rest = &part(names)?[number(headers + section * SECTION, 4)?..];
        Ok(rest.split(|byte| *byte == 0).next().unwrap_or_default())
    };

    let mut kept = Vec::new();
    let mut end = HEADER;
    for section in 0..sections {
        match name(section)? {
            b".symtab" | b".strtab" | b".shstrtab" => {}
            _ => {
                let at = headers + section * SECTION;
                end = end.max(number(at + 0x18, 8)? + number(at + 0x20, 8)?);
                kept.push(section);
            }
        }
    }
    kept.push(names);
    ensure!(
        kept.len() + 2 == sections,
        "an artefact has other sections than expected"
    );
    // What is dropped stands behind all else, and the names move up.
    let mut out = artefact.get(..end).context("cut off")?.to_vec();
    let moved = out.len();
    out.extend_from_slice(part(names)?);
    out.resize(out.len().next_multiple_of(8), 0);
    let new_headers = out.len();
    for section in &kept {
        let at = headers + section * SECTION;
        out.extend_from_slice(&artefact[at..at + SECTION]);
    }
    let last = out.len() - SECTION;
    out[last + 0x18..last + 0x20].copy_from_slice(&u64::try_from(moved)?.to_le_bytes());
    out[0x28..0x30].copy_from_slice(&u64::try_from(new_headers)?.to_le_bytes());
    out[0x3c..0x3e].copy_from_slice(&u16::try_from(kept.len())?.to_le_bytes());
    out[0x3e..0x40].copy_from_slice(&u16::try_from(kept.len() - 1)?.to_le_bytes());
    Ok(out)
}
