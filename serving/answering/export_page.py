"""What is held about one person as a page to read: one heading a part, one line an entry, nothing cut short."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

_HEADINGS: Mapping[str, tuple[str, str]] = {
    "known_now": ("What registers say of you now", "登记机关目前登记的您的信息"),
    "told_by_registers": ("What registers told, one by one", "登记机关提供的各项记录"),
    "told_by_interface": ("What was told since, one by one", "此后收到的各项记录"),
    "decisions": ("What was decided, and why", "作出的决定及其理由"),
    "stored": ("What else is kept: messages, wishes, words of yours", "其他保存内容：消息、偏好与您的反馈"),
    "contacts": ("Where you can be reached", "您的联系方式"),
    "readings": ("Who opened your record", "谁查阅过您的记录"),
}
_TITLE = ("Everything that is held about you", "有关您的全部信息")
_STYLE = "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto}dt{font-weight:bold}dd{margin-bottom:.4em}"


def page(held: Mapping[str, Any], language: str | None) -> str:
    """One HTML page without scripts, links or anything from elsewhere."""
    chinese = (language or "en").split("-")[0] == "zh"
    title = _TITLE[chinese]
    parts = [f"<h1>{title}</h1>", f"<p>{html.escape(str(held['citizen_id']))}, {held['written_at']}</p>"]
    for name, headings in _HEADINGS.items():
        parts.append(f"<h2>{headings[chinese]}</h2>")
        parts.extend(_lines(held.get(name)))
    body = "\n".join(parts)
    tag = "zh" if chinese else "en"
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if not value:
            yield "<p>–</p>"
            return
        yield "<dl>"
        for name, inner in value.items():
            yield f"<dt>{html.escape(str(name).replace('_', ' '))}</dt><dd>"
            yield from _lines(inner)
            yield "</dd>"
        yield "</dl>"
    elif isinstance(value, list | tuple):
        if not value:
            yield "<p>–</p>"
            return
        yield "<ul>"
        for inner in value:
            yield "<li>"
            yield from _lines(inner)
            yield "</li>"
        yield "</ul>"
    else:
        yield html.escape("–" if value is None else str(value))
