"""The benchmark measures on a catalogue that loads, whatever the city's own comes to share."""

from pathlib import Path

from experiments.bench.place import SERVICES, generated
from recommender.adapters.yaml_catalogue import load_catalogue


def test_the_generated_catalogue_loads_with_sixty_services(tmp_path: Path) -> None:
    catalogue = load_catalogue(generated(tmp_path).parent / "services")
    assert len(catalogue.services) >= SERVICES
    assert catalogue.events
