//! The tree of literals.
//!
//! A double array: the node behind a symbol stands at a fixed distance from [`Node::children`], and is one only when it knows this one as its
//! parent. Nodes of other parents fill the gaps.

/// Bytes that stand in no literal. The others have a number each, capitals that of the small letter.
const NO_SYMBOL: u8 = u8::MAX;

/// A place in the tree: the literals that begin alike.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    /// With [`ENDS`], a literal ends here.
    children: u32,
}

const ENDS: u32 = 1 << 31;
const FREE: Node = Node { parent: u32::MAX, children: 0 };
/// How far back a gap for the children of a node is looked for.
const LOOK_BACK: usize = 128;

/// Literals, each with its number.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    symbols: [u8; 256],
    nodes: Vec<Node>,
    /// For each node the number of the literal that ends there.
    ends: Vec<u32>,
}

impl Tree {
    /// Of sorted literals.
    pub(super) fn of(literals: &[(&[u8], u32)]) -> Self {
        let symbols = symbols(literals.iter().flat_map(|(literal, _)| *literal).copied());
        let symbol = |byte: &u8| symbols.get(usize::from(*byte)).copied().unwrap_or(NO_SYMBOL);
        let mut written: Vec<(Vec<u8>, u32)> =
            literals.iter().map(|(literal, number)| (literal.iter().map(symbol).collect(), *number)).collect();
        written.sort();
        let mut nodes = vec![Node { parent: u32::MAX - 1, ..FREE }];
        let mut ends: Vec<(usize, u32)> = Vec::new();
        let mut open = vec![(0_usize, 0_usize, written.as_slice())];
        while let Some((index, depth, here)) = open.pop() {
            let whole = here.iter().take_while(|(literal, _)| literal.len() == depth).count();
            let (whole, longer) = here.split_at_checked(whole).unwrap_or((here, &[]));
            let symbol = |alike: &[(Vec<u8>, u32)]| {
                alike.first().and_then(|(literal, _)| literal.get(depth)).map_or(0, |symbol| usize::from(*symbol))
            };
            let below: Vec<(usize, _)> = longer
                .chunk_by(|(one, _), (other, _)| one.get(depth) == other.get(depth))
                .map(|alike| (symbol(alike), alike))
                .collect();
            let is_free = |at: usize| nodes.get(at).is_none_or(|node: &Node| node.parent == FREE.parent);
            let fits = |base: &usize| below.iter().all(|(symbol, _)| is_free(base + symbol));
            let children = (nodes.len().saturating_sub(LOOK_BACK).max(1)..).find(fits).unwrap_or(nodes.len());
            for (symbol, alike) in below {
                let at = children + symbol;
                if nodes.len() <= at {
                    nodes.resize(at + 1, FREE);
                }
                if let Some(node) = nodes.get_mut(at) {
                    node.parent = index as u32;
                }
                open.push((at, depth + 1, alike));
            }
            if let Some(node) = nodes.get_mut(index) {
                node.children = children as u32 | if whole.is_empty() { 0 } else { ENDS };
            }
            ends.extend(whole.first().map(|(_, number)| (index, *number)));
        }
        let mut of_nodes = vec![0; nodes.len()];
        for (index, number) in ends {
            of_nodes.get_mut(index).into_iter().for_each(|end| *end = number);
        }
        Self { symbols, nodes, ends: of_nodes }
    }

    /// The literals that stand at a place.
    pub(super) fn begun(&self, bytes: &[u8], place: u32, found: &mut Vec<(u32, u32)>) {
        let mut here = (0, self.nodes.first().map_or(0, |root| root.children));
        for byte in bytes {
            let Some(next) = self.below(here, *byte, place, found) else { return };
            here = next;
        }
    }

    /// The node behind a byte, and where its children stand.
    fn below(&self, (here, children): (u32, u32), byte: u8, place: u32, found: &mut Vec<(u32, u32)>) -> Option<(u32, u32)> {
        let symbol = self.symbols.get(usize::from(byte)).copied().unwrap_or(NO_SYMBOL);
        let next = children.wrapping_add(u32::from(symbol));
        let node = self.nodes.get(next as usize).filter(|node| node.parent == here)?;
        if node.children & ENDS != 0
            && let Some(literal) = self.ends.get(next as usize)
        {
            found.push((*literal, place));
        }
        Some((next, node.children & !ENDS))
    }

    /// The same where characters stand that patterns take for others ([`super::super::starts::is_odd`]): for what they are, and for each of these.
    pub(super) fn begun_oddly(&self, bytes: &[u8], place: u32, found: &mut Vec<(u32, u32)>) {
        let mut open = vec![((0, self.nodes.first().map_or(0, |root| root.children)), 0)];
        while let Some((here, at)) = open.pop() {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(first) = rest.first() else { continue };
            let mut go = |byte: u8, width: usize| {
                if let Some(next) = self.below(here, byte, place, found) {
                    open.push((next, at + width));
                }
            };
            go(*first, 1);
            if first.is_ascii() {
                continue;
            }
            let head = rest.get(..rest.len().min(4)).unwrap_or(rest);
            let c = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
            match c.filter(|c| super::starts::is_odd(*c)) {
                Some('\u{212a}') => go(b'k', 3),
                Some('\u{17f}') => go(b's', 2),
                Some(c) => (b'0'..=b'9').for_each(|digit| go(digit, c.len_utf8())),
                None => {}
            }
        }
    }
}

/// A symbol for each byte, in their order; capitals have those of the small letters.
fn symbols(bytes: impl Iterator<Item = u8>) -> [u8; 256] {
    let mut used = [false; 256];
    for byte in bytes {
        if let Some(used) = used.get_mut(usize::from(byte)) {
            *used = true;
        }
    }
    let mut symbols = [NO_SYMBOL; 256];
    let mut next = 0;
    for (symbol, used) in symbols.iter_mut().zip(used) {
        if used && next < NO_SYMBOL {
            *symbol = next;
            next += 1;
        }
    }
    for small in b'a'..=b'z' {
        let symbol = symbols.get(usize::from(small)).copied().unwrap_or(NO_SYMBOL);
        if let Some(capital) = symbols.get_mut(usize::from(small.to_ascii_uppercase())) {
            *capital = symbol;
        }
    }
    symbols
}
