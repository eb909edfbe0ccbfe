"""The reads of the make-believe Bluesky: one function for each XRPC call, in official shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archiver.demo.bluesky_service import Query, Refused, Service, one
from archiver.demo.bluesky_world import FOLLOW, Value, uri_of


def _limit(query: Query, most: int = 100) -> int:
    try:
        asked = int(query.get("limit", ["50"])[0])
    except ValueError:
        raise Refused(400, "InvalidRequest", "Error: limit must be an integer") from None
    if not 1 <= asked <= most:
        raise Refused(400, "InvalidRequest", f"Error: limit can not be greater than {most}")
    return asked


def _slice(items: list[Any], query: Query) -> tuple[list[Any], dict[str, str]]:
    """The page a query asks for, and the cursor of the next one where there is one."""
    cursor = query.get("cursor", ["0"])[0]
    if not cursor.isdigit():
        raise Refused(400, "InvalidRequest", "Malformed cursor")
    start, size = int(cursor), _limit(query)
    more = start + size < len(items)
    return items[start : start + size], ({"cursor": str(start + size)} if more else {})


def _describe_repo(service: Service, query: Query, viewer: str) -> Value:
    did = service.repo(query)
    handle = service.world.people[did].handle
    document = {"id": did, "alsoKnownAs": [f"at://{handle}"]}
    found = sorted(name for name, records in service.world.repos[did].items() if records)
    return {
        "handle": handle,
        "did": did,
        "didDoc": document,
        "collections": found,
        "handleIsCorrect": True,
    }


def _latest_commit(service: Service, query: Query, viewer: str) -> Value:
    did = service.repo(query, "did")
    rev = service.world.revisions[did]
    newest = service.views.cid(f"commit/{did}/{rev}", {"did": did, "rev": rev, "version": 3})
    return {"cid": newest, "rev": rev}


def _list_records(service: Service, query: Query, viewer: str) -> Value:
    did, collection = service.holder(query), one(query, "collection")
    records = service.world.repos[did].get(collection, {})
    upwards = query.get("reverse", ["false"])[0] == "true"
    keys = sorted(records, reverse=not upwards)
    cursor = query.get("cursor", [""])[0]
    if cursor:
        keys = [key for key in keys if (key > cursor if upwards else key < cursor)]
    taken = keys[: _limit(query)]
    views = service.views
    listed = []
    for key in taken:
        uri = uri_of(did, collection, key)
        listed.append({"uri": uri, "cid": views.cid(uri, records[key]), "value": records[key]})
    answer: Value = {"records": listed}
    if taken and len(taken) == _limit(query):
        answer["cursor"] = taken[-1]
    return answer


def _get_record(service: Service, query: Query, viewer: str) -> Value:
    did = service.holder(query)
    uri = uri_of(did, one(query, "collection"), one(query, "rkey"))
    value = service.world.get(uri)
    if value is None:
        raise Refused(400, "RecordNotFound", f"Could not locate record: {uri}")
    return {"uri": uri, "cid": service.views.cid(uri, value), "value": value}


def _thread(service: Service, query: Query, viewer: str) -> Value:
    uri = one(query, "uri")
    try:
        known = service.views.record(uri) is not None
    except ValueError:
        known = False
    if not known:
        raise Refused(400, "NotFound", f"Post not found: {uri}")
    depth = int(query.get("depth", ["6"])[0])
    height = int(query.get("parentHeight", ["80"])[0])
    return {"thread": service.views.thread(uri, depth, height)}


def _posts(service: Service, query: Query, viewer: str) -> Value:
    uris = query.get("uris", [])
    if not 1 <= len(uris) <= 25:
        raise Refused(400, "InvalidRequest", "Error: uris must not have more than 25 elements")
    views = service.views
    found = [(uri, value) for uri in uris if (value := views.record(uri)) is not None]
    return {"posts": [views.post(uri, value) for uri, value in found]}


def _likes(service: Service, query: Query, viewer: str) -> Value:
    uri = one(query, "uri")
    page, cursor = _slice(service.views.likes.get(uri, []), query)
    return {"uri": uri, "likes": service.views.liked_by(page), **cursor}


def _reposted_by(service: Service, query: Query, viewer: str) -> Value:
    uri = one(query, "uri")
    page, cursor = _slice(service.views.reposts.get(uri, []), query)
    return {"uri": uri, "repostedBy": service.views.owners(page), **cursor}


def _quotes(service: Service, query: Query, viewer: str) -> Value:
    uri = one(query, "uri")
    page, cursor = _slice(service.views.quotes.get(uri, []), query)
    views = service.views
    return {"uri": uri, "posts": [views.post(u, views.record(u) or {}) for u in page], **cursor}


def _followers(service: Service, query: Query, viewer: str) -> Value:
    did = service.holder(query, "actor")
    page, cursor = _slice(service.views.followers.get(did, []), query)
    views = service.views
    return {"subject": views.profile_basic(did), "followers": views.owners(page), **cursor}


def _follows(service: Service, query: Query, viewer: str) -> Value:
    did = service.holder(query, "actor")
    records = service.world.repos[did].get(FOLLOW, {})
    found = [records[key]["subject"] for key in sorted(records, reverse=True)]
    page, cursor = _slice(found, query)
    views = service.views
    people = [views.profile_basic(one_did) for one_did in page]
    return {"subject": views.profile_basic(did), "follows": people, **cursor}


def _mutes(service: Service, query: Query, viewer: str) -> Value:
    page, cursor = _slice(service.world.mutes.get(viewer, []), query)
    return {"mutes": [service.views.profile_basic(did) for did in page], **cursor}


def _blocks(service: Service, query: Query, viewer: str) -> Value:
    page, cursor = _slice(service.views.blocks(viewer), query)
    return {"blocks": [service.views.profile_basic(did) for did in page], **cursor}


def _profile(service: Service, query: Query, viewer: str) -> Value:
    asked = one(query, "actor")
    if asked in service.world.takedowns:
        raise Refused(400, "AccountTakedown", "Account has been suspended")
    try:
        return service.views.profile(service.holder(query, "actor"))
    except Refused:
        raise Refused(400, "InvalidRequest", "Profile not found") from None


def _profiles(service: Service, query: Query, viewer: str) -> Value:
    asked = query.get("actors", [])
    if not 1 <= len(asked) <= 25:
        raise Refused(400, "InvalidRequest", "Error: actors must not have more than 25 elements")
    world = service.world
    known = [did for did in asked if did in world.people and did not in world.takedowns]
    return {"profiles": [service.views.profile(did) for did in known]}


def _notifications(service: Service, query: Query, viewer: str) -> Value:
    page, cursor = _slice(service.views.notifications(viewer), query)
    return {"notifications": page, **cursor}


READS: dict[str, Callable[[Service, Query, str], Value]] = {
    "com.atproto.repo.describeRepo": _describe_repo,
    "com.atproto.sync.getLatestCommit": _latest_commit,
    "com.atproto.repo.listRecords": _list_records,
    "com.atproto.repo.getRecord": _get_record,
    "app.bsky.feed.getPostThread": _thread,
    "app.bsky.feed.getPosts": _posts,
    "app.bsky.feed.getLikes": _likes,
    "app.bsky.feed.getRepostedBy": _reposted_by,
    "app.bsky.feed.getQuotes": _quotes,
    "app.bsky.graph.getFollowers": _followers,
    "app.bsky.graph.getFollows": _follows,
    "app.bsky.graph.getMutes": _mutes,
    "app.bsky.graph.getBlocks": _blocks,
    "app.bsky.actor.getProfile": _profile,
    "app.bsky.actor.getProfiles": _profiles,
    "app.bsky.notification.listNotifications": _notifications,
}
# These may be read by anyone, as on the real server.
OPEN = frozenset(name for name in READS if name.startswith("com.atproto."))
