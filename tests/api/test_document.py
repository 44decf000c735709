"""The published document is true: whatever is sent, the running house answers as the document says."""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi import checks
from tests.api.serving import bearer, declaration

from customhouse.api import consolidations, plain
from customhouse.api.document import OPERATIONS, api
from customhouse.clearance import cargo_files

EXAMPLES = int(os.environ.get("CUSTOMHOUSE_TEST_REQUESTS", "6"))
# A declaration has thousands of places at which one value can be wrong: of the requests that are wrong in one place, the
# first hundred of each operation are sent and then one in sixteen, unless a number is named.
FIRST, ONE_IN = (100, 16) if "CUSTOMHOUSE_TEST_REQUESTS" not in os.environ else (0, 1)
# Left out: that whatever fits the schema is accepted. The law refuses most of what fits it, with 422 and its problems.
CHECKS = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.ignored_auth,
)
OPAQUE = {*plain.WAYS, *cargo_files.CONTENT_TYPES, consolidations.PORTION} - {"application/json"}
"""Content types that schemathesis does not know: it sends the bytes that it made."""


@schemathesis.serializer(*OPAQUE)
def _as_they_are(context: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


document = api.get_openapi_schema(path_prefix="/api/v1/")
schema = schemathesis.openapi.from_dict(document)


@pytest.fixture(scope="module")
def head(served: str, django_db_blocker: Any) -> dict[str, str]:
    with django_db_blocker.unblock(), bearer(served) as one:
        return {"Authorization": one.headers["Authorization"]}


counted: Counter[str] = Counter()


def _is_left_out(case: schemathesis.Case) -> bool:
    if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
        return False
    counted[case.operation.label] += 1
    place = counted[case.operation.label]
    return place > FIRST and place % ONE_IN != 0


def _walk(examples: int, phases: tuple[Phase, ...]) -> Any:
    return settings(
        max_examples=examples, deadline=None, derandomize=True, phases=phases, suppress_health_check=list(HealthCheck)
    )


@schema.parametrize()
@_walk(EXAMPLES, (Phase.explicit, Phase.generate))
def test_the_answers_are_those_of_the_document(case: schemathesis.Case, served: str, head: dict[str, str]) -> None:
    if not _is_left_out(case):
        case.call_and_validate(base_url=served, headers=head, checks=list(CHECKS), timeout=20)


@pytest.mark.slow
@pytest.mark.skipif("CUSTOMHOUSE_TEST_REQUESTS" not in os.environ, reason="on demand: set CUSTOMHOUSE_TEST_REQUESTS")
@schema.parametrize()
@_walk(EXAMPLES * 50, (Phase.explicit, Phase.generate))
def test_the_answers_are_those_of_the_document_for_long(
    case: schemathesis.Case, served: str, head: dict[str, str]
) -> None:
    case.call_and_validate(base_url=served, headers=head, checks=list(CHECKS), timeout=20)


def test_the_example_of_the_document_is_accepted(broker: httpx.Client) -> None:
    answer = broker.post("/declarations", json=declaration())
    assert answer.status_code == 201
    assert answer.json()["payable"] == {"minor": 53000, "currency": "USD"}


def test_every_operation_says_everything() -> None:
    seen = set()
    for path, verbs in document["paths"].items():
        for told in verbs.values():
            seen.add(told["operationId"])
            assert told["summary"], path
            assert told["description"], path
            assert told["tags"][0] in {tag["name"] for tag in document["tags"]}
            for status, answer in told["responses"].items():
                assert answer["description"], (path, status)
                assert answer.get("content") or status == "204", (path, status)
    assert seen == set(OPERATIONS)


def test_the_page_of_the_document_brings_nothing_from_elsewhere(served: str) -> None:
    page = httpx.get(f"{served}/api/v1/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("</", "").split("<body")[0]
    assert "'unsafe" not in page.headers["content-security-policy"]
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert httpx.get(f"{served}{address}").status_code == 200, address
