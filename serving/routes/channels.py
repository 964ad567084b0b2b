"""By which channels a citizen is told, and where: read and changed by the citizen."""

from typing import Any

from fastapi import APIRouter, Response

from recommender.errors import ForbiddenError, NotFoundError
from serving.access.auth import MayGiveFeedback, MayRecommend
from serving.access.citizens import linked_citizen
from serving.access.tokens import Caller
from serving.bodies.channels import ChannelIn, ChannelInPath, SubscriptionIn, SubscriptionInPath
from serving.bodies.messages import ChannelsOut, SubscribedOut
from serving.routes.documented import CitizenInPath, problems
from serving.routes.notifications import NO_STORE
from serving.runtime import Herald, RunningHerald

router = APIRouter(prefix="/v1/citizens/{citizen_id}", tags=["citizens"], responses=problems(404, 413, 422, 503))


@router.get("/channels", response_model=ChannelsOut)
def read_channels(
    citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend, response: Response
) -> dict[str, Any]:
    """The channels that reach the citizen, without the addresses, and those that they object to."""
    response.headers.update(NO_STORE)
    return _shown(herald, linked_citizen(herald.database, caller, citizen_id))


@router.put("/channels/{channel}", response_model=ChannelsOut)
def change_channel(
    citizen_id: CitizenInPath,
    channel: ChannelInPath,
    body: ChannelIn,
    herald: RunningHerald,
    caller: MayGiveFeedback,
) -> dict[str, Any]:
    """Object to a channel, or give an address for it; an address is taken from the citizen's own token only."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    if body.address is not None:
        _own(caller)
        herald.addresses.give(citizen, channel.value, body.address_for(channel), sole=body.sole)
    if body.objected is not None:
        herald.addresses.object(citizen, channel.value, objects=body.objected, by=caller.portal)
    return _shown(herald, citizen)


@router.post("/push-subscriptions", status_code=201)
def subscribe(
    citizen_id: CitizenInPath, body: SubscriptionIn, herald: RunningHerald, caller: MayGiveFeedback
) -> SubscribedOut:
    """Tell the citizen in this browser, too. With the citizen's own token only."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    _own(caller)
    body.check_service(herald.building.settings.push_hosts)
    return SubscribedOut(subscription_id=herald.addresses.subscribe(citizen, body.model_dump()))


@router.delete("/push-subscriptions/{subscription_id}", status_code=204)
def unsubscribe_browser(
    citizen_id: CitizenInPath, subscription_id: SubscriptionInPath, herald: RunningHerald, caller: MayGiveFeedback
) -> None:
    """Tell the citizen no more in that browser. With the citizen's own token only."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    _own(caller)
    if not herald.addresses.unsubscribe(citizen, subscription_id):
        raise NotFoundError("no such subscription is this citizen's", mend="take the id that subscribing gave")


def _own(caller: Caller) -> None:
    """Return for a citizen's own token. Raises ForbiddenError: a portal must not redirect somebody's messages."""
    if caller.citizen_id is None:
        raise ForbiddenError("only the citizen says where they are told", mend="exchange the citizen's own token")


def _shown(herald: Herald, citizen: Any) -> dict[str, Any]:
    reached = herald.addresses.find(citizen)
    return {
        "channels": [
            {"channel": channel, "given": reach.given, "shared": reach.shared}
            for channel, reach in sorted(reached.items())
        ],
        "objected": sorted(herald.addresses.objected(citizen)),
    }
