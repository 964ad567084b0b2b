"""A full or broken disk, however the library that met it words it, becomes one clear line."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.errors import HeraldError, WorkspaceError

_WORDS = ("No space left on device", "disk is full", "Disk quota exceeded", "File too large")
_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MEND = "make room and run the command again; what was there before is as it was"


def is_full(error: BaseException) -> bool:
    """Whether a full disk, a quota or a file size limit is behind an error: itself or what it came from."""
    seen: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in seen:
        seen.append(here)
        if getattr(here, "errno", None) in _NUMBERS or any(words in str(here) for words in _WORDS):
            return True
        here = here.__cause__ or here.__context__
    return False


@contextmanager
def room_for(where: Path | str, mend: str = MEND) -> Iterator[None]:
    """What is written within is told of in one line when it cannot be. Raises WorkspaceError naming `where`.

    A library's own error comes through as it is when neither a full disk nor the operating system is behind it.
    """
    try:
        yield
    except HeraldError:
        raise
    except Exception as error:
        if is_full(error):
            raise WorkspaceError(f"{where}: the disk is full", mend=mend) from error
        if isinstance(error, OSError):
            raise WorkspaceError(f"{where}: {' '.join(str(error).split())[:200]}", mend=mend) from error
        raise
