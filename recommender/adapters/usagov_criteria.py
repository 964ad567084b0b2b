"""One criterion of a benefit to a rule: over an attribute that registers know, else over one that is asked."""

import re
from dataclasses import dataclass, field
from typing import Any

from recommender.adapters.asked import PREFIX, asked_rule, yes_or_no
from recommender.adapters.importing import Faults, identifier
from recommender.adapters.usagov_files import CriterionRow, Folder
from recommender.adapters.usagov_mapping import CriterionMapping, Mapping
from recommender.adapters.usagov_texts import Texts, Words
from recommender.adapters.yaml_forms import QuestionForm

_YEARS = re.compile(r"([<>])\s*(\d{1,3})\s*years?")
_NUMBER = re.compile(r"\d+")
_SIGNS = {"<": " under ", ">": " over "}
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Condition:
    """A criterion's rule, what it says in each language, and whether only an answer can settle it.

    covers : keys of criteria that need not hold besides, because this one's text makes them one of two ways.
    """

    rule: str
    words: Words
    asked: bool
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of `eligibility` with all that is known of it.

    label : the criterion's own text.   own : the benefit's text for it, empty where it has none.
    """

    row: CriterionRow
    values: list[Any]
    known: CriterionMapping | None
    label: Words
    own: Words
    where: str

    @property
    def attribute(self) -> str:
        return self.known.attribute if self.known else PREFIX + identifier(self.row.key)


@dataclass
class Conditions:
    """Reads criteria one by one and gathers the questions that they raise."""

    folder: Folder
    texts: Texts
    mapping: Mapping
    faults: Faults
    questions: dict[str, QuestionForm] = field(default_factory=dict)

    def read(self, entry: Any, where: str) -> Condition | None:
        """The condition that an entry of `eligibility` sets; None where it names no criterion at all."""
        key = str(entry.get("criteriaKey") or "") if isinstance(entry, dict) else ""
        if not key:
            self.faults.tell("criterion", where, "an entry names no criteriaKey", "only an answer can settle it")
            return None
        row = self.folder.criteria.get(key)
        if row is None or not row.kind:
            self.faults.tell("criterion", where, f"{key!r} is no criterion of criteria.csv", "asked by its name")
            row = CriterionRow(key, "", "boolean", ("TRUE",))
        where = f"{where}, {key}"
        label = self.texts.words(row.label, f"criteria.csv, {key}") if row.label else {}
        own = self.texts.words(entry["label"], where) if entry.get("label") else {}
        values = _listed(entry.get("acceptableValues"))
        label = label or {self.mapping.languages[0]: key}
        return self._condition(_Entry(row, values, self.mapping.criteria.get(key), label, own, where))

    def _condition(self, entry: _Entry) -> Condition:
        told = entry.own.get(self.mapping.languages[0], "")
        if told in self.mapping.texts:
            return self._by_text(entry, told)
        if entry.known is not None and entry.known.kind == "years":
            return self._years(entry)
        if entry.row.kind == "boolean" and entry.values in ([True], [False]):
            return self._boolean(entry, entry.values[0], entry.own or entry.label)
        if entry.row.kind in ("radio", "select") and entry.row.values:
            return self._choice(entry)
        return self._ask(entry)

    def _by_text(self, entry: _Entry, told: str) -> Condition:
        """The benefit's text says more than its value, or something else: the text is followed."""
        rule = self.mapping.texts[told].rule
        said = " or ".join(map(str, entry.values))
        self.faults.tell(
            "value-and-text", entry.where, f"the value says {said!r}, its text {told!r}", f"read as {rule!r}"
        )
        for attribute, words in self.mapping.questions.items():
            if attribute in rule:
                self.questions.setdefault(attribute, yes_or_no(words))
        return Condition(rule, entry.own, False, tuple(self.mapping.texts[told].covers))

    def _years(self, entry: _Entry) -> Condition:
        """Years since birth. `>65years` is at least 65: every text of the source says so."""
        read = [_YEARS.fullmatch(str(value).strip()) for value in entry.values]
        if len(read) != 1 or read[0] is None:
            what = f"{' or '.join(map(str, entry.values))!r} is no single number of years"
            self.faults.tell("value-unread", entry.where, what, "only an answer can settle it")
            return self._ask(entry)
        text = entry.own.get(self.mapping.languages[0], "")
        if text and set(_NUMBER.findall(text)) != {read[0][2]}:
            what = f"the value says {entry.values[0]!r}, its text {text!r}"
            self.faults.tell("value-and-text", entry.where, what, "only an answer can settle it")
            return self._ask(entry)
        comparator = "<" if read[0][1] == "<" else ">="
        return Condition(f"{entry.attribute} {comparator} {int(read[0][2])}", entry.own or entry.label, False)

    def _boolean(self, entry: _Entry, value: bool, words: Words) -> Condition:
        self.questions.setdefault(entry.attribute, yes_or_no(entry.label))
        return Condition(f"{entry.attribute} == {str(value).lower()}", words, entry.known is None)

    def _choice(self, entry: _Entry) -> Condition:
        """One of several values, any one of which suffices. Yes and no are a boolean."""
        choices = [self.texts.words(key, f"criteria.csv, {entry.row.key}") for key in entry.row.values]
        found = [self._place(value, choices, entry.where) for value in entry.values]
        places = [place for place in found if place is not None]
        if not places or len(places) < len(found):
            return self._ask(entry)
        names = [choice.get(self.mapping.languages[0], "") for choice in choices]
        said = entry.own or _with_values(entry.label, [choices[place] for place in places])
        if set(names) == set(_YES_NO) and len(places) == 1:
            return self._boolean(entry, _YES_NO[names[places[0]]], said)
        values = entry.known.values if entry.known else {}
        tokens = [values.get(name) or [identifier(name)] for name in names]
        accepted = dict.fromkeys(token for place in places for token in tokens[place])
        offered = {token[0]: choice for token, choice in zip(tokens, choices, strict=True)}
        self.questions.setdefault(entry.attribute, QuestionForm(words=entry.label, choices=offered))
        rule = f"{entry.attribute} in ({', '.join(map(repr, accepted))},)"
        return Condition(rule, said, entry.known is None)

    def _place(self, value: Any, choices: list[Words], where: str) -> int | None:
        """Which of the table's values an acceptable value is; told of where it is none, or its languages disagree."""
        first = self.mapping.languages[0]
        said = {language: text for language in self.mapping.languages if (text := self.texts.plain(value, language))}
        said = said or {first: str(value)}
        found = {language: _index(text, language, choices) for language, text in said.items()}
        same = {_index(self.mapping.same_value.get(text), first, choices) for text in said.values()}
        places = {place for place in found.values() if place is not None}
        places = places or {place for place in same if place is not None}
        if len(places) != 1:
            what = f"{' / '.join(said.values())!r} matches nothing in criteria.csv"
            self.faults.tell("value-unmatched", where, what, "only an answer can settle it")
            return None
        place = places.pop()
        for language, text in said.items():
            if found[language] is None:
                done = f"read as {choices[place].get(first, '')!r}"
                what = f"{text!r} ({language}) matches nothing in criteria.csv"
                self.faults.tell("value-unmatched", where, what, done)
        if str(value) not in said.values():
            self.texts.words(value, where, instead=choices[place])
        return place

    def _ask(self, entry: _Entry) -> Condition:
        """The condition as it is said, asked as a whole: an attribute for this criterion and these values."""
        values = [self._said(value) for value in entry.values if value is not True]
        name = " ".join([entry.row.key, *(value[self.mapping.languages[0]] for value in values)])
        for sign, word in _SIGNS.items():
            name = name.replace(sign, word)
        attribute = PREFIX + identifier(name)
        words = entry.own or (_with_values(entry.label, values) if values else entry.label)
        self.questions.setdefault(attribute, yes_or_no(words))
        return Condition(asked_rule(attribute), words, True)

    def _said(self, value: Any) -> Words:
        """An acceptable value in each language; as it stands where no text is behind it."""
        return {language: self.texts.plain(value, language) or str(value) for language in self.mapping.languages}


def _with_values(label: Words, values: list[Words]) -> Words:
    """The criterion's text followed by the values that suffice, in each language that has both."""
    said = {}
    for language, text in label.items():
        if all(language in value for value in values):
            mark = "" if text.endswith("?") else ":"
            said[language] = f"{text.rstrip(':')}{mark} {' / '.join(value[language] for value in values)}"
    return said or label


def _index(text: str | None, language: str, choices: list[Words]) -> int | None:
    told = [choice.get(language) for choice in choices]
    return told.index(text) if text is not None and text in told else None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
