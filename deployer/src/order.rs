//! The order in which stacks are deployed.

use std::collections::BTreeSet;

/// Orders the nodes so that each comes after what it depends on, and otherwise by `key`. `dependencies` holds the nodes
/// that each node depends on.
///
/// # Errors
/// Some nodes depend on each other: these nodes, by `key`.
pub(crate) fn topological<K: Ord>(
    dependencies: &[BTreeSet<usize>],
    key: impl Fn(usize) -> K,
) -> Result<Vec<usize>, Vec<usize>> {
    let mut remaining: Vec<usize> = (0..dependencies.len()).collect();
    remaining.sort_by_key(|node| key(*node));
    let mut ordered = Vec::with_capacity(remaining.len());
    let mut done = vec![false; remaining.len()];
    while !remaining.is_empty() {
        // All that are free now come before all that they free, as the official CLI has it.
        let (free, blocked): (Vec<_>, Vec<_>) =
            remaining.into_iter().partition(|node| dependencies[*node].iter().all(|dependency| done[*dependency]));
        if free.is_empty() {
            return Err(blocked);
        }
        for node in free {
            done[node] = true;
            ordered.push(node);
        }
        remaining = blocked;
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(dependencies: &[&[usize]]) -> Result<Vec<usize>, Vec<usize>> {
        let sets: Vec<BTreeSet<usize>> = dependencies.iter().map(|nodes| nodes.iter().copied().collect()).collect();
        topological(&sets, |node| node)
    }

    #[test]
    fn dependencies_come_first() {
        assert_eq!(ordered(&[&[2], &[], &[1]]), Ok(vec![1, 2, 0]));
        assert_eq!(ordered(&[&[], &[], &[]]), Ok(vec![0, 1, 2]));
        assert_eq!(ordered(&[]), Ok(vec![]));
    }

    #[test]
    fn cycles_are_told() {
        assert_eq!(ordered(&[&[], &[2, 0], &[1]]), Err(vec![1, 2]));
        assert_eq!(ordered(&[&[0]]), Err(vec![0]));
    }
}
