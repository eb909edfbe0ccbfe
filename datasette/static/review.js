// Reviewing with keys and mouse. Every act is a form on the page that works without this file.
const form = document.getElementById("decide");
const on = document.getElementById("keys-on");
const live = document.getElementById("live");
let sent = false;                                              // one answer at a time: a second press waits for the page
form?.addEventListener("submit", () => { sent = true; });
const say = words => { live.textContent = ""; setTimeout(() => { live.textContent = words; }, 60); };

// Single keys can be turned off (WCAG 2.1.4), and stay off.
if (localStorage.getItem("single-keys") === "off") on.checked = false;
on.addEventListener("change", () => localStorage.setItem("single-keys", on.checked ? "on" : "off"));

// After something was saved: say so, and stand at the record rather than at the top of the page.
const told = document.querySelector("[data-say]");
if (told) say(told.dataset.say);
const problem = document.getElementById("problem");
if (problem) problem.focus();
else if (location.hash === "#bars") document.getElementById("bars")?.focus();
else if (told) document.getElementById("rec").focus();

// ── places in the stored text ────────────────────────────────
const points = text => [...text].length;                       // code points, as the archive counts

const wordsBefore = (piece, node, offset) => {                  // how far into a piece a place of the page lies
  const range = document.createRange();
  range.setStart(piece, 0);
  range.setEnd(node, offset);
  const copy = range.cloneContents();
  copy.querySelectorAll("sup").forEach(each => each.remove());
  return copy.textContent;
};

const placeIn = (piece, node, offset) => {
  const before = wordsBefore(piece, node, offset);
  const whole = wordsBefore(piece, piece, piece.childNodes.length);
  if (before.length >= whole.length) return Number(piece.dataset.e);   // also past a line break that was two characters
  return Number(piece.dataset.s) + points(before);
};

const selected = () => {                                       // the selection as field, start and end, or nothing
  const chosen = getSelection();
  if (!chosen.rangeCount || chosen.isCollapsed) return null;
  const range = chosen.getRangeAt(0);
  for (const field of document.querySelectorAll("[data-field]")) {
    let start = Infinity, end = -1;
    for (const piece of field.querySelectorAll("[data-s]")) {
      if (!range.intersectsNode(piece)) continue;
      const from = piece.contains(range.startContainer) ? placeIn(piece, range.startContainer, range.startOffset) : Number(piece.dataset.s);
      const to = piece.contains(range.endContainer) ? placeIn(piece, range.endContainer, range.endOffset) : Number(piece.dataset.e);
      if (from < to) { start = Math.min(start, from); end = Math.max(end, to); }
    }
    if (end > start) return { field: field.dataset.field, label: field.dataset.label, start, end };
  }
  return null;
};

// What was selected stays chosen, and to be seen, while an exemption is looked for beside it.
let kept = null;
const keep = () => {
  const place = form && selected();
  const chosen = getSelection();
  if (place) kept = place;
  else if (chosen.anchorNode?.parentElement?.closest(".canvas")) kept = null;
  else return;
  if (!CSS.highlights) return;
  CSS.highlights.clear();
  if (kept) CSS.highlights.set("kept", new Highlight(chosen.getRangeAt(0).cloneRange()));
};
document.addEventListener("selectionchange", keep);

const cover = place => {
  document.getElementById("mark").value = `${place.field}|${place.start}|${place.end}`;
  form.requestSubmit(document.getElementById("cover"));
};

const mark = () => {
  const place = selected() || kept;
  if (place) { cover(place); return; }
  const open = document.querySelector(".pop:popover-open [data-accept]");
  const here = document.activeElement?.closest?.(".sugg");
  const first = document.querySelector(".sugg");
  const button = open || document.querySelector(`#${(here || first)?.getAttribute("popovertarget") || "none"} [data-accept]`);
  if (button) form.requestSubmit(button);
  else say("Select the words to cover first, or press W to go from word to word.");
};

// The selected words wherever the request holds them: the form carries their place.
const everywhere = document.getElementById("everywhere");
if (everywhere) {
  everywhere.hidden = false;
  everywhere.addEventListener("mousedown", e => e.preventDefault());   // or the press would take the selection away
  everywhere.addEventListener("click", e => {
    const place = selected() || kept;
    if (place) { document.getElementById("mark").value = `${place.field}|${place.start}|${place.end}`; return; }
    e.preventDefault();
    say("Select the words to look for first, or press W to go from word to word.");
  });
}

// ── from word to word with the keyboard ──────────────────────
const texts = [...document.querySelectorAll("[data-words]")];
let walk = null;                                               // { words: [[node, offset, node, offset]], from, to }

// A word ends at a space, without the punctuation around it; where a script writes none, at what it calls a word.
const EDGES = /^[\s\p{P}]+|[\s\p{P}]+$/gu;
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}]/u;
const wordsOf = box => {
  const words = [];
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT, {
    acceptNode: node => node.parentElement.closest("sup") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  });
  const cut = new Intl.Segmenter(box.lang || "en", { granularity: "word" });
  const add = (node, start, text) => {
    const lead = text.length - text.replace(/^[\s\p{P}]+/u, "").length;
    const core = text.replace(EDGES, "");
    if (core) words.push([node, start + lead, start + lead + core.length]);
  };
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (const token of node.data.matchAll(/\S+/gu)) {
      if (!UNSPACED.test(token[0])) add(node, token.index, token[0]);
      else for (const part of cut.segment(token[0])) add(node, token.index + part.index, part.segment);
    }
  }
  return words;
};

const showWords = () => {
  const [first, last] = [walk.words[Math.min(walk.from, walk.to)], walk.words[Math.max(walk.from, walk.to)]];
  getSelection().setBaseAndExtent(first[0], first[1], last[0], last[2]);
  keep();
  first[0].parentElement.scrollIntoView({ block: "nearest" });
  say(getSelection().toString());
};

const startWords = () => {
  const words = texts[0] ? wordsOf(texts[0]) : [];
  if (!words.length) return;
  walk = { words, from: 0, to: 0 };
  texts[0].focus();
  showWords();
};

const stepWords = e => {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8, Home: -1e9, End: 1e9 }[e.key];
  if (e.key === "Escape") { walk = null; kept = null; CSS.highlights?.clear(); getSelection().removeAllRanges(); say("Left the words."); return true; }
  if (!step) return false;
  walk.to = Math.max(0, Math.min(walk.words.length - 1, walk.to + step));
  if (!e.shiftKey) walk.from = walk.to;
  showWords();
  return true;
};

// ── keys ─────────────────────────────────────────────────────
addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) return;
  if (sent) { e.preventDefault(); return; }
  if (walk && stepWords(e)) { e.preventDefault(); return; }
  if (!on.checked) return;
  const choice = document.getElementsByName("choice")[e.key - 1];
  const go = { j: "go-after", k: "go-before", u: "undo" }[e.key.toLowerCase()];
  const key = e.key.toLowerCase();
  if (choice) { choice.checked = true; choice.focus(); choice.dispatchEvent(new Event("change", { bubbles: true })); }
  else if (go) document.getElementById(go)?.click();
  else if (key === "e" && form) { e.preventDefault(); document.getElementById("ex").focus(); }
  else if (key === "m" && form) { e.preventDefault(); mark(); }
  else if (key === "w" && form) { e.preventDefault(); startWords(); }
  else if (e.key === "?") document.getElementById("keys").togglePopover();
  else if (e.key === "Enter" && form && !e.target.closest("a, button, summary, input")) { e.preventDefault(); form.requestSubmit(document.getElementById("save")); }
});

// Asking and pointing at another item open what they need.
form?.addEventListener("change", e => {
  const needs = { ask: "qu", duplicate: "du" }[e.target.name === "choice" ? e.target.value : ""];
  const field = needs && document.getElementById(needs);
  if (field) field.closest("details").open = true;
});

// ── finding an exemption ─────────────────────────────────────
const finder = document.getElementById("finder");
if (finder) {
  finder.hidden = false;
  const box = document.getElementById("ex");
  const lines = [...document.querySelectorAll("[data-find]")];
  const fitting = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    return lines.filter(line => words.every(word => line.dataset.find.includes(word)));
  };
  box.addEventListener("input", () => {
    const found = fitting();
    lines.forEach(line => { line.hidden = !found.includes(line); });
    say(found.length === 1 ? "1 exemption" : `${found.length} exemptions`);
  });
  box.addEventListener("keydown", e => {
    if (e.key !== "Enter" && e.key !== "ArrowDown") return;
    e.preventDefault();
    const radio = fitting()[0]?.querySelector("input");
    if (radio) { radio.checked = true; radio.focus(); }
  });
}

// ── drawing a box on a picture ───────────────────────────────
for (const picture of form ? document.querySelectorAll(".drawing") : []) {
  const name = picture.dataset.picture;
  const sides = Object.fromEntries(["x", "y", "w", "h"].map(side => [side, document.getElementById(`${name}.${side}`)]));
  if (!sides.x) continue;
  const svg = picture.querySelector("svg");
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  box.classList.add("drawn");
  let from = null;
  const at = e => {
    const edge = picture.getBoundingClientRect();
    const within = value => Math.max(0, Math.min(100, value));
    return [within(100 * (e.clientX - edge.left) / edge.width), within(100 * (e.clientY - edge.top) / edge.height)];
  };
  const put = () => {
    for (const [side, attribute] of Object.entries({ x: "x", y: "y", w: "width", h: "height" })) box.setAttribute(attribute, sides[side].value || 0);
    svg.append(box);
  };
  picture.addEventListener("pointerdown", e => { if (e.button) return; e.preventDefault(); from = at(e); picture.setPointerCapture(e.pointerId); });
  picture.addEventListener("pointermove", e => {
    if (!from) return;
    const to = at(e);
    sides.x.value = Math.min(from[0], to[0]).toFixed(1);
    sides.y.value = Math.min(from[1], to[1]).toFixed(1);
    sides.w.value = Math.abs(from[0] - to[0]).toFixed(1);
    sides.h.value = Math.abs(from[1] - to[1]).toFixed(1);
    put();
  });
  picture.addEventListener("pointerup", () => {
    if (!from) return;
    from = null;
    const details = sides.x.closest("details");
    details.open = true;
    details.querySelector("button").focus();
    say("The box is drawn. Press the button to cover it.");
  });
  Object.values(sides).forEach(side => side.addEventListener("input", put));
}
