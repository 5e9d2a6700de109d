//! A server that answers the calls of several services in their own formats, as a test wants.

use serde_json::Value;

use crate::fake::{Answer, Fake, Request};

/// What a call is answered with.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The result of a query, as XML.
    Xml(String),
    /// The answer of a service that speaks JSON.
    Json(Value),
    /// An error with its code and message, in the format of the call.
    Error(&'static str, String),
}

/// A call: its name, and what it was asked with, a form or JSON.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) body: String,
    is_query: bool,
}

impl Call {
    fn of(request: &Request) -> Self {
        let action = request.body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let target = request.headers.get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let name = action.or(target).unwrap_or_else(|| request.target.split('?').next().unwrap_or_default());
        Self { name: name.to_owned(), body: request.body.clone(), is_query: action.is_some() }
    }

    /// A parameter of a form, as it was sent.
    pub(crate) fn form(&self, name: &str) -> Option<&str> {
        self.body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Starts a server; whoever asks is told that it is account 123456789012.
pub(crate) fn start(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Fake {
    Fake::start(move |request| {
        let call = Call::of(request);
        let reply = match call.name.as_str() {
            "GetCallerIdentity" => {
                Reply::Xml("<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/ana</Arn>".to_owned())
            }
            _ => answer(&call),
        };
        let name = &call.name;
        match reply {
            Reply::Xml(result) => {
                let body = format!("<{name}Response><{name}Result>{result}</{name}Result></{name}Response>");
                Answer::new(200).header("content-type", "text/xml").body(&body)
            }
            Reply::Json(value) => {
                Answer::new(200).header("content-type", "application/x-amz-json-1.1").body(&value.to_string())
            }
            Reply::Error(code, message) if call.is_query => {
                Answer::new(400).header("content-type", "text/xml").body(&format!(
                    "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
                ))
            }
            Reply::Error(code, message) => Answer::new(400)
                .header("content-type", "application/x-amz-json-1.1")
                .header("x-amzn-errortype", code)
                .body(&serde_json::json!({"__type": code, "message": message}).to_string()),
        }
    })
}

/// What the environment has to say for a server to be AWS.
pub(crate) fn variables(server: &Fake) -> [(&'static str, String); 5] {
    [
        ("AWS_ENDPOINT_URL", server.url.clone()),
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_ACCESS_KEY_ID", "123456789012".into()),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret".into()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
    ]
}

/// An event of CloudFormation: its number, the resource, its type and id, the status and why, and its properties.
pub(crate) fn event(number: u32, resource: [&str; 3], status: &str, reason: &str, properties: &str) -> String {
    let [logical_id, kind, id] = resource;
    format!(
        "<member><EventId>e{number}</EventId><StackId>{STACK}</StackId><StackName>App</StackName>\
         <LogicalResourceId>{logical_id}</LogicalResourceId><PhysicalResourceId>{id}</PhysicalResourceId>\
         <ResourceType>{kind}</ResourceType><Timestamp>2026-03-01T12:00:{number:02}Z</Timestamp>\
         <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason>\
         <ResourceProperties>{properties}</ResourceProperties></member>"
    )
}

/// Events as CloudFormation gives them: the newest first.
pub(crate) fn events(events: &[String]) -> Reply {
    let newest_first: String = events.iter().rev().map(String::as_str).collect();
    Reply::Xml(format!("<StackEvents>{newest_first}</StackEvents>"))
}

/// The description of the stack `App` in a state.
pub(crate) fn stack(state: &str) -> Reply {
    Reply::Xml(format!(
        "<Stacks><member><StackName>App</StackName><StackId>{STACK}</StackId>\
         <CreationTime>2026-03-01T12:00:00Z</CreationTime><StackStatus>{state}</StackStatus></member></Stacks>"
    ))
}

/// The ARN of the stack `App`.
pub(crate) const STACK: &str = "arn:aws:cloudformation:eu-central-1:123456789012:stack/App/1";
