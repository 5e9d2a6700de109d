//! CloudFormation's
//! [Express mode](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-express-mode.html): a
//! resource counts as done once it is configured, and not only once it is stable.
//!
//! What was deployed is waited for all the same, by asking the services themselves.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

/// Asks for it. The releases of the SDK that build with our Rust do not know it yet, but a request is a form, and a form
/// takes another field. Without being told, Express mode does not roll back.
pub(super) fn ask(request: &mut HttpRequest, roll_back: bool) {
    let Some(form) = request.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return };
    let form = with_mode(form, roll_back);
    request.headers_mut().insert("content-length", form.len().to_string());
    *request.body_mut() = SdkBody::from(form);
}

fn with_mode(form: &str, roll_back: bool) -> String {
    format!("{form}&DeploymentConfig.Mode=EXPRESS&DeploymentConfig.DisableRollback={}", !roll_back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_two_fields_more() {
        let body = SdkBody::from("Action=CreateStack&StackName=App");
        let mut request = HttpRequest::new(body);
        request.headers_mut().insert("content-length", "32");
        ask(&mut request, true);
        let expected = "Action=CreateStack&StackName=App&DeploymentConfig.Mode=EXPRESS\
                        &DeploymentConfig.DisableRollback=false";
        assert_eq!(request.body().bytes(), Some(expected.as_bytes()));
        assert_eq!(request.headers().get("content-length"), Some(expected.len().to_string().as_str()));
    }
}
