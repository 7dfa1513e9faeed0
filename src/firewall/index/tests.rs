use super::*;

fn seeds(count: u64) -> Vec<Seed> {
    (0..count).map(|number| Seed { hash: mixed(number), source: 0, at: 0 }).collect()
}

#[test]
fn the_filter_knows_every_seed_and_hardly_anything_else() {
    for (count, octets) in [(0, 512), (1, 512), (1_000, 8_192), (100_000, 1 << 20), (1_000_000, 1 << 20)] {
        let seeds = seeds(count);
        let filter = Filter::of(&seeds);
        assert_eq!(filter.words.len() * 8, octets, "{count} seeds");
        assert!(seeds.iter().all(|seed| filter.may_have(seed.hash)), "{count} seeds");
        let others = (0..10_000_u64).filter(|number| filter.may_have(mixed(number + (1 << 40)))).count();
        // One in 64 bits at most while there is room for it, one in eight at a million.
        assert!(others <= if count > 200_000 { 1_300 } else { 250 }, "{others} of 10,000 beside {count} seeds");
    }
}
