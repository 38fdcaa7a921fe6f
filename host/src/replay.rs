//! Runs backends again on what a recording says the machine answered: no effect
//! reaches the machine. A recording may come from anybody.

mod difference;
mod error;
mod playback;
mod player;
mod tape;

use std::cell::RefCell;
use std::io::BufRead;
use std::rc::Rc;

use serde::Serialize;

pub use difference::Difference;
pub use error::ReplayError;
use player::Player;
use tape::{Line, Tape};

/// Which component plays what a recording says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    /// The one that was recorded, told by its digest.
    Recorded,
    /// The one of this host that has the same id.
    Current,
}

/// What came of a replay.
#[derive(Debug, Serialize)]
pub struct Replayed {
    pub backends: Vec<Played>,
    /// The first one; nothing after it was played.
    pub difference: Option<Difference>,
}

/// How much of one backend was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Played {
    pub backend: String,
    pub calls: u64,
    pub effects: u64,
    /// Calls that were not compared to their end, as it depends on what is
    /// redacted.
    pub partly: u64,
}

/// Plays a recording to its end or to the first difference. Holds one line of it
/// at a time.
pub fn replay(recording: Box<dyn BufRead>, component: Component) -> Result<Replayed, ReplayError> {
    let tape = Rc::new(RefCell::new(Tape::new(recording)));
    let mut players: Vec<Player> = Vec::new();
    let mut difference = None;
    while difference.is_none() {
        let Some(line) = tape.borrow_mut().take()? else {
            break;
        };
        let known = players
            .iter_mut()
            .find(|player| player.backend() == line.backend());
        match (line, known) {
            (Line::Header(header), Some(player)) => player.restart(&header)?,
            (Line::Header(header), None) => {
                players.push(Player::new(&header, component, Rc::clone(&tape))?);
            }
            (Line::Call(line), Some(player)) => difference = player.play(&line.call)?,
            (Line::Call(_), None) => {
                return Err(tape.borrow().malformed("its backend has no header"));
            }
            (Line::End(_), _) => {}
            (Line::Effect(_) | Line::Result(_), _) => {
                return Err(tape.borrow().malformed("it belongs to no call"));
            }
        }
    }
    if players.is_empty() {
        return Err(ReplayError::Empty);
    }
    let tape = tape.borrow();
    if tape.calls() == 0 {
        return Err(ReplayError::NoCalls);
    }
    if difference.is_none() {
        tape.check_end()?;
    }
    Ok(Replayed {
        backends: players.into_iter().map(Player::into_played).collect(),
        difference,
    })
}

#[cfg(test)]
mod tests;
