"""Criteria that no register answers: unknown until the citizen or a clerk is asked, and never met by themselves."""

from collections.abc import Mapping, Sequence

from recommender.adapters.yaml_forms import CriterionForm, QuestionForm, SourceForm

PREFIX = "asked_"
"""No register tells an attribute of this name, so that a rule over it answers unknown until somebody says."""
Texts = Mapping[str, str]

_HOLDS = {
    "met": {
        "en": "This holds for you: {text}",
        "zh": "您符合这一条件：{text}",
        "es": "Esto se cumple en su caso: {text}",
        "fr": "Ceci est vrai pour vous : {text}",
        "de": "Das trifft auf Sie zu: {text}",
        "it": "Questo vale per Lei: {text}",
        "pt": "Isto aplica-se a si: {text}",
        "nl": "Dit geldt voor u: {text}",
    },
    "unmet": {
        "en": "As far as is recorded, this does not hold for you: {text}",
        "zh": "根据现有记录，您不符合这一条件：{text}",
        "es": "Según consta, esto no se cumple en su caso: {text}",
        "fr": "D'après ce qui est enregistré, ceci n'est pas vrai pour vous : {text}",
        "de": "Soweit bekannt, trifft das auf Sie nicht zu: {text}",
        "it": "Per quanto risulta, questo non vale per Lei: {text}",
        "pt": "Pelo que consta, isto não se aplica a si: {text}",
        "nl": "Voor zover bekend geldt dit niet voor u: {text}",
    },
    "unknown": {
        "en": "It is not recorded whether this holds for you: {text}",
        "zh": "没有记录表明您是否符合这一条件：{text}",
        "es": "No consta si esto se cumple en su caso: {text}",
        "fr": "Il n'est pas enregistré si ceci est vrai pour vous : {text}",
        "de": "Es ist nicht bekannt, ob das auf Sie zutrifft: {text}",
        "it": "Non risulta se questo valga per Lei: {text}",
        "pt": "Não consta se isto se aplica a si: {text}",
        "nl": "Het is niet bekend of dit voor u geldt: {text}",
    },
    "question": {
        "en": "Does this hold for you? {text}",
        "zh": "您是否符合这一条件？{text}",
        "es": "¿Se cumple esto en su caso? {text}",
        "fr": "Est-ce vrai pour vous ? {text}",
        "de": "Trifft das auf Sie zu? {text}",
        "it": "Questo vale per Lei? {text}",
        "pt": "Isto aplica-se a si? {text}",
        "nl": "Geldt dit voor u? {text}",
    },
}
_UNSAID = {
    "conditions": {
        "en": "The authority's own conditions, which its description does not name.",
        "zh": "主管机关自行规定、但说明中没有列出的条件。",
        "es": "Las condiciones de la autoridad, que su descripción no nombra.",
        "fr": "Les conditions propres à l'autorité, que sa description ne nomme pas.",
        "de": "Die Bedingungen der Behörde, die ihre Beschreibung nicht nennt.",
        "it": "Le condizioni dell'autorità, che la sua descrizione non nomina.",
        "pt": "As condições da autoridade, que a sua descrição não indica.",
        "nl": "De voorwaarden van de instantie, die haar beschrijving niet noemt.",
    },
    "territory": {
        "en": "You belong to the territory that the service is meant for: {place}.",
        "zh": "您属于此项服务所面向的地区：{place}。",
        "es": "Usted pertenece al territorio al que se dirige el servicio: {place}.",
        "fr": "Vous relevez du territoire auquel le service est destiné : {place}.",
        "de": "Sie gehören zu dem Gebiet, für das die Leistung gedacht ist: {place}.",
        "it": "Lei appartiene al territorio a cui il servizio è destinato: {place}.",
        "pt": "Pertence ao território a que o serviço se destina: {place}.",
        "nl": "U hoort bij het gebied waarvoor de dienst bedoeld is: {place}.",
    },
}
_OTHERWISE = {"met": "✓ {text}", "unmet": "✗ {text}", "unknown": "? {text}", "question": "? {text}"}
"""For a language that has no sentence above: the source's own words beside a sign."""
_ANSWERS = {
    "true": {"en": "Yes", "zh": "是", "es": "Sí", "fr": "Oui", "de": "Ja", "it": "Sì", "pt": "Sim", "nl": "Ja"},
    "false": {"en": "No", "zh": "否", "es": "No", "fr": "Non", "de": "Nein", "it": "No", "pt": "Não", "nl": "Nee"},
}
_SIGNS = {"true": "✓", "false": "✗"}


def asked_rule(attribute: str) -> str:
    """True once the answer was yes, false once it was no, unknown until then."""
    return f"{attribute} == true"


def criterion_of(criterion_id: str, rule: str, condition: Texts, source: SourceForm) -> CriterionForm:
    """A criterion whose words say the condition as the source puts it, in each language that the source has."""
    met, unmet, unknown = (said(result, condition) for result in ("met", "unmet", "unknown"))
    return CriterionForm(id=criterion_id, rule=rule, met=met, unmet=unmet, unknown=unknown, source=source)


def yes_or_no(condition: Texts) -> QuestionForm:
    """How a citizen is asked whether a condition holds."""
    choices = {
        answer: {language: words.get(language.partition("-")[0], _SIGNS[answer]) for language in condition}
        for answer, words in _ANSWERS.items()
    }
    return QuestionForm(words=said("question", condition), choices=choices)


def unsaid(what: str, languages: Sequence[str], **names: str) -> dict[str, str]:
    """A condition that the source leaves unsaid: `conditions`, `territory`; in English where no language has words."""
    told = {tag: _UNSAID[what][tag.partition("-")[0]] for tag in languages if tag.partition("-")[0] in _UNSAID[what]}
    told = told or {"en": _UNSAID[what]["en"]}
    return {tag: text.format(**names) for tag, text in told.items()}


def said(what: str, condition: Texts) -> dict[str, str]:
    """The condition within a sentence of each language; one that asks already is left as it is."""
    sentences = {}
    for language, text in condition.items():
        asks = what == "question" and text.endswith(("?", "？"))
        sentence = _HOLDS[what].get(language.partition("-")[0], _OTHERWISE[what])
        sentences[language] = text if asks else sentence.format(text=text)
    return sentences
