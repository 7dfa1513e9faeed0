#!/usr/bin/env python3
"""Fan-out, the burst of 2020, and kill -9: embargod beside Mailman 3, mlmmj and smtp-source, all into the same capturing sink.

    benches/peers/run.sh                  everything, three rounds (about 15 minutes on two idle cores)
    benches/peers/run.sh --quick          one short round (3 minutes)
    benches/peers/run.sh --long           the same as without, and 100,000 waiting messages
    bench.py w1 PEER[:FLAGS] ...          one workload; PEER is embargod, mlmmj, mailman or ceiling; flags: bulk, verp
    bench.py kill PEER, bench.py burst

    bench.py w2 [embargod[:bulk+maildir]], bench.py intake --n 10000

W1: N messages of 8 KiB, handed in by 4 workers, to 75 recipients each; from the first message handed over to the last copy at the sink.
W2: a held post's notice, a moderator's reply, the copies. Intake: what waits in the mailbox, until it is on disk.
Rounds are interleaved, figures are medians; CPU and memory are the peer's alone (cgroup), without Dovecot and the sink."""
import argparse, random, resource, sys
from peers import *

RESULTS = os.environ.get('BENCH_RESULTS', os.path.join(ROOT, 'results.jsonl'))


def out(record):
    record = {k: round(v, 3) if isinstance(v, float) else v for k, v in record.items()}
    os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
    with open(RESULTS, 'a') as f: f.write(json.dumps(record) + '\n')
    print(json.dumps(record), flush=True)
    return record


def ceiling(sessions, copies, recipients, size=8192):
    """smtp-source into the sink: `copies` transactions of `recipients` recipients."""
    sink = Sink(PORTS + 25); sink.start()
    try:
        others = Others(sink.group); before = resource.getrusage(resource.RUSAGE_CHILDREN); t0 = time.time()
        subprocess.run(['smtp-source', '-s', str(sessions), '-m', str(copies), '-r', str(recipients), '-l', str(size), '-f', POSTER, '-t', 'x@org.example',
                        '127.0.0.1:%d' % sink.port], check=True)
        took = max(e.stat().st_mtime for e in os.scandir(sink.dir)) - t0; after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return out(dict(w='ceiling', sessions=sessions, recipients=recipients, copies=copies, secs=took, deliveries_s=copies * recipients / took,
                        cpu_ms_message=cpu / (copies * recipients) * 75_000, other_cores=others.cores()))
    finally: sink.stop()


def load(spec, a, port=None):
    name, _, flags = spec.partition(':')
    extra = dict(connections=a.connections) if name == 'embargod' else {}
    return PEERS[name](set(flags.split('+')), a.members, port or PORTS + 25, **extra)


def w1(spec, a, n, round_, ready=None):
    """One round. With `ready`, the set-up of an earlier round is used."""
    sink = Sink(PORTS + 25); peer = load(spec, a); peer.setup(); sink.start(); peer.start()
    try:
        peer.prepare(sink)
        warm = ids('warm%d' % round_, 2)
        peer.post([(i, message(i)) for i in warm])
        if not sink.wait(warm, a.members, 120): raise RuntimeError('the warm-up was not delivered')
        time.sleep(1.0)
        names = ids('w1r%d' % round_, n); items = [(i, message(i)) for i in names]
        others = Others(peer.group, sink.group, *([peer.dovecot.group] if hasattr(peer, 'dovecot') else [])); peer.group.watch(); c0 = peer.group.cpu(); t0 = time.time()
        done = peer.post(items)
        handed = time.time()
        ok = sink.wait(names, a.members, a.timeout)
        time.sleep(0.3)
        cpu = peer.group.cpu() - c0; rss = peer.group.unwatch(); busy = others.cores()
        per, transactions = sink.copies(names)
        times = sorted(t for v in per.values() for t in v); last = times[-1]
        late = sorted(max(per[(i, rcpt(k))][0] for k in range(a.members) if (i, rcpt(k)) in per) - done[i] for i in names if any((i, rcpt(k)) in per for k in range(a.members)))
        return out(dict(w='w1', peer=spec, n=n, members=a.members, round=round_, ok=ok, secs=last - t0, handed_secs=handed - t0, messages_s=n / (last - t0), deliveries_s=len(per) / (last - t0),
                        sending_s=len(per) / (last - times[0]), cpu_ms_message=cpu / n * 1000, rss_mib=rss, transactions=transactions, missing=n * a.members - len(per),
                        twice=sum(len(v) > 1 for v in per.values()), latency_p50=late[len(late) // 2], other_cores=busy))
    finally: peer.end(); sink.stop()


def kill(spec, a, n, kills, seed):
    """kill -9 of everything of the peer at random moments while it fans out."""
    sink = Sink(PORTS + 25); peer = load(spec, a); peer.setup(); sink.start(); peer.start(); r = random.Random(seed)
    try:
        peer.prepare(sink)
        names = ids('kill%d' % seed, n); items = [(i, message(i)) for i in names]; done = {}
        feeder = threading.Thread(target=lambda: done.update(peer.post(items, pace=a.pace)), daemon=True); feeder.start()
        for _ in range(kills):
            time.sleep(r.uniform(0.3, 1.2)); peer.kill(); time.sleep(0.1); peer.again()
        feeder.join(600)
        ok = sink.wait(names, a.members, a.timeout, quiet=45)
        per, _ = sink.copies(names); got = {}
        for i, x in per: got[i] = got.get(i, 0) + 1
        return out(dict(w='kill', peer=spec, n=n, kills=kills, ok=ok, accepted=len(done), lost=sum(i not in got for i in done), partly=sum(0 < got.get(i, 0) < a.members for i in done),
                        missing=sum(a.members - got.get(i, 0) for i in done), twice=sum(len(v) > 1 for v in per.values()), most=max(len(v) for v in per.values())))
    finally: peer.end(); sink.stop()


def w2(spec, a, n, burst):
    """Moderation. One post after the other: from the server's EXISTS, as the daemon's log has it (with maildir: from the rename), to the notices of both
    moderators at the sink, and from the EXISTS of a moderator's reply to the last member's copy. Then `burst` posts, all approved at once."""
    os.environ['BENCH_LOG'] = 'debug'
    flags = sorted((set(spec.partition(':')[2].split('+')) | {'held'}) - {''})
    sink = Sink(PORTS + 25); peer = load('embargod:' + '+'.join(flags), a); peer.setup(); sink.start(); peer.start()
    maildir = 'maildir' in flags
    try:
        peer.prepare(sink)
        hold, release, seen = [], [], []
        def heard(moment): return moment if maildir else min(t for t in peer.news() if t > moment)
        for i in ids('w2', n):
            put = peer.post([(i, message(i))])[i]
            at, to = peer.notice(sink, i)
            hold.append(at - heard(put)); seen.append(heard(put) - put)
            put = peer.hand_in([('r' + i, peer.approval(i, to))])['r' + i]
            if not sink.wait([i], a.members, 60, look=0.02): raise RuntimeError('post %s was not released' % i)
            per, _ = sink.copies([i])
            release.append(max(t for v in per.values() for t in v) - heard(put)); seen.append(heard(put) - put)
            time.sleep(0.3)
        r = dict(w='w2', peer=spec, n=n, exists_p50=median(seen), hold_p50=median(hold), hold_max=max(hold), release_p50=median(release), release_max=max(release))
        if burst:
            names = ids('w2b', burst); peer.post([(i, message(i)) for i in names])
            replies = [('r' + i, peer.approval(i, peer.notice(sink, i, 120)[1])) for i in names]
            time.sleep(2.0); others = Others(peer.group, sink.group, peer.dovecot.group); c0 = peer.group.cpu()
            done = peer.hand_in(replies); first = min(done.values())
            ok = sink.wait(names, a.members, 300); told = heard(first); busy = others.cores(); cpu = peer.group.cpu() - c0
            per, _ = sink.copies(names); last = max(t for v in per.values() for t in v)
            r.update(burst=burst, burst_ok=ok, burst_secs=last - told, burst_secs_from_drop=last - first, burst_deliveries_s=len(per) / (last - told), cpu_ms_message=cpu / burst * 1000, other_cores=busy)
        return out(r)
    finally: peer.end(); sink.stop()


def intake(a, n, size=8192):
    """`n` posts wait in the mailbox, all of which a person must rule on: how fast a bare client fetches them, and how long until the daemon has them on disk; its memory."""
    sink = Sink(PORTS + 25); peer = load('embargod:held', a); peer.setup(); sink.start(); peer.dovecot.start()
    try:
        peer.dovecot.drop([('%06d' % i, peer.arrived('org000.example', message('in%06d' % i, size))) for i in range(n)])
        c = peer.dovecot.client(); c.select('INBOX', readonly=True); c.logout()        # Dovecot has its index
        bare = [bare_fetch(peer.dovecot, n) for _ in range(3)]
        others = Others(peer.group, sink.group, peer.dovecot.group); t0 = time.time(); peer.group.watch(); peer.spawn(); took = None; handled = None
        end = time.time() + a.timeout
        while time.time() < end:
            taken, waiting = peer.taken()
            if took is None and taken >= n: took = time.time() - t0; cpu = peer.group.cpu()
            if took is not None: break
            time.sleep(0.05)
        ready = peer.ready_secs
        rss = peer.group.unwatch()
        return out(dict(w='intake', n=n, octets=size, secs=took, begun_secs=ready, messages_s=n / (took - ready), bare_s=median(bare), ratio=n / (took - ready) / median(bare), rss_mib=rss,
                        cpu_ms_message=cpu / n * 1000, waiting=waiting, other_cores=others.cores()))
    finally: peer.end(); sink.stop()


def bare_fetch(dovecot, n):
    """Messages a second of one FETCH of everything, read and thrown away."""
    c = dovecot.client(); c.select('INBOX', readonly=True)
    t0 = time.time(); c.send(b'f1 UID FETCH 1:* (UID BODY.PEEK[])\r\n'); tail = b''
    while True:
        got = c.sock.recv(1 << 16)
        if not got: raise RuntimeError('the server closed')
        tail = (tail + got)[-200:]
        if re.search(rb'\r\nf1 OK[^\r]*\r\n$', tail): break
    took = time.time() - t0
    try: c.sock.close()
    except OSError: pass
    return n / took


def burst(spec, a, letters=15, attachments=3, size=150_000):
    """15 mails with 3 attachments each to 75 members, into a real Postfix: until it has taken the last copy, and until the sink has it."""
    sink = Sink(PORTS + 25); postfix = Postfix(PORTS + 26, PORTS + 25); peer = load(spec, a, postfix.port); peer.setup(); sink.start(); postfix.start(); peer.start()
    try:
        peer.prepare(sink)
        names = ids('burst', letters); before = postfix.taken(); t0 = time.time()
        done = peer.post([(i, message(i, size=size, attachments=attachments)) for i in names])
        want = letters * (1 if 'bulk' in peer.flags else a.members); end = time.time() + a.timeout
        while postfix.taken() - before < want and time.time() < end: time.sleep(0.05)
        taken = time.time() - t0
        ok = sink.wait(names, a.members, a.timeout)
        per, _ = sink.copies(names)
        return out(dict(w='burst', peer=spec, letters=letters, octets=size, taken_secs=taken, taken=postfix.taken() - before, at_sink_secs=max(t for v in per.values() for t in v) - t0, ok=ok))
    finally: peer.end(); postfix.stop(); sink.stop()


def report():
    records = [json.loads(line) for line in open(RESULTS)]
    def values(key, **want): return [r[key] for r in records if all(r.get(k) == v for k, v in want.items()) and r.get('ok', True)]
    def line(what, **want):
        v = values('deliveries_s', **want)
        if v: print('%-44s %9.0f  [%.0f .. %.0f], %d runs' % (what, median(v), min(v), max(v), len(v)))
        return median(v)
    print('\ndeliveries a second, median [least .. most]')
    own = line('embargod, a transaction a recipient', w='w1', peer='embargod'); bulk = line('embargod, bulk', w='w1', peer='embargod:bulk')
    mlmmj = line('mlmmj, default', w='w1', peer='mlmmj'); mbulk = line('mlmmj, verp empty', w='w1', peer='mlmmj:bulk')
    mailman = line('Mailman 3, default', w='w1', peer='mailman'); mverp = line('Mailman 3, VERP', w='w1', peer='mailman:verp')
    top = line('smtp-source, a transaction a recipient', w='ceiling', recipients=1); line('smtp-source, 75 recipients', w='ceiling', recipients=75)
    sending = {peer: median(values('sending_s', w='w1', peer=peer)) for peer in ('embargod', 'embargod:bulk', 'mlmmj:bulk')}
    print('\nratios')
    for what, x, y in (('embargod : smtp-source, end to end', own, top), ('embargod : smtp-source, first copy to last', sending['embargod'], top), ('embargod : mlmmj', own, mlmmj),
                       ('embargod : Mailman 3', own, mailman), ('embargod : Mailman 3, VERP', own, mverp), ('embargod bulk : mlmmj verp empty', bulk, mbulk),
                       ('the same, first copy to last', sending['embargod:bulk'], sending['mlmmj:bulk'])):
        if x and y: print('%-44s %9.2f' % (what, x / y))
    print('\nCPU ms a message of 75 recipients; peak RSS MiB')
    for peer in sorted({r['peer'] for r in records if r['w'] == 'w1'}):
        print('%-44s %9.1f %9.0f' % (peer, median(values('cpu_ms_message', w='w1', peer=peer)) or 0, median(values('rss_mib', w='w1', peer=peer)) or 0))
    print('%-44s %9.1f' % ('smtp-source, for 75 transactions', median(values('cpu_ms_message', w='ceiling', recipients=1)) or 0))
    print('\nmoderation over IMAP, seconds from the EXISTS of the server (Maildir: from the rename), and a burst of approvals')
    for peer in sorted({r['peer'] for r in records if r['w'] == 'w2'}):
        v = lambda key: median(values(key, w='w2', peer=peer)) or 0
        print('%-30s notice %.3f, last of %d copies %.3f; burst %.2f, %.0f deliveries/s' % (peer, v('hold_p50'), 75, v('release_p50'), v('burst_secs'), v('burst_deliveries_s')))
    print('\nintake')
    for n in sorted({r['n'] for r in records if r['w'] == 'intake'}):
        v = lambda key: median(values(key, w='intake', n=n)) or 0
        print('%7d messages of 8 KiB: %.0f a second, %.2f of a bare FETCH, %.0f MiB' % (n, v('messages_s'), v('ratio'), v('rss_mib')))
    for r in records:
        if r['w'] in ('kill', 'burst'): print(r)


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('what', choices=['w1', 'w2', 'intake', 'ceiling', 'kill', 'burst', 'all', 'report']); p.add_argument('peers', nargs='*')
    for k, v in dict(n=200, members=75, rounds=3, connections=16, kills=10, timeout=600, seed=1, burst=100).items(): p.add_argument('--' + k, type=int, default=v)
    p.add_argument('--pace', type=float, default=0.05); p.add_argument('--quick', action='store_true'); p.add_argument('--long', action='store_true')
    a = p.parse_args(); signal.signal(signal.SIGTERM, lambda *x: sys.exit(143))
    if a.what == 'report': report(); sys.exit()
    if a.what == 'ceiling': [ceiling(a.connections, a.n * a.members, 1) for _ in range(a.rounds)]
    if a.what == 'w1': [w1(spec, a, a.n, r) for r in range(a.rounds) for spec in a.peers]
    if a.what == 'w2': [w2(spec, a, a.n, a.burst) for _ in range(a.rounds) for spec in a.peers or ['embargod']]
    if a.what == 'intake': [intake(a, a.n) for _ in range(a.rounds)]
    if a.what == 'kill': [kill(spec, a, a.n, a.kills, a.seed) for spec in a.peers]
    if a.what == 'burst': [burst(spec, a) for spec in a.peers or ['embargod'] for _ in range(a.rounds)]
    if a.what == 'all':
        if os.path.exists(RESULTS): os.rename(RESULTS, RESULTS + '.before')
        n = 40 if a.quick else a.n; rounds = 1 if a.quick else a.rounds; failed = []
        def step(what, *args):
            """One peer that fails does not keep the others from being measured."""
            try: what(*args)
            except Exception as e: failed.append('%s %s: %s' % (what.__name__, args[:1], e)); print('FAILED', failed[-1], flush=True)
        for r in range(rounds):
            step(ceiling, a.connections, n * a.members, 1); step(w1, 'embargod', a, n, r); step(w1, 'mlmmj', a, n, r)
            # What is over within a second says how long the mail server took to speak.
            step(ceiling, a.connections, 5 * n, a.members); step(w1, 'embargod:bulk', a, 5 * n, r); step(w1, 'mlmmj:bulk', a, 5 * n, r)
            step(w1, 'mailman', a, 20, r)
            step(burst, 'embargod', a)
            for spec in ['embargod', 'embargod:bulk'] + ['embargod:maildir'] * (r == 0): step(w2, spec, a, 5, 20 if a.quick else a.burst)
            step(intake, a, 1000 if a.quick else 10_000)
        if not a.quick: step(w1, 'mailman:verp', a, 10, 0)
        if a.long: step(intake, a, 100_000)
        for spec in ('embargod', 'mlmmj'): step(kill, spec, a, 60, a.kills, a.seed)
        report()
        if failed: sys.exit('\n'.join(['', 'not measured:'] + failed))
