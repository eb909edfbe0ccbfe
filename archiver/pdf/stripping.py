"""A PDF as it may be handed out: its pages, without what it carries beside them.

Titles, authors and programs, its id, XMP, earlier saves, enclosed files, scripts and what runs when
it is opened are left out; the pages are not touched, what stands on them is the record.
"""

from __future__ import annotations

import io

import pikepdf

from archiver.errors import InputError

_ROOT = ("/Metadata", "/PieceInfo", "/AA", "/OpenAction", "/AF", "/Collection", "/SpiderInfo")
_NAMES = ("/EmbeddedFiles", "/JavaScript")
_ANYWHERE = ("/Metadata", "/PieceInfo", "/AA", "/AF", "/Thumb", "/LastModified")
_RUNS = ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/RichMediaExecute")


def stripped_pdf(data: bytes) -> bytes:
    """A PDF without what it carries beside its pages; the same PDF gives the same bytes.

    Raises InputError where it cannot be read, or is locked by a password.
    """
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                raise InputError("the PDF is locked by a password")
            _strip(pdf)
            out = io.BytesIO()
            pdf.save(out, deterministic_id=True, fix_metadata_version=False)
            return out.getvalue()
    except pikepdf.PasswordError:
        raise InputError("the PDF is locked by a password") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError):
        raise InputError("the PDF cannot be read") from None


def _strip(pdf: pikepdf.Pdf) -> None:
    for name in ("/Info", "/ID"):
        if name in pdf.trailer:
            del pdf.trailer[name]
    if isinstance(pdf.Root, pikepdf.Dictionary):
        _without(pdf.Root, _ROOT)
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        _without(names, _NAMES)
    for each in pdf.objects:
        found = each.stream_dict if isinstance(each, pikepdf.Stream) else each
        if isinstance(found, pikepdf.Dictionary):
            _without(found, _ANYWHERE)
            action = found.get("/A")
            if isinstance(action, pikepdf.Dictionary) and str(action.get("/S", "")) in _RUNS:
                del found["/A"]
    for page in pdf.pages:
        shown = page.obj.get("/Annots")
        if isinstance(shown, pikepdf.Array):
            kept = [each for each in shown if not _encloses(each)]
            page.obj["/Annots"] = pikepdf.Array(kept)


def _without(found: pikepdf.Dictionary, names: tuple[str, ...]) -> None:
    for name in names:
        if name in found:
            del found[name]


def _encloses(annotation: pikepdf.Object) -> bool:
    """Whether an annotation is a file pinned to a page."""
    if not isinstance(annotation, pikepdf.Dictionary):
        return False
    return str(annotation.get("/Subtype", "")) in ("/FileAttachment", "/RichMedia", "/Screen")
