"""Messages: the right words for the eyes that may see them, and nothing of others runs in them."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.adapters.settings import read_settings
from recommender.bundles import QUESTION
from recommender.catalogue import Answer, Catalogue, PublicService, Usage
from recommender.decision import Cause
from recommender.errors import CatalogueError
from recommender.identifiers import CatalogueVersion, CitizenId, EventType, FactId, NeedKey, NotificationId, ServiceId
from recommender.instants import to_us
from recommender.reasons import Wording
from recommender.service_terms import Evidence, Sensitivity, Texts
from serving.bodies.words import Words
from serving.channels.port import Message
from serving.messages import templates
from serving.messages.codes import ALPHABET, code_of, read_code, shown
from serving.messages.composing import Composer
from serving.messages.notice import Addressee, By, Kind, Notice
from serving.messages.plain import harmless, one_line
from serving.messages.settings import MessageSettings
from serving.versions.editions import Edition

AT = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
PORTAL = "https://portal.city.example"
CODE = code_of(b"key", "n1")
HOSTILE = [
    "{{ 7 * 7 }}",
    "{% for c in ''.__class__.__mro__[1].__subclasses__() %}{{ c }}{% endfor %}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "<script>alert(1)</script>",
    "Grant\r\nBcc: everybody@evil.example\r\n\r\nbody",
    "Grant\x00\x1b[31m\u202egnp.exe",
    'Grant" onmouseover="alert(1)',
]
LINK = re.compile(r"https?://[^\s<>\"']+")


def service(name: Texts, sensitivity: Sensitivity = Sensitivity.ORDINARY, **more: object) -> PublicService:
    words = {"en": "A sum of money.", "zh": "一笔补贴。"}
    return PublicService(
        ServiceId("grant"),
        name,
        words,
        {"en": "Family Office", "zh": "家庭事务办公室"},
        NeedKey("k"),
        (Answer("P1Y", EventType("child_born")),),
        (),
        Usage.ONCE,
        sensitivity=sensitivity,
        **more,  # type: ignore[arg-type]
    )


def composer(*services: PublicService, events: dict[EventType, Texts] | None = None, **settings: object) -> Composer:
    catalogue = Catalogue(CatalogueVersion("v"), services, ("en", "zh"), events=events or {})
    edition = Edition(catalogue, Words(catalogue, ("en", "zh")))
    return Composer(
        read_settings(MessageSettings, portal_url=PORTAL, **settings),
        lambda one: edition if one in catalogue.by_id else None,
        Wording(),
        ("en", "zh"),
    )


def notice(kind: Kind = Kind.TOLD, *, first: bool = False) -> Notice:
    cause = Cause(FactId("f1"), to_us(AT), EventType("child_born"))
    return Notice(
        NotificationId("n1"), CitizenId("anna"), kind, cause, (ServiceId("grant"),), AT + timedelta(days=90), AT, first
    )


def compose(
    one: PublicService, channel: By = By.EMAIL, kind: Kind = Kind.TOLD, *, first: bool = False, **to: object
) -> Message:
    made = composer(one, events={EventType("child_born"): {"en": "the birth of a child", "zh": "孩子出生"}})
    return made.compose(notice(kind, first=first), Addressee(channel, **to), CODE)  # type: ignore[arg-type]


GRANT = service({"en": "Birth grant", "zh": "生育补助"})


@pytest.mark.parametrize("channel", [By.EMAIL, By.LETTER, By.WEBHOOK])
def test_a_message_says_what_happened_what_may_be_had_who_decides_and_until_when(channel: By) -> None:
    told = compose(GRANT, channel, language="en").text
    for words in ("the birth of a child, 5 March 2031", "You may be entitled", "Birth grant", "Family Office",
                  "by 3 June 2031", PORTAL, shown(CODE)):  # fmt: skip
        assert words in told
    said = compose(GRANT, channel, language="zh").text
    for words in (
        "孩子出生（2031年3月5日）",
        "可能有权",
        "生育补助",
        "家庭事务办公室",
        "2031年6月3日",
        PORTAL,
        shown(CODE),
    ):
        assert words in said


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("channel", list(By))
def test_every_kind_has_words_in_every_channel_and_language(channel: By, kind: Kind, language: str) -> None:
    made = compose(GRANT, channel, kind, language=language, first=True)
    assert made.subject
    assert "\n" not in made.subject
    assert len(made.text) > 20
    assert bool(made.html) is (channel is By.EMAIL)
    assert ("Birth grant" if language == "en" else "生育补助") in made.text


def test_each_kind_says_something_else() -> None:
    assert len({compose(GRANT, By.EMAIL, kind).text for kind in Kind}) == len(Kind)
    assert len({compose(GRANT, By.EMAIL, kind).subject for kind in Kind}) == len(Kind)


@pytest.mark.parametrize("channel", list(By))
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_portals_address_is_the_only_link(channel: By, kind: Kind, language: str) -> None:
    names = {
        "en": "Grant https://evil.example/x or www.evil.example, evil.example/y, mail me@evil.example",
        "zh": "见evil.example",
    }
    made = compose(service(names), channel, kind, language=language)
    assert {*LINK.findall(made.text), *LINK.findall(made.html)} <= {PORTAL}
    assert "evil" not in made.text + made.html + made.subject


@pytest.mark.parametrize("language", templates.languages())
@pytest.mark.parametrize("kind", list(Kind))
def test_no_message_asks_for_an_answer_in_reply(language: str, kind: Kind) -> None:
    for channel in (By.EMAIL, By.LETTER):
        told = compose(GRANT, channel, kind, language=language).text
        assert ("never ask for data" in told) or ("绝不会" in told)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("channel", list(By))
def test_what_others_wrote_is_shown_and_never_run(hostile: str, channel: By) -> None:
    made = compose(service({"en": hostile}, evidence=(Evidence("e", {"en": hostile}),)), channel)
    assert "\r" not in made.subject + made.text
    assert "49" not in made.subject
    assert not any(ord(c) < 32 and c != "\n" for c in made.subject + made.text + made.html)
    assert "\u202e" not in made.text + made.html
    assert harmless(hostile, 100)[:20] in made.text
    assert not re.search(r"^(Bcc|bcc):", made.text, re.MULTILINE)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_of_others_is_text_in_the_html(hostile: str) -> None:
    plain, attacked = (_Tags(), _Tags())
    plain.feed(compose(service({"en": "Grant"})).html)
    attacked.feed(compose(service({"en": hostile})).html)
    assert attacked.tags == plain.tags
    assert attacked.attributes == plain.attributes


@pytest.mark.parametrize("sensitivity", [Sensitivity.PERSONAL, Sensitivity.INTIMATE])
@pytest.mark.parametrize("channel", [By.SMS, By.WEBPUSH, By.EMAIL])
def test_what_a_lock_screen_shows_says_only_that_there_is_a_message(sensitivity: Sensitivity, channel: By) -> None:
    made = compose(service({"en": "Shelter"}, sensitivity), channel)
    for words in ("Shelter", "birth", "Family Office"):
        assert words not in made.subject + made.text + made.html + str(made.payload)
    assert "There is a message for you" in made.subject
    assert PORTAL in made.text or channel is By.WEBPUSH


def test_a_portal_shows_a_sensitive_matter_after_sign_in_and_nothing_of_it_outside() -> None:
    made = compose(service({"en": "Shelter"}, Sensitivity.INTIMATE), By.WEBHOOK)
    assert "Shelter" in made.text
    assert "Shelter" not in made.subject


@pytest.mark.parametrize("channel", list(By))
def test_a_shared_address_gets_nothing_sensitive_and_a_protected_one_nothing_at_all(channel: By) -> None:
    shared = compose(service({"en": "Shelter"}, Sensitivity.PERSONAL), channel, shared=True)
    protected = compose(GRANT, channel, protected=True)
    assert "Shelter" not in shared.subject + shared.text + shared.html + str(shared.payload)
    assert "Birth grant" not in protected.subject + protected.text + protected.html + str(protected.payload)
    assert "Birth grant" in compose(GRANT, channel, shared=True).text


def test_the_gravest_of_several_services_sets_the_wording() -> None:
    other = service({"en": "Shelter"}, Sensitivity.INTIMATE)
    both = (GRANT, PublicService(**{**{f: getattr(other, f) for f in other.__dataclass_fields__}, "service_id": "s2"}))
    one = notice()
    told = Notice(
        one.notification_id, one.citizen_id, one.kind, one.cause, (ServiceId("grant"), ServiceId("s2")), None, AT
    )
    assert "Birth grant" not in composer(*both).compose(told, Addressee(By.SMS), CODE).text


def test_the_right_to_object_is_told_at_the_first_contact_only_and_apart() -> None:
    first, later = compose(GRANT, first=True).text, compose(GRANT).text
    assert "YOUR RIGHT TO OBJECT" in first
    assert "object" not in later
    assert first.index("YOUR RIGHT TO OBJECT") > first.index(PORTAL)


def test_a_language_without_templates_is_replaced_and_that_is_said() -> None:
    made = compose(GRANT, language="es-MX")
    assert made.language == "en"
    assert "not available in the language you chose, es-MX" in made.text
    assert "not available" not in compose(GRANT, language="en-GB").text
    assert "not available" not in compose(GRANT, language=None).text


def test_a_text_in_another_language_than_the_message_is_marked() -> None:
    assert "Birth grant [en]" in compose(service({"en": "Birth grant"}), language="zh").text


def test_only_what_no_register_holds_is_to_be_brought() -> None:
    evidence = (
        Evidence("a", {"en": "Offer of a shop"}),
        Evidence("b", {"en": "Record of birth"}, held_by="population"),
    )
    told = compose(service({"en": "Grant"}, evidence=evidence)).text
    assert "Offer of a shop" in told
    assert "Record of birth" not in told


def test_the_same_notice_gives_the_same_message() -> None:
    assert compose(GRANT) == compose(GRANT)


def test_a_notice_of_no_known_service_is_no_message() -> None:
    with pytest.raises(CatalogueError):
        composer().compose(notice(), Addressee(By.EMAIL), CODE)


def test_a_correction_is_a_message_of_its_own() -> None:
    assert compose(GRANT, By.EMAIL, Kind.CORRECTION).message_id != compose(GRANT).message_id


@given(st.text(max_size=200))
def test_any_text_becomes_one_visible_line_without_a_link(text: str) -> None:
    line = harmless(text, 60)
    assert len(line) <= 60
    assert line == one_line(line)
    assert not LINK.search(line)
    assert line.isprintable() or "\u200d" in line or "\u200c" in line


@given(st.text(min_size=1, max_size=64), st.integers(0, 9), st.sampled_from(ALPHABET))
def test_a_code_is_read_as_it_is_spoken_and_a_slip_is_caught(name: str, place: int, other: str) -> None:
    code = code_of(b"key", name)
    assert read_code(shown(code).lower()) == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code
    slip = code[:place] + other + code[place + 1 :]
    assert read_code(slip) == (code if slip == code else None)


def test_a_code_depends_on_the_key() -> None:
    assert code_of(b"key", "n1") != code_of(b"other", "n1")
    assert code_of(b"key", "n1") != code_of(b"key", "n1", turn=1)


@pytest.mark.parametrize("text", ["", "7K4QX", "7K4QX-M2B9T-7K4QX-M2B9T", "７K4QXM2B9T", "7K4QX\nM2B9T", "' OR 1=1 --"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


def test_a_question_is_known_by_its_root() -> None:
    from serving.database.notices import _kind

    assert _kind(f"{QUESTION}f1", reminded=True) is Kind.QUESTION
