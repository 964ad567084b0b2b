"""`make real`: the United States' real catalogue of benefits, and what must hold of it. Run as `python -m … SHARED`.

SHARED holds `data/usagov`, which is not part of this repository.
"""

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.catalogue import Catalogue
from recommender.decision import Status
from recommender.eligibility import Rulebook
from recommender.facts import Knowledge
from recommender.identifiers import CitizenId
from recommender.windows import since

TEXTS = Path(__file__).with_name("texts")
"""Spanish texts of our own for what the source lacks in Spanish; its agencies have not seen them."""
LANGUAGES = ("en", "es")
SERVICES = 79
FAULTS = {
    "life-event": 1,
    "stray-comment": 79,
    "text-file-missing": 13,
    "text-missing": 52,
    "value-unmatched": 11,
    "value-and-text": 11,
    "criterion-covered": 2,
    "agency-spelling": 20,
}
"""The faults that the source has: an import that finds fewer hides some, one that finds others reads wrongly."""


def wrong_in(report: dict[str, Any], speaking: int) -> list[str]:
    """What the account of an import says otherwise than it must; `speaking`: services with every text in Spanish."""
    found = {kind: len(faults) for kind, faults in report["faults"].items()}
    said = {
        "services": (report["imported"]["services"], SERVICES),
        "left out": (report["imported"]["left out"], 0),
        "with every text in English": (report["languages"].get("en"), SERVICES),
        "with every text in Spanish": (report["languages"].get("es"), speaking),
        "faults": (found, FAULTS),
    }
    wrong = [f"{what}: {is_}, must be {must}" for what, (is_, must) in said.items() if is_ != must]
    nowhere = [fault for faults in report["faults"].values() for fault in faults if not all(fault.values())]
    return wrong + [f"a fault without where, what or done: {fault}" for fault in nowhere]


def wrong_of(catalogue: Catalogue) -> list[str]:
    """What the catalogue lacks: life events, criteria, languages; and what it would say of somebody unknown."""
    wrong = []
    for service in catalogue.services:
        texts = [service.name, service.description, service.authority]
        texts += [words for c in service.criteria for words in (c.met, c.unmet, c.unknown)]
        texts += [catalogue.events.get(answer.event, {}) for answer in service.answers if answer.event]
        if not service.answers or not service.criteria:
            wrong.append(f"{service.service_id} has no life event or no criterion")
        if any(language not in words for words in texts for language in LANGUAGES):
            wrong.append(f"{service.service_id} lacks a text in one of the languages")
    eligible = [service for service, status in statuses(catalogue).items() if status is not Status.UNKNOWN]
    return wrong + [f"{service} is decided for somebody of whom nothing is known" for service in eligible]


def statuses(catalogue: Catalogue) -> dict[str, Status]:
    """Every service's status for somebody of whom nothing is known."""
    nobody = Knowledge(CitizenId("nobody"), datetime(2024, 1, 31, tzinfo=UTC), {}, {}, {}, {}, (), (), "")
    book = Rulebook.compile(catalogue.services)
    assessed = book.assess(nobody, since(nobody, book.periods, book.zone))
    return {s.service_id: a.status for s, a in zip(catalogue.services, assessed, strict=True)}


def main(shared: Path) -> int:
    """0 when all 79 benefits come in, with their faults told, and go out and come back the same."""
    console = Console()
    source = shared / "data" / "usagov"
    if not source.is_dir():
        console.print(f"herald: no folder {source}; name the one beside the checkout: make real SHARED=…")
        return 2
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        bare, spoken, back = (folder / name for name in ("bare", "spoken", "back"))
        _herald("import", "usagov", source, "--out", bare)
        _herald("import", "usagov", source, "--out", spoken, "--texts", TEXTS, quiet=True)
        _herald("export", spoken, folder / "usagov.ttl", quiet=True)
        _herald("import", "cpsv", folder / "usagov.ttl", "--out", back, quiet=True)
        _herald("check", spoken)
        wrong = wrong_in(_report(bare), 71) + wrong_in(_report(spoken), SERVICES) + wrong_of(load_catalogue(spoken))
        if load_catalogue(back) != load_catalogue(spoken):
            wrong.append("exported and imported it is another catalogue")
    for line in wrong:
        console.print(f"herald: {line}", markup=False, highlight=False)
    if not wrong:
        console.print(
            f"{SERVICES} benefits, each with its life events, criteria and both languages; every fault is told"
        )
    return 1 if wrong else 0


def _report(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return report


def _herald(*arguments: str | Path, quiet: bool = False) -> None:
    command = [sys.executable, "-m", "recommender.cli", "catalogue", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL if quiet else None)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
