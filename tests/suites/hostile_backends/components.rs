use hermes_tests::hostile_component;

/// The component that the build made of this source.
pub(crate) fn built(name: &str) -> Vec<u8> {
    let path = hostile_component(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The component in Rust, told to behave like this.
pub(crate) fn behaving(name: &str) -> Vec<u8> {
    const MARK: &[u8] = b"behaviour=";
    const LONGEST: usize = 40;
    let mut component = built("hostile");
    let unset = [MARK, &[b'_'; LONGEST]].concat();
    let places: Vec<usize> = component
        .windows(unset.len())
        .enumerate()
        .filter_map(|(place, window)| (window == unset).then_some(place + MARK.len()))
        .collect();
    let [place] = places[..] else {
        panic!("the behaviour is in {} places", places.len());
    };
    assert!(name.len() <= LONGEST, "{name}");
    component[place..place + name.len()].copy_from_slice(name.as_bytes());
    component
}

/// A good backend that says it was made for this version of the contract.
pub(crate) fn of_contract(version: &str) -> Vec<u8> {
    let own = b"@0.3.0";
    let mut component = built("noop");
    for place in 0..component.len() - own.len() {
        if &component[place..place + own.len()] == own {
            component[place + 1..place + own.len()].copy_from_slice(version.as_bytes());
        }
    }
    component
}
