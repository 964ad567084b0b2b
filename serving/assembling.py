"""A server for a dataset, from what `herald ingest`, `train` and `materialise` left in its workspace."""


def assemble(descriptor_file: Path, var: Path | None, settings: ServingSettings) -> Herald:
    """A server for a dataset, not running yet; its champion is loaded when there is a local copy."""
    place = Place.find(descriptor_file, var)
    database = open_database(database_url(settings, place.workspace))
    herald = put_together(_parts(place, settings, database))
    herald.champion.load_local()
    return herald
