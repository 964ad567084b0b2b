"""A full disk is one clear line, whatever words came with it."""

import errno
import sqlite3
from pathlib import Path

import pytest

from recommender.disk import is_full, room_for
from recommender.errors import TableError, WorkspaceError


def wrapped(inner: Exception) -> Exception:
    try:
        try:
            raise inner
        except Exception as error:
            raise RuntimeError("what a library made of it") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "over quota"),
        sqlite3.OperationalError("database or disk is full"),
        wrapped(sqlite3.OperationalError("database or disk is full")),
        RuntimeError("parquet: underlying IO error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_told_with_its_place_in_one_line(error: Exception) -> None:
    assert is_full(error)
    with pytest.raises(WorkspaceError) as told, room_for("var/town"):
        raise error
    assert str(told.value).startswith("var/town: the disk is full; make room")
    assert "\n" not in str(told.value)


def test_a_device_that_is_full_is_told(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():  # only Linux has one
        full = tmp_path / "nowhere" / "file"
    with pytest.raises(WorkspaceError, match=r"full|No such file"), room_for(full):
        full.write_text("anything")


def test_an_error_of_herald_and_one_that_nobody_foresaw_come_through_as_they_are() -> None:
    with pytest.raises(TableError, match=r"^as it is$"), room_for("var"):
        raise TableError("as it is")
    with pytest.raises(KeyError), room_for("var"):
        raise KeyError("unforeseen")


def test_an_error_that_caused_itself_is_looked_at_once() -> None:
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert not is_full(first)
