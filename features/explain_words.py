"""The fixed words of an explanation, per language; those of conditions are their authority's own."""

from collections.abc import Mapping

from recommender.catalogue import Texts
from recommender.decision import Status, Withheld

RESULTS: Mapping[Status, Texts] = {
    Status.ELIGIBLE: {"en": "met", "zh": "符合", "es": "se cumple"},
    Status.NOT_ELIGIBLE: {"en": "not met", "zh": "不符合", "es": "no se cumple"},
    Status.UNKNOWN: {"en": "not known", "zh": "无法确定", "es": "no consta"},
}
VERDICTS: Mapping[Status, Texts] = {
    Status.ELIGIBLE: {
        "en": "Every condition is met as far as is recorded: you may be entitled. {authority} decides.",
        "zh": "现有记录显示各项条件均已符合，您可能有权申领；由{authority}审核决定。",
        "es": "Según lo registrado se cumplen todas las condiciones: puede tener derecho. Decide {authority}.",
    },
    Status.NOT_ELIGIBLE: {
        "en": "As far as is recorded, not every condition is met. {authority} decides.",
        "zh": "现有记录显示有条件不符合；由{authority}审核决定。",
        "es": "Según lo registrado no se cumplen todas las condiciones. Decide {authority}.",
    },
    Status.UNKNOWN: {
        "en": "It cannot be told from what is recorded. {authority} decides.",
        "zh": "根据现有记录无法确定；由{authority}审核决定。",
        "es": "No puede saberse con lo registrado. Decide {authority}.",
    },
}
BARRED: Mapping[Withheld, Texts] = {
    Withheld.ALREADY_HELD: {"en": "You have it already.", "zh": "您已享有此项服务。", "es": "Ya la tiene."},
    Withheld.EXCLUDED: {
        "en": "You have something that nobody may have together with it.",
        "zh": "您已享有不能与此项服务同时享有的服务。",
        "es": "Tiene algo que no puede tenerse a la vez.",
    },
    Withheld.SERVICE_CLOSED: {"en": "It is closed on that day.", "zh": "当日不受理。", "es": "Ese día está cerrada."},
}
LABELS: Mapping[str, Texts] = {
    "as_known": {
        "en": "as known on {day}, by the law of that day; catalogue {version}",
        "zh": "依据 {day} 已知的事实和当日有效的规定；目录版本 {version}",
        "es": "según lo conocido el {day} y la ley de ese día; catálogo {version}",
    },
    "uncalled": {
        "en": "No recorded fact calls for it now.",
        "zh": "目前没有登记的事实需要此项服务。",
        "es": "Ningún hecho registrado la pide ahora.",
    },
    "unnamed": {
        "en": "A condition that is not named here, because it looks at something sensitive.",
        "zh": "此项条件涉及敏感信息，不在此处显示。",
        "es": "Una condición que no se nombra aquí porque mira algo sensible.",
    },
    "no_conditions": {
        "en": "No condition is law on that day.",
        "zh": "当日没有有效的条件。",
        "es": "Ese día no rige ninguna condición.",
    },
    "looked": {"en": "looked at", "zh": "依据", "es": "se miró"},
    "law": {"en": "law", "zh": "规定", "es": "ley"},
    "missing": {"en": "missing", "zh": "缺少", "es": "falta"},
    "would_know": {"en": "{registers} would know", "zh": "可由{registers}提供", "es": "lo sabría {registers}"},
    "would_ask": {"en": "or ask: {question}", "zh": "或询问：{question}", "es": "o preguntar: {question}"},
    "nobody_knows": {
        "en": "no register of this dataset tells it",
        "zh": "本数据集没有登记机构记录此项",
        "es": "ningún registro de estos datos lo dice",
    },
    "no_value": {
        "en": "the catalogue sets no value for that day",
        "zh": "目录没有规定当日的数值",
        "es": "el catálogo no fija ningún valor para ese día",
    },
    "instead": {
        "en": "(there is no text in {asked}; this is {language})",
        "zh": "（暂无 {asked} 文本，此为 {language}）",
        "es": "(no hay texto en {asked}; este es {language})",
    },
}
