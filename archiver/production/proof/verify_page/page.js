// The page: what was chosen, the work, and what came of it. Whatever a file says is set as text.

const $ = (id) => document.getElementById(id);
const SHOWN_AT_FIRST = 200;
const chosen = { entries: [], running: 0 };

function make(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...inside.filter((each) => each !== null && each !== undefined));
  return made;
}

function sign(shape) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const shapes = {
    ok: "M16 3a13 13 0 1 0 0 26a13 13 0 1 0 0-26zM10 16.5l4.2 4.2L22.5 12",
    bad: "M16 2.5L29.5 16L16 29.5L2.5 16zM16 10v7M16 21.5v.1",
    warn: "M16 4L29.5 28H2.5zM16 13v7M16 24v.1",
  };
  path.setAttribute("d", shapes[shape]);
  svg.append(path);
  return svg;
}

const many = (number, one, more = `${one}s`) =>
  `${number.toLocaleString("en-US")} ${number === 1 ? one : more}`;

function moment(text) {
  const when = new Date(text);
  if (Number.isNaN(when.getTime())) return String(text);
  const month = when.toLocaleString("en-US", { month: "short", timeZone: "UTC" });
  const hour = when.getUTCHours();
  const minute = String(when.getUTCMinutes()).padStart(2, "0");
  return `${when.getUTCDate()} ${month} ${when.getUTCFullYear()}, ${hour % 12 || 12}:${minute} ${hour < 12 ? "am" : "pm"} UTC`;
}

function bytesInWords(size) {
  if (size < 1000) return many(size, "byte");
  const units = ["kB", "MB", "GB", "TB"];
  let at = -1;
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000;
    at += 1;
  }
  return `${size.toLocaleString("en-US", { maximumFractionDigits: 1 })} ${units[at]}`;
}

// ── Choosing ────────────────────────────────────────────────

async function takeEntries(entries) {
  chosen.entries.push(...entries);
  chosen.entries = [...new Map(chosen.entries.map((one) => [one.path, one])).values()];
  $("again").hidden = chosen.entries.length === 0;
  await run();
}

const plainFiles = (list) =>
  Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }));

async function droppedEntries(transfer) {
  const roots = Array.from(transfer.items, (item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  if (!roots.some(Boolean)) return plainFiles(transfer.files);
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ path: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  for (const root of roots.filter(Boolean)) await walk(root);
  return found;
}

// The volumes among what was chosen: folders that hold a manifest, and zips.
async function volumesIn(entries) {
  const volumes = [], refused = [];
  const zips = entries.filter((one) => one.path.toLowerCase().endsWith(".zip"));
  const folders = entries.filter((one) => !zips.includes(one) && !one.path.endsWith(".proof.json"));
  volumes.push(...grouped(folders, ""));
  for (const { path, file } of zips) {
    if (volumes.some((volume) => path.startsWith(volume.top))) continue;
    const name = path.split("/").pop();
    try {
      const inside = grouped(await readZip(file), name);
      if (!inside.length) throw new Refused(`holds no ${NAME}: choose the zip of one volume`);
      volumes.push(...inside);
    } catch (error) {
      const why = error instanceof Refused ? error.message : "is damaged, or no zip: ask for it again";
      refused.push(`${name} ${why}`);
    }
  }
  return { volumes, refused };
}

function grouped(entries, zip) {
  const tops = entries
    .filter((one) => one.path === NAME || one.path.endsWith(`/${NAME}`))
    .map((one) => one.path.slice(0, -NAME.length))
    .filter((top, at, all) => !all.some((other) => other !== top && top.startsWith(other)));
  if (zip && tops.length && entries.some((one) => !tops.some((top) => one.path.startsWith(top)))) {
    throw new Refused("holds a file that belongs to no volume");
  }
  return tops.map((top) => {
    const plain = top.split("/").slice(-2)[0] || zip.replace(/\.zip$/i, "") || "the folder";
    const name = zip ? (tops.length > 1 ? `${zip}, ${plain}` : zip) : plain;
    const files = new Map(
      entries.filter((one) => one.path.startsWith(top)).map((one) => [one.path.slice(top.length), one.file]),
    );
    return { name, plainName: zip && tops.length === 1 ? zip.replace(/\.zip$/i, "") : plain, top: zip ? "\0" : top || "\0", files };
  });
}

// ── Running ─────────────────────────────────────────────────

async function run() {
  const mine = ++chosen.running;
  document.documentElement.dataset.state = "working";
  const { volumes, refused } = await volumesIn(chosen.entries);
  const proofs = [];
  for (const { path, file } of chosen.entries.filter((one) => one.path.endsWith(".proof.json"))) {
    proofs.push({ name: path.split("/").pop(), bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  if (mine !== chosen.running) return;
  $("chosen").replaceChildren(
    ...volumes.map((one) => make("li", {}, `${one.name}, ${many(one.files.size, "file")}`)),
    ...proofs.map((one) => make("li", {}, one.name)),
  );
  $("results").replaceChildren();
  if (!volumes.length && !refused.length) {
    const got = proofs.length ? "The proof file is here; now choose the folder or the zip." :
      chosen.entries.length ? `No ${NAME} is among what you chose: choose the folder of one volume, or its zip.` : "";
    $("live").textContent = got;
    if (got) $("results").append(make("p", { class: "hint" }, got));
    document.documentElement.dataset.state = "done";
    return;
  }
  $("working").hidden = false;
  $("live").textContent = "Checking.";
  let told = 0;
  for (const why of refused) $("results").append(refusedView(why));
  for (const volume of volumes) {
    const result = await checkVolume(volume, proofs, (what, done, total) => {
      if (mine !== chosen.running || performance.now() - told < 80) return;
      told = performance.now();
      $("working-what").textContent = what === "files"
        ? `${volume.name}: hashing, ${bytesInWords(done)} of ${bytesInWords(total)}`
        : `${volume.name}: proving records, ${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
      $("bar").max = total || 1;
      $("bar").value = done;
    });
    if (mine !== chosen.running) return;
    $("results").append(result.refused ? refusedView(result.refused) : resultView(result));
  }
  $("working").hidden = true;
  $("live").textContent = Array.from(document.querySelectorAll(".verdict h2"), (each) => each.textContent).join(" ");
  document.documentElement.dataset.state = "done";
  document.querySelector(".verdict h2").focus();
}

// ── What came of it ─────────────────────────────────────────

function verdict(kind, title, ...words) {
  return make("div", { class: `verdict ${kind}` }, sign(kind), make("h2", { tabindex: "-1" }, title),
    make("div", {}, ...words.filter(Boolean).map((each) => make("p", {}, each))));
}

const refusedView = (why) =>
  make("section", { class: "volume", "data-verdict": "refused" }, verdict("bad", "It could not be checked", why));

function resultView(result) {
  const { findings, proof } = result;
  const view = make("section", { class: "volume", "aria-label": result.name });
  view.dataset.verdict = findings.length ? "wrong" : proof ? "right" : "files only";
  view.append(verdictOf(result));
  if (findings.length) {
    view.append(make("div", { class: "wrong" }, make("h3", {}, "What is wrong"),
      make("ul", { class: "findings" }, ...findings.slice(0, 1000).map((each) => make("li", {}, each)))));
  }
  view.append(tilesOf(result));
  if (proof) view.append(keyView(proof));
  if (result.records.length) view.append(recordsView(result));
  view.append(filesView(result));
  return view;
}

function verdictOf({ name, findings, proof, files, records }) {
  if (findings.length) {
    return verdict("bad", `${name}: ${many(findings.length, "thing")} ${findings.length === 1 ? "is" : "are"} not as the city made it`,
      "Each is named below. Ask the city for the volume again before you rely on it.");
  }
  if (!proof) {
    return verdict("warn", `${name}: every file is as listed, but no proof was given`,
      `${many(files.length, "file")} match ${NAME}. Whether that list is the city’s own, and whether its records are those the city sealed, was not checked: choose the proof file too.`);
  }
  const signed = proof.valid === null
    ? "This browser cannot check the city’s signature (it has no Ed25519): use a newer one, or the command archiver verify. All else was checked."
    : "The city signed this list of files. Compare the key below with the one the city publishes.";
  const current = records.filter((one) => !one.entry.earlier);
  const rest = current.filter((one) => !one.seal).length;
  return verdict(proof.valid === null ? "warn" : "ok", `${name}: nothing was changed`,
    `${many(files.length, "file")} and ${many(current.length, "record")} of request ${proof.request} are as the ${/^city/i.test(proof.agency) ? proof.agency : `agency (${proof.agency})`} made them. ${signed}`,
    rest ? `${many(rest, "record")} ${rest === 1 ? "was" : "were"} not sealed yet when the volume was made; for ${rest === 1 ? "it" : "them"} the city’s signature stands alone.` : null);
}

function tilesOf({ files, records, proof }) {
  const tile = (name, value, note) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value, make("small", {}, note)));
  const good = files.filter((one) => !one.problem).length;
  const total = files.reduce((sum, one) => sum + one.size, 0);
  const tiles = [tile("Files", `${good} of ${files.length} match`, `${bytesInWords(total)}, hashed with SHA-256`)];
  if (proof) {
    tiles.push(tile("City’s signature", proof.valid === null ? "Not checked" : proof.valid ? "Valid" : "Wrong",
      (proof.valid === null ? "this browser has no Ed25519" : `by the key below, for ${proof.agency}`) +
      (proof.dated ? `; dated from outside ${moment(proof.dated)}` : "")));
    const sealed = records.filter((one) => one.seal);
    tiles.push(tile("Sealed", `${sealed.length} of ${many(records.length, "version")}`,
      sealed.length ? `the last on ${moment(newest(sealed.map((one) => one.seal.sealedAt)))}` : "none is sealed yet"));
    const anchored = sealed.map((one) => one.seal.anchored).filter(Boolean);
    tiles.push(anchored.length
      ? tile("Dated from outside", `${anchored.length} of ${many(records.length, "version")}`,
        `by a time stamp of ${moment(newest(anchored))}, whose signer is not checked here`)
      : tile("Dated from outside", "By nobody", "the dates rest on the city’s word"));
  }
  return make("dl", { class: "tiles" }, ...tiles);
}

const newest = (times) => times.reduce((one, other) => (one > other ? one : other), "");

function keyView(proof) {
  const said = make("p", { class: "hint", role: "status" });
  const input = make("input", { type: "text", id: `key-${++keyView.count}`, autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => {
    const typed = input.value.replace(/[\s:]/g, "").toLowerCase();
    said.textContent = !typed ? "" : typed === proof.key ? "It is the same key."
      : typed.length < 64 ? "A fingerprint has 64 digits." : "It is another key: this volume was not signed with the key you typed.";
  });
  return make("section", { class: "card" }, make("h3", {}, "The city’s key"),
    make("p", { class: "key" }, proof.key.match(/.{8}/g).join(" ")),
    make("div", {}, make("label", { for: input.id }, "Fingerprint the city published, to compare"), input, said));
}
keyView.count = 0;

const GROUP_WORDS = { text: "Text", author: "Author", place: "Place in thread", details: "Links and time", media: "No media" };

function recordsView({ records }) {
  const row = ({ entry, problems, seal, proven }) => {
    const badges = problems.length
      ? [make("span", { class: "badge bad" }, "Wrong")]
      : !seal ? [make("span", { class: "badge" }, "Not sealed yet: the signature alone")]
      : Object.keys(GROUP_WORDS).map((group) => proven.includes(group)
        ? make("span", { class: "badge ok" }, GROUP_WORDS[group])
        : make("span", { class: "badge" }, group === "media" ? "Media closed" : `${GROUP_WORDS[group]} closed`));
    return make("tr", {},
      make("th", { scope: "row" }, make("span", { class: "nowrap" }, `Record ${entry.number}`), entry.earlier ? make("small", {}, `earlier version ${entry.version}`) : null),
      make("td", { class: "nowrap", "data-l": "Page" }, entry.first_page),
      make("td", { "data-l": "Sealed" }, seal ? moment(seal.sealedAt) : entry.sealed ? "not proven" : "not sealed yet"),
      make("td", { "data-l": "Dated from outside" }, seal && seal.anchored ? moment(seal.anchored) : "by nobody"),
      make("td", { class: "whole", "data-l": "Proven to the byte" }, make("span", { class: "badges" }, ...badges)));
  };
  const head = ["Record", "Page", "Sealed", "Dated from outside", "Proven to the byte"];
  return tableView("Records", `${many(records.length, "version")}; what is covered stays closed`, head, records, row, true);
}

function filesView({ files }) {
  const row = ({ path, size, problem }) => make("tr", {},
    make("th", { scope: "row" }, path),
    make("td", { "data-l": "Size" }, bytesInWords(size)),
    make("td", { "data-l": "State" }, make("span", { class: problem ? "badge bad" : "badge ok" }, problem || "As produced")));
  return tableView("Files", many(files.length, "file"), ["File", "Size", "State"], files, row, files.some((one) => one.problem));
}

function tableView(title, note, head, all, row, open) {
  const body = make("tbody", {}, ...all.slice(0, SHOWN_AT_FIRST).map(row));
  const table = make("table", { class: "table" }, make("caption", { class: "vh" }, title),
    make("thead", {}, make("tr", {}, ...head.map((each) => make("th", { scope: "col" }, each)))), body);
  const view = make("details", {}, make("summary", {}, `${title} `, make("span", {}, note)),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table));
  view.open = open;
  if (all.length > SHOWN_AT_FIRST) {
    const more = make("button", { class: "btn", type: "button" }, `Show all ${all.length.toLocaleString("en-US")}`);
    more.addEventListener("click", () => {
      body.append(...all.slice(SHOWN_AT_FIRST).map(row));
      more.remove();
    });
    view.append(make("p", { class: "more" }, more));
  }
  return view;
}

// ── Hands ───────────────────────────────────────────────────

$("pick-folder").addEventListener("click", () => $("folder").click());
$("pick-files").addEventListener("click", () => $("files").click());
for (const id of ["folder", "files"]) {
  $(id).addEventListener("change", async () => {
    const entries = plainFiles($(id).files);
    await takeEntries(entries);
    $(id).value = "";
  });
}
$("again").addEventListener("click", () => {
  chosen.entries = [];
  chosen.running += 1;
  $("again").hidden = $("working").hidden = true;
  $("chosen").replaceChildren();
  $("results").replaceChildren();
  $("live").textContent = "";
  $("pick-folder").focus();
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  $("drop").classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) $("drop").classList.remove("over");
});
addEventListener("drop", async (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  await takeEntries(await droppedEntries(event.dataTransfer));
});
