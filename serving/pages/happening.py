"""In development: a life event is recorded for whoever looks, as a register would, so that a newcomer sees the push."""

from uuid import uuid4

from fastapi import Response

from recommender.errors import NotFoundError
from serving.bodies.requests import LifeEventIn
from serving.pages.forms import Submitted
from serving.pages.routing import go, pages
from serving.pages.visitors import SignedIn

router = pages()


@router.post("/inbox/happen")
def let_happen(visitor: SignedIn, fields: Submitted) -> Response:
    """Record that it happened just now, by the same intake as a register's."""
    herald = visitor.herald
    if not herald.settings.development:
        raise NotFoundError("nothing can be made to happen here", mend="registers tell of what happened")
    said = {"id": f"inbox-{uuid4().hex}", "type": fields.one("event"), "happened_at": herald.clock.now().isoformat()}
    # whoever looks is meant; the body must name somebody, and the intake takes the citizen beside it
    fact = LifeEventIn.model_validate({**said, "citizen_id": "me"})
    herald.intake.life_event(fact, visitor.own, "demo-register")
    return go("/inbox?done=happened")
