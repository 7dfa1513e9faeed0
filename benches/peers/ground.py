"""What every peer stands on: CPU and memory of a process tree (cgroup v2), the capturing sink, messages, IMAP. Loopback only."""
import imaplib, os, random, re, shutil, signal, socket, statistics, subprocess, threading, time

ROOT = os.environ.get('BENCH_ROOT', '/var/tmp/embargod-bench')  # peers' state, on a real disk
DUMP = os.environ.get('BENCH_DUMP', '/dev/shm/embargod-bench')                                # what the sink got, in memory
LIST = 'discuss@lists.bench.example'
MX = 'mx.bench.example'
POSTER = 'poster@org000.example'
PORTS = int(os.environ.get('BENCH_PORTS', '27000'))


def rcpt(i): return 'pre%03d@org%03d.example' % (i, i)
def is_member(x): return x.startswith('pre') and '@org' in x
def median(xs): return statistics.median(xs) if xs else None


def cgroup_root():
    for root in ('/sys/fs/cgroup/unified', '/sys/fs/cgroup'):
        if os.path.exists(root + '/cgroup.procs') and os.path.exists(root + '/cgroup.controllers'): return root
    raise SystemExit('no cgroup v2 here: CPU and memory of a peer cannot be measured')


class Group:
    """A cgroup: exact CPU time, also of short-lived children; summed RSS; kill -9 of everything at once."""
    def __init__(self, name):
        self.dir = '%s/embargod_bench_%d_%s' % (cgroup_root(), PORTS, name)
        os.makedirs(self.dir, exist_ok=True)
        self.kill()
        self.peak = 0; self._stop = None

    def spawn(self, cmd, user=None, **kw):
        if user: cmd = ['setpriv', '--reuid', user, '--regid', user, '--init-groups'] + cmd
        def enter():
            with open(self.dir + '/cgroup.procs', 'w') as f: f.write('0')
        return subprocess.Popen(cmd, preexec_fn=enter, **kw)

    def pids(self):
        try: return [int(x) for x in open(self.dir + '/cgroup.procs').read().split()]
        except OSError: return []

    def cpu(self):
        for line in open(self.dir + '/cpu.stat'):
            if line.startswith('usage_usec'): return int(line.split()[1]) / 1e6

    def kill(self):
        for pid in self.pids():
            try: os.kill(pid, signal.SIGKILL)
            except OSError: pass
        end = time.time() + 20
        while self.pids() and time.time() < end: time.sleep(0.02)

    def rss(self):
        total = 0
        for pid in self.pids():
            try: total += int(open('/proc/%d/statm' % pid).read().split()[1]) * 4096
            except OSError: pass
        return total

    def watch(self):
        self.peak = 0; self._stop = threading.Event()
        def look():
            while not self._stop.wait(0.1): self.peak = max(self.peak, self.rss())
        threading.Thread(target=look, daemon=True).start()

    def unwatch(self):
        self._stop.set(); return self.peak / 2**20

    def close(self):
        self.kill()
        try: os.rmdir(self.dir)
        except OSError: pass


class Others:
    """Cores that others kept busy meanwhile: compare only runs where that is alike."""
    def __init__(self, *groups): self.groups = groups; self.a = self.snap()
    def snap(self):
        v = [int(x) for x in open('/proc/stat').readline().split()[1:9]]
        t = os.times()
        return time.time(), (sum(v) - v[3] - v[4]) / os.sysconf('SC_CLK_TCK'), sum(g.cpu() for g in self.groups) + t.user + t.system
    def cores(self):
        a, b = self.a, self.snap()
        return max(0.0, ((b[1] - a[1]) - (b[2] - a[2])) / max(1e-3, b[0] - a[0]))


def wait_port(port, timeout=60):
    end = time.time() + timeout
    while time.time() < end:
        try: return socket.create_connection(('127.0.0.1', port), 1).close()
        except OSError: time.sleep(0.05)
    raise RuntimeError('nothing listens on port %d' % port)


class Sink:
    """Postfix smtp-sink, one file a transaction in memory; a copy's time is the file's mtime (end of DATA)."""
    ID = re.compile(rb'BENCH-([0-9a-z]+-\d{5})')

    def __init__(self, port, options=()):
        self.port = port; self.dir = os.path.join(DUMP, 'sink%d' % port); self.options = list(options); self.group = Group('sink%d' % port); self.known = set()

    def start(self):
        shutil.rmtree(self.dir, ignore_errors=True); os.makedirs(self.dir)
        os.chmod(DUMP, 0o755); shutil.chown(self.dir, 'nobody')
        self.p = self.group.spawn(['smtp-sink', '-u', 'nobody', '-m', '1000', '-d', self.dir + '/m.', *self.options, '127.0.0.1:%d' % self.port, '1024'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_port(self.port)

    def stop(self):
        self.group.kill(); self.p.wait(); shutil.rmtree(self.dir, ignore_errors=True)

    def files(self): return len(os.listdir(self.dir))

    def read(self, raw=False):
        found = []
        for e in os.scandir(self.dir):
            with open(e.path, 'rb') as f: b = f.read() if raw else f.read(16384)
            head = b.split(b'\nReceived: from', 1)[0]
            m = self.ID.search(b)
            found.append(dict(t=e.stat().st_mtime, rcpts=[r.decode() for r in re.findall(rb'^X-Rcpt-Args: <([^>]*)>', head, re.M)],
                              id=m.group(1).decode() if m else None, raw=b if raw else None))
        return found

    def fresh(self):
        """What has come since the last call."""
        found = []
        for e in os.scandir(self.dir):
            if e.name in self.known: continue
            with open(e.path, 'rb') as f: b = f.read()
            if b.find(b'\n.\n') < 0 and not b.endswith(b'\n'): continue
            self.known.add(e.name); found.append((e.name, e.stat().st_mtime, b))
        return found

    def copies(self, ids):
        """{(id, recipient): [times]} and the number of transactions"""
        ids = set(ids); per = {}; transactions = 0
        for r in self.read():
            members = [x for x in r['rcpts'] if is_member(x)]
            if r['id'] in ids and members:
                transactions += 1
                for x in members: per.setdefault((r['id'], x), []).append(r['t'])
        return per, transactions

    def wait(self, ids, members, timeout=600, quiet=20.0, look=0.25):
        """Until every member has every message, or nothing has come for some time. Looks rarely: the machine is being measured."""
        want = len(ids) * members; last = -1; since = time.time(); end = since + timeout
        while time.time() < end:
            n = self.files()
            if n != last: last = n; since = time.time()
            elif time.time() - since > min(0.6, 2.4 * look):
                per, _ = self.copies(ids)
                if len(per) >= want: return True
                if time.time() - since > quiet: return False
                time.sleep(2 * look)
            time.sleep(look)
        return False


WORDS = 'guest page table mapping grant reference count domain backend event channel shadow paging flush unmap toolstack'.split()

def message(mid, size=8192, attachments=1, poster=POSTER, to=LIST):
    """A member's post of about `size` octets: a short technical text and attached patches; its id is in the header."""
    r = random.Random(mid); tag = 'BENCH-' + mid
    head = ('Message-ID: <%s@org000.example>\nX-Bench-Id: %s\nFrom: Pat Poster <%s>\nTo: %s\nSubject: Backport of XSA-999\nDate: Sat, 21 Nov 2026 12:00:00 +0000\n'
            'In-Reply-To: <xsa-999-v1@team.example>\nReferences: <xsa-999-v1@team.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="BENCHBOUND"\n\n' % (mid, tag, poster, to))
    text = 'The patch for XSA-999 does not apply to 4.17: the second hunk fails.\nAttached is our backport to 4.17, tested on x86.\n'
    out = head + '--BENCHBOUND\nContent-Type: text/plain; charset=us-ascii\n\n' + text
    for n in range(attachments):
        out += '\n--BENCHBOUND\nContent-Type: text/x-patch; charset=us-ascii; name="xsa999-%d.patch"\nContent-Disposition: attachment; filename="xsa999-%d.patch"\n\n' % (n, n)
        out += '--- a/xen/arch/x86/mm.c\n+++ b/xen/arch/x86/mm.c\n@@ -1000,40 +1000,60 @@\n'
        limit = size * (n + 1) // attachments
        while len(out) + 70 < limit: out += '%s    if ( %s(%s, 0x%08x) )\n' % (r.choice('+- '), r.choice(WORDS), r.choice(WORDS), r.getrandbits(32))
    return (out + '\n--BENCHBOUND--\n').replace('\n', '\r\n').encode()


def ids(tag, n): return ['%s-%05d' % (tag, i) for i in range(n)]


def parallel(items, conc, worker):
    chunks = [items[k::conc] for k in range(conc)]; errors = []
    def run(chunk):
        try: worker(chunk)
        except Exception as e: errors.append(e)
    ts = [threading.Thread(target=run, args=(c,), daemon=True) for c in chunks if c]
    [t.start() for t in ts]; [t.join() for t in ts]
    if errors: raise errors[0]


class Dovecot:
    """IMAP on a loopback port, Maildir, one user."""
    def __init__(self, dir, port):
        self.dir = dir; self.port = port; self.group = Group('dovecot%d' % port); self.p = None

    def setup(self):
        shutil.rmtree(self.dir, ignore_errors=True)
        for d in ('run', 'state', 'home'): os.makedirs(self.dir + '/' + d)
        shutil.chown(self.dir + '/home', 'list', 'list'); os.chmod(self.dir, 0o755)
        def openssl(*args): subprocess.run(['openssl', *args], check=True, capture_output=True, cwd=self.dir)
        openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=bench CA', '-keyout', 'ca.key', '-out', 'ca.pem')
        openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'request.pem')
        open(self.dir + '/extensions', 'w').write('subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n')
        openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'extensions', '-out', 'cert.pem')
        open(self.dir + '/dovecot.conf', 'w').write('''
protocols = imap
base_dir = %(d)s/run
state_dir = %(d)s/state
log_path = %(d)s/log
listen = 127.0.0.1
ssl = required
ssl_cert = <%(d)s/cert.pem
ssl_key = <%(d)s/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:~/Maildir
first_valid_uid = 1
default_login_user = dovenull
default_internal_user = dovecot
mail_max_userip_connections = 200
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=list gid=list home=%(d)s/home/%%u
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = %(p)d
    ssl = yes
  }
}
namespace inbox {
  inbox = yes
}
''' % dict(d=self.dir, p=self.port))

    def start(self):
        self.p = self.group.spawn(['dovecot', '-F', '-c', self.dir + '/dovecot.conf'], stdout=open(self.dir + '/out', 'ab'), stderr=subprocess.STDOUT)
        wait_port(self.port)

    def stop(self):
        self.group.close()
        if self.p: self.p.wait()

    @property
    def maildir(self): return self.dir + '/home/security/Maildir'

    def drop(self, items, conc=4, pace=0):
        """[(id, bytes)] into the Maildir behind the INBOX, as Postfix's virtual(8) does: written, flushed, renamed. {id: moment of the rename}"""
        for d in ('', '/tmp', '/new', '/cur'):
            p = self.maildir + d
            if not os.path.isdir(p): os.makedirs(p); shutil.chown(p, 'list', 'list')
        home = os.path.dirname(self.maildir); shutil.chown(home, 'list', 'list')
        return drop(self.maildir, items, conc, pace, 'list')

    def client(self):
        import ssl
        c = imaplib.IMAP4_SSL('localhost', self.port, ssl_context=ssl.create_default_context(cafile=self.dir + '/ca.pem'))
        c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1); c.login('security', 'secret')
        return c

    def append(self, items, conc=4, pace=0):
        """[(id, bytes)] into the INBOX; {id: moment of the OK}"""
        import ssl
        done = {}; context = ssl.create_default_context(cafile=self.dir + '/ca.pem')
        def worker(chunk):
            c = imaplib.IMAP4_SSL('localhost', self.port, ssl_context=context)
            c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1); c.login('security', 'secret')
            for i, m in chunk:
                typ, answer = c.append('INBOX', None, None, m)
                assert typ == 'OK', answer
                done[i] = time.time()
                if pace: time.sleep(pace)
            c.logout()
        parallel(items, conc, worker)
        return done


def drop(maildir, items, conc=4, pace=0, owner=None):
    """[(id, bytes)] into a Maildir; {id: moment of the rename}"""
    done = {}
    def worker(chunk):
        for i, m in chunk:
            name = '%d.%s.bench' % (time.time_ns() // 1000, i); tmp = '%s/tmp/%s' % (maildir, name)
            with open(tmp, 'wb') as f:
                f.write(m); f.flush(); os.fsync(f.fileno())
            if owner: shutil.chown(tmp, owner, owner)
            done[i] = time.time(); os.rename(tmp, '%s/new/%s' % (maildir, name))
            if pace: time.sleep(pace)
    parallel(items, conc, worker)
    return done
