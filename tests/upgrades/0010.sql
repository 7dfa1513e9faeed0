-- A database of version 10 with rows in every table: what a daemon of that version leaves behind. Times are 2026-11-21T14:02:00Z.
INSERT INTO fact (name, value) VALUES ('made-by', '0.1.0');
INSERT INTO cursor (source, mailbox, uid_validity, last_uid) VALUES ('imap', 'INBOX', 1700000000, 4);
INSERT INTO raw (digest, bytes) VALUES
    (x'0101010101010101010101010101010101010101010101010101010101010101', CAST('From: dora@finder.example' || char(13, 10, 13, 10) || 'a report' AS BLOB)),
    (x'0202020202020202020202020202020202020202020202020202020202020202', CAST('From: writer@alpha.example' || char(13, 10, 13, 10) || 'a post' AS BLOB)),
    (x'0303030303030303030303030303030303030303030303030303030303030303', CAST('From: mona@team.example.org' || char(13, 10, 13, 10) || 'an advisory' AS BLOB)),
    (x'0404040404040404040404040404040404040404040404040404040404040404', x'FFFE00');
INSERT INTO inbox (id, source, mailbox, uid_validity, uid, came_for, digest, full_size, complete, arrived_at, taken_at, decided_at, message_id, identity, place, state, class, rule, fault, marked) VALUES
    (1, 'imap', 'INBOX', 1700000000, 1, 'security@example.org', x'0101010101010101010101010101010101010101010101010101010101010101', 35, 1, 1795269720000, 1795269720000, 1795269720000, 'r@finder.example', x'1111111111111111111111111111111111111111111111111111111111111111', 'security@example.org', 'decided', 'report', 'memory-safety', '', 1),
    (2, 'imap', 'INBOX', 1700000000, 2, '', x'0202020202020202020202020202020202020202020202020202020202020202', 35, 1, 1795269720000, 1795269720000, 1795269720000, 'p@alpha.example', x'2222222222222222222222222222222222222222222222222222222222222222', 'exo-issues-discuss@lists.example.org', 'held', 'post', 'short-answer', '', 1),
    (3, 'imap', 'INBOX', 1700000000, 3, '', x'0303030303030303030303030303030303030303030303030303030303030303', 35, 1, 1795269720000, 1795269720000, 1795269720000, 'a@team.example.org', x'3333333333333333333333333333333333333333333333333333333333333333', 'exo-issues@lists.example.org', 'ruled', 'advisory', 'primary-list', '', 1),
    (4, 'imap', 'INBOX', 1700000000, 4, '', x'0404040404040404040404040404040404040404040404040404040404040404', 90000000, 0, 1795269720000, 1795269720000, NULL, '', NULL, '', 'quarantined', '', '', 'handling failed inside the program (a bug); nothing of it was kept', 0);
INSERT INTO reason (inbox_id, stage, rule, field, text) VALUES (2, 'verdict', 'short-answer', 'body', 'Hmm'), (2, 'gate', 'gate', 'doubt', 'a doubt');
INSERT INTO held (inbox_id, place, suggests, reason_class, urgent, poster, state, version, held_at, ruled_at, ruled_by) VALUES
    (2, 'discuss', 'approve', 'policy', 1, 'writer@alpha.example', 'waiting', 2, 1795269720000, NULL, ''),
    (3, 'primary', 'hold', '', 0, 'mona@team.example.org', 'approved', 2, 1795269720000, 1795269780000, 'nils');
INSERT INTO case_file (id, discoverer, token, state, claimed_by, version, opened_at, closed_at, reason) VALUES
    (1, 'dora@finder.example', 'casecasecasecasecasecaseca', 'claimed', 'mona', 2, 1795269720000, NULL, ''),
    (2, '', 'closclosclosclosclosclosclo', 'closed', '', 3, 1795269720000, 1795269780000, 'duplicate');
INSERT INTO case_mail (case_id, inbox_id, how) VALUES (1, 1, 'report'), (2, 1, 'suggested');
INSERT INTO advisory (id, number, revision, inbox_id, digest, submitted_by, state, until, version, created_at, sent_at, sent_by) VALUES
    (1, 999, 1, 3, x'0303030303030303030303030303030303030303030303030303030303030303', 'mona', 'sent', 1796479200000, 2, 1795269720000, 1795269780000, 'nils'),
    (2, 998, 0, NULL, zeroblob(32), 'operator', 'sent', NULL, 1, 1795269720000, 1795269720000, 'operator');
INSERT INTO advisory_ended (number, ended_at, said_by) VALUES (998, 1795269780000, 'mona');
INSERT INTO advisory_thread (message_id, number) VALUES ('a@team.example.org', 999);
INSERT INTO application (inbox_id, via, complete, missing, arrived_at) VALUES (1, 'security', 0, 'A01-ORG-NAME', 1795269720000);
INSERT INTO member (id, organisation, address, state, added_at, changed_at) VALUES
    (1, 'Alpha Cloud', 'security@alpha.example', 'active', 1795269720000, 1795269720000),
    (2, 'Gamma Linux', 'security@gamma.example', 'frozen', 1795269720000, 1795269720000),
    (3, 'Delta', 'security@delta.example', 'removed', 1795269720000, 1795269780000);
INSERT INTO poster (member_id, address) VALUES (1, 'writer@alpha.example');
INSERT INTO token (hash, purpose, person, address, object, digest, version, made_at, spent_at, spent_by) VALUES
    (x'0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A', 'moderate', 'mona', '', 2, x'0202020202020202020202020202020202020202020202020202020202020202', 1, 1795269720000, NULL, NULL),
    (x'0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B', 'send', 'nils', '', 1, x'0303030303030303030303030303030303030303030303030303030303030303', 1, 1795269720000, 1795269780000, 3);
INSERT INTO letter (id, kind, class, message_id, return_base, cause, about, case_id, label, created_at, settled_at, return_key, return_hash, bytes) VALUES
    (1, 'acknowledgement', 'confidential', 'ack@example.org', '', 1, 1, 1, '', 1795269720000, 1795269730000, '', NULL, x'41'),
    (2, 'redistribution', 'embargoed', 'a@team.example.org', 'exo-issues-bounces@lists.example.org', 3, 3, NULL, 'advisory:999:1', 1795269780000, NULL, 'k', x'0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E', x'42');
INSERT INTO delivery (id, letter_id, recipient, verp, return_path, priority, state, attempts, queued_at, next_at, tried_at, settled_at, reply, resent, bounced_at, bounce) VALUES
    (1, 1, 'dora@finder.example', NULL, '', 1, 'accepted', 1, 1795269720000, 1795269720000, 1795269720000, 1795269730000, '250 2.0.0', 0, NULL, ''),
    (2, 2, 'security@alpha.example', x'0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C', 'exo-issues-bounces+t@lists.example.org', 5, 'deferred', 1, 1795269780000, 1795270080000, NULL, NULL, '451 4.3.0', 0, NULL, ''),
    (3, 2, 'security@beta.example', x'0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D0D', 'exo-issues-bounces+u@lists.example.org', 5, 'accepted', 1, 1795269780000, 1795269780000, 1795269780000, 1795269790000, '250 2.0.0', 1, 1795269900000, '5.1.1 permanent');
INSERT INTO attempt (delivery_id, started_at, ended_at, outcome, reply) VALUES (2, 1795269780000, 1795269785000, 'deferred', '451 4.3.0');
INSERT INTO refusing (recipient, since) VALUES ('security@gamma.example', 1795269790000);
INSERT INTO reminder (kind, object, due_at, done_at) VALUES ('unclaimed', 1, 1795442400000, 1795269730000), ('held', 2, 1795442400000, NULL);
INSERT INTO event (at, kind, inbox_id, cause, case_id, actor, text, data, hash) VALUES (1795269720000, 'case-opened', 1, 1, 1, '', 'case-1 opened', '', zeroblob(32));
INSERT INTO blocked_letter (id, kind, class, message_id, return_base, reveals, held, recipients, outsider, cause, about, case_id, label, blocked_at, state, proposed_by, proposed_at, settled_by, settled_at, bytes) VALUES
    (1, 'case-reply', 'confidential', 'b1@example.org', 'security-desk@example.org', '1', NULL, 'dora@finder.example', '{"discoverer":[1,"dora@finder.example"]}', 1, 1, 1, '', 1795269720000, 'waiting', 'mona', 1795269730000, '', NULL, x'43'),
    (2, 'redistribution', 'embargoed', 'b2@example.org', 'exo-issues-bounces@lists.example.org', '', NULL, 'security@alpha.example', '', 2, 2, NULL, 'post:2', 1795269720000, 'discarded', '', NULL, 'nils', 1795269780000, x'44');
INSERT INTO blocked_hit (blocked_id, case_id, rule, spot) VALUES (1, 2, 'shingle', 'text, lines 3-4'), (2, -999, 'title', 'text, line 1');
INSERT INTO release_alarm (case_id, at) VALUES (1, 1795269720000);
INSERT INTO reminded (case_id, key, kind, whom, due_at, given_at) VALUES (1, 'unclaimed::1', 'unclaimed', 'mona, nils', 1795442400000, 1795442400000);
INSERT INTO event (at, kind, inbox_id, cause, case_id, actor, text, data, hash) VALUES
    (1795269720000, 'application-received', 2, 2, NULL, 'applicant', 'application-2: application-received', '{"by":"applicant","event":{"event":"application-received","mail":2,"applicant":"sam@delta.example","organisation":"Delta","domains":[],"aliases":[],"category":null,"items":[],"embargo":false}}', zeroblob(32)),
    (1795269720000, 'member-confirmed', NULL, NULL, NULL, 'alias', 'member-1: member-confirmed', '{"by":"alias","event":{"event":"member-confirmed","because":null}}', zeroblob(32));
INSERT INTO application_file (id, state, applicant, domain, arrived_at, since) VALUES (2, 'received', 'sam@delta.example', 'delta.example', 1795269720000, 1795269720000);
INSERT INTO application_mail (inbox_id, application_id) VALUES (2, 2);
INSERT INTO happening (event_id, room, object) VALUES (2, 'application', 2), (3, 'member', 1);
INSERT INTO organisation (place, name, listed) VALUES (1, 'Alpha Cloud', '2.5');
INSERT INTO roster_change (at, verb, organisation) VALUES (1795269720000, 'added', 'Alpha Cloud');
INSERT INTO history_line (place, line) VALUES (1, 'v2.5 Sep 30th 2014: Added Alpha Cloud to the predisclosure list.');
INSERT INTO drill (at, by) VALUES (1795269720000, 'mona');
INSERT INTO told (key, at) VALUES ('due:2026-11-21', 1795269720000);
