"""PUT, GET, DELETE portal/webhook: where this portal wants to be called when one of its citizens is told something."""

from fastapi import APIRouter

from serving.access.auth import MayRecommend
from serving.access.citizens import no_citizen_token
from serving.bodies.webhooks import WebhookIn, WebhookOut, WebhookSecretOut
from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1/portal/webhook", tags=["webhooks"], responses=problems(404, 413, 422, 503))


@router.put("")
def put_webhook(body: WebhookIn, herald: RunningHerald, caller: MayRecommend) -> WebhookSecretOut:
    """Call this portal there; the secret to check signatures with is given once, when the webhook is new."""
    no_citizen_token(caller)
    return WebhookSecretOut(url=body.url, secret=herald.webhooks.subscribe(caller.portal, body.url))


@router.post("/secret")
def rotate_secret(herald: RunningHerald, caller: MayRecommend) -> WebhookSecretOut:
    """A new secret. For a day messages carry a signature by the former one as well."""
    no_citizen_token(caller)
    secret = herald.webhooks.rotate(caller.portal)
    return WebhookSecretOut(url=herald.webhooks.shown(caller.portal)[0], secret=secret)


@router.get("")
def read_webhook(herald: RunningHerald, caller: MayRecommend) -> WebhookOut:
    """Where this portal is called."""
    no_citizen_token(caller)
    url, since, ended = herald.webhooks.shown(caller.portal)
    return WebhookOut(url=url, since=since.isoformat(), ended=ended or None)


@router.delete("", status_code=204)
def remove_webhook(herald: RunningHerald, caller: MayRecommend) -> None:
    """Call this portal no more; what is queued for it is dropped."""
    no_citizen_token(caller)
    herald.webhooks.remove(caller.portal)
