"""Whatever is asked, the server answers as it is described, and never fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings

from lexiscope.server.app import create_app, describe
from tests.support.server_pages import LOCAL, Page

pytestmark = pytest.mark.slow

EXAMPLES = 15
schema = schemathesis.openapi.from_dict(describe().openapi())


@pytest.fixture(scope="module")
def transformed(plain_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Vectors alone, and a transformer beside them."""
    from tests.support.tiny_models import save

    model = save("roberta", tmp_path_factory.mktemp("tiny") / "model")
    with TestClient(create_app(plain_file, model=model), base_url=LOCAL) as client:
        yield Page(client)


# A recording, a model of a large run, and vectors alone: each lacks something that others have.
# The first two have no transformer, the third has one.
@pytest.fixture(scope="module", params=["page", "watched", "transformed"])
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
    refusable = []
    has_transformer = fuzzed.client.app.state.service.subject.transformer is not None
    if has_transformer and case.path.startswith("/api/contextual/"):
        # Which layers there are, only the model knows, so what is described may be refused.
        refusable = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")]
    case.call_and_validate(base_url=LOCAL, app=fuzzed.client.app, excluded_checks=refusable)
