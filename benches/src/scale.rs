//! A generated app, for measuring what synthesis costs: `STACKS` stacks of about `RESOURCES` resources each.
//!
//! `KIND=l2` adds units of six resources: a queue and a function that processes it, with its log group, role, policy and
//! event source mapping. `KIND=l1` writes the same resources property for property. `CDK_OUTDIR` says where to.
//!
//! ```console
//! $ STACKS=50 RESOURCES=400 KIND=l2 cargo run --release --bin scale
//! ```

use std::env;
use std::error::Error;
use std::time::Duration;

use belvedere::cfn::iam::{CfnPolicy, CfnRole};
use belvedere::cfn::lambda::{CfnEventSourceMapping, CfnFunction, function};
use belvedere::cfn::logs::CfnLogGroup;
use belvedere::cfn::sqs::CfnQueue;
use belvedere::cfn::{Expr, Properties, kind, pseudo};
use belvedere::lambda::{Code, Function, Runtime, SqsEventSource};
use belvedere::sqs::Queue;
use belvedere::{App, Stack, Value, concat_values};

const CODE: &str = "def handler(event, context):\n    return len(event[\"Records\"])\n";

const CONSUME: [&str; 5] = [
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
];

fn l2(stack: &mut Stack, n: usize) {
    let queue = Queue::new().visibility_timeout(Duration::from_secs(60)).enforce_tls(false);
    let queue = stack.add(format!("Queue{n}"), queue);
    let worker = Function::new(Runtime::PYTHON_3_13, "index.handler", Code::inline(CODE))
        .timeout(Duration::from_secs(10))
        .environment("QUEUE_URL", queue.queue_url())
        .on_messages(&queue, SqsEventSource::new().batch_size(10));
    stack.add(format!("Worker{n}"), worker);
}

fn l1(stack: &mut Stack, n: usize) {
    let queue = stack.add(format!("Queue{n}"), CfnQueue::new().visibility_timeout(60));
    let trust = Properties::new()
        .with("Effect", "Allow")
        .with("Action", "sts:AssumeRole")
        .with("Principal", Properties::new().with("Service", "lambda.amazonaws.com"));
    let basic: Value<kind::iam::ManagedPolicyArn> =
        concat_values!("arn:", pseudo::partition(), ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole").cast();
    let role = stack.add(format!("Role{n}"), CfnRole::new(document(trust)).managed_policy_arns([basic]));
    let permissions = Properties::new()
        .with("Effect", "Allow")
        .with("Action", CONSUME.map(Expr::from).to_vec())
        .with("Resource", queue.arn());
    let policy = CfnPolicy::new(document(permissions), format!("Worker{n}Policy")).roles([role.role_name()]);
    stack.add(format!("Policy{n}"), policy);
    let log_group = stack.add(format!("Logs{n}"), CfnLogGroup::new().retention_in_days(731));
    let worker = CfnFunction::new(function::Code::new().zip_file(CODE), role.arn())
        .environment(function::Environment::new().variables([("QUEUE_URL", queue.queue_url())]))
        .handler("index.handler")
        .logging_config(function::LoggingConfig::new().log_group(log_group.log_group_name()))
        .runtime("python3.13")
        .timeout(10);
    let worker = stack.add(format!("Worker{n}"), worker);
    let mapping = CfnEventSourceMapping::new(worker.function_name()).batch_size(10).event_source_arn(queue.arn());
    stack.add(format!("Mapping{n}"), mapping);
}

fn document(statement: Properties) -> Properties {
    Properties::new().with("Version", "2012-10-17").with("Statement", vec![Expr::from(statement)])
}

/// Reads a number from the environment.
fn number(name: &str, default: usize) -> Result<usize, Box<dyn Error>> {
    match env::var(name) {
        Ok(text) => {
            text.parse().map_err(|error| format!("{name} must be a whole number, got `{text}`: {error}").into())
        }
        Err(_) => Ok(default),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let stacks = number("STACKS", 1)?;
    let units = (number("RESOURCES", 10)? + 3).div_euclid(6).max(1);
    let kind = env::var("KIND").unwrap_or_else(|_| "l2".to_owned());
    let unit = match kind.as_str() {
        "l1" => l1,
        "l2" => l2,
        other => return Err(format!("KIND must be l1 or l2, got `{other}`").into()),
    };
    let mut app = App::from_env();
    for s in 0..stacks {
        let mut stack = Stack::new(format!("Scale{s}"));
        for n in 0..units {
            unit(&mut stack, n);
        }
        app.add(stack);
    }
    app.synth()?;
    Ok(())
}
