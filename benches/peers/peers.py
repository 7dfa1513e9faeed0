"""The peers: embargod, mlmmj, Mailman 3. Each is set up afresh in its own folder, started, fed by what feeds it in life, and killed on demand."""
import base64, json, re, smtplib, socket, urllib.parse, urllib.request
from ground import *

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.environ.get('EMBARGOD', os.path.join(HERE, '..', '..', 'target', 'release', 'embargod'))
LISTNAME, LISTDOM = LIST.split('@')
PRIMARY = 'primary@lists.bench.example'


class Peer:
    def __init__(self, flags, members, out_port):
        self.flags = flags; self.members = members; self.out_port = out_port
        self.dir = os.path.join(ROOT, self.name); self.group = Group(self.name); self.procs = []

    def fresh(self):
        shutil.rmtree(self.dir, ignore_errors=True); os.makedirs(self.dir); os.chmod(self.dir, 0o755)

    def write(self, path, text, mode=0o644):
        p = os.path.join(self.dir, path); os.makedirs(os.path.dirname(p), exist_ok=True)
        with open(p, 'w') as f: f.write(text)
        os.chmod(p, mode); return p

    def run(self, cmd, user=None, **kw):
        if user: cmd = ['setpriv', '--reuid', user, '--regid', user, '--init-groups'] + cmd
        return subprocess.run(cmd, check=True, capture_output=True, **kw)

    def prepare(self, sink): pass                     # once the sink listens, before the clock runs
    def kill(self): self.group.kill()
    def again(self): self.start()
    def stop(self):
        self.group.kill()
        for p in self.procs: p.wait()
        self.procs = []
    def end(self): self.stop(); self.group.close()


class Embargod(Peer):
    """An IMAP mailbox (Dovecot, IDLE) in, the shipped rules, SQLite, SMTP out. A post is a member's technical mail about a live advisory, which the
    rules approve by themselves. Flags: bulk (one transaction, `return-paths = "shared"`); held (no rule approves: a person does); maildir (the
    daemon reads the Maildir itself)."""
    name = 'embargod'

    def __init__(self, *a, connections=16, **kw):
        super().__init__(*a, **kw); self.connections = connections
        self.dovecot = Dovecot(os.path.join(ROOT, 'dovecot'), PORTS + 43)

    def setup(self):
        self.fresh(); self.dovecot.setup()
        os.makedirs(self.dir + '/state', mode=0o700)
        self.maildir = self.dir + '/Maildir'
        for d in ('tmp', 'new', 'cur'): os.makedirs('%s/%s' % (self.maildir, d))
        rows = ['Organisation %03d,%s%s' % (i, rcpt(i), ',' + POSTER if i == 0 else ',') for i in range(self.members)]
        self.write('members.csv', 'organisation,address,posters\n' + '\n'.join(rows) + '\n', 0o600)
        self.write('imap-password', 'secret\n', 0o600)
        self.config = self.write('embargod.toml', '''
state = "%(d)s/state"
control-socket = "%(d)s/state/control.sock"
members-file = "%(d)s/members.csv"
[project]
name = "Bench Project"
team-name = "Bench Security Team"
advisory-prefix = "XSA"
advisory-title = "Xen Security Advisory"
security = "security@bench.example"
desk = "desk@bench.example"
reply-tokens = "address"
[policy]
url = "https://bench.example/policy"
version = "v1"
reviewed = 2026-01-01
organisations-url = "https://bench.example/policy"
support-urls = ["https://bench.example/support"]
[lists.primary]
address = "%(primary)s"
list-id = "primary.lists.bench.example"
phrase = "Bench predisclosure list"
[lists.discuss]
address = "%(list)s"
list-id = "discuss.lists.bench.example"
phrase = "Bench predisclosure discussion"
[lists.applications]
address = "applications@lists.bench.example"
list-id = "applications.lists.bench.example"
[[lists.public]]
address = "announce@lists.bench.example"
list-id = "announce.lists.bench.example"
[[team]]
name = "mona"
address = "mona@team.example"
[[team]]
name = "milo"
address = "milo@team.example"
[trust]
authserv-id = "%(mx)s"
received-by = "%(mx)s"
%(source)s
[transport.relay]
host = "127.0.0.1"
port = %(out)d
tls = "none"
hello = "bench.example"
[moderation]
automatic = %(automatic)s
[delivery]
retry-first = "1 s"
unknown-resend-after = "1 s"
connections = %(connections)d
return-paths = "%(paths)s"
[log]
format = "stderr"
level = "%(log)s"
''' % dict(d=self.dir, primary=PRIMARY, list=LIST, mx=MX, source=self.source(), out=self.out_port, automatic='false' if 'held' in self.flags else 'true', log=os.environ.get('BENCH_LOG', 'warn'),
           connections=self.connections, paths='shared' if 'bulk' in self.flags else 'own'))

    def source(self):
        if 'maildir' in self.flags: return '[[source.maildir]]\nname = "bench"\npath = "%s"' % self.maildir
        return ('[[source.imap]]\nname = "bench"\nhost = "localhost"\nport = %d\nca-file = "%s"\nuser = "security"\npassword-file = "%s/imap-password"'
                % (self.dovecot.port, self.dovecot.dir + '/ca.pem', self.dir))

    def notice(self, sink, post, timeout=60):
        """When the last of the moderators' notices about a post came, and where an answer to it goes."""
        end = time.time() + timeout; want = {'mona@team.example', 'milo@team.example'}; seen = {}; to = None
        while time.time() < end:
            for name, t, raw in sink.fresh():
                rcpts = set(re.findall(rb'^X-Rcpt-Args: <([^>]*)>', raw[:4096], re.M))
                about = re.search(rb'BENCH-([0-9a-z]+-\d{5})', raw)
                if about: self.notices.setdefault(about.group(1).decode(), []).append((t, {x.decode() for x in rcpts}, raw))
            for t, rcpts, raw in self.notices.get(post, []):
                m = re.search(rb'^Reply-To:[^@]*?([^ <>\r\n]+@[^ <>\r\n]+)', raw, re.M)
                for x in rcpts & want: seen.setdefault(x, t)
                if m and 'mona@team.example' in rcpts: to = m.group(1).decode()
            if want <= set(seen) and to: return max(seen.values()), to
            time.sleep(0.01)
        raise RuntimeError('no notice about %s; see %s/log' % (post, self.dir))

    def approval(self, post, to):
        text = ('From: mona@team.example\nTo: %s\nSubject: Re: held\nDate: Sat, 21 Nov 2026 12:00:00 +0000\nMessage-ID: <approve-%s@team.example>\n\napprove\n' % (to, post)).replace('\n', '\r\n').encode()
        return self.arrived('team.example', text)

    def news(self):
        """When the mail server spoke of news, as the log has it."""
        import datetime
        with open(self.dir + '/log') as f: lines = [l.split()[0] for l in f if 'of news' in l]
        return [datetime.datetime.fromisoformat(t.replace('Z', '+00:00')).timestamp() for t in lines]

    def taken(self):
        """Messages on disk, and those of them that wait to be looked at."""
        import sqlite3
        try:
            c = sqlite3.connect('file:%s/state/embargod.sqlite?mode=ro' % self.dir, uri=True, timeout=5)
            try: return c.execute("SELECT COUNT(*), COUNT(*) FILTER (WHERE state = 'taken') FROM inbox").fetchone()
            finally: c.close()
        except sqlite3.Error: return 0, 0

    def start(self):
        if not self.dovecot.group.pids(): self.dovecot.start()
        self.spawn(); time.sleep(0.7)

    def spawn(self):
        self.notices = {}; t0 = time.time()
        env = dict(os.environ, RUST_BACKTRACE='1')
        self.procs.append(self.group.spawn([BINARY, 'run', '--config', self.config], stdout=open(self.dir + '/log', 'ab'), stderr=subprocess.STDOUT, env=env))
        end = time.time() + 60
        while not os.path.exists(self.dir + '/state/control.sock') and time.time() < end: time.sleep(0.02)
        self.ready_secs = time.time() - t0

    def arrived(self, domain, message):
        """As the MX hands it in: the verdict on top of its own Received line."""
        top = 'Authentication-Results: %s; dkim=pass header.d=%s\r\nReceived: from client.example by %s (Postfix) with ESMTP id B1; Sat, 21 Nov 2026 12:00:00 +0000\r\n' % (MX, domain, MX)
        # Whether it is right the MX has said; that it is there and covers the author the daemon looks up itself.
        top += 'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=bench;\r\n\th=from:to:subject:date:message-id:in-reply-to:references;\r\n\tbh=%s;\r\n\tb=%s\r\n' % (domain, 'A' * 43 + '=', 'B' * 342 + '==')
        return top.encode() + message

    def prepare(self, sink):
        """XSA-999 goes to the members, so that it is live: one submits it, another says send."""
        text = ('From: mona@team.example\nTo: %s\nSubject: Xen Security Advisory 999 v1 - index is used unchecked\nDate: Sat, 21 Nov 2026 12:00:00 +0000\n'
                'Message-ID: <xsa-999-v1@team.example>\n\n*** EMBARGOED UNTIL 2099-01-06 12:00 UTC ***\n\n              Xen Security Advisory XSA-999\n'
                '                       version 1\n\n                   index is used unchecked\n\nISSUE DESCRIPTION\n=================\n\nA guest chooses its index.\n\n'
                'DEPLOYMENT DURING EMBARGO\n=========================\n\nDeployment is permitted.\n' % PRIMARY).replace('\n', '\r\n').encode()
        self.hand_in([('advisory', self.arrived('team.example', text))])
        to = self.told(sink, 'milo@team.example', rb'^Reply-To:[^@]*?([^ <>\r\n]+@[^ <>\r\n]+)')
        reply = ('From: milo@team.example\nTo: %s\nSubject: Re: send\nDate: Sat, 21 Nov 2026 12:00:00 +0000\nMessage-ID: <send@team.example>\n\nsend\n' % to).replace('\n', '\r\n').encode()
        self.hand_in([('send', self.arrived('team.example', reply))])
        end = time.time() + 60
        while sum(is_member(x) for r in sink.read() for x in r['rcpts']) < self.members:
            if time.time() > end: raise RuntimeError('the advisory did not reach the members; see %s/log' % self.dir)
            time.sleep(0.2)
        time.sleep(1.0)

    def told(self, sink, whom, pattern):
        end = time.time() + 60
        while time.time() < end:
            for r in sink.read(raw=True):
                m = re.search(pattern, r['raw'], re.M) if whom in r['rcpts'] else None
                if m: return m.group(1).decode()
            time.sleep(0.2)
        raise RuntimeError('%s was not told; see %s/log' % (whom, self.dir))

    def post(self, items, pace=0):
        return self.hand_in([(i, self.arrived('org000.example', m)) for i, m in items], pace=pace)

    def hand_in(self, items, conc=4, pace=0):
        """Into the mailbox, as the MX does."""
        if 'maildir' in self.flags: return drop(self.maildir, items, conc, pace)
        return self.dovecot.drop(items, conc, pace)

    def end(self): super().end(); self.dovecot.stop()


class Mlmmj(Peer):
    """One mlmmj-receive a message, as Postfix's pipe runs it. Flags: bulk (control/verp present and empty: all recipients in one transaction)."""
    name = 'mlmmj'

    def setup(self):
        self.fresh(); self.list = os.path.join(self.dir, LISTNAME)
        self.run(['mlmmj-make-ml', '-L', LISTNAME, '-s', self.dir], input=('%s\nowner@bench.example\n\n' % LISTDOM).encode())
        self.write(LISTNAME + '/control/relayhost', '127.0.0.1\n'); self.write(LISTNAME + '/control/smtpport', '%d\n' % self.out_port)
        if 'bulk' in self.flags: self.write(LISTNAME + '/control/verp', '\n')
        self.write('%s/subscribers.d/p' % LISTNAME, ''.join(rcpt(i) + '\n' for i in range(self.members)) + POSTER + '\n')
        self.write('%s/control/modonlypost_off' % LISTNAME, '')
        # The poster may post and gets no copy.
        self.write('%s/nomailsubs.d/p' % LISTNAME, POSTER + '\n')
        self.write('%s/subscribers.d/p' % LISTNAME, ''.join(rcpt(i) + '\n' for i in range(self.members)))
        self.run(['chown', '-R', 'list:list', self.dir])

    def start(self): pass

    def post(self, items, pace=0):
        done = {}
        def worker(chunk):
            for i, m in chunk:
                m = ('Return-Path: <%s>\nDelivered-To: %s\n' % (POSTER, LIST)).encode() + m.replace(b'\r\n', b'\n')
                end = time.time() + 300
                while time.time() < end:
                    p = self.group.spawn(['/usr/bin/mlmmj-receive', '-L', self.list + '/'], user='list', stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    try: p.communicate(m)
                    except BrokenPipeError: p.wait()
                    if p.returncode == 0: break
                    time.sleep(0.1)
                done[i] = time.time()
                if pace: time.sleep(pace)
        parallel(items, 4, worker)
        return done

    def again(self):
        # What cron runs every two hours.
        subprocess.run(['setpriv', '--reuid', 'list', '--regid', 'list', '--init-groups', '/usr/bin/mlmmj-maintd', '-F', '-L', self.list + '/'], capture_output=True)


class Mailman(Peer):
    """Mailman 3 core: master and runners, SQLite, LMTP in. Flags: verp (a transaction a recipient)."""
    name = 'mailman'

    def rest(self, method, path, data=None):
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request('http://127.0.0.1:%d/3.1/%s' % (PORTS + 51, path), method=method, data=body)
        request.add_header('Authorization', 'Basic ' + base64.b64encode(b'bench:bench').decode())
        with urllib.request.urlopen(request, timeout=60) as r: b = r.read()
        return json.loads(b) if b else None

    def setup(self):
        self.fresh(); var = self.dir + '/var'; os.makedirs(var)
        paths = '\n'.join('%s_dir: %s/%s' % (n, var, n) for n in ('queue', 'lists', 'logs', 'locks', 'data', 'cache', 'etc', 'ext', 'messages', 'archives', 'templates'))
        paths = paths.replace('lists_dir', 'list_data_dir').replace('logs_dir', 'log_dir').replace('locks_dir', 'lock_dir').replace('archives_dir', 'archive_dir').replace('templates_dir', 'template_dir')
        self.write('mailman.cfg', '''
[mailman]
site_owner: owner@bench.example
layout: bench
[paths.bench]
var_dir: %(var)s
bin_dir: /usr/lib/mailman3/bin
%(paths)s
pid_file: %(var)s/master.pid
lock_file: %(var)s/locks/master.lck
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///%(var)s/mailman.db
[webservice]
hostname: 127.0.0.1
port: %(rest)d
admin_user: bench
admin_pass: bench
workers: 1
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: %(out)d
lmtp_host: 127.0.0.1
lmtp_port: %(lmtp)d
verp_delivery_interval: %(verp)d
''' % dict(var=var, paths=paths, rest=PORTS + 51, lmtp=PORTS + 52, out=self.out_port, verp=1 if 'verp' in self.flags else 0))
        self.run(['chown', '-R', 'list:list', self.dir])
        self.start()
        self.rest('POST', 'domains', {'mail_host': LISTDOM}); self.rest('POST', 'lists', {'fqdn_listname': LIST})
        self.rest('PATCH', 'lists/%s/config' % LIST, {'send_welcome_message': 'False', 'send_goodbye_message': 'False', 'default_nonmember_action': 'accept', 'max_message_size': '0'})
        for i in range(self.members):
            self.rest('POST', 'members', {'list_id': LIST.replace('@', '.'), 'subscriber': rcpt(i), 'pre_verified': 'True', 'pre_confirmed': 'True', 'pre_approved': 'True', 'send_welcome_message': 'False'})
        time.sleep(2); self.stop()

    def start(self):
        # --force: the lock of one that was killed.
        self.procs.append(self.group.spawn(['/usr/lib/mailman3/bin/master', '--force', '-C', self.dir + '/mailman.cfg'], user='list', cwd=self.dir,
                                           stdout=open(self.dir + '/master.out', 'ab'), stderr=subprocess.STDOUT))
        wait_port(PORTS + 51, 120); wait_port(PORTS + 52, 120)

    def post(self, items, pace=0):
        done = {}
        def worker(chunk):
            c = None
            for i, m in chunk:
                end = time.time() + 300
                while time.time() < end:
                    try:
                        c = c or smtplib.LMTP('127.0.0.1', PORTS + 52, timeout=60)
                        c.sendmail(POSTER, [LIST], m); break
                    except (OSError, smtplib.SMTPException): c = None; time.sleep(0.2)
                done[i] = time.time()
                if pace: time.sleep(pace)
        parallel(items, 4, worker)
        return done


class Postfix:
    """A real Postfix between a peer and the sink: queue files with fsync, one connection cache, everything to the sink."""
    def __init__(self, port, next_hop):
        self.port = port; self.next_hop = next_hop; self.dir = os.path.join(ROOT, 'postfix'); self.group = Group('postfix')

    def start(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        for d in ('conf', 'queue', 'state'): os.makedirs('%s/%s' % (self.dir, d))
        shutil.chown(self.dir + '/state', 'postfix', 'postfix')
        open(self.dir + '/conf/main.cf', 'w').write('''compatibility_level = 3.6
queue_directory = %(d)s/queue
data_directory = %(d)s/state
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = %(d)s/mail.log
maillog_file_prefixes = %(d)s
myhostname = relay.bench.example
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
relayhost = [127.0.0.1]:%(next)d
message_size_limit = 52428800
smtpd_recipient_restrictions = permit_mynetworks reject
''' % dict(d=self.dir, next=self.next_hop))
        open(self.dir + '/conf/master.cf', 'w').write('''127.0.0.1:%d inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
''' % self.port)
        self.p = self.group.spawn(['postfix', '-c', self.dir + '/conf', 'start-fg'], stdout=open(self.dir + '/out', 'ab'), stderr=subprocess.STDOUT)
        wait_port(self.port)

    def taken(self):
        """Messages it has taken so far."""
        with open(self.dir + '/mail.log', 'rb') as f: return f.read().count(b': message-id=')

    def stop(self): self.group.close(); self.p.wait()


PEERS = {p.name: p for p in (Embargod, Mlmmj, Mailman)}
