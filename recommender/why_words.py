"""Words for every reason why a citizen was not told, and for what became of each delivery.

Each is a sentence to the citizen. None tells more than that a fact or a condition is missing: which one is said, where
it may be named, by the words of its condition (see `recommender.reasons`).
"""

from collections.abc import Mapping

from recommender.catalogue import Texts
from recommender.decision import Withheld

WITHHELD: Mapping[Withheld, Texts] = {
    Withheld.REQUEST: {
        "en": "It was shown when a portal asked; nothing is sent on such an occasion.",
        "zh": "门户查询时已经显示；这种情况下不会另行推送。",
    },
    Withheld.NO_CAUSE: {
        "en": "Nothing was recorded about you that this service answers.",
        "zh": "没有登记过需要这项服务的事项。",
    },
    Withheld.NOT_ELIGIBLE: {
        "en": "By what is recorded about you, one of the conditions is not met.",
        "zh": "根据已登记的信息，有条件未满足。",
    },
    Withheld.ELIGIBILITY_UNKNOWN: {
        "en": "It is not recorded whether you meet all conditions.",
        "zh": "现有登记无法确定您是否满足全部条件。",
    },
    Withheld.ALREADY_HELD: {"en": "You have this service already.", "zh": "您已经享有这项服务。"},
    Withheld.ALREADY_TOLD: {"en": "You had been told of it before.", "zh": "此前已经告知过您。"},
    Withheld.NO_LEGAL_GROUND: {
        "en": "No law allows telling you unasked, and you have not agreed to it.",
        "zh": "没有法律依据主动告知您，您也没有同意。",
    },
    Withheld.OBJECTED: {
        "en": "You object to being told unasked, or to being told by this authority.",
        "zh": "您反对主动告知，或反对由该机关告知。",
    },
    Withheld.NEVER: {
        "en": "You said that you do not want to be told of this service, that you have it, or that it is wrong.",
        "zh": "您表示过不愿再收到这项服务的告知、已经享有，或者告知有误。",
    },
    Withheld.NOT_NOW: {"en": "You said “not now”, and that time is not over.", "zh": "您选择了“以后再说”，期限未满。"},
    Withheld.CAPPED: {
        "en": "You are not told of more than a few things at a time; others came first.",
        "zh": "为避免打扰，一段时间内只告知少数事项，其他事项优先。",
    },
    Withheld.BELOW_THRESHOLD: {
        "en": "Nothing recorded called for it, and a need was not likely enough.",
        "zh": "没有相应的登记事项，需要的可能性也不够大。",
    },
    Withheld.WINDOW_CLOSED: {"en": "The time in which to apply had passed.", "zh": "申请时限已过。"},
    Withheld.UNREADABLE: {
        "en": "It could not be read whether you may be told, so nothing was sent.",
        "zh": "当时无法读取可否告知您的信息，因此没有发送。",
    },
    Withheld.EXCLUDED: {
        "en": "You have another service that excludes this one.",
        "zh": "您享有与此互斥的另一项服务。",
    },
    Withheld.SERVICE_CLOSED: {"en": "The service was not open for applications.", "zh": "这项服务当时不受理申请。"},
    Withheld.TOO_LATE: {
        "en": "Its deadline would have passed before you could be told.",
        "zh": "在可以告知您之前，期限就已届满。",
    },
    Withheld.PAUSED: {
        "en": "After what was recorded lately, everything else waits for a while.",
        "zh": "由于近期登记的事项，其他告知暂缓。",
    },
    Withheld.NOT_PROFILED: {
        "en": "You do not want stored data to choose what you are told, so nothing is sent unasked.",
        "zh": "您不希望根据存储的数据选择告知内容，因此不会主动发送。",
    },
    Withheld.STOPPED: {"en": "Telling about it was stopped for the time being.", "zh": "相关告知当时已暂停。"},
    Withheld.HOUSEHOLD: {
        "en": "A household is told of this service once. You see it here all the same.",
        "zh": "这项服务每户只告知一次；您仍可在此查看。",
    },
}

DELIVERY: Mapping[str, Texts] = {
    "created": {"en": "It waits to be sent.", "zh": "等待发送。"},
    "sending": {"en": "It is being sent.", "zh": "正在发送。"},
    "delivered": {"en": "It was delivered.", "zh": "已送达。"},
    "temporary_failure": {
        "en": "It could not be delivered yet and will be tried again.",
        "zh": "暂时未能送达，将再次尝试。",
    },
    "permanent_failure": {"en": "It could not be delivered to this address.", "zh": "无法送达该地址。"},
    "technical_failure": {"en": "It could not be delivered for a technical reason.", "zh": "因技术原因未能送达。"},
    "cancelled": {"en": "It was cancelled before it was sent.", "zh": "发送前已取消。"},
}
"""By the state of an outbox row."""

CANCELLED: Mapping[str, Texts] = {
    "safe_mode": {"en": "It is shown in your inbox only.", "zh": "仅在您的收件箱中显示。"},
    "no address": {"en": "There is no address for this channel any more.", "zh": "该渠道已没有可用地址。"},
    "gave way to": {"en": "Another channel was tried instead.", "zh": "已改用其他渠道。"},
    "research_replay_reaches_loopback_only": {
        "en": "It was made from research data, which reaches nobody.",
        "zh": "由研究数据产生，不会送达任何人。",
    },
    "fact_withdrawn": {
        "en": "The fact behind it was withdrawn or corrected.",
        "zh": "所依据的登记事项已撤回或更正。",
    },
    "fact_disputed": {"en": "You said that the fact behind it is wrong.", "zh": "您指出所依据的登记事项有误。"},
    "catalogue_rolled_back": {
        "en": "The rules by which it was decided were taken back.",
        "zh": "作出决定所依据的规则已撤回。",
    },
    "recalled": {"en": "It was recalled before it reached you.", "zh": "在送达您之前已被召回。"},
    "taken_back": {"en": "It was taken back before it reached you.", "zh": "在送达您之前已被收回。"},
    "notification_gone": {"en": "It is no longer on record.", "zh": "已无记录。"},
    **{reason.value: words for reason, words in WITHHELD.items()},
}
"""By the reason on an outbox row; a reason with details after a colon goes by what stands before it."""


def delivery_words(state: str, reason: str | None) -> tuple[Texts, ...]:
    """What became of one delivery, and why where a citizen can be told it; a provider's own words are left out."""
    beginning = (reason or "").partition(":")[0]
    why = CANCELLED.get("gave way to" if beginning.startswith("gave way to ") else beginning)
    known = DELIVERY.get(state, DELIVERY["technical_failure"])
    return (known,) if why is None else (known, why)
