"""Every page is listed here by name, demands a session, and says the same things in each language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from serving.app import PAGES
from serving.pages.forms import submitted
from serving.pages.texts import FOLDER, SECOND, read_texts
from serving.pages.visitors import visitor

OPEN = {
    "GET /inbox/sign-in",
    "GET /inbox/sign-in/start",  # on to the provider; says nothing about anybody
    "GET /inbox/sign-in/back",  # what the provider vouches for is checked
    "POST /inbox/sign-in/here",  # in development, from this machine; its form is bound to the browser
    "GET /inbox/language/{language}",
    "GET /inbox/assets/{name}",
}

SIGNED_IN = {
    "GET /inbox": "what is suggested to the citizen now",
    "GET /inbox/stream": "the same, as it comes",
    "GET /inbox/service/{service_id}": "the catalogue, which is public",
    "POST /inbox/feedback": "nothing",
    "POST /inbox/answer": "nothing",
    "POST /inbox/outcome": "nothing",
    "POST /inbox/sign-out": "nothing",
    "POST /inbox/leave": "nothing",
    "POST /inbox/happen": "nothing; in development alone",
}
"""What each hands out, to the citizen or who holds their mandate alone."""


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for module in PAGES:
        for route in module.router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods):
                yield f"{method} {route.path}", route


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


ROUTES = dict(_routes())


def test_every_page_is_listed_by_name() -> None:
    assert set(ROUTES) == OPEN | set(SIGNED_IN)


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_every_other_page_demands_a_session(name: str) -> None:
    assert visitor in set(_calls(ROUTES[name].dependant))


@pytest.mark.parametrize("name", sorted(name for name in SIGNED_IN if name.startswith("POST")))
def test_every_form_is_bound_to_the_session_it_was_given_to(name: str) -> None:
    assert submitted in set(_calls(ROUTES[name].dependant))


def test_no_page_stands_in_the_apis_document() -> None:
    assert [name for name, route in ROUTES.items() if route.include_in_schema] == []


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_language_says_the_same_things_with_the_same_blanks(file: Path) -> None:
    own, second = read_texts(file), read_texts(FOLDER / f"{SECOND}.yaml")
    assert set(own) == set(second)
    blanks = {name: {part for part in ("{n}", "{period}", "{day}") if part in text} for name, text in second.items()}
    assert {name: {part for part in blanks[name] if part not in own[name]} for name in own} == {n: set() for n in own}
