//! Whether whoever deploys is in the account that a stack is for.

use thiserror::Error;

use crate::clients::{Clients, Identity};
use crate::stack::Stack;

/// Sees that each of `stacks` is for the account of `identity`. A stack that names no account is for any.
///
/// # Errors
/// A stack is for another account.
pub fn check_account(stacks: &[&Stack], identity: &Identity) -> Result<(), AccountError> {
    let other = stacks.iter().find_map(|stack| {
        let wanted = stack.environment.account.as_ref().filter(|account| **account != identity.account)?;
        Some((stack.display_name.clone(), wanted.clone()))
    });
    match other {
        None => Ok(()),
        Some((stack, wanted)) => Err(AccountError { stack, wanted, identity: identity.clone() }),
    }
}

/// A stack is for another account than that of whoever deploys.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{stack} is for account {wanted}, but you are {} in account {}", identity.arn, identity.account)]
#[non_exhaustive]
pub struct AccountError {
    /// The display name of the stack.
    pub stack: String,
    /// The account that the stack is for.
    pub wanted: String,
    /// Who deploys.
    pub identity: Identity,
}

impl AccountError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        format!(
            "give --profile or --role-arn of account {}, or the names of the stacks for account {}",
            self.wanted, self.identity.account
        )
    }
}

/// The clients for a stack: in its own region, where it names one.
pub(crate) fn clients_of(clients: &Clients, stack: &Stack) -> Clients {
    stack.environment.region.as_deref().map_or_else(|| clients.clone(), |region| clients.in_region(region))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::assembly::Assembly;

    use super::*;

    fn identity(account: &str) -> Identity {
        let arn = format!("arn:aws:iam::{account}:user/ana");
        Identity { account: account.into(), arn, partition: "aws".into() }
    }

    #[test]
    fn a_stack_for_another_account_is_refused_with_both_names() {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/two-stacks-and-a-stage");
        let assembly = Assembly::read(&fixture).expect("an assembly");
        let stacks: Vec<&Stack> = assembly.stacks.iter().collect();
        assert_eq!(check_account(&stacks, &identity("123456789012")), Ok(()));
        let error = check_account(&stacks, &identity("210987654321")).expect_err("another account");
        let expected =
            "Net is for account 123456789012, but you are arn:aws:iam::210987654321:user/ana in account 210987654321";
        assert_eq!(error.to_string(), expected);
        let hint = "give --profile or --role-arn of account 123456789012, or the names of the stacks for account \
                    210987654321";
        assert_eq!(error.hint(), hint);
        // The stacks of the stage name no account.
        assert_eq!(check_account(&stacks[2..], &identity("210987654321")), Ok(()));
    }
}
