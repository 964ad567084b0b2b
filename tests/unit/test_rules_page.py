"""The page that policy officers write rules from says what the rules do: every example on it is tried."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.adapters.rule_text import parse_rule
from recommender.eligibility import evaluate
from recommender.errors import CatalogueError
from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId
from recommender.instants import to_us
from recommender.testing.fakes import knowledge_of

PAGE = (Path(__file__).parents[2] / "docs/rules.md").read_text(encoding="utf-8")
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
MOVED = datetime(2025, 2, 20, tzinfo=UTC)
ANSWERS = {"yes": True, "no": False, "unknown": None}


def fenced(kind: str) -> list[str]:
    blocks = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def rows() -> list[tuple[str, str, str]]:
    return re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (yes|no|unknown) \|$", PAGE, re.MULTILINE)


def known(words: str) -> Knowledge:
    """What the middle column of a table says."""
    if "register" in words:
        events = [RecordedEvent(FactId("m"), EventType("moved"), to_us(MOVED), to_us(MOVED))]
        covered = datetime(2000, 1, 1, tzinfo=UTC) if words.endswith("a register covers") else None
        recent = events if words.startswith("a move") else []
        return knowledge_of(NOW, recent=recent, covered_from={EventType("moved"): covered})
    if words == "nothing":
        return knowledge_of(NOW)
    name, written = words.split(" ", 1)
    return knowledge_of(NOW, {name: value(written)})


def value(written: str) -> Scalar:
    if written in ("true", "false"):
        return written == "true"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        return float(to_us(datetime.fromisoformat(written).replace(tzinfo=UTC)))
    return written.strip('"') if written.startswith('"') else float(written)


@pytest.mark.parametrize("text", fenced("rule"))
def test_an_example_is_a_rule(text: str) -> None:
    parse_rule(text)


@pytest.mark.parametrize("text", fenced("refused"))
def test_what_the_page_calls_refused_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_rule(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "words", "answer"), rows())
def test_a_rule_answers_as_the_page_says(text: str, words: str, answer: str) -> None:
    assert evaluate(parse_rule(text), known(words)) is ANSWERS[answer]


def test_the_page_has_examples_at_all() -> None:
    assert len(fenced("rule")) >= 20
    assert len(fenced("refused")) >= 10
    assert len(rows()) >= 20
