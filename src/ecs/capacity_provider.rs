//! [`CapacityProvider`]: where Fargate takes capacity from.

use belvedere_cfn::ecs::service;

use super::cluster::ClusterRef;
use crate::scope::Scope;

/// Where Fargate takes capacity from.
/// [AWS page](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityProvider {
    /// Capacity that is there until the task ends.
    Fargate,
    /// Spare capacity, at a discount, that AWS takes back with two minutes' notice.
    FargateSpot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) provider: CapacityProvider,
    pub(super) base: u32,
    pub(super) weight: u32,
}

/// Returns the strategy, and reports what is wrong with it.
pub(super) fn strategy(
    shares: &[Share],
    cluster: &ClusterRef,
    scope: &mut Scope<'_>,
) -> Vec<service::CapacityProviderStrategyItem> {
    if !cluster.fargate_capacity_providers {
        scope.problem("the cluster has no capacity providers: add enable_fargate_capacity_providers to it");
    }
    if shares.iter().filter(|share| share.base > 0).count() > 1 {
        scope.problem("only one capacity provider has a base");
    }
    if shares.iter().all(|share| share.weight == 0) {
        scope.problem("at least one capacity provider needs a weight of more than 0");
    }
    let item = |share: &Share| {
        let Share { provider, base, weight } = *share;
        if base > 100_000 || weight > 1_000 {
            scope.problem(format!(
                "a capacity provider has a base of 0 to 100000 and a weight of 0 to 1000, got {base} and {weight}"
            ));
        }
        let name = match provider {
            CapacityProvider::Fargate => "FARGATE",
            CapacityProvider::FargateSpot => "FARGATE_SPOT",
        };
        let item = service::CapacityProviderStrategyItem::new().capacity_provider(name).weight(weight);
        if base > 0 { item.base(base) } else { item }
    };
    shares.iter().map(item).collect()
}
