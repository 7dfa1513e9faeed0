//! The configuration as its users meet it: files that load, files that are refused and why, secrets, and what `config/` promises.

#[cfg(test)]
mod collisions;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod members;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod unit;
#[cfg(test)]
mod values;
