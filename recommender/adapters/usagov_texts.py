"""Texts behind message keys, in each language; what a language lacks is told of and, where possible, supplied."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender.adapters.importing import Faults
from recommender.adapters.usagov_files import Folder

Words = dict[str, str]
NO_FILE = "text-file-missing"
NO_TEXT = "text-missing"


@dataclass(frozen=True)
class Texts:
    """The folder's texts. `supplement` is asked where a language lacks a key: texts of one's own, by language."""

    folder: Folder
    faults: Faults
    supplement: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def words(self, key: object, where: str, *, instead: Words | None = None) -> Words:
        """The text in each language that has one.

        instead : texts that stand for the same and are taken where the key has none, such as a table's own value.

        A key without a text in some language is a fault; an empty text counts as none.
        """
        found: Words = {}
        for language, texts in self.folder.texts.items():
            text = texts.get(str(key), "")
            if not text:
                text = self._otherwise(str(key), language, where, instead or {})
            if text:
                found[language] = text
        return found

    def plain(self, key: object, language: str) -> str:
        """The text in one language, empty where there is none; nothing is told."""
        return self.folder.texts.get(language, {}).get(str(key), "")

    def missing_files(self) -> None:
        """Tell of each file of texts that one language has and another lacks, where benefits or life events need it."""
        every = set().union(*self.folder.text_files.values())
        for language, files in self.folder.text_files.items():
            others = sorted(set(self.folder.text_files) - {language})
            for file in sorted(every - files):
                if file.startswith(("benefits/", "life-events/")):
                    where = f"locales/{language}/{file}"
                    self.faults.tell(
                        NO_FILE, where, f"is missing, and is there in {', '.join(others)}", "see its texts"
                    )

    def _otherwise(self, key: str, language: str, where: str, instead: Words) -> str:
        own = self.supplement.get(language, {}).get(key, "")
        if own:
            done = "taken from the texts of one's own"
        elif language in instead:
            done = f"{instead[language]!r} is taken, which stands for the same"
        else:
            done = "left out: where it is needed the second choice is shown and marked"
        self.faults.tell(NO_TEXT, where, f"{key} has no text in {language}", done)
        return own or instead.get(language, "")
