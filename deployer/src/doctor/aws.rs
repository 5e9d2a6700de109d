//! The account, the region, and the clock.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{Check, prerequisites};
use crate::account::{check_account, clients_of};
use crate::assembly::Assembly;
use crate::clients::Clients;
use crate::described::described;
use crate::stack::Stack;

/// The stack that `cdk bootstrap` makes.
const BOOTSTRAP_STACK: &str = "CDKToolkit";

pub(super) async fn checks(assembly: Option<&Assembly>, clients: &Clients) -> Vec<Check> {
    let identity = clients.identity();
    let mut checks = vec![Check::ok("credentials", &identity.arn), Check::ok("region", clients.region())];
    let stacks: Vec<&Stack> = assembly.iter().flat_map(|assembly| &assembly.stacks).collect();
    if !stacks.is_empty() {
        checks.push(match check_account(&stacks, identity) {
            Ok(()) => Check::ok("account", &identity.account),
            Err(error) => Check::fail("account", error.to_string(), Some(error.hint())),
        });
    }
    let mut regions: BTreeSet<String> =
        stacks.iter().map(|stack| clients_of(clients, stack).region().to_owned()).collect();
    if regions.is_empty() {
        regions.insert(clients.region().to_owned());
    }
    for region in regions {
        checks.push(bootstrap(&clients.in_region(&region)).await);
    }
    // Of another account nothing of this would be true.
    if check_account(&stacks, identity).is_ok() {
        for (region, (_, wanted)) in prerequisites::look(&stacks, clients).await {
            checks.extend(prerequisites::check(&wanted, &clients.in_region(&region)).await);
        }
    }
    checks.extend(clock(clients).await);
    checks
}

async fn bootstrap(clients: &Clients) -> Check {
    let region = clients.region();
    match described(clients, BOOTSTRAP_STACK).await {
        Ok(None) => Check::ok("bootstrap", format!("{region} has no bootstrap stack, and needs none")),
        Ok(Some(stack)) => {
            let version = stack.outputs().iter().find(|output| output.output_key() == Some("BootstrapVersion"));
            let version = version.and_then(|output| output.output_value()).unwrap_or("unknown");
            Check::ok("bootstrap", format!("{region} has the bootstrap stack, version {version}"))
        }
        Err(error) => {
            let hint = "whoever deploys must be allowed to call cloudformation:DescribeStacks";
            Check::fail("bootstrap", format!("{region}: {error}"), Some(hint.into()))
        }
    }
}

/// Compares the clock of this machine with that of AWS; nothing where AWS does not tell the time.
async fn clock(clients: &Clients) -> Option<Check> {
    let date = DateHeader::default();
    let call = aws_sdk_sts::Client::new(clients.config()).get_caller_identity();
    // An answer of any kind has the time.
    let _ = call.customize().interceptor(date.clone()).send().await;
    let (text, here) = date.0.lock().ok()?.take()?;
    let there = SystemTime::try_from(DateTime::from_str(&text, Format::HttpDate).ok()?).ok()?;
    let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map(|time| time.as_secs());
    Some(skew(seconds(here).ok()?, seconds(there).ok()?))
}

/// AWS refuses a signature that is more than five minutes off.
fn skew(here: u64, there: u64) -> Check {
    let (seconds, word) = (here.abs_diff(there), if here < there { "behind" } else { "ahead of" });
    let text = format!("{seconds} s {word} AWS");
    let hint = "let the system set the clock by NTP; AWS refuses requests that are more than 300 s off";
    match seconds {
        0..=5 => Check::ok("clock", "as that of AWS"),
        6..=240 => Check::warn("clock", text, hint),
        _ => Check::fail("clock", text, Some(hint.into())),
    }
}

/// Keeps the header `Date` of an answer, and when it came.
#[derive(Clone, Default)]
struct DateHeader(Arc<Mutex<Option<(String, SystemTime)>>>);

impl fmt::Debug for DateHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DateHeader")
    }
}

impl Intercept for DateHeader {
    fn name(&self) -> &'static str {
        "DateHeader"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(date), Ok(mut kept)) = (context.response().headers().get("date"), self.0.lock()) {
            *kept = Some((date.to_owned(), SystemTime::now()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told() {
        let checked = |here, there| {
            let check = skew(here, there);
            (check.verdict, check.text)
        };
        assert_eq!(checked(1000, 1003), (Verdict::Ok, "as that of AWS".into()));
        assert_eq!(checked(1000, 1100), (Verdict::Warn, "100 s behind AWS".into()));
        assert_eq!(checked(1400, 1000), (Verdict::Fail, "400 s ahead of AWS".into()));
    }
}
