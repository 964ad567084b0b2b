"""Forms to YAML files and back: nothing is lost, nothing is half written, nobody's folder is taken."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from recommender.adapters.yaml_catalogue import SHARED, Written, load_catalogue, read_catalogue
from recommender.adapters.yaml_forms import ServiceForm, SharedForm
from recommender.adapters.yaml_writing import text_of, write_catalogue
from recommender.errors import CatalogueError, WorkspaceError
from tests.catalogue_forms import catalogues, form_of

ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "experiments" / name / "services" for name in ("city", "nlsy97")]


@given(catalogues())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_form_written_and_read_is_the_same_form(written: Written) -> None:
    for _, form in written.services:
        assert ServiceForm.model_validate(yaml.safe_load(text_of(form))) == form
    assert SharedForm.model_validate(yaml.safe_load(text_of(written.shared))) == written.shared


@given(form_of(ServiceForm, every=True))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_form_with_every_field_used_is_the_same_after_writing(form: ServiceForm) -> None:
    assert len(yaml.safe_load(text_of(form))) == len(ServiceForm.model_fields)
    assert ServiceForm.model_validate(yaml.safe_load(text_of(form))) == form


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.parent.name)
def test_a_shipped_catalogue_written_anew_has_the_same_version(folder: Path, tmp_path: Path) -> None:
    written = read_catalogue(folder)
    write_catalogue(tmp_path / "new", written)
    assert read_catalogue(tmp_path / "new").version() == written.version()
    assert load_catalogue(tmp_path / "new") == load_catalogue(folder)


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    written = read_catalogue(SHIPPED[0])
    for name in ("one", "two"):
        write_catalogue(tmp_path / name, written)
    names = sorted(entry.name for entry in (tmp_path / "one").iterdir())
    assert names == sorted(entry.name for entry in (tmp_path / "two").iterdir())
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)


def test_an_earlier_catalogue_is_kept_unless_force_is_said(tmp_path: Path) -> None:
    written = read_catalogue(SHIPPED[1])
    write_catalogue(tmp_path / "c", written)
    fewer = Written(written.services[:2], written.shared)
    with pytest.raises(CatalogueError, match="--force"):
        write_catalogue(tmp_path / "c", fewer)
    assert read_catalogue(tmp_path / "c").version() == written.version()
    write_catalogue(tmp_path / "c", fewer, force=True, beside={"report.json": "{}"})
    assert read_catalogue(tmp_path / "c").version() == fewer.version()
    write_catalogue(tmp_path / "c", written, force=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["c"]


def test_two_that_write_at_once_do_not_replace_each_other(tmp_path: Path) -> None:
    written = read_catalogue(SHIPPED[1])
    halves = [Written(written.services[:12], written.shared), Written(written.services[12:], written.shared)]
    with ThreadPoolExecutor(8) as pool:
        tried = [pool.submit(write_catalogue, tmp_path / "c", halves[i % 2]) for i in range(8)]
    failed = [future.exception() for future in tried if future.exception()]
    assert len(failed) == 7
    assert all(isinstance(error, CatalogueError) for error in failed)
    assert read_catalogue(tmp_path / "c").version() in {half.version() for half in halves}
    assert [entry.name for entry in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize("strange", ["notes.txt", "photos/"])
def test_a_folder_that_holds_anything_else_is_never_replaced(tmp_path: Path, strange: str) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / strange).mkdir() if strange.endswith("/") else (folder / strange).write_text("mine")
    with pytest.raises(CatalogueError, match=strange.rstrip("/")):
        write_catalogue(folder, read_catalogue(SHIPPED[1]), force=True)
    assert [entry.name for entry in folder.iterdir()] == [strange.rstrip("/")]


@pytest.mark.parametrize("change", [{"usage": "sometimes"}, {"name": {"en": "half a \ud83d"}}])
def test_what_no_form_can_be_read_from_is_not_put_in_place(tmp_path: Path, change: dict[str, Any]) -> None:
    written = read_catalogue(SHIPPED[1])
    bent = written.services[0][1].model_copy(update=change)
    with pytest.raises(CatalogueError, match=next(iter(change))):
        write_catalogue(tmp_path / "c", Written(((Path("x"), bent), *written.services[1:]), written.shared))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "locked").write_text("a file where a folder should be: not even root writes below it")
    with pytest.raises(WorkspaceError, match="locked"):
        write_catalogue(tmp_path / "locked" / "c", read_catalogue(SHIPPED[1]))


def test_a_disk_that_fills_leaves_the_earlier_catalogue(tmp_path: Path) -> None:
    written = read_catalogue(SHIPPED[1])
    write_catalogue(tmp_path / "c", written)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from recommender.adapters.yaml_catalogue import read_catalogue\n"
        "from recommender.adapters.yaml_writing import write_catalogue\n"
        "written = read_catalogue(Path(sys.argv[1]))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "write_catalogue(Path(sys.argv[2]), written, force=True)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(SHIPPED[0]), str(tmp_path / "c")], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode != 0
    assert "the disk is full" in ran.stderr
    assert read_catalogue(tmp_path / "c").version() == written.version()
    assert [entry.name for entry in tmp_path.iterdir()] == ["c"]


def test_what_nothing_is_shared_writes_no_shared_file(tmp_path: Path) -> None:
    written = read_catalogue(SHIPPED[1])
    write_catalogue(tmp_path / "c", Written(written.services, SharedForm()))
    assert not (tmp_path / "c" / SHARED).exists()
