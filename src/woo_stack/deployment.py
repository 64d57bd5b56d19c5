"""A REST API's deployment: a snapshot, which must be a new resource whenever what it shows has changed."""

import hashlib
import json
from collections.abc import Sequence

from troposphere import AWSObject, Ref, apigateway


def snapshot(
    logical_id: str, api_id: Ref, parts: Sequence[AWSObject], *, after: Sequence[AWSObject]
) -> apigateway.Deployment:
    """A deployment of `parts`, and of those `after` whose creation it is to wait.

    Its logical id is `logical_id` and a hash of them all, so that CloudFormation deploys what has changed. Earlier ones
    are retained: the stage shows one until it shows the next.
    """
    content = {part.title: part.to_dict() for part in [*parts, *after]}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]
    return apigateway.Deployment(
        f"{logical_id}{digest}",
        DeletionPolicy="Retain",
        DependsOn=[part.title for part in after],
        RestApiId=api_id,
        UpdateReplacePolicy="Retain",
    )
