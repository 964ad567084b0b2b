"""A catalogue's links and legal sources."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from recommender.adapters.catalogue_checked import Checked, Place
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.yaml_forms import ServiceForm, SharedForm, SourceForm
from recommender.service_terms import ChannelKind

_HOST = re.compile(r"(?!-)[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)*\.?")
_MEND = "write the whole address, as in https://city.example/page"


def links(checked: Checked, file: File) -> Iterator[Fault]:
    """Every link of a service, and that each criterion has a legal source."""
    form: ServiceForm = file.form
    yield from _link(file, ("apply_url",), form.apply_url, may_be_path=True)
    for number, criterion in enumerate(form.criteria):
        yield from _source(file, ("criteria", number, "source"), criterion.source)
    for number, channel in enumerate(form.channels):
        if channel.kind not in (ChannelKind.WEB, ChannelKind.APP):
            continue
        addresses = {"": channel.address} if isinstance(channel.address, str) else channel.address
        for tag, address in addresses.items():
            place: Place = ("channels", number, "address", tag) if tag else ("channels", number, "address")
            if channel.kind is ChannelKind.WEB or "://" in address:  # an app's page may be told in words
                yield from _link(file, place, address, may_be_path=True)


def shared_links(checked: Checked, file: File) -> Iterator[Fault]:
    """The authorities' pages and the parameters' legal sources."""
    form: SharedForm = file.form
    for key, authority in form.authorities.items():
        yield from _link(file, ("authorities", key, "page"), authority.page)
    for name, parameter in form.parameters.items():
        yield from _source(file, ("parameters", name, "source"), parameter.source)


def _source(file: File, place: Place, source: SourceForm | str) -> Iterator[Fault]:
    act = source if isinstance(source, str) else source.act
    if not act.strip():
        yield file.fault(place, "no legal source is named", "name the act, the article and a link to it")
    if isinstance(source, SourceForm):
        yield from _link(file, (*place, "link"), source.link)


def _link(file: File, place: Place, link: str, *, may_be_path: bool = False) -> Iterator[Fault]:
    if link and not is_link(link) and not (may_be_path and _is_path(link)):
        yield file.fault(place, f"{link!r} is no link", _MEND)


def is_link(text: str) -> bool:
    """Whether it is the whole address of a page, which leads where a reader thinks: no name stands before its host."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  # raises for what is no port
        host = parts.hostname or ""
    except ValueError:
        return False
    named = bool(_HOST.fullmatch(host)) or ":" in host
    return parts.scheme in ("https", "http") and named and parts.username is None and not _odd(text)


def _is_path(text: str) -> bool:
    return text.startswith("/") and not text.startswith("//") and not _odd(text)


def _odd(text: str) -> bool:
    """Whether a sign has no place in a link; browsers take a backslash for a slash, so that /\\a.example leads away."""
    return any(sign.isspace() or not sign.isprintable() or sign in '<>"\\' for sign in text)
