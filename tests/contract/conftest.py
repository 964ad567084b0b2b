"""One operational database per test, on each engine that Herald supports."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from serving.database.connect import Database, open_database

_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/herald.db"
    server: str = request.getfixturevalue("postgres_url")
    name = f"herald_{next(_numbers)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with this version's tables."""
    with open_database(database_url) as opened:
        yield opened
