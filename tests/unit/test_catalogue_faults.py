"""What is said of a file that is no form, and that the check and the loading of a catalogue agree."""

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.adapters.catalogue_checked import Data
from recommender.adapters.catalogue_checks import check
from recommender.adapters.catalogue_files import Fault, read_files
from recommender.adapters.catalogue_link_checks import is_link
from recommender.adapters.yaml_catalogue import Written, load_catalogue
from recommender.adapters.yaml_places import Places
from recommender.adapters.yaml_writing import write_catalogue
from recommender.errors import CatalogueError
from recommender.rule_checks import Kind
from tests.catalogue_forms import catalogues, meaningful

TORN = ("", "{", "\t", ": ", "\n", "'", "é", "-")
SERVICES = Path(__file__).parents[2] / "experiments" / "city" / "services"
AID = """id: aid
name: {en: Aid}
description: {en: It helps.}
authority: {en: Office}
need: moved
usage: once
answers:
  - {event: moved, within: P1Y}
criteria:
  - id: adult
    rule: "age >= 18"
    met: {en: You are an adult.}
    unmet: {en: It is for adults.}
    unknown: {en: Your age is not known.}
    source: {act: Aid Act, link: "https://law.example/aid"}
"""


BOMB = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)
)
"""Twelve lines that written out are a hundred thousand million parts."""


def faults_of(folder: Path, data: Data | None = None) -> list[Fault]:
    return check(read_files(folder), data or Data())


def of_aid(folder: Path, old: str = "", new: str = "", shared: str = "") -> list[Fault]:
    """The faults of a folder with the one service, in which `old` stands as `new`."""
    assert old in AID
    (folder / "aid.yaml").write_text(AID.replace(old, new, 1) if old else AID + new, encoding="utf-8")
    if shared:
        (folder / "_catalogue.yaml").write_text(shared, encoding="utf-8")
    return faults_of(folder)


def test_a_sound_service_has_no_fault(tmp_path: Path) -> None:
    assert of_aid(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("need: moved\n", "", 1, "need is missing"),
        ("need: moved", "ned: moved", 5, "there is no field ned; did you mean 'need'?"),
        ("act: Aid Act", "acts: Aid Act", 15, "did you mean 'act'?"),
        ("usage: once", "usage: sometimes", 6, "write 'once', 'repeatable' or 'held_until_ended'"),
        ("need: moved", "need: Moved house", 5, "need 'Moved house' is not a name; use a-z"),
        ("{en: Aid}", "{English: Aid}", 2, "'English' is not a language; write its tag"),
        ("{en: Aid}", "Aid", 2, "name 'Aid' is not a text in each language"),
        ("{en: Aid}", "{en: 12}", 2, "name.en 12 is not a text; write it in quotes"),
        ("{en: Aid}", "{en: ''}", 2, "name.en '' is empty"),
        ("{en: Aid}", "{}", 2, "name is empty"),
        ("within: P1Y", "within: 1 year", 8, "write P1Y for a year"),
        ("{event: moved, within", "{event: moved, date: born, within", 8, "either `event` or `date`"),
        ("usage: once", "usage: once\nvalid: {from: 2025-02-30}", 7, "2025-02-30 is no date and no number"),
        ("usage: once", "usage: once\nvalid: {from: next year}", 7, "valid.from 'next year' is not a day"),
        ("usage: once", "usage: once\nvalid: {from: 2025-02-03, to: 2025-02-01}", 7, "before it begins"),
        ("usage: once", "usage: once\nseason: {from: '02-30', to: '03-01'}", 7, "'02-30' is not a day of the year"),
        ("usage: once", "usage: once\nmay_ask: perhaps", 7, "may_ask 'perhaps' is neither true nor false"),
        ("usage: once", "usage: once\nusage: repeatable", 7, "usage stands here a second time; the first is on line 6"),
        ("{en: You are", "{en: x, en: You are", 12, "en stands here a second time"),
        ("usage: once", "usage: once\ncriteria: none", 10, "criteria stands here a second time"),
        ("usage: once", "\tusage: once", 6, "not YAML"),
        ("need: moved", "need: [moved", 6, "not YAML"),
        ("need: moved", "need: mo\x00ved", 1, "not YAML"),
        ("usage: once", "usage: once\nexcludes: [aid]", 7, "aid excludes itself"),
        ("usage: once", "usage: once\nexcludes: [b, b]", 7, "b stands twice in excludes"),
        ("answers:\n", "answers: moved\nx:\n", 7, "answers 'moved' is not a list"),
        ("within: P1Y", "within: P1.5Y", 8, "write 18 months as P18M"),
        ("usage: once", "usage: once\ndeadline: P9999Y", 7, "too long"),
        ("{en: Aid}", '{en: "A\\e[31mid"}', 2, "name holds a sign that is not seen, U+001B, in en"),
        ("{en: It helps.}", '{en: "It\\u202E helps."}', 3, "not seen, U+202E"),
        ("act: Aid Act", 'act: " "', 15, "no legal source is named; name the act, the article and a link"),
        ("usage: once", "usage: once\napply_url: '/\\bad.example'", 7, "is no link"),
    ],
)
def test_each_fault_of_form_is_said_plainly_at_its_line(
    tmp_path: Path, old: str, new: str, line: int, part: str
) -> None:
    told = [str(fault) for fault in of_aid(tmp_path, old, new) if fault.line == line]
    assert any(part in fault for fault in told), (told, [str(f) for f in faults_of(tmp_path)])


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"id: \xff\xfe", 1, "not UTF-8"),
        (b"a: 1\nid: \xff", 2, "not UTF-8"),
        (b"[" * 1200, 1, "nested too deeply"),
        (b"", 1, "the file has no fields"),
        (b"- a\n- b", 1, "the file has no fields"),
        (b"&a [*a]", 1, "the file has no fields"),
        (b"{? [a, b] : c}", 1, ""),
        (BOMB, 1, "its aliases repeat more than 100,000 parts"),
        (b"!!python/object/apply:os.system [ls]", 1, "not YAML"),
    ],
)
def test_a_file_that_is_no_form_at_all_is_one_fault(tmp_path: Path, content: bytes, line: int, part: str) -> None:
    (tmp_path / "odd.yaml").write_bytes(content)
    faults = faults_of(tmp_path)
    assert [fault.line for fault in faults] == [line]
    assert part in str(faults[0])
    with pytest.raises(CatalogueError):
        load_catalogue(tmp_path)


def test_a_pipe_is_not_waited_for_and_a_file_that_is_far_too_large_not_read(tmp_path: Path) -> None:
    of_aid(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    with (tmp_path / "zeros.yaml").open("wb") as huge:
        huge.truncate(10**12)
    told = [fault.what for fault in faults_of(tmp_path) if fault.line == 1]
    assert told == [
        "not readable: no file of text",
        "not readable: 1,000,000,000,000 bytes; at most 20,000,000 are read",
    ]
    with pytest.raises(CatalogueError, match=r"pipe\.yaml"):
        load_catalogue(tmp_path)


def test_what_other_files_name_is_not_held_against_an_unreadable_one(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("id: other\nname: [", encoding="utf-8")
    (tmp_path / "_catalogue.yaml").write_text("authorities: [", encoding="utf-8")
    told = of_aid(tmp_path, "authority: {en: Office}", "authority: office\nexcludes: [other]")
    assert {fault.file.name for fault in told} == {"other.yaml", "_catalogue.yaml"}


def test_a_file_with_another_ending_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "lost.yml").write_text(AID, encoding="utf-8")
    assert [str(f) for f in of_aid(tmp_path)] == [
        f"{tmp_path}/lost.yml:1: warning: this file is not read; let its name end in .yaml"
    ]


SHARED = """languages: [en]
life_events: {moved: {en: a move}}
authorities: {office: {name: {en: Office}, page: "https://office.example"}}
residence: {registered: district}
parameters:
  limit:
    words: {en: limit}
    source: Aid Act
    values:
      - {value: 1, to: 2024-12-31}
      - {value: 2, from: 2025-02-01}
questions:
  agee: {words: {en: "How old are you?"}}
bundles:
  moving: {name: {en: Moving}, event: moved, services: [aid, aid]}
  leaving: {name: {en: Leaving}, event: left, services: [aid]}
pauses: {died: P1D}
"""


def test_each_fault_of_what_services_share_is_said_at_its_line(tmp_path: Path) -> None:
    told = [(fault.line, fault.what) for fault in of_aid(tmp_path, shared=SHARED)]
    assert told == [
        (6, "no rule uses parameter limit"),
        (11, "parameter limit has no value between 2024-12-31 and 2025-02-01"),
        (13, "nobody is ever asked for agee: no rule looks at it"),
        (15, "aid stands twice in bundle moving"),
        (16, "aid does not answer left, the life event of bundle leaving"),
        (16, "there is no life event 'left'"),
        (17, "there is no life event 'died'"),
    ]


WORDS = Data(words={"work": ["employed", "unemployed"]}, heard=["moved"], events=["moved", "left"])


def test_a_word_that_no_register_told_is_a_warning(tmp_path: Path) -> None:
    of_aid(tmp_path, "age >= 18", "work in ('unemploid', 'employed')")
    [fault] = faults_of(tmp_path, WORDS)
    assert (fault.line, fault.grave, fault.mend) == (11, False, "did you mean 'unemployed'?")


def test_a_life_event_that_only_the_catalogue_knows_is_a_warning(tmp_path: Path) -> None:
    of_aid(tmp_path, shared="life_events: {moved: {en: a move}, wed: {en: a wedding}}")
    [fault] = faults_of(tmp_path, WORDS)
    assert (fault.file.name, fault.grave) == ("_catalogue.yaml", False)


def test_choices_are_answers_of_the_attributes_kind(tmp_path: Path) -> None:
    kinds = {"age": Kind.NUMBER, "work": Kind.TEXT, "deaf": Kind.BOOLEAN}
    asked = {"age": "old", "work": "unemploid", "deaf": "yes"}
    lines = [f"  {name}: {{words: {{en: a}}, choices: {{{key!r}: {{en: b}}}}}}" for name, key in asked.items()]
    of_aid(tmp_path, "age >= 18", "age >= 18 and work == 'employed' and deaf", shared="\n".join(["questions:", *lines]))
    told = [fault for fault in faults_of(tmp_path, replace(WORDS, kinds=kinds)) if fault.file.name == "_catalogue.yaml"]
    assert [(fault.line, fault.grave) for fault in told] == [(2, True), (3, False), (4, True)]


@pytest.mark.parametrize(
    ("rule", "other", "part", "grave"),
    [
        ("age >= 18", "18 <= age", "asks what adult asked", True),
        ("age >= 18", "age >= 21", "criterion adult never decides anything: whoever meets other meets it", False),
        ("age >= 18 and age < 65", "age >= 65", "no citizen can meet all criteria together", True),
    ],
)
def test_criteria_are_held_against_each_other(tmp_path: Path, rule: str, other: str, part: str, grave: bool) -> None:
    text = AID.replace("age >= 18", rule)
    block = text[text.index("  - id: adult") :]
    text += block.replace("adult", "other", 1).replace(rule, other)
    (tmp_path / "aid.yaml").write_text(text, encoding="utf-8")
    [fault] = faults_of(tmp_path)
    assert part in fault.what
    assert fault.grave is grave


def test_a_jurisdiction_counts_among_the_criteria(tmp_path: Path) -> None:
    here = AID.replace("usage: once", "usage: once\njurisdiction: {regions: [north]}")
    (tmp_path / "aid.yaml").write_text(here.replace("age >= 18", "district == 'south'"), encoding="utf-8")
    (tmp_path / "_catalogue.yaml").write_text("residence: {registered: district}", encoding="utf-8")
    [fault] = faults_of(tmp_path)
    assert fault.what == "no citizen can meet all criteria together"


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("https://law.example/a?b=1#c", True),
        ("http://例え.example", True),
        ("https://127.0.0.1:8000/", True),
        ("https://[::1]/", True),
        ("https://localhost/x", True),
        ("https://law..example", False),
        ("https://-law.example", False),
        ("https:///page", False),
        ("htps://law.example", False),
        ("law.example/aid", False),
        ("https://law.example/a b", False),
        ('https://law.example/"><script>', False),
        ("https://law.example:port/", False),
        ("https://[::1", False),
        ("javascript:alert(1)", False),
        ("mailto:a@b.example", False),
        ("https://law.example@bad.example/", False),
        ("https://law.example\\@bad.example", False),
        ("https://law.example/\u202efdp", False),
        ("", False),
    ],
)
def test_what_a_link_is(text: str, sound: bool) -> None:
    assert is_link(text) is sound


@pytest.mark.parametrize(
    ("valid", "first", "second", "part"),
    [
        ("", "{to: 2024-06-30}", "{from: 2024-06-30}", "two wordings of criterion adult are law on 2024-06-30"),
        ("", "{to: 2024-06-30}", "{from: 2024-07-02}", "is not law between 2024-06-30 and 2024-07-02"),
        ("", "{to: 2024-06-30}", "{from: 2024-07-01}", ""),
        ("{to: 2024-06-30}", "{to: 2024-06-30}", "{from: 2024-07-01}", "criterion adult is never asked"),
        ("{from: 2024-07-01}", "{to: 2024-06-30}", "{from: 2024-07-01}", "criterion adult is never asked"),
    ],
)
def test_the_days_of_two_wordings_meet_without_a_day_between_or_on_both(
    tmp_path: Path, valid: str, first: str, second: str, part: str
) -> None:
    criterion = AID[AID.index("  - id: adult") :]
    text = AID.replace("source:", f"in_force: {first}\n    source:")
    text += criterion.replace("18", "16").replace("source:", f"in_force: {second}\n    source:")
    (tmp_path / "aid.yaml").write_text(text + (f"valid: {valid}\n" if valid else ""), encoding="utf-8")
    told = [fault.what for fault in faults_of(tmp_path)]
    assert [what for what in told if part in what][:1] == told[:1]
    assert bool(told) == bool(part)


@given(st.one_of(catalogues(), meaningful()))
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_what_does_not_load_has_a_fault(tmp_path_factory: pytest.TempPathFactory, written: Written) -> None:
    """Whatever keeps a catalogue from being loaded is told by the check before."""
    folder = tmp_path_factory.mktemp("catalogue")
    write_catalogue(folder, written, force=True)
    grave = [str(fault) for fault in faults_of(folder) if fault.grave]
    try:
        load_catalogue(folder)
    except CatalogueError as error:
        assert grave, error


@given(st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_no_text_brings_the_check_down(tmp_path_factory: pytest.TempPathFactory, chance: random.Random) -> None:
    """Lines lost, doubled, mixed and cut anywhere: every outcome is a list of faults, and loading agrees."""
    folder = tmp_path_factory.mktemp("torn")
    for name in ("state_pension.yaml", "_catalogue.yaml"):
        text = (SERVICES / name).read_text(encoding="utf-8")
        for _ in range(chance.randint(0, 4)):
            start = chance.randrange(len(text))
            end = min(len(text), start + chance.choice([1, 2, 20, 200]))
            text = text[:start] + chance.choice([*TORN, text[start:end] * 2]) + text[end:] or "x"
        (folder / name).write_text(text, encoding="utf-8")
    faults = faults_of(folder)
    for fault in faults:
        assert 1 <= fault.line <= len(fault.file.read_text(encoding="utf-8").splitlines()) + 1
    try:
        load_catalogue(folder)
    except CatalogueError as error:
        assert any(fault.grave for fault in faults), error


def test_a_place_that_is_not_there_is_that_of_what_should_hold_it() -> None:
    places = Places("a:\n  b:\n    - c: 1\n    - d: 2\n")
    assert [places.line(path) for path in (["a"], ["a", "b", 1], ["a", "b", 1, "d"], ["a", "b", 9, "d"], ["z"])] == [
        *(1, 4, 4, 2, 1)
    ]


@pytest.mark.parametrize(("homes", "faults"), [(False, 1), (True, 0), (None, 0)])
def test_a_service_for_households_needs_a_register_that_knows_them(
    tmp_path: Path, homes: bool | None, faults: int
) -> None:
    (tmp_path / "aid.yaml").write_text(AID + "per_household: true\n")
    found = [f for f in check(read_files(tmp_path), Data(homes=homes)) if "lives" in f.what or "live" in f.what]
    assert len(found) == faults
    assert not any(fault.grave for fault in found)
