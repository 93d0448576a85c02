"""The bundled analogies are those that the script writes, in a form that everybody reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from lexiscope import data
from lexiscope.vectors.judgements import read_questions
from scripts import analogies_from_facts


def test_the_file_is_what_the_script_writes() -> None:
    assert data.named_analogies("facts").read_text() == analogies_from_facts.document()


def test_it_has_many_questions_and_none_twice() -> None:
    read = read_questions(data.named_analogies("facts"))
    questions = [question for _name, section in read.sections for question in section]
    assert len(questions) == len(set(questions)) >= 600
    assert read.skipped == 0
    assert all(len(set(question)) == 4 for question in questions)
    assert min(len(section) for _name, section in read.sections) >= 30
    names = [name for name, _section in read.sections]
    assert names == list(analogies_from_facts.FACTS)


def test_every_fact_is_there_once() -> None:
    for section, text in analogies_from_facts.FACTS.items():
        pairs = text.split()
        assert len(pairs) == len(set(pairs)), section


def test_names_of_sets() -> None:
    assert data.named_analogies("teaching") == data.analogies_path()
    assert all(isinstance(data.named_analogies(name), Path) for name in data.ANALOGIES)
    with pytest.raises(KeyError):
        data.named_analogies("none")
