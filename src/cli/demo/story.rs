//! The story, step by step: the flow of a whole embargo in twelve mails, and the claims each step must fulfil.

use std::collections::BTreeSet;

use super::{
    mails::{self, Heading, Mail, Writer},
    receiver::Signature,
    stage::{Letter, Scene, Stage, Trouble},
    tell::{self, so},
};
use crate::mail::{Address, Message};

/// Who plays.
struct Cast {
    dana: Writer,
    mona: Writer,
    tariq: Writer,
    uma: Writer,
    pat: Writer,
    quinn: Writer,
    robin: Writer,
    valerie: Writer,
}

impl Cast {
    fn of(stage: &Stage) -> Result<Self, Trouble> {
        let poster = |name: &str| {
            let mut posters = stage.config.members.iter().flat_map(|member| &member.posters);
            named(name, posters.find(|address| address.local() == name))
        };
        let person = |name: &str| {
            let found = stage.config.team.iter().find(|person| person.name.0 == name);
            named(name, found.map(|person| &person.address))
        };
        Ok(Self {
            dana: writer("Dana", "dana@finder.example")?,
            mona: person("mona")?,
            tariq: person("tariq")?,
            uma: person("uma")?,
            pat: poster("pat")?,
            quinn: poster("quinn")?,
            robin: poster("robin")?,
            valerie: writer("Valerie", "valerie@newcomer.example")?,
        })
    }

    fn team(&self) -> [&Writer; 3] {
        [&self.mona, &self.tariq, &self.uma]
    }

    /// Everybody outside the membership table who may get anything at all.
    fn others(&self) -> BTreeSet<String> {
        let all = self.team().into_iter().chain([&self.dana, &self.pat, &self.quinn, &self.robin]);
        all.map(|writer| writer.address.to_string()).collect()
    }
}

/// The story and what later steps need of earlier ones.
pub(super) struct Play {
    stage: Stage,
    cast: Cast,
    step: usize,
}

impl Play {
    pub(super) fn new(stage: Stage) -> Result<Self, Trouble> {
        let cast = Cast::of(&stage)?;
        Ok(Self { stage, cast, step: 0 })
    }

    /// Plays it to the end, or to the first thing that is not as told.
    pub(super) async fn play(mut self) -> Result<(), Trouble> {
        let case = self.report().await?;
        let advisory = self.advisory().await?;
        let technical = self.technical(&advisory).await?;
        self.policy().await?;
        let approved = self.ambiguous(&advisory).await?;
        let notice = self.forged(&advisory).await?;
        self.bounce(&advisory).await?;
        self.out_of_office(&notice).await?;
        self.application().await?;
        self.end(&[&advisory, &technical, &approved])?;
        self.commands(case)
    }

    fn title(&mut self, title: &str) {
        self.step += 1;
        tell::step(self.step, title);
    }

    async fn arrives(&mut self, name: &str, mail: &Mail, signature: Signature) -> Result<Scene, Trouble> {
        let scene = self.stage.arrives(name, mail, signature).await?;
        tell::scene(&self.stage, mail, signature, &scene);
        Ok(scene)
    }

    fn heading<'h>(&self, from: &'h Writer, to: &'h Address, subject: &'h str, id: &'h str) -> Heading<'h> {
        Heading { from, to, subject, id, at: self.stage.now() }
    }

    async fn report(&mut self) -> Result<i64, Trouble> {
        self.title("A discoverer reports a vulnerability.");
        let to = self.stage.config.project.security.clone();
        let mail =
            mails::report(&self.heading(&self.cast.dana, &to, "Guest can crash the host through its event ring", "report-1"));
        let scene = self.arrives("report", &mail, Signature::Good).await?;
        so(scene.story.class == "report", "it is recognised as a report")?;
        let cases = self.stage.cases()?;
        let [case] = cases.as_slice() else { return Err(untrue("there is one case")) };
        so(case.mails == [scene.story.id], &format!("case-{} is open and holds message {}", case.id, scene.story.id))?;
        let acknowledged = scene.to("dana@finder.example");
        let silent = acknowledged.iter().all(|letter| letter.message.header("Auto-Submitted").is_some());
        so(acknowledged.len() == 1 && silent, "the discoverer has one acknowledgement, marked as automatic")?;
        let told = self.told(&scene);
        so(told == 3, &format!("{told} team members have a triage notice with a token of their own"))?;
        Ok(case.id)
    }

    async fn advisory(&mut self) -> Result<Sent, Trouble> {
        self.title("Mona submits the advisory; it goes to nobody before a second team member says so.");
        let to = self.stage.config.project.primary.address.clone();
        let subject = "Xen Security Advisory 999 v1 - x86: index of the event ring is used unchecked";
        let mail = mails::advisory(&self.heading(&self.cast.mona, &to, subject, "xsa999-1"));
        let scene = self.arrives("advisory", &mail, Signature::Good).await?;
        so(self.members_reached(&scene) == 0, "no member has it")?;
        so(scene.to(&address(&self.cast.mona)).is_empty(), "Mona herself is not asked")?;
        let notice = scene.notice_to(&address(&self.cast.tariq))?;
        let counted = format!("Members it would go to: {}", self.stage.members.len());
        so(notice.text.contains(&counted), &format!("Tariq's notice says: {counted}"))?;
        if notice.text.contains("X10") {
            tell::line(
                "            The checks miss an OpenPGP signature on the text: the demo has no key. They advise; people decide.",
            );
        }
        tell::line("   ---      Tariq answers it with `send`.");
        let reply = self.reply(&self.cast.tariq.clone(), &notice, "send", "reply-1")?;
        let scene = self.arrives("send", &reply, Signature::Good).await?;
        self.reached_all(&scene, &mail)
    }

    async fn technical(&mut self, advisory: &Sent) -> Result<Sent, Trouble> {
        self.title("A member posts a backport about the live advisory: a rule is sure, and the post goes out.");
        let to = self.stage.config.project.discuss.address.clone();
        let heading = self.heading(&self.cast.pat, &to, "XSA-999: backport to 4.17", "post-1");
        let mail = mails::technical(&heading, &advisory.copy);
        let scene = self.arrives("technical", &mail, Signature::Good).await?;
        so(scene.noted("approved"), &format!("approved by rule {}", scene.story.rule))?;
        self.reached_all(&scene, &mail)
    }

    async fn policy(&mut self) -> Result<(), Trouble> {
        self.title("A member asks for a longer embargo: policy, not for this list.");
        let to = self.stage.config.project.discuss.address.clone();
        let mail = mails::policy(&self.heading(&self.cast.quinn, &to, "XSA-999: embargo date", "post-2"));
        let scene = self.arrives("policy", &mail, Signature::Good).await?;
        so(scene.noted("rejected"), &format!("rejected by rule {}", scene.story.rule))?;
        so(self.members_reached(&scene) == 0, "no member has it")?;
        let letters = scene.to(&address(&self.cast.quinn));
        let [letter] = letters.as_slice() else { return Err(untrue("the poster has one letter")) };
        let project = &self.stage.config.project;
        let list = project.public.iter().find(|list| letter.message.text.contains(&list.address.to_string()));
        let named = letter.message.text.contains(&project.security.to_string());
        let list = list.filter(|_| named).ok_or_else(|| untrue("the letter names the security contact and a public list"))?;
        so(true, &format!("the poster's letter names {} and public lists ({}, ...)", project.security, list.address))?;
        let quoted =
            mail.body.lines().filter(|line| !line.trim().is_empty()).any(|line| letter.message.text.contains(line.trim()));
        so(!quoted, "it repeats no line of the post")
    }

    async fn ambiguous(&mut self, advisory: &Sent) -> Result<Sent, Trouble> {
        self.title("A member writes a few words no rule can be sure of: a person decides, by answering one mail.");
        let to = self.stage.config.project.discuss.address.clone();
        let mail =
            mails::ambiguous(&self.heading(&self.cast.robin, &to, "Re: XSA-999: backport to 4.17", "post-3"), &advisory.copy);
        let scene = self.arrives("ambiguous", &mail, Signature::Good).await?;
        so(scene.story.state == "held" && self.members_reached(&scene) == 0, "it waits; no member has it")?;
        so(
            self.told(&scene) == 3 && scene.to(&address(&self.cast.robin)).len() == 1,
            "3 moderators and the poster know that it waits",
        )?;
        let (mona, tariq) = (self.cast.mona.clone(), self.cast.tariq.clone());
        let (monas, tariqs) = (scene.notice_to(&address(&mona))?, scene.notice_to(&address(&tariq))?);
        tell::line("   ---      Mona answers her notice with `approve`.");
        let reply = self.reply(&mona, &monas, "approve", "reply-2")?;
        let approved = self.arrives("approve", &reply, Signature::Good).await?;
        let sent = self.reached_all(&approved, &mail)?;
        so(approved.to(&address(&tariq)).iter().any(|letter| says(letter, "mona")), "Tariq hears that Mona approved it")?;
        tell::line("   ---      Tariq, who has not read on, answers his own notice with `reject policy`.");
        let reply = self.reply(&tariq, &tariqs, "reject policy", "reply-3")?;
        let second = self.arrives("second-ruling", &reply, Signature::Good).await?;
        let only_him = second.letters.iter().all(|letter| letter.recipient == address(&tariq));
        so(only_him && second.letters.len() == 1, "nothing is done twice; Tariq alone is told that it was settled before")?;
        Ok(sent)
    }

    async fn forged(&mut self, advisory: &Sent) -> Result<Message, Trouble> {
        self.title("Two forgeries: a mail that says to be Pat's, and one that says to be Uma's and even has her token.");
        let to = self.stage.config.project.discuss.address.clone();
        let mail = mails::forged_post(&self.heading(&self.cast.pat, &to, "XSA-999: corrected patch", "post-4"), &advisory.copy);
        let post = self.arrives("forged-post", &mail, Signature::Forged).await?;
        so(post.story.state == "held" && self.members_reached(&post) == 0, "the forged post waits; no member has it")?;
        so(post.to(&address(&self.cast.pat)).is_empty(), "Pat, whose name was used, is not answered")?;
        let uma = self.cast.uma.clone();
        let notice = post.notice_to(&address(&uma))?;
        let reply = self.reply(&uma, &notice, "approve", "reply-4")?;
        let command = self.arrives("forged-approve", &reply, Signature::Forged).await?;
        so(command.noted("command-refused"), "the forged command is refused, and the team is alarmed")?;
        let waits = self.stage.waiting()?.iter().any(|held| held.id == post.story.id);
        so(waits && self.members_reached(&command) == 0, "the post still waits; no member has it")?;
        Ok(notice)
    }

    async fn bounce(&mut self, advisory: &Sent) -> Result<(), Trouble> {
        self.title("A member's mail server sends a bounce for the advisory.");
        let member = self.stage.config.members.last().ok_or_else(|| untrue("there are members"))?.address.clone();
        let (_, return_path) =
            self.stage.advisory_delivery(&member.to_string())?.ok_or_else(|| untrue("the advisory has a return path"))?;
        let to: Address = return_path.parse().map_err(|_| untrue("the return path is an address"))?;
        let daemon = writer("Mail Delivery System", &format!("MAILER-DAEMON@{}", member.domain()))?;
        let mail = mails::bounce(&daemon, &to, &member.to_string(), &advisory.copy, self.stage.now());
        let scene = self.arrives("bounce", &mail, Signature::Missing).await?;
        so(scene.story.class == "bounce", "it is recognised as a bounce")?;
        let booked = self.stage.advisory_delivery(&member.to_string())?.map(|(row, _)| row).filter(|row| !row.bounce.is_empty());
        let row = booked.ok_or_else(|| untrue("the bounce is booked on the delivery"))?;
        so(
            self.told(&scene) == 3,
            &format!("booked on delivery {} ({}: {}); the team is told", row.id, row.recipient, row.bounce),
        )
    }

    async fn out_of_office(&mut self, notice: &Message) -> Result<(), Trouble> {
        self.title("Uma's vacation program answers her notice; its mail is genuine, has her token, and even says `approve`.");
        let mail = mails::out_of_office(&self.cast.uma, notice, "vacation-1", self.stage.now()).ok_or_else(no_reply_to)?;
        let before = self.stage.waiting()?.len();
        let scene = self.arrives("out-of-office", &mail, Signature::Good).await?;
        so(
            scene.story.class == "auto-reply" && scene.letters.is_empty(),
            "an automatic answer commands nothing and is not answered",
        )?;
        so(self.stage.waiting()?.len() == before, &format!("what waited still waits ({before} mails)"))
    }

    async fn application(&mut self) -> Result<(), Trouble> {
        self.title("An organisation applies for membership on the public list.");
        let list = self.stage.config.project.applications.clone();
        let list_id = list.list_id.as_ref().map(ToString::to_string).unwrap_or_default();
        let mail = mails::application(
            &self.heading(&self.cast.valerie, &list.address, "Application for predisclosure membership", "apply-1"),
            &list_id,
        );
        let scene = self.arrives("application", &mail, Signature::Good).await?;
        so(scene.noted("application") && self.told(&scene) == 3, "it has its record; the team has the checklist")?;
        let answered = scene.to(&address(&self.cast.valerie)).len();
        so(answered == 0 && self.stage.cases()?.len() == 1, "it has no case, and nobody is answered: decisions are people's")
    }

    fn end(&mut self, sent: &[&Sent]) -> Result<(), Trouble> {
        self.title("The end: what everybody has, counted in the folders.");
        let letters = self.stage.all_letters()?;
        let copies = |member: &str| letters.iter().filter(|letter| letter.recipient == *member).collect::<Vec<_>>();
        let exact = self.stage.members.iter().filter(|member| {
            let copies = copies(member);
            copies.len() == sent.len()
                && sent
                    .iter()
                    .all(|sent| copies.iter().filter(|copy| copy.message.headers().body() == sent.body.as_bytes()).count() == 1)
        });
        let (exact, all) = (exact.count(), self.stage.members.len());
        so(
            exact == all && all == 75,
            &format!("{exact} of {all} members have each of the {} mails once, body byte for byte as posted", sent.len()),
        )?;
        let others = self.cast.others();
        let strangers: BTreeSet<&str> = letters
            .iter()
            .map(|letter| letter.recipient.as_str())
            .filter(|who| !self.stage.members.contains(*who) && !others.contains(*who))
            .collect();
        so(
            strangers.is_empty(),
            &format!(
                "{} letters in all; besides the members, only the team and the people of this story have any",
                letters.len()
            ),
        )?;
        let status = self.stage.status()?;
        so(
            status.queued == 0 && status.quarantined == 0 && status.taken == 0,
            "nothing is left in a queue, nothing is in quarantine",
        )?;
        so(status.held > 0, &format!("{} mails wait for a person, and will for ever: nothing is dropped", status.held))
    }

    fn commands(&self, case: i64) -> Result<(), Trouble> {
        let program =
            std::env::args_os().next().map_or_else(|| "embargod".to_owned(), |name| name.to_string_lossy().into_owned());
        let config = self.stage.ground.config();
        let post = self.stage.waiting()?.first().map(|held| held.id).ok_or_else(|| untrue("a post waits"))?;
        tell::line("\nNow look around, with the commands of a running team:");
        let look = [
            "status",
            "held list",
            &format!("held show {post}"),
            "why 6",
            &format!("case show {case}"),
            "member list",
            "outbox list",
        ];
        for command in look {
            tell::line(&format!("   {program} {command} --config {}", config.display()));
        }
        if self.stage.config.uids.is_empty() {
            tell::line(
                "Deciding on the command line needs a team member, and root is none: play the demo as another user to try `held approve`.",
            );
        } else {
            tell::line("You are Mona here, so you can decide, and have the daemon deliver what you decided:");
            for command in [&format!("held discard {post}"), "run --once"] {
                tell::line(&format!("   {program} {command} --config {}", config.display()));
            }
        }
        Ok(())
    }

    /// Team members who got something.
    fn told(&self, scene: &Scene) -> usize {
        self.cast.team().into_iter().filter(|person| !scene.to(&address(person)).is_empty()).count()
    }

    fn members_reached(&self, scene: &Scene) -> usize {
        scene.letters.iter().filter(|letter| self.stage.members.contains(&letter.recipient)).count()
    }

    /// Every member has the mail, once, with its body as it was posted.
    fn reached_all(&self, scene: &Scene, mail: &Mail) -> Result<Sent, Trouble> {
        let copies: Vec<&Letter> = scene.letters.iter().filter(|letter| self.stage.members.contains(&letter.recipient)).collect();
        let reached: BTreeSet<&str> = copies.iter().map(|letter| letter.recipient.as_str()).collect();
        let whole = copies.iter().filter(|copy| copy.message.headers().body() == mail.body.as_bytes()).count();
        let all = self.stage.members.len();
        so(
            reached.len() == all && copies.len() == all && whole == all,
            &format!("{} of {all} members have it, once, {whole} with the body byte for byte as it came", reached.len()),
        )?;
        let copy = copies.first().ok_or_else(|| untrue("a member has a copy"))?;
        let list_id = copy.message.header("List-Id").unwrap_or_default();
        let own = self.stage.config.project.private_lists().into_iter().any(|list| copy.message.list_ids.contains(&list.list_id));
        so(own, &format!("under List-Id: {list_id}; for example {}", self.stage.ground.shown(&copy.path)))?;
        Ok(Sent { copy: copy.message.clone(), body: mail.body.clone() })
    }

    fn reply(&self, from: &Writer, notice: &Message, words: &str, id: &str) -> Result<Mail, Trouble> {
        mails::reply(from, notice, words, id, self.stage.now()).ok_or_else(no_reply_to)
    }
}

/// A mail that went to the members.
struct Sent {
    /// The copy of one of them.
    copy: Message,
    /// Its body as it came.
    body: String,
}

fn says(letter: &Letter, word: &str) -> bool {
    letter.message.text.contains(word)
}

fn address(writer: &Writer) -> String {
    writer.address.to_string()
}

fn named(name: &str, address: Option<&Address>) -> Result<Writer, Trouble> {
    let mut letters = name.chars();
    let name: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
    let address = address.ok_or_else(|| untrue(&format!("{name} is in the configuration")))?;
    Ok(Writer { name, address: address.clone() })
}

fn writer(name: &str, address: &str) -> Result<Writer, Trouble> {
    let address = address.parse().map_err(|_| untrue(&format!("{address} is an address")))?;
    Ok(Writer { name: name.to_owned(), address })
}

fn no_reply_to() -> Trouble {
    untrue("the notice says where to answer")
}

fn untrue(claim: &str) -> Trouble {
    Trouble::Untrue(claim.to_owned())
}
