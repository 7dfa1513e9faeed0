//! Rosters and histories read back; applications and members walk through their lives.

mod roster;
