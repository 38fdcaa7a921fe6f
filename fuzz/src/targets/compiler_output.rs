//! What the compiler's process hands back: native code behind a line about it.
//! The bytes are taken as all of that, and then as the native code.

use hermes_bundle::ArtefactHeader;
use hermes_host::sandbox::Compiler;

pub fn run(bytes: &[u8]) {
    match Compiler::unpack(bytes.to_vec()) {
        Ok(artefact) => {
            let line = bytes.strip_suffix(&artefact[..]).expect("it ends with it");
            let header: ArtefactHeader = serde_json::from_slice(line).expect("a header");
            assert_eq!(header, ArtefactHeader::of(&artefact));
        }
        Err(error) => {
            super::assert_is_one_line(&error.to_string());
            super::assert_is_one_line(&error.hint().unwrap_or_default());
        }
    }
    let whole = packed(bytes);
    assert!(Compiler::unpack(whole[..whole.len() - 1].to_vec()).is_err());
    assert!(Compiler::unpack([&whole[..], b"\0"].concat()).is_err());
    assert!(Compiler::unpack(whole).is_ok_and(|artefact| artefact == bytes));
}

fn packed(artefact: &[u8]) -> Vec<u8> {
    let header = serde_json::to_vec(&ArtefactHeader::of(artefact)).expect("JSON");
    [&header, &b"\n"[..], artefact].concat()
}
