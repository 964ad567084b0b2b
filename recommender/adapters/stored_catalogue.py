"""A catalogue out of its canonical content, as `Written.content` gave it: what was in force years ago, to the byte."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from recommender.adapters.yaml_catalogue import Written, catalogue_of, version_of
from recommender.adapters.yaml_forms import ServiceForm, SharedForm
from recommender.catalogue import Catalogue
from recommender.errors import CatalogueError
from recommender.identifiers import CatalogueVersion


def stored_catalogue(version: CatalogueVersion, content: bytes, languages: Sequence[str] = ()) -> Catalogue:
    """The catalogue of that version. languages: as for `load_catalogue`.

    Raises CatalogueError when the content is not what the version is the hash of, or when this Herald does not read it.
    """
    if version_of(content) != version:
        raise CatalogueError(
            f"the stored catalogue {version[:12]} was changed after it was published",
            mend="restore it from the database's backup",
        )
    return catalogue_of(stored_forms(version, content), _place(version), languages)


def stored_forms(version: CatalogueVersion, content: bytes) -> Written:
    """The forms of a stored catalogue. Raises CatalogueError when this Herald does not read them."""
    place = _place(version)
    try:
        found = json.loads(content)
        services = [ServiceForm.model_validate(form) for form in found if "id" in form]
        shared = [SharedForm.model_validate(form) for form in found if "id" not in form]
    except (ValueError, TypeError, ValidationError) as error:
        words = " ".join(str(error).split())[:200]
        raise CatalogueError(f"{place}: cannot be read: {words}", mend="read it with a newer Herald") from error
    return Written(tuple((place / f"{form.id}.yaml", form) for form in services), shared[0] if shared else SharedForm())


def _place(version: CatalogueVersion) -> Path:
    """What an error names instead of a folder."""
    return Path(f"catalogue {version[:12]}")
