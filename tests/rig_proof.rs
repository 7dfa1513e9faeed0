//! Proves the rig.

#[cfg(test)]
mod rig;

#[test]
fn smoke() {
    let t = std::time::Instant::now();
    let rig = rig::Rig::start(rig::plan::Plan::xen());
    println!("{:?}", t.elapsed());
    let letter = rig::cast::letter(&rig.cast.discoverer, "security@xenproject.org", "x", "1", "", "hello\n");
    let signed = rig.cast.sign(&letter, &rig.cast.discoverer);
    println!("{}", String::from_utf8_lossy(&rig.delivered("dana@finder.example", "security+tok@xenproject.org", &signed)));
    println!("{:?}", t.elapsed());
    rig.dovecot.person_reads("security");
    println!("{:?} {:?}", rig.dovecot.flags("security", "INBOX"), t.elapsed());
    println!("{:?}", rig.opendkim.verify(&[signed, letter]));
    drop(rig);
    println!("{:?}", t.elapsed());
}
