"""What was done to the files of a bag, in the words of PREMIS.

PREMIS version 3 (https://www.loc.gov/standards/premis/v3/), as far as an archive needs to follow
custody: objects with their fixity, the events of the batch, and the agents who did them.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as Xml

from archiver import __version__
from archiver.config import Settings
from archiver.retention.dispositions.approvals import standing
from archiver.retention.dispositions.batches import Batch, events_of

NAMESPACE = "http://www.loc.gov/premis/v3"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_LOCATION = f"{NAMESPACE} https://www.loc.gov/standards/premis/v3/premis.xsd"
_TYPES = {
    "list frozen": "appraisal",
    "kept": "deselection",
    "kept at execution": "deselection",
    "approved": "decision",
    "approval withdrawn": "decision",
}
"""Our events under the words of the Library of Congress's vocabulary of preservation events."""


def premis(office: sqlite3.Connection, batch: Batch, settings: Settings, folder: Path) -> bytes:
    """The PREMIS document of a bag's payload, which stands in `folder` now and under ``data/`` in
    the bag."""
    Xml.register_namespace("premis", NAMESPACE)
    Xml.register_namespace("xsi", _SCHEMA)
    root = Xml.Element(
        _name("premis"), {"version": "3.0", f"{{{_SCHEMA}}}schemaLocation": _LOCATION}
    )
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            _object(root, path, f"data/{path.relative_to(folder).as_posix()}")
    events = events_of(office, batch)
    for event in events:
        kind = _TYPES.get(event.what, event.what)
        _event(root, f"{batch.number}-{event.id}", kind, event.at, event.what, event.actor)
    for each in standing(office, batch):
        said = f"{each.title} {each.number}".strip()
        _event(
            *(root, f"{batch.number}-approval-{each.id}", "decision", each.dated_on),
            *(said, f"{each.name}, {each.position}"),
        )
    _agent(root, settings.agency, "organization")
    _agent(root, f"archiver {__version__}", "software")
    Xml.indent(root)
    written: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _object(root: Xml.Element, path: Path, name: str) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1024 * 1024):
            digest.update(chunk)
    one = Xml.SubElement(root, _name("object"), {f"{{{_SCHEMA}}}type": "premis:file"})
    identifier = Xml.SubElement(one, _name("objectIdentifier"))
    _text(identifier, "objectIdentifierType", "path in the bag")
    _text(identifier, "objectIdentifierValue", name)
    traits = Xml.SubElement(one, _name("objectCharacteristics"))
    fixity = Xml.SubElement(traits, _name("fixity"))
    _text(fixity, "messageDigestAlgorithm", "SHA-256")
    _text(fixity, "messageDigest", digest.hexdigest())
    _text(traits, "size", str(path.stat().st_size))
    form = Xml.SubElement(Xml.SubElement(traits, _name("format")), _name("formatDesignation"))
    _text(form, "formatName", "JSON Lines" if name.endswith(".jsonl") else "as received")


def _event(root: Xml.Element, number: str, kind: str, at: str, what: str, who: str) -> None:
    one = Xml.SubElement(root, _name("event"))
    identifier = Xml.SubElement(one, _name("eventIdentifier"))
    _text(identifier, "eventIdentifierType", "archiver")
    _text(identifier, "eventIdentifierValue", number)
    _text(one, "eventType", kind)
    _text(one, "eventDateTime", at)
    detail = Xml.SubElement(one, _name("eventDetailInformation"))
    _text(detail, "eventDetail", what)
    agent = Xml.SubElement(one, _name("linkingAgentIdentifier"))
    _text(agent, "linkingAgentIdentifierType", "name")
    _text(agent, "linkingAgentIdentifierValue", who)


def _agent(root: Xml.Element, name: str, kind: str) -> None:
    one = Xml.SubElement(root, _name("agent"))
    identifier = Xml.SubElement(one, _name("agentIdentifier"))
    _text(identifier, "agentIdentifierType", "name")
    _text(identifier, "agentIdentifierValue", name)
    _text(one, "agentName", name)
    _text(one, "agentType", kind)


def _text(parent: Xml.Element, tag: str, text: str) -> None:
    Xml.SubElement(parent, _name(tag)).text = text


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"
