"""Which version of the catalogue is in force: drafted by one person, approved by another, from an instant on."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from recommender.errors import PublicationError
from recommender.identifiers import CatalogueVersion

NAME_LENGTH = 200
NOTE_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something, under which account of the operating system, and when by the machine's clock."""

    name: str
    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Publication:
    """One version of the catalogue on its way into force. A version may have several, after a roll-back for example.

    number        : in the order drafted.
    in_force_from : UTC, by the server's clock, which in a rehearsal is a simulated one.
    drafted       : None: no person drafted it, a server found it in the descriptor's folder, and nobody approved it.
    note, rolled_back_note : in the words of whoever drafted it, or rolled it back.
    """

    number: int
    version: CatalogueVersion
    in_force_from: datetime
    drafted: Signature | None
    note: str = ""
    approved: Signature | None = None
    rolled_back: Signature | None = None
    rolled_back_note: str = ""

    @property
    def waits(self) -> bool:
        """Drafted, not approved yet."""
        return self.drafted is not None and self.approved is None and self.rolled_back is None

    @property
    def counts(self) -> bool:
        """Approved, or from the descriptor; and not rolled back."""
        return (self.approved is not None or self.drafted is None) and self.rolled_back is None

    @property
    def rank(self) -> tuple[datetime, int]:
        """Of two that count, the one of higher rank is in force, once both have begun."""
        return self.in_force_from, self.number


def in_force(publications: Sequence[Publication], at: datetime) -> Publication | None:
    """The one in force at a time, as things stand now: approvals and roll-backs count whenever they were made."""
    return max((p for p in publications if p.counts and p.in_force_from <= at), key=lambda p: p.rank, default=None)


def upcoming(publications: Sequence[Publication], at: datetime) -> tuple[Publication, ...]:
    """Those that come into force after `at`, in order."""
    return tuple(sorted((p for p in publications if p.counts and p.in_force_from > at), key=lambda p: p.rank))


def status(publication: Publication, publications: Sequence[Publication], at: datetime) -> str:
    """In a word or two, for a table."""
    if publication.rolled_back is not None:
        return "rolled back"
    if publication.waits:
        return "draft"
    if publication.in_force_from > at:
        return "approved"
    return "in force" if publication == in_force(publications, at) else "superseded"


def check_name(name: str) -> str:
    """A person's name, tidied. Raises PublicationError when it is none."""
    tidy = " ".join(name.split())
    if not any(sign.isalpha() for sign in tidy) or len(tidy) > NAME_LENGTH or not tidy.isprintable():
        raise PublicationError(
            f"{name!r} names nobody", mend=f"give the person's name, of at most {NAME_LENGTH} letters"
        )
    return tidy


def check_note(note: str) -> str:
    """A note, tidied. Raises PublicationError when it is too long to be kept."""
    tidy = " ".join(note.split())
    if len(tidy) > NOTE_LENGTH:
        raise PublicationError(f"the note has {len(tidy)} characters", mend=f"at most {NOTE_LENGTH} are kept")
    return tidy


def same_person(one: str, other: str) -> bool:
    """Whether two names are one: case, spacing and the width of letters do not make another person."""
    return _folded(one) == _folded(other)


def check_approval(draft: Publication, publications: Sequence[Publication], name: str, now: datetime) -> None:
    """Return when `name` may approve the draft `now` (the server's clock). Raises PublicationError.

    The drafter may not, and what would never come into force, or from the same instant as another, is refused.
    """
    if draft.drafted is None or not draft.waits:
        raise PublicationError(
            f"version {draft.version[:12]} waits for no approval", mend="see `herald catalogue versions`"
        )
    if same_person(draft.drafted.name, name):
        raise PublicationError(
            f"version {draft.version[:12]} was drafted by {draft.drafted.name}", mend="another person must approve it"
        )
    others = [other for other in publications if other.counts and other.drafted is not None]
    if any(other.in_force_from == draft.in_force_from for other in others):
        raise PublicationError(
            f"another version is in force from {draft.in_force_from.isoformat()} too",
            mend="roll one of them back, or draft this one with another --from",
        )
    former = in_force(publications, now)
    if former is not None and former.rank > draft.rank:
        raise PublicationError(
            f"version {draft.version[:12]} would never be in force: {former.version[:12]} is, from the later "
            f"{former.in_force_from.isoformat()}",
            mend="roll that one back first, or draft this one with a later --from",
        )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
