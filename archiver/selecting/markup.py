"""The two pages the owner of a personal account sees in their browser."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from markupsafe import Markup, escape

from archiver.selecting.choosing import PAGE_SIZE, Entry, Opened, Wanted
from archiver.selecting.statement import Statement

STYLE = """
:root{color-scheme:light dark;--ink:#1b2733;--quiet:#5a6875;--line:#d5dce2;--paper:#fff;
--ground:#f4f6f8;--deed:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--quiet:#a3b0bc;--line:#3a4754;
--paper:#1c252e;--ground:#141b22;--deed:#7db8f5}}
*{box-sizing:border-box}body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--ground)}main{max-width:52rem;margin:0 auto;padding:1.5rem 1rem 6rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}p{margin:.5rem 0}.quiet{color:var(--quiet)}
div.search{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;background:var(--paper);
border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
label{display:block}label span{display:block;font-weight:600;font-size:.9rem}
input,select,textarea,button{font:inherit;color:inherit;background:var(--paper);
border:1px solid var(--quiet);border-radius:.3rem;padding:.4rem .6rem;max-width:100%}
input[type=checkbox]{width:1.25rem;height:1.25rem;flex:none;margin:.15rem .75rem 0 0}
textarea{width:100%}button{background:var(--deed);color:var(--paper);border-color:var(--deed);
font-weight:600;cursor:pointer}a{color:var(--deed)}ol{list-style:none;padding:0;margin:0}
li{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0}
li label{display:flex;padding:.75rem 1rem;cursor:pointer}li div{min-width:0;flex:1}
.words{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0 0}
.bar{position:fixed;left:0;right:0;bottom:0;background:var(--paper);border-top:1px solid
var(--line);padding:.75rem 1rem;display:flex;gap:1rem;flex-wrap:wrap;justify-content:center;
align-items:center}.wrong{border-left:.3rem solid #c0392b;padding:.5rem 1rem;
background:var(--paper)}.field{margin:1rem 0}:focus-visible{outline:.2rem solid var(--deed);
outline-offset:.15rem}li span{font-weight:400}label span.quiet{font-weight:400}
button.link{background:none;border:0;padding:0;color:var(--deed);text-decoration:underline;
font-weight:400}
"""

_SHELL = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width"><meta name="referrer" content="no-referrer">'
    "<title>{title}</title><style>{style}</style></head><body><main>{body}</main></body></html>"
)


def page(title: str, body: Markup) -> bytes:
    """A whole page."""
    return _SHELL.format(title=title, style=Markup(STYLE), body=body).encode()


def choosing_page(
    opened: Opened,
    wanted: Wanted,
    number: int,
    found: tuple[int, Sequence[Entry]],
    picked: Collection[int],
    kinds: Sequence[tuple[str, int]],
) -> bytes:
    """The items that fit, with a box before each."""
    total, entries = found
    body = Markup(
        "<h1>Pick what concerns the city’s business</h1><p>{whose}. Only you see this page: it "
        "comes from your own machine. What you do not pick is not copied.</p>"
    ).format(whose=opened.shown)
    for line in opened.incomplete:
        body += Markup('<p class="wrong">Look at this first: {line}.</p>').format(line=line)
    body += Markup('<form method="post" action="pick">')
    body += _search_fields(wanted, kinds)
    body += _hidden(wanted, number)
    body += Markup('<p class="quiet">{told}</p><ol>').format(told=_told(total, number))
    for entry in entries:
        body += _entry(entry, entry.number in picked, linked=not wanted.thread)
    body += Markup('</ol><div class="bar"><strong>{n} picked so far</strong>').format(n=len(picked))
    for name, target, shown in (
        ("Back", number - 1, number > 1),
        ("Next", number + 1, number * PAGE_SIZE < total),
    ):
        if shown:
            body += Markup('<button name="go" value="{to}">{name}</button>').format(
                to=target, name=name
            )
    body += Markup(
        '<button name="go" value="{n}">Keep the picks</button>'
        '<button name="go" value="statement">Write the statement</button></div></form>'
    ).format(n=number)
    return page("Pick what concerns the city’s business", body)


def _told(total: int, number: int) -> str:
    if not total:
        return "Nothing fits. Try fewer or other words."
    first = (number - 1) * PAGE_SIZE + 1
    last = min(number * PAGE_SIZE, total)
    return f"{first:,} to {last:,} of {total:,}, oldest first."


def _search_fields(wanted: Wanted, kinds: Sequence[tuple[str, int]]) -> Markup:
    options = Markup('<option value="">everything</option>')
    for kind, count in kinds:
        chosen = Markup(" selected") if kind == wanted.kind else Markup("")
        options += Markup('<option value="{kind}"{chosen}>{kind}s ({count})</option>').format(
            kind=kind, chosen=chosen, count=f"{count:,}"
        )
    fields = Markup(
        '<div class="search"><label><span>Words, all of them</span>'
        '<input name="words" value="{words}" size="28"></label>'
        '<label><span>Kind</span><select name="kind">{options}</select></label>'
        '<label><span>From</span><input type="date" name="start" value="{start}"></label>'
        '<label><span>To</span><input type="date" name="end" value="{end}"></label>'
        '<button name="go" value="look">Look</button></div>'
    ).format(words=wanted.words, options=options, start=wanted.start, end=wanted.end)
    if wanted.thread:
        fields += Markup(
            '<p>One conversation only. <button class="link" name="go" value="all">Show everything '
            "again</button></p>"
        )
    return fields


def _hidden(wanted: Wanted, number: int) -> Markup:
    values = {"thread": wanted.thread, "page": str(number)}
    return Markup("").join(
        Markup('<input type="hidden" name="{name}" value="{value}">').format(name=name, value=value)
        for name, value in values.items()
    )


def _entry(entry: Entry, picked: bool, *, linked: bool) -> Markup:
    media = f", {entry.media} files" if entry.media else ""
    talk = Markup("")
    if linked and entry.thread:
        talk = Markup(
            ' · <button class="link" name="talk" value="{thread}">the whole conversation</button>'
        ).format(thread=entry.thread)
    return Markup(
        '<li><label><input type="checkbox" name="item" value="{number}"{checked}><div>'
        '<input type="hidden" name="shown" value="{number}">'
        '<span class="quiet">{at} · {kind}{media} · {author}{talk}</span>'
        '<p class="words">{text}</p></div></label></li>'
    ).format(
        number=entry.number,
        checked=Markup(" checked") if picked else Markup(""),
        at=f"{entry.at[:16].replace('T', ' ')} UTC" if entry.at else "no time",
        kind=entry.kind,
        media=media,
        author=entry.author or "unknown",
        talk=talk,
        text=entry.text or "(no text)",
    )


def statement_page(
    given: Statement, entries: Sequence[Entry], faults: Sequence[str], target: str
) -> bytes:
    """The statement to be written, above what was picked."""
    body = Markup('<h1>Your statement</h1><p>{n} items are picked. <a href="./">Go back</a></p>')
    body = body.format(n=len(entries))
    if faults:
        body += Markup('<div class="wrong" role="alert">{told}</div>').format(
            told=Markup("<br>").join(escape(f"{fault[0].upper()}{fault[1:]}.") for fault in faults)
        )
    body += Markup('<form method="post" action="make">')
    for name, label, value in (
        ("name", "Your name", given.name),
        ("title", "Your office or title", given.title),
        ("department", "Department or body", given.department),
        ("account", "The account you searched", given.account),
    ):
        body += Markup(
            '<label class="field"><span>{label}</span>'
            '<input name="{name}" value="{value}" size="44"></label>'
        ).format(label=label, name=name, value=value)
    for name, label, value in (
        ("searched", "What you searched for, and where", given.searched),
        (
            "kept_back",
            "What you found and keep back as personal (leave empty where there is nothing)",
            given.kept_back,
        ),
        (
            "facts",
            "The facts from which it can be seen that it is no record of the public’s business",
            given.facts,
        ),
    ):
        body += Markup(
            '<label class="field"><span>{label}</span>'
            '<textarea name="{name}" rows="4">{value}</textarea></label>'
        ).format(label=label, name=name, value=value)
    body += Markup(
        '<p class="quiet">The file is written to {target}. Hand it to the city clerk, or forward '
        "it yourself.</p><p><button>Make the file</button></p></form><ol>"
    ).format(target=target)
    for entry in entries:
        body += Markup(
            '<li><label><div><span class="quiet">{at} · {kind} · {author}</span>'
            '<p class="words">{text}</p></div></label></li>'
        ).format(
            at=entry.at[:16].replace("T", " "),
            kind=entry.kind,
            author=entry.author or "unknown",
            text=entry.text or "(no text)",
        )
    return page("Your statement", body + Markup("</ol>"))


def made_page(target: str, items: int) -> bytes:
    """What was made, and what to do with it."""
    return page(
        "The file is made",
        Markup(
            "<h1>The file is made</h1><p><strong>{target}</strong> holds {items} items and your "
            "statement, and nothing else of your download.</p><p>Hand it to the city clerk, or "
            "forward it yourself at the desk. You can close this window; the program has ended.</p>"
        ).format(target=target, items=items),
    )
