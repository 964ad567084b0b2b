"""Every fault of a catalogue, by file and line: names, rules, law dates, languages, links."""

import unicodedata
from collections.abc import Iterator

from recommender.adapters.catalogue_checked import Checked, Data, texts_of
from recommender.adapters.catalogue_date_checks import dates
from recommender.adapters.catalogue_files import Fault, File, Read
from recommender.adapters.catalogue_link_checks import links, shared_links
from recommender.adapters.catalogue_name_checks import names
from recommender.adapters.catalogue_rule_checks import rules
from recommender.adapters.catalogue_shared_checks import shared_names

_OF_SERVICE = (names, rules, dates, links)
_OF_SHARED = (shared_names, shared_links)


def check(read: Read, data: Data) -> list[Fault]:
    """Every fault, by file and line."""
    checked = Checked(read, data)
    faults = list(read.faults)
    for file in read.services:
        for checks in _OF_SERVICE:
            faults += checks(checked, file)
    if read.shared is not None:
        for checks in _OF_SHARED:
            faults += checks(checked, read.shared)
    for file in (*read.services, *([read.shared] if read.shared else [])):
        faults += [*_languages(checked, file), *_signs(file)]
    return sorted(faults, key=lambda fault: (str(fault.file), fault.line, fault.what))


def _languages(checked: Checked, file: File) -> Iterator[Fault]:
    for place, words in texts_of(file.form):
        lacking = [tag for tag in checked.languages if tag not in words]
        if lacking:
            what = f"{'.'.join(map(str, place))} lacks {', '.join(lacking)}"
            yield file.fault(place, what, "write it in every language of the catalogue")
        blank = [tag for tag, text in words.items() if not text.strip()]
        if blank:
            yield file.fault(place, f"{'.'.join(map(str, place))} is blank in {', '.join(blank)}", "write it")


def _signs(file: File) -> Iterator[Fault]:
    """Signs that steer a screen, a letter or the direction of reading, and that nobody sees in the file."""
    for place, words in texts_of(file.form):
        for tag, text in words.items():
            odd = next((sign for sign in text if sign not in "\n\t" and _steers(sign)), None)
            if odd is not None:
                what = f"{'.'.join(map(str, place))} holds a sign that is not seen, U+{ord(odd):04X}, in {tag}"
                yield file.fault((*place, tag), what, "write the words without it")


def _steers(sign: str) -> bool:
    return unicodedata.category(sign) == "Cc" or unicodedata.bidirectional(sign) in ("LRE", "RLE", "LRO", "RLO", "PDF")
