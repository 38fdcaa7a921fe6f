#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::effect::{Denial, Failure, FileKind, FileMetadata, Outcome, Output, Reply};

fn bytes() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        any::<Vec<u8>>().prop_map(Bytes),
        any::<String>().prop_map(|text| Bytes(text.into_bytes())),
    ]
}

fn expectation() -> impl Strategy<Value = Expectation> {
    prop_oneof![
        bytes().prop_map(Expectation::Contents),
        Just(Expectation::Reader),
        Just(Expectation::NoReader),
        Just(Expectation::Absent),
    ]
}

fn action() -> impl Strategy<Value = PathAction> {
    let text = any::<String>;
    prop_oneof![
        Just(PathAction::OpenDirectory),
        Just(PathAction::Entries),
        Just(PathAction::Metadata),
        Just(PathAction::Remove),
        Just(PathAction::RemoveTree),
        any::<u32>().prop_map(|limit| PathAction::Read { limit }),
        (bytes(), any::<u32>()).prop_map(|(contents, mode)| PathAction::Write { contents, mode }),
        (bytes(), any::<u32>())
            .prop_map(|(contents, mode)| PathAction::CreateFile { contents, mode }),
        any::<u32>().prop_map(|mode| PathAction::CreateDirectory { mode }),
        any::<u32>().prop_map(|mode| PathAction::CreateFifo { mode }),
        text().prop_map(|target| PathAction::CreateSymlink { target }),
        text().prop_map(|new_path| PathAction::CreateLink {
            new_path,
            other: None
        }),
        any::<(u32, u32)>().prop_map(|(uid, gid)| PathAction::SetOwner { uid, gid }),
        text().prop_map(|new_path| PathAction::Rename { new_path }),
        (bytes(), text()).prop_map(|(bytes, meaning)| PathAction::Signal { bytes, meaning }),
        any::<u32>().prop_map(|mode| PathAction::Listen { mode }),
        (expectation(), text()).prop_map(|(expectation, meaning)| PathAction::Expect {
            expectation,
            meaning
        }),
    ]
}

fn effect() -> impl Strategy<Value = Effect> {
    let connection = || any::<u32>().prop_map(ConnectionId);
    let listener = || any::<u32>().prop_map(ListenerId);
    let directory = || any::<u32>().prop_map(DirectoryId);
    let text = any::<String>;
    let level = prop::sample::select(vec![
        LogLevel::Error,
        LogLevel::Warn,
        LogLevel::Info,
        LogLevel::Debug,
        LogLevel::Trace,
    ]);
    prop_oneof![
        Just(Effect::Now),
        Just(Effect::Monotonic),
        text().prop_map(|label| Effect::Open { label }),
        (text(), any::<u64>()).prop_map(|(label, timeout)| Effect::Connect { label, timeout }),
        any::<(String, u32)>().prop_map(|(label, limit)| Effect::ReadGranted { label, limit }),
        (directory(), text(), action()).prop_map(|(directory, path, action)| Effect::Path {
            directory,
            path,
            action
        }),
        directory().prop_map(|directory| Effect::CloseDirectory { directory }),
        listener().prop_map(|listener| Effect::Receive { listener }),
        (prop::collection::vec(listener(), 0..4), any::<u64>())
            .prop_map(|(listeners, timeout)| Effect::Wait { listeners, timeout }),
        listener().prop_map(|listener| Effect::CloseListener { listener }),
        (connection(), bytes(), any::<u64>()).prop_map(|(connection, bytes, timeout)| {
            Effect::Send {
                connection,
                bytes,
                timeout,
            }
        }),
        (connection(), any::<u32>(), any::<u64>()).prop_map(|(connection, limit, timeout)| {
            Effect::ReceiveFrom {
                connection,
                limit,
                timeout,
            }
        }),
        connection().prop_map(|connection| Effect::CloseConnection { connection }),
        any::<(String, Vec<String>)>()
            .prop_map(|(label, arguments)| Effect::Run { label, arguments }),
        any::<u64>().prop_map(|duration| Effect::Sleep { duration }),
        (level, text()).prop_map(|(level, message)| Effect::Log { level, message }),
    ]
}

proptest! {
    #[test]
    fn every_effect_is_read_back_as_it_was_written(effect in effect()) {
        let written = serde_json::to_string(&effect).unwrap();
        prop_assert!(!written.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Effect>(&written).unwrap(), effect);
    }

    #[test]
    fn bytes_in_an_outcome_are_read_back_as_they_were(bytes in bytes(), text: String) {
        let outcomes: [Outcome; 3] = [
            Ok(Reply::Bytes(bytes.clone())),
            Ok(Reply::Output(Output { exit_code: None, stdout: bytes, stderr: Bytes::default() })),
            Err(Failure::Other(text)),
        ];
        for outcome in outcomes {
            let written = serde_json::to_string(&outcome).unwrap();
            prop_assert_eq!(serde_json::from_str::<Outcome>(&written).unwrap(), outcome);
        }
    }
}

#[test]
fn every_outcome_is_read_back_as_it_was_written() {
    let kinds = [
        (FileKind::File, "file"),
        (FileKind::Directory, "directory"),
        (FileKind::Fifo, "fifo"),
        (FileKind::Socket, "socket"),
        (FileKind::Symlink, "symlink"),
        (FileKind::Other, "other"),
    ];
    let metadata = FileMetadata {
        kind: FileKind::Fifo,
        size: u64::MAX,
        mode: 0o3730,
        uid: 1,
        gid: 2,
        inode: u64::MAX,
        modified: u64::MAX,
    };
    let denial = Denial {
        backend: "s6".into(),
        capability: "files.open".into(),
        argument: "label x".into(),
        missing: "--label x --read-file".into(),
    };
    let entries = kinds.map(|(kind, name)| (name.to_owned(), kind)).to_vec();
    let outcomes: Vec<Outcome> = vec![
        Ok(Reply::Done),
        Ok(Reply::Directory(DirectoryId(u32::MAX))),
        Ok(Reply::Listener(ListenerId(1))),
        Ok(Reply::Connection(ConnectionId(1))),
        Ok(Reply::Entries(entries)),
        Ok(Reply::Metadata(metadata)),
        Ok(Reply::Ready(vec![0, u32::MAX])),
        Ok(Reply::Output(Output {
            exit_code: Some(255),
            stdout: Bytes(vec![0xff]),
            stderr: Bytes(b"x".to_vec()),
        })),
        Ok(Reply::Time(u64::MAX)),
        Err(Failure::NotGranted(denial)),
        Err(Failure::NotFound),
        Err(Failure::AlreadyExists),
        Err(Failure::PermissionDenied),
        Err(Failure::NotADirectory),
        Err(Failure::IsADirectory),
        Err(Failure::NotEmpty),
        Err(Failure::ReadOnly),
        Err(Failure::NoSpace),
        Err(Failure::Escapes),
        Err(Failure::NoReader),
        Err(Failure::WouldBlock),
        Err(Failure::TooLarge),
        Err(Failure::TimedOut),
        Err(Failure::Refused),
        Err(Failure::Closed),
        Err(Failure::OutOfTime),
    ];
    for outcome in outcomes {
        let written = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&written).unwrap(), outcome);
    }
}
