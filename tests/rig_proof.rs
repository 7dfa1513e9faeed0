//! Proves the rig: what the flow tests take for granted about the real servers, and that nothing is left of them.
//!
//! It uses every public item of the rig; one that is not proved here is dead code, and the build says so.

#[cfg(test)]
mod rig;

#[cfg(test)]
mod servers {
    use std::{fs, net::TcpStream, path::PathBuf};

    use crate::rig::{
        Rig,
        cast::{Person, crlf, letter},
        dovecot::{PASSWORD, header},
        ground::{living_in_group, until},
        imap::Imap,
        opendkim::Dkim,
        plan::{Delivery, Plan},
        relay::{ALWAYS, Fault, Manner},
        smtp::Session,
    };

    const TO: &str = "xen-security-issues-discuss@lists.xenproject.org";
    const DISCUSS: &str = "lists";

    fn post(from: &Person, id: &str, extra: &str) -> Vec<u8> {
        letter(from, TO, "Backport of XSA-999", id, extra, "Does it apply to 4.17?\n\n.\nPat \n\n")
    }

    /// The first eight characters of the signature: what OpenDKIM shows as header.b.
    fn header_b(signed: &[u8]) -> String {
        let text = String::from_utf8_lossy(signed);
        text.split_once("\tb=").unwrap().1.chars().take(8).collect()
    }

    /// The header down to our own Received line, without dates, queue and session ids.
    fn top(message: &[u8]) -> String {
        let header = header(message);
        let (above, from_ours) = header.split_once("\tby mx.xenproject.test (Postfix)").expect("our own Received line");
        let ours = from_ours.lines().take(2).collect::<Vec<_>>().join("\n");
        let bare = |line: &str| match (line.rsplit_once("; "), line.split_once("id ")) {
            (Some((before, date)), _) if date.contains(" +0000") => before.to_owned(),
            (_, Some(("\t", _))) => "\tid SESSION".to_owned(),
            (_, Some((before, _))) if before.ends_with("ESMTP ") => format!("{before}id QUEUE"),
            _ => line.to_owned(),
        };
        format!("{above}\tby mx.xenproject.test (Postfix){ours}").lines().map(bare).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_signed_message_passes_above_our_own_received_line() {
        let rig = Rig::start(Plan::xen());
        assert_eq!(rig.time.environment(), [], "nobody moves the clock unasked");
        let dana = &rig.cast.discoverer;
        let signed = rig.cast.sign(&letter(dana, "security@xenproject.org", "A bug", "r1", "", "It crashes.\n"), dana);
        let delivered = rig.delivered(&dana.address, "security+token@xenproject.org", &signed);
        let expected = format!(
            "Return-Path: <dana@finder.example>
X-Original-To: security+token@xenproject.org
Delivered-To: security+token@xenproject.org
Authentication-Results: mx.xenproject.test;
\tdkim=pass (2048-bit key) header.d=finder.example header.i=@finder.example header.a=rsa-sha256 header.s=cast header.b={};
\tdkim-atps=neutral
Received: from client.test (unknown [127.0.0.1])
\tby mx.xenproject.test (Postfix) with ESMTP id QUEUE
\tfor <security+token@xenproject.org>",
            header_b(&signed)
        );
        assert_eq!(top(&delivered), expected);
        assert!(crlf(&String::from_utf8(delivered).unwrap()).ends_with(&signed), "below stands what was sent");
    }

    #[test]
    fn lmtp_puts_a_received_line_of_its_own_above_the_result() {
        let rig = Rig::start(Plan::xen().delivered(Delivery::Lmtp));
        let dana = &rig.cast.discoverer;
        let signed = rig.cast.sign(&letter(dana, "security@xenproject.org", "A bug", "r1", "", "It crashes.\n"), dana);
        let expected = format!(
            "Return-Path: <dana@finder.example>
Delivered-To: security+token@mailbox.invalid
Received: from mx.xenproject.test ([127.0.0.1])
\tby dovecot.test with LMTP
\tid SESSION
\t(envelope-from <dana@finder.example>)
\tfor <security+token@mailbox.invalid>
X-Original-To: case+token@xenproject.org
Authentication-Results: mx.xenproject.test;
\tdkim=pass (2048-bit key) header.d=finder.example header.i=@finder.example header.a=rsa-sha256 header.s=cast header.b={};
\tdkim-atps=neutral
Received: from client.test (unknown [127.0.0.1])
\tby mx.xenproject.test (Postfix) with ESMTP id QUEUE
\tfor <case+token@xenproject.org>",
            header_b(&signed)
        );
        assert_eq!(top(&rig.delivered(&dana.address, "case+token@xenproject.org", &signed)), expected);
    }

    #[test]
    fn a_forged_sender_gets_no_pass_for_the_forged_domain() {
        let rig = Rig::start(Plan::xen());
        let pat = &rig.cast.posters[0];
        let results = |id: &str, message: &[u8]| {
            let delivered = rig.delivered(&rig.cast.forger.address, TO, message);
            let top = top(&delivered);
            let result = top.split_once("Authentication-Results: ").expect(id).1.split_once("\nReceived").expect(id).0;
            assert_eq!(
                header(&delivered).matches("mx.xenproject.test; ").count()
                    + header(&delivered).matches("mx.xenproject.test;\n").count(),
                1,
                "{id}"
            );
            result.to_owned()
        };

        let unsigned = post(pat, "f1", "");
        assert_eq!(results("unsigned", &unsigned), "mx.xenproject.test; dkim=none; dkim-atps=neutral");

        let false_key = rig.cast.sign_falsely(&post(pat, "f2", ""), pat);
        let said = results("false key", &false_key);
        assert!(said.contains("dkim=fail") && said.contains("header.d=org01.example"), "{said}");

        let own = rig.cast.sign(&post(pat, "f3", ""), &rig.cast.forger);
        let said = results("his own domain", &own);
        assert!(said.contains("dkim=pass") && said.contains("header.d=forger.example") && !said.contains("org01"), "{said}");

        let stamped = "\
Authentication-Results: mx.xenproject.test; dkim=pass header.d=org01.example
AUTHENTICATION-RESULTS: MX.xenproject.TEST 1;
 dkim=pass header.d=org01.example
Authentication-Results: (ours) \"mx.xenproject.test\"; dkim=pass header.d=org01.example
Authentication-Results: mx.xenproject.test; spf=pass smtp.mailfrom=org01.example
Received: from client.test by mx.xenproject.test (Postfix) with ESMTP id FORGED; Mon, 2 Mar 2026 10:00:00 +0000
Authentication-Results: mx.xenproject.test; dkim=pass header.d=org01.example
Authentication-Results: elsewhere.example; dkim=pass header.d=org01.example
";
        let stamped = [crlf(stamped), post(pat, "f4", "")].concat();
        assert_eq!(results("stamped by himself", &stamped), "mx.xenproject.test; dkim=none; dkim-atps=neutral");
        let delivered = rig.dovecot.messages(DISCUSS).pop().unwrap();
        let rest = header(&delivered).split_once("ESMTP id FORGED").expect("his own Received line stays").1.to_owned();
        assert!(
            rest.contains("Authentication-Results: elsewhere.example; dkim=pass"),
            "another server's result stays, below: {rest}"
        );
    }

    #[test]
    fn only_planned_addresses_are_taken() {
        let rig = Rig::start(Plan::xen());
        let message = post(&rig.cast.stranger, "s1", "");
        let refused = rig.mx.offer("", &["nobody@xenproject.org"], &message).unwrap_err();
        assert_eq!(refused.command, "RCPT TO:<nobody@xenproject.org>");
        assert!(refused.reply.starts_with("550 5.1.1"), "{}", refused.reply);
        assert!(rig.mx.offer("", &["sam@elsewhere.example"], &message).unwrap_err().reply.starts_with("554 5.7.1"));
        for address in
            ["xen-security-issues-bounces+tok@lists.xen.org", "predisclosure-applications-request@lists.xenproject.org"]
        {
            let arrived = rig.inject("", address, &message);
            let header = header(&rig.dovecot.delivered(DISCUSS, &arrived));
            assert!(
                header.starts_with(&format!("Return-Path: <>\nX-Original-To: {address}\nDelivered-To: {address}\n")),
                "{header}"
            );
        }
        assert!(rig.mx.log().contains("User unknown in virtual mailbox table"));
    }

    #[test]
    fn opendkim_judges_many_copies_at_once() {
        let rig = Rig::start(Plan::xen());
        let pat = &rig.cast.posters[0];
        let signed = rig.cast.sign(&post(pat, "v1", "Cc: a@b.example,\n c@d.example\n"), pat);
        let on_top = [b"List-Id: <discuss.example>\r\n".to_vec(), signed.clone()].concat();
        let altered = String::from_utf8(signed.clone()).unwrap().replace("4.17", "4.18").into_bytes();
        let second_from = [b"From: Eve <eve@org01.example>\r\n".to_vec(), signed.clone()].concat();
        let mut copies = vec![altered, second_from, post(pat, "v2", "")];
        copies.extend(std::iter::repeat_n(on_top, 75));
        let mut expected = vec![Dkim::Fail, Dkim::Fail, Dkim::Unsigned];
        expected.extend(std::iter::repeat_n(Dkim::Pass("org01.example".to_owned()), 75));
        assert_eq!(rig.opendkim.verify(&copies), expected);
        assert_eq!(rig.opendkim.verify(&[]), []);
    }

    #[test]
    fn imap_serves_the_mailboxes_to_who_knows_the_ca_and_the_password() {
        let mut rig = Rig::start(Plan::xen());
        let dovecot = &rig.dovecot;
        let server = std::net::SocketAddr::from(([127, 0, 0, 1], dovecot.port()));
        let error = Imap::connect(server, dovecot.other_ca_file()).err().expect("another CA is refused");
        assert!(error.to_string().contains("certificate"), "{error}");
        let mut imap = Imap::connect(server, dovecot.ca_file()).unwrap();
        assert!(imap.command("LOGIN security wrong").unwrap_err().starts_with("NO"));
        assert!(imap.command(&format!("LOGIN nobody \"{PASSWORD}\"")).unwrap_err().starts_with("NO"));

        rig.inject("", "security@xenproject.org", &post(&rig.cast.stranger, "i1", ""));
        assert_eq!(dovecot.flags("security", "INBOX"), [(1, vec![])]);
        dovecot.person_reads("security");
        let read = ["\\Answered", "\\Flagged", "\\Seen"].map(str::to_owned).to_vec();
        assert_eq!(dovecot.flags("security", "INBOX"), [(1, read)]);
        assert_eq!(dovecot.messages("security").len(), 1);

        dovecot.renumber("security", 4242);
        let lines = dovecot.person("security").command("EXAMINE INBOX").unwrap();
        assert!(lines.iter().any(|line| line.contains("[UIDVALIDITY 4242]")), "{lines:?}");

        let mut open = dovecot.person("security");
        rig.dovecot.stop();
        assert!(open.command("NOOP").is_err(), "the connection is cut");
        assert!(TcpStream::connect(server).is_err());
        rig.dovecot.restart(&rig.ground);
        assert_eq!(rig.dovecot.flags("security", "INBOX").len(), 1);
    }

    #[test]
    fn the_smarthost_queues_retries_and_bounces() {
        let mut rig = Rig::start(Plan::xen().with_smarthost());
        rig.relay.on("security@org02.example", Fault::Rcpt("550 5.1.1 no such user"), ALWAYS);
        rig.relay.on("security@org03.example", Fault::Rcpt("451 4.3.0 later"), 1);
        let port = rig.submission_port();
        let smarthost = rig.smarthost.as_mut().unwrap();
        assert_eq!(port, smarthost.port());
        let message = post(&rig.cast.posters[0], "q1", "");
        let send = |to: &str, token: &str| {
            let from = format!("xen-security-issues-discuss-bounces+{token}@lists.xenproject.org");
            smarthost.offer(&from, &[to], &message).unwrap()
        };
        let one = send("security@org01.example", "one");
        let two = send("security@org02.example", "two");
        send("security@org03.example", "three");

        assert!(smarthost.settled(&one).iter().any(|line| line.contains("status=sent")));
        assert!(smarthost.settled(&two).iter().any(|line| line.contains("status=bounced")));
        let letters = rig.relay.collect("security@org01.example");
        assert_eq!(letters[0].reverse_path, "xen-security-issues-discuss-bounces+one@lists.xenproject.org");
        assert!(letters[0].bytes.ends_with(&message));
        assert_eq!(rig.relay.collect("security@org03.example").len(), 1);
        assert_eq!(rig.relay.attempts("security@org03.example"), 2, "deferred once, then taken");

        let bounce = until("the bounce in our mailbox", || rig.dovecot.messages(DISCUSS).pop());
        let header = header(&bounce);
        assert!(header.starts_with("Return-Path: <>\nX-Original-To: xen-security-issues-discuss-bounces+two@"), "{header}");
        assert!(header.contains("Content-Type: multipart/report; report-type=delivery-status"), "{header}");

        smarthost.stop();
        assert!(smarthost.pid_file().is_none());
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        smarthost.start(&rig.ground);
        smarthost.inject("", "security@org01.example", &message);
        assert_eq!(rig.relay.collect("security@org01.example").len(), 1);
    }

    #[test]
    fn the_relay_fails_as_scripted_and_records_what_it_took() {
        let mut rig = Rig::start(Plan::xen());
        let relay = &rig.relay;
        assert_eq!(rig.submission_port(), relay.port());
        let server = std::net::SocketAddr::from(([127, 0, 0, 1], relay.port()));
        let message = post(&rig.cast.discoverer, "d1", "");
        let send =
            |to: &str| Session::open(server, "us.test").and_then(|mut session| session.send("a@b.example", &[to], &message));
        let reply = |to: &str| send(to).unwrap_or_else(|refused| refused.reply);

        for (to, fault) in [
            ("rcpt@x.example", Fault::Rcpt("550 5.1.1 no such user")),
            ("data@x.example", Fault::CutInData),
            ("dot@x.example", Fault::Dot("452 4.2.2 full")),
            ("before@x.example", Fault::CutBefore250),
            ("lost@x.example", Fault::LostBefore250),
            ("after@x.example", Fault::CutAfter250),
        ] {
            relay.on(to, fault, 1);
        }
        assert_eq!(reply("Rcpt@X.example"), "550 5.1.1 no such user");
        assert_eq!(reply("data@x.example"), "");
        assert_eq!(reply("dot@x.example"), "452 4.2.2 full");
        assert_eq!(reply("before@x.example"), "");
        assert_eq!(reply("lost@x.example"), "");
        assert_eq!(reply("after@x.example"), "250 2.0.0 taken");
        let took = |recipient: &str| relay.rest().iter().any(|letter| letter.recipients == [recipient]);
        let taken = relay.wait_letters(2);
        assert_eq!(taken.len(), 2);
        assert!(took("before@x.example") && took("after@x.example"));
        assert_ne!(taken[0].connection, taken[1].connection);
        assert_eq!(taken[0].bytes, message, "dots and trailing blanks as sent");
        assert_eq!(reply("lost@x.example"), "250 2.0.0 taken", "a fault for one time is used up");
        assert_eq!(relay.attempts("LOST@x.example"), 2);

        for (to, fault) in [("stall@x.example", Fault::StallAtRcpt), ("still@x.example", Fault::StallAtDot)] {
            relay.on(to, fault, ALWAYS);
            std::thread::scope(|scope| {
                let stalled = scope.spawn(|| reply(to));
                relay.wait_stalled();
                assert!(!took(to));
                assert_eq!(reply("other@x.example"), "250 2.0.0 taken", "nobody else waits");
                relay.release();
                assert_eq!(stalled.join().unwrap(), "250 2.0.0 taken");
            });
            assert_eq!(relay.collect(to).len(), 1);
        }

        let pipelined = "MAIL FROM:<a@b.example>\r\nRCPT TO:<one@x.example>\r\nRCPT TO:<two@x.example>\r\nDATA";
        relay.on("two@x.example", Fault::Rcpt("450 4.2.1 busy"), ALWAYS);
        let mut session = Session::open(server, "us.test").unwrap();
        assert!(session.command(pipelined, "250 2.1.0").is_ok());
        assert!(session.command("Subject: x\r\n\r\n..\r\n.\r\nNOOP", "250 2.1.5").is_ok(), "the answer to the first RCPT");
        assert_eq!(relay.collect("one@x.example")[0].bytes, b"Subject: x\r\n\r\n.\r\n");
        relay.on("*", Fault::Rcpt("451 4.3.0 down"), ALWAYS);
        assert_eq!(reply("any@x.example"), "451 4.3.0 down");
        relay.heal();
        assert_eq!(reply("any@x.example"), "250 2.0.0 taken");

        let count = rig.relay.rest().len();
        rig.relay.close();
        assert!(TcpStream::connect(server).is_err());
        rig.relay.open();
        let mut session = Session::open(server, "us.test").unwrap();
        session.send("", &["back@x.example"], &message).unwrap();
        assert_eq!(rig.relay.rest().len(), count + 1);
    }

    #[test]
    fn a_relay_has_manners() {
        let rig = Rig::start(Plan::xen());
        let relay = &rig.relay;
        let server = std::net::SocketAddr::from(([127, 0, 0, 1], relay.port()));
        relay.is(Manner::TakesRecipients(1));
        relay.is(Manner::ClosesAfter(1));
        relay.is(Manner::MakesReturnPaths);
        let mut session = Session::open(server, "us.test").unwrap();
        assert!(session.command("EHLO us.test", "2").unwrap().contains("250-XVERP"));
        let refused = session.send("", &["one@x.example", "two@x.example"], b"Subject: x\r\n\r\n").unwrap_err();
        assert_eq!(refused.reply, "452 4.5.3 too many recipients");
        assert_eq!(session.command("MAIL FROM:<>", "2").unwrap_err().reply, "421 4.7.0 enough messages on this connection");
        relay.is(Manner::RequiresTls);
        let mut session = Session::open(server, "us.test").unwrap();
        assert!(session.command("EHLO us.test", "2").unwrap().contains("250-REQUIRETLS"));
        assert_eq!(relay.asked_for_tls(), [] as [&str; 0]);
        relay.is(Manner::OneAtATime);
        let mut session = Session::open(server, "us.test").unwrap();
        assert!(!session.command("EHLO us.test", "2").unwrap().contains("PIPELINING"));
        assert_eq!(session.command("NOOP\r\nNOOP", "2").unwrap_err().reply, "", "it hangs up on who speaks out of turn");
    }

    #[test]
    fn nothing_is_left_and_rigs_do_not_meet() {
        let (one, two) = (Rig::start(Plan::xen()), Rig::start(Plan::xen().with_smarthost()));
        two.inject("", "security@xenproject.org", &post(&two.cast.stranger, "n1", ""));
        assert_eq!(one.dovecot.messages("security").len(), 0);
        assert_eq!(two.dovecot.messages("security").len(), 1);
        drop(one);
        assert_eq!(two.dovecot.flags("security", "INBOX").len(), 1, "the other rig still stands");

        let smarthost = two.smarthost.as_ref().unwrap();
        let pid_files: Vec<PathBuf> =
            [two.mx.pid_file(), two.dovecot.pid_file(), smarthost.pid_file()].into_iter().flatten().map(PathBuf::from).collect();
        assert_eq!(pid_files.len(), 3);
        let group = |file: &PathBuf| -> u32 { fs::read_to_string(file).unwrap().split(' ').next().unwrap().parse().unwrap() };
        let groups: Vec<u32> = pid_files.iter().map(group).collect();
        assert!(groups.iter().all(|group| living_in_group(*group).len() > 1), "Postfix and Dovecot have children");
        let ports = [two.mx.port(), two.dovecot.port(), two.relay.port(), smarthost.port(), two.dovecot.lmtp().number()];
        let directory = two.ground.path().to_owned();
        assert!(two.dovecot.mailboxes().starts_with(&directory));
        drop(two);
        for group in groups {
            assert_eq!(living_in_group(group), Vec::<u32>::new());
        }
        assert!(ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()));
        assert!(pid_files.iter().all(|file| !file.exists()));
        assert!(!directory.exists());
    }

    #[test]
    fn the_cast_is_as_the_stories_tell() {
        let cast = crate::rig::cast::Cast::new();
        let address = |person: &Person| person.address.clone();
        assert_eq!(cast.members.len(), 75);
        assert_eq!(cast.members.iter().map(address).next_back().unwrap(), "security@org75.example");
        assert_eq!(
            cast.posters.iter().map(address).collect::<Vec<_>>(),
            ["pat@org01.example", "quinn@org02.example", "ruth@org03.example"]
        );
        assert_eq!(
            cast.moderators.iter().map(Person::from).collect::<Vec<_>>(),
            ["Mona Moderator <mona@mona.example>", "Milo Moderator <milo@milo.example>"]
        );
        let records = cast.key_records();
        assert_eq!(records.lines().count(), cast.domains().len());
        assert!(records.lines().all(|line| line.contains("._domainkey.") && line.contains(" v=DKIM1; k=rsa; p=MII")));
    }
}

#[cfg(test)]
mod programs {
    use std::{fs, os::unix::net::UnixDatagram, time::Duration};

    use data_encoding::{BASE64, HEXLOWER};

    use crate::rig::{
        canaries::{Hit, hits, hits_in_processes},
        daemon::{Daemon, embargod},
        ground::{Ground, living_in_group, program, until},
    };

    fn shell(ground: &Ground, script: &str) -> Daemon {
        let mut command = program("/bin/bash");
        command.args(["-c", script]);
        Daemon::spawn_program(ground, command, &[("EMBARGOD_FAILPOINT", "none")])
    }

    #[test]
    fn a_daemon_is_heard_reloaded_stopped_and_killed() {
        let ground = Ground::new();
        let script = "trap 'echo again >&2' HUP; trap 'exit 3' TERM; echo up $EMBARGOD_FAILPOINT $TMPDIR $CARGO; sleep 60 & \
                      until false; do wait; done";
        let mut daemon = shell(&ground, script);
        until("the first line", || daemon.stdout().ends_with('\n').then_some(()));
        assert_eq!(daemon.stdout(), format!("up none {}\n", ground.at("tmp").display()));

        let systemd = UnixDatagram::unbound().unwrap();
        let socket = fs::read_dir(ground.path())
            .unwrap()
            .flatten()
            .find(|entry| entry.file_name().as_encoded_bytes().starts_with(b"notify-"));
        let socket = socket.unwrap().path();
        assert_eq!(daemon.next_notice(Duration::from_millis(1)), None);
        assert!(!daemon.ended());
        systemd.send_to(b"STATUS=x\nREADY=1", &socket).unwrap();
        daemon.wait_notice("READY=1");
        systemd.send_to(b"WATCHDOG=1", &socket).unwrap();
        assert_eq!(daemon.next_notice(Duration::from_secs(5)).unwrap(), "WATCHDOG=1");

        daemon.reload();
        until("the reload", || (daemon.stderr() == "again\n").then_some(()));
        let group = daemon.pid();
        assert_eq!(living_in_group(group).len(), 2);
        assert_eq!(daemon.stop().code(), Some(3));
        assert_eq!(living_in_group(group), Vec::<u32>::new(), "its child went with it");

        let daemon = shell(&ground, "trap '' TERM; echo once more >&2; sleep 60");
        until("the second start", || daemon.stderr().contains("once more").then_some(()));
        let group = daemon.pid();
        daemon.kill();
        assert_eq!(living_in_group(group), Vec::<u32>::new());
        let mut daemon = shell(&ground, "exit 7");
        until("its end", || daemon.ended().then_some(()));
        assert_eq!(daemon.wait().code(), Some(7));
    }

    #[test]
    fn the_hands_of_the_clock_are_ours() {
        use crate::rig::{
            plan::Hands,
            time::{Time, present},
        };
        use jiff::SignedDuration;
        let ground = Ground::new();
        let time = Time::new(&ground, Hands::Ours);
        let says = || {
            let environment = time.environment();
            let output = std::process::Command::new("/bin/date").arg("+%s").envs(environment).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse::<i64>().unwrap()
        };
        time.set(present() + SignedDuration::from_hours(24 * 365));
        let ahead = says() - present().as_second();
        assert!((ahead - 365 * 86_400).abs() <= 2, "{ahead}");
        assert_eq!(Time::new(&ground, Hands::Fixed).environment(), []);
    }

    #[test]
    fn the_binary_runs_to_its_end() {
        let ground = Ground::new();
        let output = embargod(&ground, &["--version"], &[]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stderr, b"");
        assert!(Daemon::spawn(&ground, &["--version"], &[]).wait().success());
    }

    #[test]
    fn a_word_is_found_in_every_dress() {
        let ground = Ground::new();
        let word = "zanzibar-quokka-7141";
        let wide = |unit: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let soft = "zanzi=\r\nbar=2Dquokka=2d71=\n41";
        let wrapped = |lead: &str| {
            let encoded = BASE64.encode(format!("{lead}{word} and what follows").as_bytes());
            encoded
                .as_bytes()
                .chunks(12)
                .map(|chunk| String::from_utf8_lossy(chunk).into_owned())
                .collect::<Vec<_>>()
                .join("\r\n")
        };
        let dressed: Vec<(&str, Vec<u8>)> = vec![
            ("text", format!("x {} x", word.to_uppercase()).into_bytes()),
            ("base64", wrapped("").into_bytes()),
            ("base64", wrapped("a").into_bytes()),
            ("base64", wrapped("ab").into_bytes()),
            ("quoted-printable", soft.as_bytes().to_vec()),
            ("hex", HEXLOWER.encode(word.as_bytes()).to_uppercase().into_bytes()),
            ("utf-16le", [b"x".to_vec(), wide(u16::to_le_bytes)].concat()),
            ("utf-16be", wide(u16::to_be_bytes)),
        ];
        for (number, (form, bytes)) in dressed.iter().enumerate() {
            let folder = ground.folder(&format!("{number}/deep"));
            let path = folder.join("file");
            fs::write(&path, bytes).unwrap();
            let found = hits(&ground.at(&number.to_string()), &["albatross-0001", word]);
            assert!(found.contains(&Hit { path: path.clone(), word: word.to_owned(), form }), "{form}: {found:?}");
            assert_eq!(hits(&path, &["albatross-0001", "zanzibar-quakka-7141"]), [], "{form}");
        }
        assert_eq!(hits(&ground.at("nowhere"), &[word]), []);
    }

    #[test]
    fn a_word_is_found_in_a_process_list() {
        let ground = Ground::new();
        let daemon = shell(&ground, "sleep 60; : wallaby-meringue-2718");
        let found = until("the command line", || hits_in_processes(&["wallaby-meringue-2718"]).into_iter().next());
        assert_eq!(found.path.to_str().unwrap(), format!("/proc/{}/cmdline", daemon.pid()));
        daemon.kill();
        assert_eq!(hits_in_processes(&["wallaby-meringue-2718"]), []);
    }
}
