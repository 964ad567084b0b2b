"""Letters: each waits as a file until a batch is printed; a batch is a folder that appears whole or not at all."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from recommender.errors import SetupError
from serving.channels.letter_pages import Letter, Printed, print_letters
from serving.channels.port import Message, Refused, Unavailable
from serving.messages.plain import one_line

MOST_LINES = 6
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_STAMP = "%Y%m%dT%H%M%SZ"
MANIFEST, PAGES, DONE = "manifest.json", "letters.pdf", ".done"


class Batch(NamedTuple):
    """One printed batch."""

    folder: Path
    letters: int


@dataclass
class LetterChannel:
    """Puts letters where the next batch takes them. folder: made with room for its owner only."""

    folder: Path
    name: str = "letter"

    def send(self, message: Message) -> str:
        """The letter waits for the next batch; the same message a second time is the same letter.

        Raises Refused without a postal address, Unavailable when the disk does not take it.
        """
        lines = [one_line(line, 60) for line in message.address.replace("|", "\n").splitlines() if line.strip()]
        if not 2 <= len(lines) <= MOST_LINES:
            raise Refused(f"a postal address has 2 to {MOST_LINES} lines", gone=True)
        if not set(message.message_id) <= _NAME:
            raise Refused("the message's id is no name of a file")
        letter = Letter(
            message.message_id, tuple(lines), message.language, message.created_at.isoformat(), message.subject,
            message.text, message.code,
        )  # fmt: skip
        place = Spool(self.folder)
        try:
            if not place.printed(letter.message_id):
                place.put(letter)
        except OSError as error:
            raise Unavailable(f"the folder of letters: {error}") from error
        return "waits for the next batch"


@dataclass(frozen=True, slots=True)
class Spool:
    """`waiting/` one file a letter, `batches/` one folder a batch, `printed/` one empty file a letter printed.

    font : a TrueType file that the pages embed; None: the fonts that readers of PDF have.
    """

    folder: Path
    font: Path | None = None

    def put(self, letter: Letter) -> None:
        """The letter waits; whole on the disk when it returns."""
        file = self._made("waiting") / f"{letter.message_id}.json"
        draft = file.with_suffix(".draft")
        _write(draft, json.dumps(asdict(letter), ensure_ascii=False).encode())
        draft.replace(file)
        _sync(file.parent)

    def printed(self, message_id: str) -> bool:
        """Whether a batch has it already."""
        return (self.folder / "printed" / message_id).exists()

    def erase(self, message_ids: Collection[str]) -> int:
        """Remove letters that wait; how many there were. A printed batch is deleted once it is posted."""
        files = [self.folder / "waiting" / f"{one}.json" for one in message_ids if set(one) <= _NAME]
        waiting = [file for file in files if file.exists()]
        for file in waiting:
            file.unlink(missing_ok=True)
        return len(waiting)

    def drop_pages(self, before: datetime) -> int:
        """Remove the pages of batches printed before; how many. Their manifests, without names, are kept."""
        dropped = 0
        for pages in self._made("batches").glob(f"*/{PAGES}"):
            if datetime.strptime(pages.parent.name[:16], _STAMP).replace(tzinfo=UTC) < before:
                pages.unlink()
                dropped += 1
        return dropped

    def print_batch(self, at: datetime, sender: str, most: int = 500) -> Batch | None:
        """Print what waits, oldest name first, at most so many letters; None when nothing waits.

        Killed at any instant, the next call goes on: a batch without its mark is settled first, and a letter is in one
        batch only. Raises SetupError when the folder cannot be used, or somebody else prints now.
        """
        try:
            with self._alone():
                self._settle()
                files = sorted(self._made("waiting").glob("*.json"))[:most]
                if not files:
                    return None
                batch = self._print([_read(file) for file in files], at, sender)
                self._settle()
                return Batch(batch, len(files))
        except OSError as error:
            raise SetupError(f"{self.folder}: {error}", mend="see HERALD_CHANNELS_LETTER_FOLDER") from error

    def _print(self, letters: Sequence[Letter], at: datetime, sender: str) -> Path:
        batches = self._made("batches")
        name = at.astimezone(UTC).strftime(_STAMP)
        number = sum(1 for folder in batches.glob(f"{name}*"))
        target = batches / (f"{name}-{number}" if number else name)
        draft = self.folder / ".draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        with (draft / PAGES).open("wb") as pages:
            printed = print_letters(letters, sender, pages, self.font)
            pages.flush()
            os.fsync(pages.fileno())
        _write(draft / MANIFEST, _manifest(target.name, at, printed, draft / PAGES))
        draft.rename(target)
        _sync(batches)
        return target

    def _settle(self) -> None:
        """Mark the letters of every batch that came to be as printed, so that they wait no more."""
        for batch in sorted(self._made("batches").iterdir()):
            if (batch / DONE).exists() or not (batch / MANIFEST).exists():
                continue
            marks = self._made("printed")
            for told in json.loads((batch / MANIFEST).read_text(encoding="utf-8"))["letters"]:
                (marks / told["message_id"]).touch()
                (self.folder / "waiting" / f"{told['message_id']}.json").unlink(missing_ok=True)
            _sync(marks)
            (batch / DONE).touch()

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SetupError(f"{self.folder}: another batch is being printed", mend="wait for it") from error
            yield


def _manifest(name: str, at: datetime, printed: Sequence[Printed], pages: Path) -> bytes:
    """What is in the batch, without names or addresses: it travels with the print job."""
    content = {
        "batch": name,
        "made_at": at.isoformat(),
        "pages_sha256": hashlib.sha256(pages.read_bytes()).hexdigest(),
        "letters": [one._asdict() for one in printed],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _read(file: Path) -> Letter:
    content = json.loads(file.read_text(encoding="utf-8"))
    return Letter(**{**content, "address": tuple(content["address"])})


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
