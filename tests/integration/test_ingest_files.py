"""Files in: loaded once, whole or not at all; what is wrong is set aside with its reason, or refused in one line."""

import errno
import fcntl
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from features.contacts import Contacts, contacts_of
from features.descriptor import Descriptor
from features.facts import read_attributes, read_citizens, read_events, read_languages, read_legal_grounds, read_uses
from features.ingest import drafting, ledger
from features.ingest.registers import held
from features.ingest.run import IngestReport, ingest
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.errors import HeraldError, SettingsError, TableError, TooManyRejectsError, WorkspaceError
from recommender.identity import pseudonymise

KEY = "a key of more than sixteen bytes"
SETTINGS = FeatureSettings(identity_key=SecretStr(KEY))
EVENTS = {"id": "fact_id", "person": "pseudonym", "what": "event_type", "day": "happened", "known": "known"}
STATES = {
    "person": "pseudonym",
    "as_of": "as_of",
    "district": {"role": "attribute", "type": "category"},
    "income": {"role": "attribute", "type": "number"},
}
DAY = date(2024, 1, 1)


def table_of(columns: Mapping[str, Any], file: str = "*.csv", **keys: Any) -> dict[str, Any]:
    return {"register": "population", "authority": "A", "kind": "history", "file": file, "columns": columns, **keys}


def town(zone: str = "UTC", **tables: dict[str, Any]) -> Descriptor:
    return Descriptor(dataset="town", horizon="P1Y", decision_times="monthly", time_zone=zone, tables=tables, needs={})


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(descriptor: Descriptor, tables: Path, workspace: Workspace, **keys: Any) -> IngestReport:
    return ingest(descriptor, tables, workspace, settings=SETTINGS, **keys)


def lines(count: int) -> str:
    rows = (f"e{i},p{i % 7},moved,2024-01-{i % 28 + 1:02d},2024-02-{i % 28 + 1:02d}" for i in range(count))
    return "id,person,what,day,known\n" + "\n".join(rows) + "\n"


def everything(workspace: Workspace) -> dict[str, bytes]:
    """Every file of the store but the lock, which holds nothing."""
    files = (path for path in workspace.root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(workspace.root)): path.read_bytes() for path in files}


def refusal(error: type[HeraldError], descriptor: Descriptor, tables: Path, workspace: Workspace) -> str:
    with pytest.raises(error) as refused:
        load(descriptor, tables, workspace)
    message = str(refused.value)
    assert "\n" not in message
    return message


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "var" / "town")


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return tmp_path / "tables"


def test_the_same_file_twice_changes_nothing(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", lines(30))
    descriptor = town(events=table_of(EVENTS))
    assert load(descriptor, tables, workspace).facts == 30
    before = everything(workspace)
    assert load(descriptor, tables, workspace).files == []
    (tables / "a.csv").rename(tables / "renamed.csv")
    assert load(descriptor, tables, workspace).files == []
    assert everything(workspace) == before


@settings(max_examples=15, deadline=None, derandomize=True)
@given(order=st.permutations(range(4)), at_once=st.booleans())
def test_files_in_any_order_give_the_same_facts(order: list[int], at_once: bool) -> None:
    columns = {**EVENTS, "fixes": "corrects", "gone": "withdrawn"}
    head = "id,person,what,day,known,fixes,gone\n"
    parts = [
        head + "a,ann,moved,2024-01-01,2024-01-05,,\nb,bob,moved,2024-01-02,2024-01-05,,\n",
        head + "c,ann,moved,2024-01-03,2024-02-01,a,\n",
        head + "d,bob,moved,2024-01-02,2024-02-01,b,true\n",
        head + "b,bob,moved,2024-01-02,2024-01-05,,\ne,ann,married,2024-01-09,2024-01-09,,\n",
    ]
    descriptor = town(events=table_of(columns))
    with tempfile.TemporaryDirectory() as folder:
        tables, in_order, shuffled = Path(folder) / "t", Workspace(Path(folder) / "a"), Workspace(Path(folder) / "b")
        for i, part in enumerate(parts):
            write(tables, f"{i}.csv", part)
        load(descriptor, tables, in_order)
        waiting = Path(folder) / "w"
        for place, i in enumerate(order):
            write(waiting, f"{place}.csv", parts[i])
            if not at_once or place == 3:
                load(descriptor, waiting, shuffled)
        assert read_events(in_order).equals(read_events(shuffled))
        assert read_events(in_order).height == 4


def test_each_bad_cell_is_set_aside_with_its_reason_and_the_rest_loads(tables: Path, workspace: Workspace) -> None:
    rows = [
        "ann,2024-01-01,d01,10",
        "bob,2024-01-01,d01,ten",
        "cid,soon,d01,10",
        ",2024-01-01,d01,10",
        "dan,2024-01-01,,",
    ]
    write(tables, "s.csv", "person,as_of,district,income\n" + "\n".join(rows) + "\n")
    report = load(town(states=table_of(STATES, rejects_at_most=0.7)), tables, workspace)
    assert (report.rows, report.facts, report.rejected) == (5, 2, 3)
    assert report.rejects is not None
    assert pl.read_csv(report.rejects).rows() == [
        ("s.csv", 2, "income", "ten", "not a number"),
        ("s.csv", 3, "as_of", "soon", "not a date or a time"),
        ("s.csv", 4, "person", None, "missing"),
    ]
    assert read_attributes(workspace, "states").select("citizen_id", "district", "income").rows() == [
        ("ann", "d01", 10.0),
        ("dan", None, None),
    ]


def test_a_broken_line_is_set_aside_by_its_place_and_na_is_a_word(tables: Path, workspace: Workspace) -> None:
    rows = [
        "ann,2024-01-01,NA,1",
        "bob,2024-01-01",
        "cid,2024-01-01,d01,x",
        "dan,2024-01-01,d01,1,2",
        "eve,2024-01-01,d01,y",
    ]
    write(tables, "s.csv", "\ufeffperson,as_of,district,income\n" + "\n".join(rows) + "\n")
    report = load(town(states=table_of(STATES, rejects_at_most=0.9)), tables, workspace)
    assert report.rejects is not None
    assert pl.read_csv(report.rejects)["row"].sort().to_list() == [2, 3, 4, 5]
    assert read_attributes(workspace, "states")["district"].to_list() == ["NA"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cells_may_be_parted_by_comma_semicolon_or_tab(separator: str, tables: Path, workspace: Workspace) -> None:
    text = '"person",as_of,district,income\n007,2024-01-01,"a ""b"" c",10\n'
    write(tables, "s.csv", text.replace(",", separator))
    load(town(states=table_of(STATES)), tables, workspace)
    told = read_attributes(workspace, "states").select("citizen_id", "district", "income").rows()
    assert told == [("007", 'a "b" c', 10.0)]


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1,5", "0x10"])
def test_what_is_no_number_is_set_aside(cell: str, tables: Path, workspace: Workspace) -> None:
    write(tables, "s.csv", f'person,as_of,district,income\nann,2024-01-01,d01,"{cell}"\nbob,2024-01-01,d01,1\n')
    assert load(town(states=table_of(STATES, rejects_at_most=0.5)), tables, workspace).rejected == 1


def test_too_many_rejects_load_nothing_and_say_where_to_look(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", lines(20))
    descriptor = town(events=table_of(EVENTS, "a*.csv"), states=table_of(STATES, "s.csv"))
    write(tables, "s.csv", "person,as_of,district,income\nann,2024-01-01,d01,10\nbob,2024-01-01,d01,ten\n")
    message = refusal(TooManyRejectsError, descriptor, tables, workspace)
    assert "s.csv, row 2, column income: 'ten'" in message
    assert "1 of 2 rows" in message
    assert not workspace.registers_file.exists()
    assert list(workspace.facts.rglob("*.parquet")) == []
    assert [path.name for path in workspace.rejects.iterdir()] == ["rejects-0001.csv"]


def test_all_rows_rejected_load_nothing_however_much_is_allowed(tables: Path, workspace: Workspace) -> None:
    write(tables, "s.csv", "person,as_of,district,income\nann,soon,d01,10\nbob,later,d01,1\n")
    message = refusal(TooManyRejectsError, town(states=table_of(STATES, rejects_at_most=1)), tables, workspace)
    assert "all 2 rows were rejected" in message


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("other.csv", "a\n", "no file s.*"),
        ("s.csv", "", "holds no row"),
        ("s.csv", "person,as_of,district,income\n", "holds no row"),
        ("s.csv", "person,as_of,district\nann,2024-01-01,d01\n", "lacks the column 'income'"),
        ("s.csv", "person,as_of,district,income,income\nann,2024-01-01,d01,1,2\n", "has the column 'income' twice"),
        ("s.parquet", "person,as_of\n", "cannot be read as Parquet"),
        ("s.xlsx", "PK", "is neither .parquet nor .csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    name: str, text: str, words: str, tables: Path, workspace: Workspace
) -> None:
    write(tables, name, text)
    assert words in refusal(TableError, town(states=table_of(STATES, "s.*")), tables, workspace)
    assert not workspace.registers_file.exists()


def test_the_same_fact_again_is_dropped_and_one_that_contradicts_is_set_aside(
    tables: Path, workspace: Workspace
) -> None:
    head = "id,person,what,day,known\n"
    write(tables, "a.csv", head + "e1,ann,moved,2024-01-01,2024-01-02\n" * 2 + "e1,ann,moved,2024-01-09,2024-01-09\n")
    descriptor = town(events=table_of(EVENTS, rejects_at_most=0.5))
    assert load(descriptor, tables, workspace).rejected == 1
    write(tables, "b.csv", head + "e1,ann,moved,2024-01-01,2024-01-02\ne2,bob,moved,2024-01-01,2024-01-02\n")
    assert load(descriptor, tables, workspace).rejected == 0
    write(tables, "c.csv", head + "e2,bob,moved,2024-01-05,2024-01-05\ne3,bob,moved,2024-01-01,2024-01-02\n")
    report = load(descriptor, tables, workspace)
    assert report.rejects is not None
    assert "e2" in report.rejects.read_text()
    believed = read_events(workspace).select("fact_id", "happened_at").sort("fact_id").rows()
    assert [fact_id for fact_id, _ in believed] == ["e1", "e2", "e3"]
    assert {happened for _, happened in believed} == {datetime(2024, 1, 1, tzinfo=UTC)}


def test_times_are_microseconds_utc_whatever_the_file_holds(tables: Path, workspace: Workspace) -> None:
    tables.mkdir()
    stamps = pl.Series([1_704_067_200_123_456_789]).cast(pl.Datetime("ns", "UTC"))
    frame = pl.DataFrame({"id": ["e"], "person": ["ann"], "what": ["moved"], "day": [DAY], "known": stamps})
    frame.write_parquet(tables / "a.parquet")
    load(town("Europe/Tallinn", events=table_of(EVENTS, "a.parquet")), tables, workspace)
    believed = read_events(workspace)
    assert believed.schema["known_at"] == believed.schema["happened_at"] == pl.Datetime("us", "UTC")
    assert believed.select("happened_at", "known_at").row(0) == (
        datetime(2023, 12, 31, 22, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 0, 123456, UTC),
    )


def test_what_became_known_later_is_left_out_until_it_is_asked_for(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", lines(28))
    descriptor = town(events=table_of(EVENTS))
    early = load(descriptor, tables, workspace, known_through=datetime(2024, 2, 10, tzinfo=UTC))
    assert (early.facts, early.files[0].later) == (10, 18)
    assert load(descriptor, tables, workspace, known_through=datetime(2024, 2, 5, tzinfo=UTC)).files == []
    assert load(descriptor, tables, workspace).facts == 18
    assert read_events(workspace).height == 28
    assert read_events(workspace, datetime(2024, 2, 10, tzinfo=UTC)).height == 10
    assert load(descriptor, tables, workspace).files == []


def test_a_correction_known_later_is_not_known_before(tables: Path, workspace: Workspace) -> None:
    head = "id,person,what,day,known,fixes\n"
    write(tables, "a.csv", head + "a,ann,moved,2024-01-01,2024-01-05,\nb,ann,moved,2024-01-02,2024-02-01,a\n")
    load(town(events=table_of({**EVENTS, "fixes": "corrects"})), tables, workspace)
    before = read_events(workspace, datetime(2024, 1, 31, tzinfo=UTC))
    assert before.select("fact_id", "superseded_at").rows() == [("a", None)]
    after = read_events(workspace).select("fact_id", "root", "superseded_at").rows()
    assert after == [("a", "a", datetime(2024, 2, 1, tzinfo=UTC)), ("b", "a", None)]


@pytest.mark.parametrize("moves", range(4))
def test_a_load_that_is_killed_leaves_the_former_state(
    moves: int, tables: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    write(tables, "a.csv", lines(20))
    descriptor = town(
        events=table_of(EVENTS, "a*.csv"), snaps=table_of({"person": "pseudonym"}, "s-*.csv", kind="snapshot")
    )
    write(tables, "s-2024-01-31.csv", "person\nann\nbob\n")
    load(descriptor, tables, workspace)
    before, citizens = read_events(workspace), read_citizens(workspace)
    write(tables, "a2.csv", lines(40).replace("moved", "married").replace("\ne", "\nf"))
    write(tables, "s-2024-02-29.csv", "person\nann\nbob\ncid\n")
    done: list[Path] = []
    replace = Path.replace

    def dying(path: Path, target: Path) -> Path:
        if len(done) == moves:
            raise Killed
        done.append(path)
        return replace(path, target)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(drafting.Path, "replace", dying)
        load(descriptor, tables, workspace)
    # two batches and one extract are moved, then the record is replaced
    assert read_events(workspace).equals(before)
    assert read_citizens(workspace).equals(citizens)
    load(descriptor, tables, workspace)
    assert read_events(workspace).height == 60
    assert "cid" in read_citizens(workspace)["citizen_id"]
    assert not (workspace.offline / ".staging").exists()
    assert len(list(workspace.facts.rglob("*.parquet"))) == len(ledger.read_ledger(workspace))


def test_a_full_disk_is_one_line_and_leaves_the_former_state(
    tables: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tables, "a.csv", lines(20))
    descriptor = town(events=table_of(EVENTS))
    load(descriptor, tables, workspace)
    before = everything(workspace)
    write(tables, "b.csv", lines(40))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(drafting.Pieces, "add", full)
        assert "the disk is full" in refusal(WorkspaceError, descriptor, tables, workspace)
    assert everything(workspace) == before


def test_a_second_load_at_the_same_time_is_refused(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", lines(5))
    workspace.offline.mkdir(parents=True)
    with (workspace.offline / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another ingest" in refusal(WorkspaceError, town(events=table_of(EVENTS)), tables, workspace)


def test_a_table_loaded_with_other_columns_is_refused(tables: Path, workspace: Workspace) -> None:
    write(tables, "s.csv", "person,as_of,district,income\nann,2024-01-01,d01,10\n")
    fewer = {name: column for name, column in STATES.items() if name != "income"}
    load(town(states=table_of(fewer)), tables, workspace)
    assert "other columns" in refusal(WorkspaceError, town(states=table_of(STATES)), tables, workspace)


def test_a_register_number_is_hashed_at_the_door_and_an_address_is_sealed(tables: Path, workspace: Workspace) -> None:
    columns = {
        "number": "register_number",
        "known": "known",
        "mail": {"role": "contact", "channel": "email"},
        "language": "language",
        "may": "legal_ground",
    }
    head = "number,known,mail,language,may\n"
    write(tables, "b.csv", head + "38001085718,2024-02-01,new@example.org,et,yes\n39001085719,2024-02-01,,,\n")
    write(tables, "c.csv", head + "38001085718,2024-01-01,old@example.org,en,no\n39001085719,2024-01-01,,ru,yes\n")
    write(tables, "d.csv", head + "3x,2024-01-01,a@example.org,en,perhaps\n40001085719,2024-01-01,,,\n")
    report = load(town(people=table_of(columns, rejects_at_most=0.5)), tables, workspace)
    ann, bob = (pseudonymise(number, KEY.encode()) for number in ("38001085718", "39001085719"))
    assert set(read_citizens(workspace)["citizen_id"]) >= {ann, bob}
    assert report.rejects is not None
    assert contacts_of(ann, workspace, SETTINGS) == {"email": "new@example.org"}
    assert read_languages(workspace).select("citizen_id", "language").rows() == [(ann, "et")]
    assert read_legal_grounds(workspace).select("citizen_id", "allowed").rows() == [(ann, True)]
    everywhere = b"".join(everything(workspace).values())
    for secret in (b"38001085718", b"39001085719", b"new@example.org", b"old@example.org"):
        assert secret not in everywhere
    with pytest.raises(WorkspaceError, match="another identity key"):
        contacts_of(ann, workspace, FeatureSettings(identity_key=SecretStr(KEY + "!")))


def test_contacts_of_an_older_herald_are_brought_up_to_date_when_they_are_read(workspace: Workspace) -> None:
    contacts = Contacts(workspace, SETTINGS)
    workspace.contacts.parent.mkdir(parents=True)
    with closing(sqlite3.connect(workspace.contacts)) as db, db:
        db.execute("CREATE TABLE contact (citizen_id, channel, address, known_us, PRIMARY KEY (citizen_id, channel))")
        for citizen in ("ann", "bob"):
            db.execute("INSERT INTO contact VALUES (?, 'email', ?, 1)", (citizen, contacts.seal("home@example.org")))
    digest = contacts.of("ann")["email"].digest
    assert contacts.holders(digest) == {"ann", "bob"}
    assert contacts.erase("ann") == 1
    assert contacts.of("ann") == {}
    assert contacts.holders(digest) == {"bob"}


def test_the_built_in_key_is_refused_outside_development(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", "number,known\n38001085718,2024-02-01\n")
    descriptor = town(people=table_of({"number": "register_number", "known": "known"}))
    with pytest.raises(SettingsError, match="HERALD_FEATURES_IDENTITY_KEY"):
        ingest(descriptor, tables, workspace, settings=FeatureSettings())
    assert not workspace.registers_file.exists()
    assert ingest(descriptor, tables, workspace, settings=FeatureSettings(development=True)).facts == 1


def test_a_use_log_tells_what_became_of_each_use_and_no_other_words(tables: Path, workspace: Workspace) -> None:
    columns = {"person": "pseudonym", "service": "service", "what": "use", "day": "happened"}
    rows = ["ann,aid,Started,2024-01-01", "ann,aid,granted,2024-01-09", "bob,aid,dreamt,2024-01-01"]
    write(tables, "u.csv", "person,service,what,day\n" + "\n".join(rows) + "\n")
    report = load(town(uses=table_of(columns, rejects_at_most=0.5)), tables, workspace)
    assert report.rejected == 1
    assert read_uses(workspace).select("citizen_id", "service_id", "use").rows() == [
        ("ann", "aid", "started"),
        ("ann", "aid", "granted"),
    ]


def test_a_withdrawal_that_names_nothing_is_set_aside(tables: Path, workspace: Workspace) -> None:
    head = "id,person,what,day,known,fixes,gone\n"
    write(tables, "a.csv", head + "a,ann,moved,2024-01-01,2024-01-05,,\nb,ann,moved,2024-01-01,2024-01-06,,true\n")
    columns = {**EVENTS, "fixes": "corrects", "gone": "withdrawn"}
    assert load(town(events=table_of(columns, rejects_at_most=0.5)), tables, workspace).rejected == 1
    assert read_events(workspace).height == 1


def test_an_announced_event_may_be_known_before_it_happens(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", "id,person,what,day,known\na,ann,retired,2030-01-01,2024-01-05\n")
    assert load(town(events=table_of(EVENTS)), tables, workspace).rejected == 0


def test_one_file_may_feed_two_tables_and_one_wide_table_is_a_source(tables: Path, workspace: Workspace) -> None:
    write(tables, "w.csv", "person,as_of,district,aid,pass\nann,2024-01-01,d01,yes,no\nbob,2024-01-01,d02,,1\n")
    places = table_of({"person": "pseudonym", "as_of": "as_of", "district": {"role": "attribute", "type": "category"}})
    holds = {"aid": {"role": "holds", "service": "heating_aid"}, "pass": {"role": "holds", "service": "travel_pass"}}
    load(town(places=places, held=table_of({"person": "pseudonym", "as_of": "as_of", **holds})), tables, workspace)
    assert read_attributes(workspace, "places")["district"].to_list() == ["d01", "d02"]
    assert read_attributes(workspace, "held").select("holds__heating_aid", "holds__travel_pass").rows() == [
        (True, False),
        (None, True),
    ]


def test_registers_say_what_is_held_from_whom_and_how_fresh(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", lines(27) + "e99,p1,moved,someday,2024-03-01\n")
    load(town(events=table_of(EVENTS)), tables, workspace)
    (line,) = held(workspace)
    assert (line.register, line.table, line.facts, line.citizens, line.rejected) == ("population", "events", 27, 7, 1)
    assert line.newest == datetime(2024, 2, 27, tzinfo=UTC)


def test_contacts_of_a_refused_load_are_not_kept(tables: Path, workspace: Workspace) -> None:
    write(tables, "a.csv", "person,mail\nann,ann@example.org\n")
    write(tables, "s.csv", "person,as_of,district,income\nann,soon,d01,10\n")
    people = table_of({"person": "pseudonym", "mail": {"role": "contact", "channel": "email"}}, "a.csv")
    refusal(TooManyRejectsError, town(people=people, states=table_of(STATES, "s.csv")), tables, workspace)
    assert not workspace.contacts.exists() or sqlite3.connect(workspace.contacts).execute(
        "SELECT count(*) FROM contact"
    ).fetchone() == (0,)
