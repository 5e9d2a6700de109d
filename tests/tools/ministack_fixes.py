"""Corrections to ministack 1.5.33 where it differs from CloudFormation in a way that our templates meet.

Each function names the difference. A correction that a newer ministack makes unnecessary can go.
"""

import re
from urllib.parse import quote, unquote, urlparse

from ministack.core.responses import get_region
from ministack.services.cloudformation import changesets, drift, engine, handlers, helpers, provisioners, stacks


def apply():
    conditions_see_pseudo_parameters()
    template_urls_in_every_form()
    physical_ids_as_on_aws()
    documented_attributes()
    full_buckets_stay()
    absent_images_are_an_error()


def conditions_see_pseudo_parameters():
    """`AWS::Region` and the other pseudo parameters, and every function allowed there, work in Conditions.

    Ministack compares the name of a pseudo parameter instead of its value and knows only Ref and Fn::Select.
    """
    original = engine._evaluate_conditions

    def evaluate(template, params):
        def settle(node):
            if isinstance(node, list):
                return [settle(item) for item in node]
            if not isinstance(node, dict):
                return node
            if "Fn::Equals" in node:
                mappings = template.get("Mappings", {})
                return {"Fn::Equals": [
                    engine._resolve_refs(side, {}, params, {}, mappings, "", "") for side in node["Fn::Equals"]
                ]}
            return {key: settle(value) for key, value in node.items()}

        return original({**template, "Conditions": settle(template.get("Conditions") or {})}, params)

    for module in (engine, changesets, handlers, stacks, provisioners):
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = evaluate


def template_urls_in_every_form():
    """A TemplateURL may be virtual-hosted (`https://BUCKET.s3.REGION.amazonaws.com/KEY`), or have an escaped key.

    Ministack takes the first path segment for the bucket whatever the host is.
    """
    virtual = re.compile(r"^(?P<bucket>.+)\.s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$")
    original = helpers._resolve_document

    def resolve(params, body_key, url_key, label):
        url = helpers._p(params, url_key)
        if url:
            parsed = urlparse(url)
            hosted = virtual.match(parsed.hostname or "")
            path = unquote(parsed.path)
            if hosted:
                path = f"/{hosted['bucket']}{path}"
            # The slashes stay; what urlparse would read as a query or a fragment does not reach it.
            params = {**params, url_key: [f"https://s3.amazonaws.com{path.replace('?', quote('?'))}"]}
        return original(params, body_key, url_key, label)

    helpers._resolve_document = resolve


def physical_ids_as_on_aws():
    """`Ref` of a secret is its ARN and `Ref` of an instance profile its name; ministack has them the other way.

    Its look for drift has to find a secret by that, too.
    """
    from ministack.services import iam, secretsmanager

    def secret_name(physical_id):
        if not str(physical_id).startswith("arn:"):
            return physical_id
        return next((name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == physical_id), physical_id)

    def profile_arn(physical_id):
        profile = iam._instance_profiles.get(physical_id)
        return profile["Arn"] if profile else physical_id

    translate("AWS::SecretsManager::Secret", inward=secret_name, outward=lambda _id, attributes: attributes["Id"])
    read, properties = drift._DRIFT_READERS["AWS::SecretsManager::Secret"]
    drift._DRIFT_READERS["AWS::SecretsManager::Secret"] = (lambda physical_id, *rest: read(secret_name(physical_id), *rest), properties)
    translate("AWS::IAM::InstanceProfile", inward=profile_arn, outward=lambda arn, _attributes: arn.rsplit("/", 1)[-1])


def translate(resource_type, inward, outward):
    """Puts `outward` on every physical id that the handlers return and `inward` on every one they get."""
    handler = provisioners._RESOURCE_HANDLERS[resource_type]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def created(logical_id, props, stack_name):
        physical_id, attributes = create(logical_id, props, stack_name)
        return outward(physical_id, attributes), attributes

    def updated(physical_id, *rest):
        physical_id, attributes = update(inward(physical_id), *rest)
        return outward(physical_id, attributes), attributes

    handler.update(create=created, update=updated, delete=lambda physical_id, props: delete(inward(physical_id), props))


def documented_attributes():
    """Fn::GetAtt attributes that the documentation has and ministack lacks, computed from what it does know."""
    from ministack.services import alb

    add_attributes("AWS::EC2::VPC", lambda _id, props: {
        "CidrBlock": props.get("CidrBlock", ""), "CidrBlockAssociations": [], "Ipv6CidrBlocks": [],
    })
    add_attributes("AWS::EC2::SubnetRouteTableAssociation", lambda physical_id, _props: {"Id": physical_id})
    add_attributes("AWS::EC2::VPCEndpoint", endpoint_attributes)
    add_attributes("AWS::Lambda::Permission", lambda physical_id, _props: {"Id": physical_id})
    add_attributes("AWS::ElasticLoadBalancingV2::ListenerRule", lambda _id, _props: {"IsDefault": "false"})
    add_attributes("AWS::ElasticLoadBalancingV2::TargetGroup", lambda physical_id, _props: {
        "LoadBalancerArns": list((alb._tgs.get(physical_id) or {}).get("LoadBalancerArns", [])),
    })
    add_attributes("AWS::S3::Bucket", lambda physical_id, _props: {
        "Arn": f"arn:aws:s3:::{physical_id}",
        "DomainName": f"{physical_id}.s3.amazonaws.com",
        "RegionalDomainName": f"{physical_id}.s3.{get_region()}.amazonaws.com",
        "DualStackDomainName": f"{physical_id}.s3.dualstack.{get_region()}.amazonaws.com",
        "WebsiteURL": f"http://{physical_id}.s3-website-{get_region()}.amazonaws.com",
    })


def endpoint_attributes(physical_id, props):
    if props.get("VpcEndpointType", "Gateway") != "Interface":
        return {"DnsEntries": []}
    service = props.get("ServiceName", "").rsplit(".", 1)[-1]
    return {"DnsEntries": [f"Z7HUB22UULQXV:{physical_id}.{service}.{get_region()}.vpce.amazonaws.com"]}


def add_attributes(resource_type, extra):
    handler = provisioners._RESOURCE_HANDLERS[resource_type]

    def wrap(function, props_at):
        def wrapped(*arguments):
            physical_id, attributes = function(*arguments)
            missing = {k: v for k, v in extra(physical_id, arguments[props_at]).items() if not attributes.get(k)}
            return physical_id, {**attributes, **missing}
        return wrapped

    handler["create"] = wrap(handler["create"], 1)
    if "update" in handler:
        handler["update"] = wrap(handler["update"], 2)


def full_buckets_stay():
    """A bucket that holds objects cannot be deleted, so its stack's deletion fails; ministack deletes it."""
    from ministack.services import s3

    handler = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    delete = handler["delete"]

    def refuse_or_delete(physical_id, props):
        bucket = s3._buckets.get(physical_id) or {}
        if bucket.get("objects") or s3._bucket_has_versions(physical_id):
            raise ValueError(f"The bucket you tried to delete is not empty (Service: S3, Status Code: 409): {physical_id}")
        delete(physical_id, props)

    handler["delete"] = refuse_or_delete


def absent_images_are_an_error():
    """DescribeImages of a tag that is not there fails; ministack answers with an empty list, which the official CLI reads
    as an image that is there."""
    from ministack.core.responses import error_response_json
    from ministack.services import ecr

    describe = ecr._describe_images

    def fail_or_describe(data):
        name = data.get("repositoryName", "")
        for image_id in data.get("imageIds") or []:
            if name in ecr._repositories and ecr._find_image(name, image_id) is None:
                return error_response_json("ImageNotFoundException", f"The image {image_id} does not exist in {name}", 400)
        return describe(data)

    ecr._describe_images = fail_or_describe
