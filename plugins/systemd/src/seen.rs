//! What this command has seen of units, beside what systemd says of them now. It
//! keeps none that is down and that nothing refers to; and in a dry run all is as it
//! was.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::status::UnitState;

thread_local! {
    static SEEN: RefCell<BTreeMap<String, UnitState>> = const { RefCell::new(BTreeMap::new()) };
    static AT_BOOT: RefCell<BTreeMap<String, bool>> = const { RefCell::new(BTreeMap::new()) };
}

pub(crate) fn remember(unit: &str, state: UnitState) {
    SEEN.with_borrow_mut(|seen| seen.insert(unit.into(), state));
}

pub(crate) fn recall(unit: &str) -> Option<UnitState> {
    SEEN.with_borrow(|seen| seen.get(unit).cloned())
}

/// A service has been enabled or disabled.
pub(crate) fn set_at_boot(service: &str, up: bool) {
    AT_BOOT.with_borrow_mut(|seen| seen.insert(service.into(), up));
}

pub(crate) fn at_boot(service: &str) -> Option<bool> {
    AT_BOOT.with_borrow(|seen| seen.get(service).copied())
}
