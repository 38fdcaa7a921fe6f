use super::Malformed;
use super::call::{Answer, Call};
use super::method_call::{Argument, MethodCall};
use super::writer::{Field, Writer, message};

/// Ids of jobs that no manager lives long enough to give.
const FIRST_JOB: u32 = 1 << 31;

const METHOD_RETURN: u8 = 2;
const SIGNAL: u8 = 4;

/// What comes back where a call succeeds that changes something, job and all;
/// `None`: it changes nothing and can be made.
pub(crate) fn answer(call: &MethodCall) -> Result<Option<Vec<u8>>, Malformed> {
    let known = Call::find(call.interface, call.member);
    let Some(answer) = known.and_then(|known| known.change) else {
        return Ok(None);
    };
    let job = FIRST_JOB | call.serial;
    let job_path = format!("/org/freedesktop/systemd1/job/{job}");
    let mut body = Writer::default();
    let signature = match answer {
        Answer::Nothing => "",
        Answer::Job => {
            body.text(&job_path);
            "o"
        }
        Answer::Enabled => {
            body.number(1);
            body.number(0);
            body.align(8);
            "ba(sss)"
        }
        Answer::Disabled => {
            body.number(0);
            body.align(8);
            "a(sss)"
        }
    };
    let fields = [Field::ReplySerial(call.serial), Field::Signature(signature)];
    let mut messages = message(METHOD_RETURN, &fields, &body);
    if let (Answer::Job, [Argument::Text(unit), ..]) = (answer, &call.arguments()?[..]) {
        let mut body = Writer::default();
        body.number(job);
        for text in [&job_path, *unit, "done"] {
            body.text(text);
        }
        let fields = [
            Field::Path("/org/freedesktop/systemd1"),
            Field::Interface("org.freedesktop.systemd1.Manager"),
            Field::Member("JobRemoved"),
            Field::Signature("uoss"),
        ];
        messages.extend(message(SIGNAL, &fields, &body));
    }
    Ok(Some(messages))
}
