"""`herald catalogue import` and `herald catalogue export`: catalogues of others in, one's own out."""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from recommender.disk import room_for
from recommender.errors import CatalogueError

if TYPE_CHECKING:
    from rich.table import Table

    from recommender.adapters.importing import Imported

imports = typer.Typer(help="Bring a catalogue of others in, with a report of its faults.", no_args_is_help=True)

OutOption = Annotated[Path, typer.Option(help="Folder for the catalogue; must not hold one yet.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what an earlier run wrote there.")]
_SHOWN_IN_FULL = 25
LEFT_OUT = 1
"""Exit code when a public service of the source could not come in."""


@imports.command("cpsv")
def import_cpsv(
    file: Annotated[Path, typer.Argument(help="CPSV-AP 3.2 in Turtle (.ttl) or JSON-LD (.jsonld).")],
    out: OutOption,
    language: Annotated[str, typer.Option(help="Language of texts that name none.")] = "en",
    within: Annotated[str, typer.Option(help="How long a life event calls for a service (ISO 8601 period).")] = "P1Y",
    force: ForceOption = False,
) -> None:
    """Import public services described in CPSV-AP; what no machine can read becomes a question, never a yes."""
    from recommender.adapters.cpsv_reading import import_file
    from recommender.adapters.yaml_writing import check_free
    from recommender.instants import check_period

    try:
        check_period(within)
    except ValueError as error:
        raise CatalogueError(f"--within: {error}", mend="as in P1Y") from error
    check_free(out, force=force)
    logging.getLogger("rdflib").setLevel(logging.ERROR)  # it warns of ill-formed literals, which the report names
    _write(import_file(file, language=language, within=within), out, force=force)


@imports.command("usagov")
def import_usagov(
    folder: Annotated[Path, typer.Argument(help="Folder with benefits/, locales/ and criteria.csv.")],
    out: OutOption,
    mapping: Annotated[Path | None, typer.Option(help="A changed copy of usagov_mapping.yaml.")] = None,
    texts: Annotated[Path | None, typer.Option(help="Folder <language>/*.json of texts that the source lacks.")] = None,
    force: ForceOption = False,
) -> None:
    """Import the benefits that the United States published, in English and Spanish."""
    from recommender.adapters.usagov_reading import import_folder
    from recommender.adapters.yaml_writing import check_free

    check_free(out, force=force)
    _write(import_folder(folder, mapping=mapping, texts=texts), out, force=force)


def export(
    folder: Annotated[Path, typer.Argument(help="Folder of the catalogue.")],
    file: Annotated[Path, typer.Argument(help="File to write: .ttl for Turtle, .jsonld for JSON-LD.")],
    base: Annotated[str | None, typer.Option(help="What addresses begin with (https://…/).")] = None,
    territory: Annotated[str | None, typer.Option(help="Address of the authorities' administrative unit.")] = None,
    force: ForceOption = False,
) -> None:
    """Write a catalogue as CPSV-AP 3.2; importing what is written loses nothing."""
    from recommender.adapters.cpsv_parsing import format_of
    from recommender.adapters.cpsv_writing import OWN_BASE, graph_of
    from recommender.adapters.yaml_catalogue import load_catalogue, read_catalogue

    form = format_of(file)
    if file.exists() and not force:
        raise CatalogueError(f"{file}: is there already", mend="name another file, or say --force")
    catalogue = load_catalogue(folder)
    graph = graph_of(read_catalogue(folder), base or OWN_BASE, territory)
    partial = file.with_name(f".{file.name}.partial-{os.getpid()}")
    with room_for(file):
        try:
            partial.write_bytes(graph.serialize(format=form, encoding="utf-8"))
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    told = f"{len(catalogue.services)} public services, {len(graph):,} statements, version {catalogue.version[:12]}"
    Console().print(f"{file}: {told}", highlight=False, markup=False, soft_wrap=True)


def _write(imported: "Imported", out: Path, *, force: bool) -> None:
    """Show the account, write catalogue and report; exit code 1 when something was left out."""
    from recommender.adapters.yaml_writing import REPORT, write_catalogue

    console = Console()
    for table in _tables(imported):
        if table.row_count:
            console.print(table)
    if not imported.written.services:
        raise CatalogueError(f"{imported.source}: no public service can come in", mend="mend what is named above")
    write_catalogue(out, imported.written, force=force, beside={REPORT: imported.report()})
    told = f"{out}: {len(imported.written.services)} public services; every fault is in {out / REPORT}"
    console.print(told, markup=False, highlight=False, soft_wrap=True)
    if imported.left_out:
        raise typer.Exit(LEFT_OUT)


def _tables(imported: "Imported") -> "list[Table]":
    from rich.markup import escape
    from rich.table import Table

    came = Table("what came in", "how many", title=escape(imported.source))
    for what, number in imported.counts().items():
        came.add_row(what, f"{number:,}")
    for language, number in sorted(imported.languages().items(), key=lambda pair: -pair[1]):
        came.add_row(f"services with every text in {language}", f"{number:,}")
    left = Table("left out", "because it")
    left.columns[0].overflow = "fold"
    for subject, reason in imported.left_out.items():
        left.add_row(escape(subject), escape(reason))
    assumed = Table("what the source does not say, and every service was given")
    for line in imported.assumed:
        assumed.add_row(escape(line))
    return [came, assumed, left, _faults(imported)]


def _faults(imported: "Imported") -> "Table":
    """Each fault, or one example of each kind where there are many."""
    from rich.markup import escape
    from rich.table import Table

    kinds: dict[str, list[tuple[str, str]]] = {}
    for fault in imported.faults:
        kinds.setdefault(fault.kind, []).append((f"{fault.where}: {fault.what}", fault.done))
    shown = _SHOWN_IN_FULL if len(imported.faults) <= _SHOWN_IN_FULL else 1
    table = Table("fault", "", "where and what" if shown > 1 else "where and what, for example", "done")
    for column in table.columns:
        column.overflow = "fold"
    for kind, found in kinds.items():
        for place, row in enumerate(found[:shown]):
            table.add_row(*("" if place else cell for cell in (kind, str(len(found)))), *map(escape, row))
    return table
