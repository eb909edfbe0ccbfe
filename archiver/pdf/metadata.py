"""What a file says of itself: XMP, the information dictionary, and the meaning of its colours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from xml.sax.saxutils import escape

import regex
from PIL import ImageCms

from archiver import clock
from archiver.pdf.objects import dictionary, text_string

_NOT_XML = regex.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ICC_DATE = slice(24, 36)  # ICC.1:2022, 7.2.8: the profile's creation time, which would differ


@dataclass(frozen=True, slots=True)
class Meta:
    """Title page facts of a document. `created` is UTC text with Z and makes the file's dates."""

    title: str
    author: str
    subject: str
    created: str
    language: str = "en-US"
    creator: str = "archiver"


def information(meta: Meta) -> bytes:
    """The information dictionary; PDF/A wants it to say what the XMP says."""
    return dictionary(
        {
            "Title": text_string(meta.title),
            "Author": text_string(meta.author),
            "Subject": text_string(meta.subject),
            "Creator": text_string(meta.creator),
            "Producer": text_string(meta.creator),
            "CreationDate": date(meta),
            "ModDate": date(meta),
        }
    )


def date(meta: Meta) -> bytes:
    """The document's date as PDF writes dates."""
    return text_string(f"D:{clock.parse(meta.created):%Y%m%d%H%M%S}+00'00'")


def xmp(meta: Meta) -> bytes:
    """The XMP packet that claims PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1)."""
    moment = clock.parse(meta.created).astimezone(dt.UTC).isoformat()

    def said(text: str) -> str:
        return escape(_NOT_XML.sub("", text))

    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{said(meta.title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{said(meta.author)}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{said(meta.subject)}</rdf:li></rdf:Alt>
</dc:description>
<dc:language><rdf:Bag><rdf:li>{said(meta.language)}</rdf:li></rdf:Bag></dc:language>
<dc:format>application/pdf</dc:format>
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
<xmp:CreatorTool>{said(meta.creator)}</xmp:CreatorTool>
<pdf:Producer>{said(meta.creator)}</pdf:Producer>
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>part of ISO 14289</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


@lru_cache(maxsize=1)
def colour_profile() -> bytes:
    """sRGB as an ICC profile, always with the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[ICC_DATE] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
    return bytes(profile)
