"""Unit tests have no network: a socket that is opened fails the test."""

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_network():  # type: ignore[no-untyped-def]
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
