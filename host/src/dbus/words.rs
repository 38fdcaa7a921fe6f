use super::LONGEST_CALL;
use super::call::Call;
use super::header::first_message;
use super::method_call::{Argument, MethodCall};
use super::unit_pattern::unit_of;
use crate::text::excerpt;

/// Characters of a call.
const LONGEST: usize = 256;

/// A call for a person: `StartUnit hermes-gateway@coder.service replace`; of one
/// that no grant allows, its name.
pub(crate) fn words(call: &MethodCall) -> String {
    let known = Call::find(call.interface, call.member);
    let arguments = known.map(|_| call.arguments().unwrap_or_default());
    let Some(arguments) = arguments else {
        return excerpt(&format!("{}.{}", call.interface, call.member), LONGEST);
    };
    let mut words = vec![call.member.to_owned()];
    words.extend(unit_of(call.path));
    for argument in arguments {
        match argument {
            Argument::Text(text) => words.push(text.to_owned()),
            Argument::Texts(texts) => words.extend(texts.into_iter().map(str::to_owned)),
            Argument::Number(number) => words.push(number.to_string()),
            Argument::Boolean(boolean) => words.push(boolean.to_string()),
        }
    }
    excerpt(&words.join(" "), LONGEST)
}

/// The calls that these bytes are, as far as they are whole ones.
pub fn calls(bytes: &[u8]) -> Vec<String> {
    let mut rest = bytes;
    std::iter::from_fn(|| {
        let (message, behind) = first_message(rest, LONGEST_CALL).ok()??;
        rest = behind;
        MethodCall::parse(message).ok()
    })
    .map(|call| words(&call))
    .collect()
}
