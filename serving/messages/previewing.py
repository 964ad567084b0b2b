"""`herald notify preview`: the samples of a dataset's catalogue, in the terminal or as files."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from features.descriptor import load_descriptor
from recommender.adapters.settings import read_settings
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.clock import SystemClock
from recommender.errors import DescriptorError, SetupError
from recommender.identifiers import ServiceId
from recommender.references import nearest
from serving.channels.letter_pages import Letter, print_letters
from serving.messages import templates
from serving.messages.notice import By, Kind
from serving.messages.plain import one_line
from serving.messages.preview import Preview, Sheet
from serving.messages.settings import MessageSettings

_WIDTH = 100
_SOMEBODY = ("A. N. Other", "1 Station Road", "Town")


def sheets(
    descriptor_file: Path, service: str | None, channel: str | None, language: str | None, kind: str
) -> Iterator[Sheet]:
    """Samples of one or every service, channel and language.

    Raises DescriptorError, CatalogueError, and SetupError for a service that there is not.
    """
    descriptor = load_descriptor(descriptor_file)
    folder = descriptor.catalogue_folder
    if folder is None:
        raise DescriptorError("the descriptor names no catalogue", mend="set `catalogue:` to the folder of services")
    catalogue = load_catalogue(folder, descriptor.languages)
    if service is not None and ServiceId(service) not in catalogue.by_id:
        known = [str(each) for each in catalogue.by_id]
        raise SetupError(f"no public service {service!r} in the catalogue", mend=nearest(service, known))
    services = catalogue.services if service is None else (catalogue.by_id[ServiceId(service)],)
    preview = Preview(
        catalogue, descriptor.languages, str(descriptor.zone), descriptor.hidden, read_settings(MessageSettings)
    )
    channels = tuple(By) if channel is None else (By(channel),)
    languages = (language,) if language else (descriptor.languages or templates.languages())
    return preview.sheets(services, channels, languages, Kind(kind), SystemClock().now())


def show(sheet: Sheet) -> str:
    """One sheet for the terminal."""
    head = f"{sheet.service_id}, {sheet.channel}, {one_line(sheet.language, 35)} "
    message = sheet.message
    return f"{head.ljust(_WIDTH, '─')}\n{message.subject}\n\n{message.text}"


def write(found: Iterable[Sheet], folder: Path) -> int:
    """Write every sheet as files; how many there are. Raises SetupError when the folder cannot be written."""
    written = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for sheet in found:
            for name, content in _files(sheet):
                (folder / name).write_bytes(content)
                written += 1
    except OSError as error:
        raise SetupError(f"{folder} cannot be written: {error}", mend="name another folder with --out") from error
    return written


def _files(sheet: Sheet) -> Iterator[tuple[str, bytes]]:
    message = sheet.message
    name = f"{sheet.service_id}.{sheet.channel}.{message.language}"
    yield f"{name}.txt", f"{message.subject}\n\n{message.text}".encode()
    if sheet.channel is By.LETTER:
        letter = Letter(
            message.message_id, _SOMEBODY, message.language, message.created_at.isoformat(), message.subject,
            message.text, message.code,
        )  # fmt: skip
        pages = BytesIO()
        print_letters([letter], "", pages)
        yield f"{name}.pdf", pages.getvalue()
    if message.html:
        yield f"{name}.html", message.html.encode()
