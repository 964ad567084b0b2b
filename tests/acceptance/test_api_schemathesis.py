"""The API keeps its own OpenAPI document, whatever is sent: generated requests, in process, bounded in number."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from serving.access.scopes import Scope

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    ignored_auth,
]
"""All but positive_data_acceptance: a type of life event that this town does not know, a time in the future and a body
that names nobody linked are well formed, and refused on purpose."""

ENDLESS = "/v1/citizens/{citizen_id}/notifications/stream"


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["well formed", "malformed"])
def test_the_api_keeps_its_own_document(town: Any, mode: GenerationMode) -> None:
    document = schemathesis.openapi.from_asgi("/openapi.json", town.http.app)
    headers = town.headers(*map(str, Scope))
    tried: set[str] = set()
    for found in document.exclude(path=ENDLESS).get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not _can_be_malformed(operation):
            continue

        @settings(
            max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps_it(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                _aim(case, town)
            case.call_and_validate(headers=headers, checks=CHECKS)

        keeps_it()
        tried.add(operation.label)
    if mode is GenerationMode.POSITIVE:
        paths = town.http.get("/openapi.json").json()["paths"]
        every = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        assert every - tried == {f"GET {ENDLESS}"}


def _aim(case: Any, town: Any) -> None:
    """Name a citizen and an event that there are, so that more than the door is tried."""
    if "citizen_id" in (case.path_parameters or {}):
        case.path_parameters["citizen_id"] = town.resolve("anna")
    if isinstance(case.body, dict) and "register_number" in case.body:
        case.body |= {"register_number": "anna"} | ({"type": "child_born"} if "type" in case.body else {})


def _can_be_malformed(operation: Any) -> bool:
    return bool(operation.body) or any(True for _ in operation.iter_parameters())
