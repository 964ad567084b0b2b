"""Letters: what a person reads on paper, and batches that are whole whatever happens."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib
import pytest
from pypdf import PdfReader
from sqlalchemy import select
from typer.testing import CliRunner

from recommender.errors import SettingsError, SetupError
from recommender.identifiers import CitizenId
from serving.channels import letter
from serving.channels.letter import LetterChannel, Spool
from serving.channels.letters_erasing import erase_letters
from serving.channels.port import Refused, Unavailable
from serving.commands.messages import notify
from serving.database import decisions
from serving.database.connect import open_database
from serving.database.tables import notification
from tests.contract.decided import decided
from tests.messages_made import PORTAL, made

AT = datetime(2031, 3, 6, 8, 0, tzinfo=UTC)
HOME = "Anna Ahn|12 Linden Street|Harbour Town"


def batch(folder: Path, most: int = 500) -> tuple[PdfReader, dict[str, object], Path]:
    printed = Spool(folder).print_batch(AT, "Public Services", most)
    assert printed is not None
    manifest = json.loads((printed.folder / "manifest.json").read_text())
    return PdfReader(printed.folder / "letters.pdf"), manifest, printed.folder


def test_a_person_reads_it_in_both_languages(tmp_path: Path) -> None:
    channel = LetterChannel(tmp_path)
    channel.send(made("letter", HOME, first=True))
    channel.send(made("letter", "安娜|椴树街 12 号|港城", language="zh", number="n2"))
    pages, manifest, _ = batch(tmp_path)
    english, chinese = (page.extract_text() for page in pages.pages)
    for words in ("Anna Ahn", "12 Linden Street", "Birth grant", "Family Office", "5 March 2031", PORTAL,
                  "YOUR RIGHT TO OBJECT", made("letter").code):  # fmt: skip
        assert words in english
    for words in ("安娜", "椴树街", "生育补助", "家庭事务办公室", "孩子出生"):
        assert words in chinese.replace("\n", "")
    assert [one["message_id"] for one in manifest["letters"]] == ["n1", "n2"]  # type: ignore[attr-defined]
    assert "Anna" not in json.dumps(manifest), "the manifest travels with the print job"


def test_the_address_stands_in_the_window(tmp_path: Path) -> None:
    LetterChannel(tmp_path).send(made("letter", HOME))
    pages, _, _ = batch(tmp_path)
    places: list[tuple[float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: object) -> None:
        if "Linden" in text:
            places.append((cm[4] + tm[4], cm[5] + tm[5]))

    pages.pages[0].extract_text(visitor_text=visit)
    mm = 72 / 25.4
    height = float(pages.pages[0].mediabox.height)
    for left, bottom in places:
        assert 20 * mm <= left <= 105 * mm
        assert 45 * mm <= height - bottom <= 90 * mm
    assert places


def test_a_long_letter_has_pages_and_the_next_begins_on_its_own(tmp_path: Path) -> None:
    long = made("letter", HOME)
    text = long.text + "\n\n".join(f"Paragraph {i} of many words." * 5 for i in range(60))
    from dataclasses import replace

    LetterChannel(tmp_path).send(replace(long, text=text))
    LetterChannel(tmp_path).send(made("letter", HOME, number="n2"))
    pages, manifest, _ = batch(tmp_path)
    first, second = manifest["letters"]  # type: ignore[misc]
    assert first["pages"] > 2
    assert second["first_page"] == first["pages"] + 1
    assert len(pages.pages) == first["pages"] + second["pages"]
    assert "Anna Ahn" in pages.pages[second["first_page"] - 1].extract_text()


@pytest.mark.parametrize("name", ["<b>Grant</b> & co", "{{ 7 * 7 }}", '<font name="x">', "]]>&#0;", "Zażółć 🎁 gęślą"])
def test_a_hostile_name_is_printed_as_it_is(tmp_path: Path, name: str) -> None:
    LetterChannel(tmp_path).send(made("letter", f"{name}|Street", name={"en": name}))
    pages, _, _ = batch(tmp_path)
    shown = pages.pages[0].extract_text()
    assert name.isascii() is False or name in shown


def test_the_same_letter_twice_is_one_and_after_printing_none(tmp_path: Path) -> None:
    channel = LetterChannel(tmp_path)
    channel.send(made("letter", HOME))
    channel.send(made("letter", HOME))
    pages, _, _ = batch(tmp_path)
    assert len(pages.pages) == 1
    channel.send(made("letter", HOME))
    assert Spool(tmp_path).print_batch(AT, "Public Services") is None


def test_batches_of_one_second_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for number in ("n1", "n2", "n3"):
        LetterChannel(tmp_path).send(made("letter", HOME, number=number))
    folders = {batch(tmp_path, most=1)[2] for _ in range(3)}
    assert len(folders) == 3


@pytest.mark.parametrize("killed_at", ["_manifest", "_sync", "_settle"])
def test_a_print_that_was_killed_goes_on_and_prints_nothing_twice(
    tmp_path: Path, killed_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("n1", "n2"):
        LetterChannel(tmp_path).send(made("letter", HOME, number=number))

    class KilledError(BaseException):
        pass

    calls = iter(range(9))

    def die(*_args: object) -> None:
        if killed_at != "_settle" or next(calls) > 0:  # the first settling is before the print
            raise KilledError

    monkeypatch.setattr(Spool if killed_at == "_settle" else letter, killed_at, die)
    with pytest.raises(KilledError):
        Spool(tmp_path).print_batch(AT, "Public Services")
    monkeypatch.undo()
    while Spool(tmp_path).print_batch(AT, "Public Services"):
        pass
    told = [
        one["message_id"]
        for file in sorted((tmp_path / "batches").glob("*/manifest.json"))
        for one in json.loads(file.read_text())["letters"]
    ]
    assert sorted(told) == ["n1", "n2"]
    assert not list((tmp_path / "waiting").iterdir())


@pytest.mark.parametrize("address", ["", "Anna Ahn", "a|b|c|d|e|f|g"])
def test_what_is_no_postal_address_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused):
        LetterChannel(tmp_path).send(made("letter", address))


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable):
        LetterChannel(tmp_path / "file").send(made("letter", HOME))
    with pytest.raises(SetupError):
        Spool(tmp_path / "file").print_batch(AT, "x")


def test_others_on_the_machine_cannot_read_letters(tmp_path: Path) -> None:
    LetterChannel(tmp_path / "letters").send(made("letter", HOME))
    assert stat.S_IMODE((tmp_path / "letters" / "waiting").stat().st_mode) == 0o700


def test_the_command_prints_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERALD_CHANNELS_LETTER_FOLDER", str(tmp_path))
    LetterChannel(tmp_path).send(made("letter", HOME))
    assert "1 letters in" in CliRunner().invoke(notify, ["letters"]).output
    assert CliRunner().invoke(notify, ["letters"]).output == "no letter waits\n"


def test_a_letter_that_waits_can_be_erased(tmp_path: Path) -> None:
    LetterChannel(tmp_path).send(made("letter", HOME))
    assert Spool(tmp_path).erase(["n1", "n2", "../../etc/passwd"]) == 1
    assert Spool(tmp_path).print_batch(AT, "Public Services") is None


def test_a_printer_that_wants_fonts_embedded_gets_them(tmp_path: Path) -> None:
    LetterChannel(tmp_path).send(made("letter", "Zażółć Gęślą|Łódź"))
    printed = Spool(tmp_path, Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf").print_batch(AT, "x")
    assert printed is not None
    page = PdfReader(printed.folder / "letters.pdf").pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert any("/FontFile2" in font["/FontDescriptor"] for font in fonts if "/FontDescriptor" in font)
    assert "Zażółć Gęślą" in page.extract_text()


def test_a_font_that_is_none_is_named_and_the_letters_wait_on(tmp_path: Path) -> None:
    LetterChannel(tmp_path).send(made("letter", HOME))
    (tmp_path / "font.ttf").write_text("no font")
    with pytest.raises(SettingsError, match="letter_font"):
        Spool(tmp_path, tmp_path / "font.ttf").print_batch(AT, "x")
    assert Spool(tmp_path).print_batch(AT, "x") is not None


def test_pages_of_batches_long_posted_are_deleted_and_their_manifests_kept(tmp_path: Path) -> None:
    LetterChannel(tmp_path).send(made("letter", HOME))
    _, _, folder = batch(tmp_path)
    assert Spool(tmp_path).drop_pages(AT) == 0
    assert Spool(tmp_path).drop_pages(AT + timedelta(seconds=1)) == 1
    assert not (folder / "letters.pdf").exists()
    assert (folder / "manifest.json").exists()
    LetterChannel(tmp_path).send(made("letter", HOME))
    assert Spool(tmp_path).print_batch(AT, "x") is None, "it was printed"


def test_a_citizen_who_is_erased_gets_no_letter_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERALD_CHANNELS_LETTER_FOLDER", str(tmp_path / "letters"))
    with open_database(f"sqlite:///{tmp_path}/herald.db") as database, database.write() as conn:
        decisions.record(conn, decided("d1", AT, citizen="anna"))
        one = conn.execute(select(notification.c.notification_id)).scalar_one()
        LetterChannel(tmp_path / "letters").send(made("letter", HOME, number=one))
        assert erase_letters(conn, CitizenId("bert")) == 0
        assert erase_letters(conn, CitizenId("anna")) == 1
    assert list((tmp_path / "letters" / "waiting").iterdir()) == []
