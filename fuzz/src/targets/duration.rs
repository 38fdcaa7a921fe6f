//! A length of time as an operator writes it.

use hermes_host::gateway::duration::HumanDuration;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(duration) = text.parse::<HumanDuration>() else {
        return;
    };
    // In nanoseconds the contract has to carry it.
    assert!(u64::try_from(duration.get().as_nanos()).is_ok());
    assert_eq!(duration.to_string().parse(), Ok(duration));
}
