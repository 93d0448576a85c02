"""Whatever is asked, the server answers as it is described, and never fails."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from lexiscope.server.app import describe
from tests.support.server_pages import LOCAL, Page

EXAMPLES = 15
schema = schemathesis.openapi.from_dict(describe().openapi())


# A recording, a model of a large run, and vectors alone: each lacks something that others have.
@pytest.fixture(scope="module", params=["page", "watched", "plain"])
def fuzzed(request: pytest.FixtureRequest) -> Page:
    found: Page = request.getfixturevalue(request.param)
    return found


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, fuzzed: Page) -> None:
    case.call_and_validate(base_url=LOCAL, app=fuzzed.client.app)
