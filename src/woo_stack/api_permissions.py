"""What CloudFormation must be allowed to do for APIs, as rows of data: REST, HTTP, and the firewall before them."""

from woo_stack.rights import HERE, OF_STACK, Handled, Right, log_delivery

_REST = "apigateway:${AWS::Region}::/restapis"
_HTTP = "apigateway:${AWS::Region}::/apis"
_TAGS = Right("apigateway:DELETE GET PUT", "apigateway:${AWS::Region}::/tags/*", why="named after the ARN, id and all")
_NEW, _RANDOM = "there is none yet", "its id is random"
_GONE = "whether something is there is asked also when it is gone, with its tags"
_UNTAGGED = "an API's id is random, and that parts of an HTTP API inherit its tags is not documented"
#: Version 2 posts tags where version 1 puts them, and asks for the right by its name as well, of a new stage on
#: `/apis/<id>/stages`: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html and the
#: schema of AWS::ApiGatewayV2::Stage.
_HTTP_TAGS = (
    *(Right("apigateway:TagResource UntagResource", path, why=_UNTAGGED) for path in (_HTTP, f"{_HTTP}/*")),
    Right(f"{_TAGS.actions} POST", _TAGS.on, why=_TAGS.why),
)
_ACL, _RULES = f"wafv2:{HERE}:regional/webacl/{{name}}/*", f"wafv2:{HERE}:regional/managedruleset/*/*"


def _part_of_rest_api(verbs: str, path: str = f"{_REST}/*") -> tuple[Right, ...]:
    """What belongs to a REST API inherits its tags, and so do the keys of a usage plan.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-supported-resources.html
    """
    return (
        Right("apigateway:GET", path, why=_GONE),
        Right(f"apigateway:{verbs}", path, conditions=OF_STACK, why=_RANDOM),
    )


def _beside_apis(kind: str) -> tuple[Right, ...]:
    """What an account and region have beside their APIs, as ``usageplans``."""
    path = f"apigateway:${{AWS::Region}}::/{kind}"
    return Right("apigateway:POST", path, why=_NEW), *_part_of_rest_api("DELETE PATCH PUT", f"{path}/*"), _TAGS


_PARTS_OF_REST_APIS = {
    "Authorizer": "DELETE PATCH POST",
    "Deployment": "DELETE PATCH POST PUT",
    "GatewayResponse": "DELETE PUT",
    "Method": "DELETE PUT",
    "Model": "DELETE PATCH POST",
    "RequestValidator": "DELETE PATCH POST",
    "Resource": "DELETE PATCH POST",
}
_PARTS_OF_HTTP_APIS = ("Authorizer", "Deployment", "Integration", "Route")

#: Rights by resource type.
API_TYPES = {
    "AWS::ApiGateway::Account": Handled("", (
        Right("apigateway:GET PATCH", "apigateway:${AWS::Region}::/account"),
    )),
    **{f"AWS::ApiGateway::{part}": Handled("", _part_of_rest_api(verbs))
       for part, verbs in _PARTS_OF_REST_APIS.items()},
    "AWS::ApiGateway::RestApi": Handled("", (
        Right("apigateway:POST", _REST, why=_NEW),
        *_part_of_rest_api("DELETE PATCH PUT"),
        _TAGS,
        Right("apigateway:UpdateRestApiPolicy", _REST, "Policy", why=_NEW),
        Right("apigateway:UpdateRestApiPolicy", f"{_REST}/*", "Policy", why=_RANDOM),
    )),
    "AWS::ApiGateway::Stage": Handled("", (*_part_of_rest_api("DELETE PATCH POST PUT"), _TAGS)),
    "AWS::ApiGateway::ApiKey": Handled("", _beside_apis("apikeys")),
    "AWS::ApiGateway::ClientCertificate": Handled("", _beside_apis("clientcertificates")),
    "AWS::ApiGateway::UsagePlan": Handled("", _beside_apis("usageplans")),
    "AWS::ApiGateway::UsagePlanKey": Handled("", (
        *_part_of_rest_api("DELETE POST", "apigateway:${AWS::Region}::/usageplans/*"),
    )),
    "AWS::ApiGatewayV2::Api": Handled("", (
        Right("apigateway:POST", _HTTP, why=_NEW),
        Right("apigateway:DELETE GET PATCH PUT", f"{_HTTP}/*", why=_UNTAGGED),
        *_HTTP_TAGS,
    )),
    **{f"AWS::ApiGatewayV2::{part}": Handled("", (
        Right("apigateway:DELETE GET PATCH POST PUT", f"{_HTTP}/*", why=_UNTAGGED),
    )) for part in _PARTS_OF_HTTP_APIS},
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    "AWS::ApiGatewayV2::Stage": Handled("", (
        Right("apigateway:DELETE GET PATCH POST PUT", f"{_HTTP}/*", why=_UNTAGGED),
        *_HTTP_TAGS,
        log_delivery("AccessLogSettings"),
    )),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html and
    # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
    "AWS::WAFv2::WebACL": Handled("Name", (
        Right("wafv2:CreateWebACL DeleteWebACL GetWebACL ListTagsForResource TagResource UntagResource UpdateWebACL",
              _ACL),
        Right("wafv2:CreateWebACL UpdateWebACL", _RULES, why="AWS's groups of rules"),
    )),
    "AWS::WAFv2::WebACLAssociation": Handled("WebACLArn", (
        Right("wafv2:AssociateWebACL DisassociateWebACL GetWebACL GetWebACLForResource", _ACL),
        Right("wafv2:AssociateWebACL DisassociateWebACL GetWebACLForResource", f"{_REST}/*/stages/*", why=_RANDOM),
        Right("apigateway:SetWebACL", f"{_REST}/*/stages/*", why=_RANDOM),
    )),
    "AWS::WAFv2::LoggingConfiguration": Handled("ResourceArn", (
        Right("wafv2:DeleteLoggingConfiguration GetLoggingConfiguration PutLoggingConfiguration", _ACL),
        log_delivery(),
    )),
}  # fmt: skip
