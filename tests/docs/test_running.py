"""What tells one output from another is what the tests of pages stand on."""

from __future__ import annotations

from tests.support.pages import Run, same


def test_a_page_that_shows_something_else_is_found() -> None:
    shown = "word    cosine\nqueen   0.9702\nroyal   0.5300\n"
    assert same(shown, shown.replace("0.9702", "0.9400"))
    assert same(shown, "word cosine\nroyal 0.5300\nqueen 0.9702\n")
    assert not same(shown, shown.replace("0.9702", "0.9100"))
    assert not same(shown, shown.replace("queen", "quilt"))
    assert not same(shown, shown + "more\n")


def test_what_the_clock_decides_may_be_anything() -> None:
    shown = "training 19.0M words in 0:03, 6.46M words/s\nfingerprint f2d4a02c4fe612ee"
    assert same(shown, shown.replace("0:03, 6.46M", "1:14, 93.1k").replace("f2d4", "0000"))
    assert same("0.9116", "0.9115863106741628") and not same("0.9116", "0.8115863106741628")
    assert not same(shown, shown.replace("19.0M words in", "18.0M words in"))


def failures_of(page: str) -> list[str]:
    run = Run()
    list(run.page(page))
    return run.failures


def test_a_block_that_fails_or_shows_something_else_is_told() -> None:
    assert failures_of("```sh\necho king\n```\n\nprints\n\n```text\nking\n```\n") == []
    assert failures_of("```python\nprint(6 * 7)\n```\n\n```text\n42\n```\n") == []
    assert "got:\nking" in failures_of("```sh\necho king\n```\n\n```text\nqueen\n```\n")[0]
    assert "failed" in failures_of("```sh\nfalse | cat\ntrue\n```\n")[0]
    assert "got:\n42" in failures_of("```python\nprint(42)\n```\n\n```text\n43\n```\n")[0]
    assert "nothing prints this" in failures_of("```text\nking\n```\n")[0]
    assert "nobody runs" in failures_of("```\nlexiscope demo\n```\n")[0]
    assert failures_of("```console\n$ echo king\nqueen\n```\n")
    assert failures_of("```python\n>>> 6 * 7\n43\n```\n")
