//! The tree of literals.
//!
//! A double array: the node behind a symbol stands at a fixed distance from [`Node::children`], which is another one for each node that has any, and
//! is one only when it stands there for that symbol. Nodes of other parents fill the gaps. The processor's cache decides how long a text takes: a node is four
//! bytes, and the nodes that most words come to stand together, those near the root before all others.

use std::collections::VecDeque;

/// Bytes that stand in no literal. The others have a number each, capitals that of the small letter.
const NO_SYMBOL: u8 = u8::MAX;
/// What a node stands for that is none. So many symbols there are not.
const FREE: Node = Node(0xfe);

/// A place in the tree: the literals that begin alike. From the lowest bit: the symbol for which it stands (8), whether a literal ends here (1), where its
/// children stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node(u32);

const ENDS: u32 = 1 << 8;

impl Node {
    fn symbol(self) -> u8 {
        self.0 as u8
    }

    fn children(self) -> u32 {
        self.0 >> 9
    }
}

/// More nodes than this have no place in a node's bits.
const MOST: usize = 1 << 22;
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
    /// Of sorted literals; `None` of too many.
    pub(super) fn of(literals: &[(&[u8], u32)]) -> Option<Self> {
        let symbols = symbols(literals.iter().flat_map(|(literal, _)| *literal).copied());
        let symbol = |byte: &u8| symbols.get(usize::from(*byte)).copied().unwrap_or(NO_SYMBOL);
        let mut written: Vec<(Vec<u8>, u32)> =
            literals.iter().map(|(literal, number)| (literal.iter().map(symbol).collect(), *number)).collect();
        written.sort();
        let mut nodes = vec![Node(0)];
        let mut with_children = vec![true];
        let mut ends: Vec<(usize, u32)> = Vec::new();
        let mut open = VecDeque::from([(0_usize, 0_usize, written.as_slice())]);
        while let Some((index, depth, here)) = open.pop_front() {
            let whole = here.iter().take_while(|(literal, _)| literal.len() == depth).count();
            let (whole, longer) = here.split_at_checked(whole).unwrap_or((here, &[]));
            if let Some((_, number)) = whole.first() {
                ends.push((index, *number));
                nodes.get_mut(index).into_iter().for_each(|node| node.0 |= ENDS);
            }
            let symbol =
                |alike: &[(Vec<u8>, u32)]| alike.first().and_then(|(literal, _)| literal.get(depth)).copied().unwrap_or_default();
            let below: Vec<(u8, _)> = longer
                .chunk_by(|(one, _), (other, _)| one.get(depth) == other.get(depth))
                .map(|alike| (symbol(alike), alike))
                .collect();
            if below.is_empty() {
                continue;
            }
            let is_free = |at: usize| nodes.get(at).is_none_or(|node| *node == FREE);
            let fits = |base: &usize| {
                !with_children.get(*base).copied().unwrap_or_default()
                    && below.iter().all(|(symbol, _)| is_free(base + usize::from(*symbol)))
            };
            let children = (nodes.len().saturating_sub(LOOK_BACK).max(1)..).find(fits).unwrap_or(nodes.len());
            if children >= MOST {
                return None;
            }
            with_children.resize(with_children.len().max(children + 1), false);
            with_children.get_mut(children).into_iter().for_each(|taken| *taken = true);
            for (symbol, alike) in below {
                let at = children + usize::from(symbol);
                if nodes.len() <= at {
                    nodes.resize(at + 1, FREE);
                }
                nodes.get_mut(at).into_iter().for_each(|node| *node = Node(u32::from(symbol)));
                open.push_back((at, depth + 1, alike));
            }
            nodes.get_mut(index).into_iter().for_each(|node| node.0 |= (children as u32) << 9);
        }
        let mut of_nodes = vec![0; nodes.len()];
        for (index, number) in ends {
            of_nodes.get_mut(index).into_iter().for_each(|end| *end = number);
        }
        // Behind the last node there is nothing: there stand the children of those that have none.
        let behind = nodes.len() as u32;
        nodes.iter_mut().filter(|node| **node != FREE && node.children() == 0).for_each(|node| node.0 |= behind << 9);
        Some(Self { symbols, nodes, ends: of_nodes })
    }

    /// The literals that stand at a place.
    #[inline]
    pub(super) fn begun(&self, bytes: &[u8], place: u32, found: &mut Vec<(u32, u32)>) {
        let mut here = self.root();
        for byte in bytes {
            let Some(next) = self.below(here, *byte, place, found) else { return };
            here = next;
        }
    }

    fn root(&self) -> u32 {
        self.nodes.first().map_or(0, |root| root.children())
    }

    /// Where the children of the node behind a byte stand.
    fn below(&self, children: u32, byte: u8, place: u32, found: &mut Vec<(u32, u32)>) -> Option<u32> {
        let symbol = self.symbols.get(usize::from(byte)).copied().unwrap_or(NO_SYMBOL);
        let next = (children + u32::from(symbol)) as usize;
        let node = self.nodes.get(next).filter(|node| node.symbol() == symbol)?;
        if node.0 & ENDS != 0
            && let Some(literal) = self.ends.get(next)
        {
            found.push((*literal, place));
        }
        Some(node.children())
    }

    /// The same where characters stand that patterns take for others ([`super::super::starts::is_odd`]): for what they are, and for each of these.
    pub(super) fn begun_oddly(&self, bytes: &[u8], place: u32, found: &mut Vec<(u32, u32)>) {
        let mut open = vec![(self.root(), 0)];
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
