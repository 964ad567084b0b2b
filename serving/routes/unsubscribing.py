"""One-click unsubscribing (RFC 8058): the address that an e-mail's header names."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(tags=["messages"])

PATH = "/v1/unsubscribe/{token}"
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,120}$", description="as the e-mail's header gives it")]
_PROBLEMS = {status: words for status, words in problems(404, 422, 503).items() if status not in (401, 403)}
_NO_STORE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Frame-Options": "DENY",
}
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>{title}</title></head>
<body style="font:18px/1.5 sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
<p>{english}</p><p lang="zh">{chinese}</p>{form}</body></html>"""
_FORM = '<form method="post"><button style="font:inherit">Stop · <span lang="zh">停止</span></button></form>'


@router.get(PATH, response_class=HTMLResponse, responses={**_PROBLEMS, 200: {"description": "A page with a button."}})
async def ask_to_unsubscribe(token: Token) -> HTMLResponse:
    """A page with one button. Looking changes nothing: mail programs look at every address by themselves."""
    page = _PAGE.format(
        title="Stop messages",
        english="Press the button to get no more messages by this channel. Nothing else changes for you.",
        chinese="按下按钮后，您将不再通过此渠道收到消息。您的其他权益不受影响。",
        form=_FORM,
    )
    return HTMLResponse(page, headers=_NO_STORE)


@router.post(PATH, response_class=HTMLResponse, responses={**_PROBLEMS, 200: {"description": "It is done."}})
def unsubscribe(token: Token, herald: RunningHerald) -> Response:
    """Whoever the e-mail was sent to is not told by that channel any more. The token, signed, is the proof."""
    herald.answering_back.unsubscribe(token)
    page = _PAGE.format(
        title="Stopped",
        english="You will get no more messages by this channel.",
        chinese="您将不再通过此渠道收到消息。",
        form="",
    )
    return HTMLResponse(page, headers=_NO_STORE)
