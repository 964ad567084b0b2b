"""Text of others made harmless before it enters a message: one line, nothing invisible, no link, nothing to run."""

import re
import unicodedata
from functools import lru_cache

LONGEST = 600
"""Characters of one text of the catalogue; what is longer is cut, and ends in an ellipsis."""

LONGEST_SUBJECT = 120
LEFT_OUT = "[…]"

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
"""Zero-width joiners are part of how some scripts and names are written; every other format character can go."""

_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+"  # an address with its scheme, or what mail programs take for one
    r"|\bmailto:\S+|\S+@[^\s@]+\.[^\s@]+"
    r"|(?<![\w.-])(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?(?:/\S*)?(?![\w-])",
    re.IGNORECASE,
)


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text as one line without control, format and bidirectional characters, cut at `longest` characters."""
    spaced = "".join(_shown(character) for character in unicodedata.normalize("NFC", text))
    line = " ".join(spaced.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


@lru_cache(4096)  # the same few thousand texts of a catalogue go into every message
def harmless(text: str, longest: int = LONGEST) -> str:
    """One line in which no mail program finds a link: a message has one link, the portal's, and it is ours.

    Markup and template syntax stay as they are: they are shown, never run.
    """
    return one_line(_LINK.sub(LEFT_OUT, one_line(text, 4 * longest)), longest)


def subject(text: str) -> str:
    """A line fit for a header or a lock screen."""
    return one_line(text, LONGEST_SUBJECT)


def paragraphs(text: str) -> str:
    """A rendered message: lines trimmed at their end, never two empty ones together."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def _shown(character: str) -> str:
    if character in "\n\r\t\v\f" or character.isspace():
        return " "
    if unicodedata.category(character) in _INVISIBLE and character not in _JOINERS:
        return " " if unicodedata.category(character) in ("Zl", "Zp") else ""
    return character
