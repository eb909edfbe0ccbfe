"""The chat data: every message once, whoever the conversation is with, deleted and reacted to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import InputError
from archiver.items import AuthorRole, ContentState, Item, Kind, Visibility
from tests.exports.bluesky.repositories import ACCOUNT, WHO, Walked, imported, written

DEFS = "chat.bsky.convo.defs#"
OWN, ANN, BEN = "did:plc:own", "did:plc:ann", "did:plc:ben"


def message(number: int, sender: str = ANN, **more: Any) -> dict[str, Any]:
    return {
        "$type": f"{DEFS}messageView",
        "id": f"m{number}",
        "rev": f"r{number}",
        "text": f"text {number}",
        "sender": {"did": sender},
        "sentAt": f"2026-03-01T10:00:{number:02}.000Z",
        **more,
    }


def convo(name: str, *members: str, **more: Any) -> dict[str, Any]:
    people = [{"did": did, "handle": f"{did[-3:]}.test"} for did in members]
    return {"$type": f"{DEFS}convoView", "id": name, "rev": "1", "members": people, **more}


def log(kind: str, name: str, about: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"$type": f"{DEFS}{kind}", "rev": "1", "convoId": name, "message": about, **more}


def deleted(number: int) -> dict[str, Any]:
    gone = {key: message(number)[key] for key in ("id", "rev", "sender", "sentAt")}
    return {"$type": f"{DEFS}deletedMessageView", **gone}


def walked(tmp_path: Path, *lines: Any) -> Walked:
    path = tmp_path / "chat.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n")
    return Walked(path)


def only(found: Walked) -> Item:
    (item,) = found.items
    return item


TWO = (convo("c1", OWN, ANN), convo("c2", OWN, BEN))


def test_a_message_is_private_with_its_conversation_and_whom_it_went_to(tmp_path: Path) -> None:
    item = only(walked(tmp_path, *TWO, log("logCreateMessage", "c1", message(1, OWN))))
    assert (item.kind, item.visibility, item.root_id) == (Kind.MESSAGE, Visibility.PRIVATE, "c1")
    assert (item.author.native_id, item.author.role) == (OWN, AuthorRole.AGENCY)
    assert [(one.native_id, one.handle, one.role) for one in item.recipients] == [
        (ANN, "ann.test", AuthorRole.PUBLIC)
    ]
    assert (item.native_id, item.text, item.created_at) == ("m1", "text 1", "2026-03-01T10:00:01Z")


def test_the_owner_is_who_stands_in_every_conversation(tmp_path: Path) -> None:
    assert walked(tmp_path, *TWO, message(1)).download.identity.native_id == OWN
    assert not walked(tmp_path, TWO[0], message(1)).download.identity.said


def test_a_message_in_several_lines_is_one_record_with_its_reactions(tmp_path: Path) -> None:
    reaction = {"value": "👍", "sender": {"did": ANN}, "createdAt": "2026-03-01T11:00:00Z"}
    found = walked(
        tmp_path,
        *TWO,
        log("logCreateMessage", "c1", message(1, OWN)),
        log("logReadMessage", "c1", message(1, OWN)),
        log("logAddReaction", "c1", message(1, OWN, reactions=[reaction]), reaction=reaction),
    )
    item = only(found)
    assert item.metrics == {"reactions": 1}
    assert "👍" in item.stable.decode()
    assert found.counts["chat.jsonl"].joined == 2
    assert found.adds_up()


def test_a_message_deleted_later_keeps_the_text_that_was_shown(tmp_path: Path) -> None:
    shown = log("logCreateMessage", "c1", message(1))
    item = only(walked(tmp_path, *TWO, shown, log("logDeleteMessage", "c1", deleted(1))))
    assert (item.text, item.content_state) == ("text 1", ContentState.FULL)
    assert b'"deleted":true' in item.stable
    assert item.removed_at is None


def test_a_message_of_which_only_the_deletion_is_told_has_no_content(tmp_path: Path) -> None:
    item = only(walked(tmp_path, *TWO, log("logDeleteMessage", "c1", deleted(1))))
    assert (item.form, item.content_state) == ("deleted message", ContentState.UNAVAILABLE)
    assert item.text == ""


def test_messages_inside_a_conversation_stand_in_it(tmp_path: Path) -> None:
    inside = convo("c1", OWN, ANN, messages=[message(1), message(2, OWN), deleted(3)])
    found = walked(tmp_path, inside)
    assert [(item.native_id, item.root_id) for item in found.items] == [
        ("m1", "c1"),
        ("m2", "c1"),
        ("m3", "c1"),
    ]
    assert found.adds_up()


def test_a_message_that_names_no_conversation_is_put_into_none(tmp_path: Path) -> None:
    item = only(walked(tmp_path, *TWO, message(1)))
    assert item.root_id is None
    assert item.recipients == ()


@pytest.mark.parametrize(
    ("data", "form", "text"),
    [
        (
            {"$type": f"{DEFS}systemMessageDataEditGroup", "oldName": "A", "newName": "B"},
            "group renamed",
            "(group renamed: A → B)",
        ),
        (
            {"$type": f"{DEFS}systemMessageDataMemberLeave", "member": {"did": BEN}},
            "member left",
            f"(member left: {BEN})",
        ),
        ({"$type": f"{DEFS}somethingNew"}, "change to the conversation", "(change to"),
    ],
)
def test_what_the_service_tells_of_a_conversation_is_readable(
    tmp_path: Path, data: dict[str, Any], form: str, text: str
) -> None:
    told = {"$type": f"{DEFS}systemMessageView", "id": "s1", "rev": "1"}
    told |= {"sentAt": "2026-03-01T10:00:00Z", "data": data}
    item = only(walked(tmp_path, *TWO, log("logEditGroup", "c1", told)))
    assert item.form == form
    assert item.text.startswith(text)


def test_links_and_quoted_posts_are_kept_as_links(tmp_path: Path) -> None:
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/a"}
    post = "at://did:plc:ann/app.bsky.feed.post/3aaaaaaaaaa2a"
    about = message(
        1,
        facets=[{"index": {}, "features": [feature]}],
        embed={"$type": "app.bsky.embed.record#view", "record": {"uri": post}},
    )
    assert only(walked(tmp_path, *TWO, about)).links == ("https://example.com/a", post)


def test_what_is_no_message_and_what_is_broken_are_counted(tmp_path: Path) -> None:
    found = walked(
        tmp_path,
        *TWO,
        {"$type": "chat.bsky.actor.declaration", "allowIncoming": "all"},
        "{broken",
        "[1]",
        log("logCreateMessage", "c1", {**message(1), "facets": 5}),
        log("logCreateMessage", "c1", message(2)),
    )
    assert [item.native_id for item in found.items] == ["m2"]
    assert [one.position for one in found.failed] == [3, 5]
    assert len(found.skipped) == 6
    assert found.adds_up()


def test_the_repository_says_whose_chat_data_lie_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "d", messages=30)
    found = Walked(tmp_path / "d")
    messages = [item for item in found.items if item.kind is Kind.MESSAGE]
    roles = {item.author.role for item in messages}
    assert roles == {AuthorRole.AGENCY, AuthorRole.PUBLIC}
    agency = [item for item in messages if item.author.role is AuthorRole.AGENCY]
    assert {item.author.native_id for item in agency} == {WHO.native_id}


def test_chat_data_alone_of_one_conversation_have_to_be_vouched_for(tmp_path: Path) -> None:
    path = tmp_path / "chat.jsonl"
    path.write_text(json.dumps(convo("c1", OWN, ANN, messages=[message(1, OWN)])))
    with pytest.raises(InputError, match="does not say whose account"):
        imported(tmp_path, path, account=ACCOUNT)
    report = imported(tmp_path, path, account=ACCOUNT, attested="fetched by IT on March 2")
    assert report.total.stored == 1


def test_a_set_of_files_cites_for_each_record_the_file_it_stands_in(tmp_path: Path) -> None:
    made = written(tmp_path / "d", messages=30)
    chat, document = tmp_path / "d" / "chat.jsonl", tmp_path / "d" / "did.json"
    report = imported(tmp_path, chat, document, made.repository)
    assert report.outcome == "complete"
    assert report.total.failed == 0
    assert report.total.people == sum(
        made.records[name] for name in ("app.bsky.graph.follow", "app.bsky.graph.block")
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"relatedProfiles": 5, "convoId": 3, "message": message(7)},
        {"members": [5, {"did": 4}], "id": 9, "messages": [5, None, message(8)]},
        {"id": ["x"], "sentAt": {}, "text": 5},
        {"convo": {"members": 5, "id": 1}, "message": {"id": None, "sentAt": None}},
        {"message": {**message(9), "reactions": [5], "embed": 5, "sender": 5, "data": 7}},
    ],
)
def test_a_line_of_any_build_costs_itself_alone(tmp_path: Path, odd: dict[str, Any]) -> None:
    found = walked(tmp_path, *TWO, odd, log("logCreateMessage", "c1", message(1)))
    assert "m1" in {item.native_id for item in found.items}
    assert found.adds_up()
