"""Letters as pages: address in the window of a DIN long envelope, text, code, and the code again for a scanner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import IO, Any, NamedTuple

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph, Spacer

from recommender.errors import SettingsError
from recommender.reasons import day_words

LATIN, CHINESE = "Helvetica", "STSong-Light"
"""Fonts that readers of PDF bring along or fetch. A printer that wants fonts embedded is given one: see `Fonts`."""

WINDOW = (25 * mm, A4[1] - 90 * mm, 80 * mm, 40 * mm)
"""Where the address shows: 20 mm from the left and 45 mm from the top, as DIN 5008 form B has it, with a margin."""

_FIRST_TOP, _NEXT_TOP, _BOTTOM = 105 * mm, 25 * mm, 25 * mm
_LEFT, _WIDTH = 25 * mm, A4[0] - 45 * mm


class Fonts(NamedTuple):
    """What Latin letters, and all others, are set in."""

    latin: str = LATIN
    other: str = CHINESE

    @classmethod
    def of(cls, file: Path | None) -> "Fonts":
        """One TrueType font for everything, embedded; None: those that readers have. Raises SettingsError."""
        if file is None:
            pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
            return cls()
        try:
            pdfmetrics.registerFont(TTFont("letter", str(file)))
        except (TTFError, OSError) as error:
            raise SettingsError(
                f"[channels] letter_font {file} cannot be used: {error}", mend="name a TrueType file (.ttf, .ttc)"
            ) from error
        return cls("letter", "letter")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. address: its lines. created_at: ISO 8601, the letter's date."""

    message_id: str
    address: tuple[str, ...]
    language: str
    created_at: str
    subject: str
    text: str
    code: str


class Printed(NamedTuple):
    """Where a letter stands in its batch. first_page: counted from 1."""

    message_id: str
    code: str
    language: str
    first_page: int
    pages: int


def print_letters(letters: Sequence[Letter], sender: str, target: IO[bytes], font: Path | None = None) -> list[Printed]:
    """Write one PDF of all letters, each from a page of its own on. The same letters give the same bytes.

    font : a TrueType file to embed. Raises SettingsError when it is none.
    """
    fonts = Fonts.of(font)
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle("Letters")
    printed, page = [], 1
    for letter in letters:
        pages = _print(canvas, letter, sender, fonts)
        printed.append(Printed(letter.message_id, letter.code, letter.language, page, pages))
        page += pages
    canvas.save()
    return printed


def _print(canvas: Canvas, letter: Letter, sender: str, fonts: Fonts) -> int:
    """Draw one letter and give its number of pages."""
    story = _story(letter, fonts)
    pages = 0
    while story or not pages:
        pages += 1
        top = _FIRST_TOP if pages == 1 else _NEXT_TOP
        if pages == 1:
            _head(canvas, letter, sender, fonts)
        _foot(canvas, letter, pages, fonts)
        frame = Frame(_LEFT, _BOTTOM, _WIDTH, A4[1] - top - _BOTTOM, 0, 0, 0, 0)
        before = len(story)
        frame.addFromList(story, canvas)
        if len(story) == before:  # a paragraph longer than a page
            parts = story[0].split(_WIDTH, A4[1] - top - _BOTTOM)
            story[0:1] = parts[:1]
            frame.addFromList(story, canvas)
            story[0:0] = parts[1:]
        canvas.showPage()
    return pages


def _head(canvas: Canvas, letter: Letter, sender: str, fonts: Fonts) -> None:
    language = letter.language
    left, bottom, width, height = WINDOW
    lines = [_paragraph(sender, language, fonts, size=7), Spacer(1, 2 * mm)]
    lines += [_paragraph(line, language, fonts, size=10.5, leading=13.5) for line in letter.address]
    Frame(left, bottom, width, height, 0, 0, 0, 0).addFromList(lines, canvas)
    day = day_words(datetime.fromisoformat(letter.created_at), language, "UTC")
    date = [_paragraph(day, language, fonts), Spacer(1, 1 * mm)]
    Frame(A4[0] - 80 * mm, A4[1] - 100 * mm, 60 * mm, 8 * mm, 0, 0, 0, 0).addFromList(date, canvas)


def _foot(canvas: Canvas, letter: Letter, page: int, fonts: Fonts) -> None:
    """The code for people and, on the first page, for whoever scans what came back."""
    canvas.setFont(fonts.latin, 9)
    canvas.drawString(_LEFT, 12 * mm, letter.code)
    canvas.drawRightString(A4[0] - 20 * mm, 12 * mm, str(page))
    if page == 1:
        Code128(letter.code.replace("-", ""), barHeight=8 * mm, barWidth=0.3 * mm).drawOn(canvas, 80 * mm, 10 * mm)


def _story(letter: Letter, fonts: Fonts) -> list[Any]:
    language = letter.language
    story: list[Any] = [_paragraph(letter.subject, language, fonts, size=12.5, leading=16), Spacer(1, 4 * mm)]
    for block in letter.text.strip().split("\n\n"):
        for line in block.splitlines():
            indent = (len(line) - len(line.lstrip())) * 1.5 * mm
            story.append(_paragraph(line.strip(), language, fonts, indent=indent))
        story.append(Spacer(1, 2.5 * mm))
    return story


def _paragraph(
    text: str, language: str, fonts: Fonts, *, size: float = 10.5, leading: float = 14.5, indent: float = 0
) -> Paragraph:
    chinese = language.split("-")[0] == "zh"
    style = ParagraphStyle(
        "letter", fontName=fonts.other if chinese else fonts.latin, fontSize=size, leading=leading, leftIndent=indent,
        wordWrap="CJK" if chinese else None,
    )  # fmt: skip
    return Paragraph(_in_fonts(text, fonts), style)


def _in_fonts(text: str, fonts: Fonts) -> str:
    """The text as a paragraph's markup: escaped, each run in a font that has its letters."""
    return "".join(
        f'<font name="{font}">{escape("".join(run))}</font>'
        for font, run in groupby(text, key=lambda one: _font_of(one, fonts))
    )


def _font_of(character: str, fonts: Fonts) -> str:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return fonts.other
    return fonts.latin
