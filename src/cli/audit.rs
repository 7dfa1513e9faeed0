//! `embargod audit`: whether the record is what was written.

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    stateful::Target,
};
use crate::store::record::{self, Fault, Head};

/// Whether the record is what was written
#[derive(Debug, clap::Args)]
pub(super) struct Audit {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Goes through the record and the bytes of every message
    Verify {
        /// A head noted earlier and elsewhere: the record must still have it
        #[arg(long, value_name = "HEAD")]
        head: Option<Head>,
    },
    /// Prints the end of the chain: note it elsewhere, and nobody can rewrite what came before
    Head,
}

#[derive(Serialize)]
struct HeadAnswer {
    head: String,
}

impl Audit {
    pub(super) fn run(self) -> Status {
        match self.what {
            What::Head => self.target.look(|_, connection, shape| {
                let Some(head) = record::head(connection)? else {
                    client::complain(&"the record is empty");
                    return Ok(Status::No);
                };
                match shape {
                    Shape::Json => client::say_json(&HeadAnswer { head: head.to_string() }),
                    Shape::Text => client::say(&head),
                }
                Ok(Status::Done)
            }),
            What::Verify { head } => self.target.look(|_, connection, shape| {
                let verified = record::verify(connection, head.as_ref())?;
                match shape {
                    Shape::Json => client::say_json(&verified),
                    Shape::Text => {
                        let looked = format!("{} entries and {} messages", verified.entries, verified.mails);
                        let older = match verified.older {
                            0 => String::new(),
                            older => format!(" ({older} entries are older than the chain)"),
                        };
                        match verified.faults.len() {
                            0 => client::say(&format!("{looked} are what was written{older}.")),
                            faults => client::say(&format!("{faults} faults in {looked}{older}:")),
                        }
                        verified.faults.iter().for_each(|fault: &Fault| client::say(&format!("  {fault}")));
                    }
                }
                Ok(if verified.faults.is_empty() { Status::Done } else { Status::No })
            }),
        }
    }
}
