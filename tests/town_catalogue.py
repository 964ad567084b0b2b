"""Files of a catalogue for the town of `tests.training_town`: two public services with one threshold between them."""

from pathlib import Path

import yaml

SERVICES = {"moving_help": "moved", "work_grant": "hired"}


def write_services(folder: Path, income_below: int, services: dict[str, str] | None = None) -> Path:
    """One file per public service; whoever earns less than that may have it. Gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for service_id, event in (SERVICES if services is None else services).items():
        name = {"en": service_id.replace("_", " ").capitalize()}
        form = {
            "id": service_id,
            "name": name,
            "description": name,
            "authority": {"en": "Town hall"},
            "need": event,
            "usage": "repeatable",
            "answers": [{"event": event, "within": "P1Y"}],
            "criteria": [
                {
                    "id": "income",
                    "rule": f"income < {income_below}",
                    "met": {"en": f"You earn less than {income_below}."},
                    "unmet": {"en": f"It is for those who earn less than {income_below}."},
                    "unknown": {"en": "Your income is not recorded."},
                    "source": {"act": "Town Act", "article": "s. 7"},
                }
            ],
        }
        (folder / f"{service_id}.yaml").write_text(yaml.safe_dump(form, sort_keys=False), encoding="utf-8")
    return folder
