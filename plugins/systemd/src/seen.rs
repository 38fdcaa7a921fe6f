//! What this command has seen of units, beside what systemd says of them now. It
//! keeps none that is down and that nothing refers to.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::unit_state::UnitState;

thread_local! {
    static SEEN: RefCell<BTreeMap<String, UnitState>> = const { RefCell::new(BTreeMap::new()) };
}

pub(crate) fn remember(unit: &str, state: UnitState) {
    SEEN.with_borrow_mut(|seen| seen.insert(unit.into(), state));
}

pub(crate) fn recall(unit: &str) -> Option<UnitState> {
    SEEN.with_borrow(|seen| seen.get(unit).cloned())
}
