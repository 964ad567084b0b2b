"""Servers that tests share, started when the first test asks for one."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import private_postgres, private_redis

# timings are benchmarks, not tests: a busy machine must not turn a law red
settings.register_profile("herald", deadline=None)
settings.load_profile("herald")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a private PostgreSQL cluster, without a database name."""
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """`host:port` of a private Redis server."""
    with private_redis() as url:
        yield url
