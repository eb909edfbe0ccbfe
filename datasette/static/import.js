// Sends a download in pieces and goes on where it stopped. Without this file the form sends one small file.
const form = document.getElementById("drop");
if (form && globalThis.crypto?.subtle) {
  const PIECE = Number(form.dataset.piece), KEY = form.elements.form_key.value;
  const input = form.querySelector("input[type=file]"), list = document.getElementById("sending");
  const told = document.getElementById("sending-told"), zone = form.querySelector(".drop-zone");
  const WAITS = [1, 2, 4, 8, 15];
  const hex = buffer => [...new Uint8Array(buffer)].map(byte => byte.toString(16).padStart(2, "0")).join("");
  const hash = async blob => hex(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  const size = bytes => bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
  const pause = seconds => new Promise(go => setTimeout(go, seconds * 1000));
  const make = (tag, words, name) => { const made = document.createElement(tag); made.textContent = words; if (name) made.className = name; return made; };

  form.querySelectorAll("[data-script]").forEach(each => { each.hidden = false; });
  form.querySelector("[data-plain]").hidden = true;
  form.addEventListener("submit", e => e.preventDefault());
  input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, e => { e.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", e => { e.preventDefault(); take([...e.dataTransfer.files]); });

  // One line for each file: its name as text, how far it is, and what can be done.
  const line = file => {
    const item = make("li", ""), head = make("div", "", "row between"), acts = make("span", "", "row tight");
    const words = make("p", "Reading the file", "small muted mt1"), bar = document.createElement("progress");
    const stop = make("button", "Stop", "btn small"), on = make("button", "Go on", "btn small");
    const name = make("bdi", file.name);
    bar.max = file.size || 1; bar.value = 0; bar.setAttribute("aria-label", `How much of ${file.name} was sent`);
    for (const button of [stop, on]) { button.type = "button"; button.append(make("span", ` ${file.name}`, "vh")); }
    on.hidden = true;
    const bold = make("b", ""); bold.append(name);
    acts.append(stop, on); head.append(bold, acts); item.append(head, bar, words); list.append(item);
    const shown = { item, bar, words, stop, on, halted: false, aborting: new AbortController() };
    stop.addEventListener("click", () => { shown.halted = true; shown.aborting.abort(); });
    shown.say = (text, aloud = true) => { words.textContent = text; if (aloud) told.textContent = `${file.name}: ${text}`; };
    return shown;
  };

  const take = async files => {
    if (!files.length) return;
    const parts = form.querySelector("input[name=set]:checked").value === "parts";
    const sets = parts ? [files] : files.map(file => [file]);
    const alone = sets.length === 1;
    for (const set of sets) await sendSet(set, alone);
  };

  const sendSet = async (files, alone) => {
    const lines = files.map(line), body = new URLSearchParams({ form_key: KEY });
    for (const [at, file] of files.entries()) {
      if (!file.size) { lines[at].say("This file is empty: there is nothing to import."); lines[at].stop.hidden = true; return; }
      try {
        body.append("name", file.name); body.append("size", file.size);
        body.append("first", await hash(file.slice(0, PIECE)));
        body.append("last", await hash(file.slice(Math.floor((file.size - 1) / PIECE) * PIECE)));
      } catch { lines[at].say("The browser cannot read this file: if it is a folder, choose the zip instead."); lines[at].stop.hidden = true; return; }
    }
    const begun = await beginning(body, lines);
    if (!begun) return;
    const other = form.dataset.goesOn && form.dataset.goesOn !== String(begun.import);
    const meant = !other || await question(lines[0], "This is not what was begun here: another file, or not all of its parts.", "Send it as a download of its own");
    const ready = meant ? await Promise.all(lines.map((each, at) => agreed(each, begun, at))) : [false];
    if (ready.includes(false)) {
      // another upload that was begun before, and not meant here, stays under way
      if (meant || !begun.files.some(each => each.received)) await removal(begun.import);
      lines.forEach(each => each.item.remove());
      return;
    }
    let sent = true;
    for (const [at, file] of files.entries()) sent = await send(file, lines[at], begun, begun.files[at]) && sent;
    if (!sent) return;
    const last = lines[lines.length - 1], link = make("a", begun.ready ? "See what is in it" : "See which");
    link.href = `/import/${begun.import}`;
    if (begun.ready && alone) { location.href = link.href; return; }
    if (!begun.ready) last.say("All of it was sent; other files of the same download are still missing.");
    last.words.append(" ", link);
  };

  const beginning = async (body, lines) => {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await fetch("/import/begin", { method: "POST", body });
        const now = await read(answer);
        if (answer.ok) return now;
        if (answer.status !== 503) { refuse(lines[0], answer.status, now); return null; }
      } catch { /* the network: asked again below */ }
      lines[0].say("The desk does not answer; trying again.", tries === 0);
      await pause(WAITS[Math.min(tries, WAITS.length - 1)]);
    }
  };

  // A file that was imported before is said so before it is sent again.
  const agreed = (shown, begun, at) => {
    const { earlier, received } = begun.files[at];
    if (!earlier || received) return true;
    const link = make("a", "See that report");
    link.href = `/import/${earlier.import}`;
    return question(shown, "This very file was imported before.", "Send it all the same", link);
  };
  const question = (shown, words, consent, ...more) => new Promise(answer => {
    shown.say(words);
    shown.stop.hidden = true;
    const all = make("button", consent, "btn small"), not = make("button", "Do not send it", "btn small");
    const row = make("div", "", "row mt2");
    for (const [button, yes] of [[not, false], [all, true]]) { button.type = "button"; button.addEventListener("click", () => { row.remove(); shown.stop.hidden = false; answer(yes); }); }
    row.append(...more, not, all); shown.item.append(row); not.focus();
  });
  const removal = number => fetch(`/import/${number}/remove`, { method: "POST", body: new URLSearchParams({ form_key: KEY }) });

  const send = async (file, shown, begun, place) => {
    let at = place.received, tries = 0;
    if (at && at < file.size) shown.say(`Going on at ${size(at)}`); else if (at < file.size) shown.say("Sending");
    while (at < file.size) {
      shown.bar.value = at;
      if (shown.halted) { await halt(shown, `Stopped at ${size(at)} of ${size(file.size)}. What was sent is kept.`); continue; }
      try {
        const blob = file.slice(at, at + PIECE), bytes = await blob.arrayBuffer();
        const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
        const answer = await fetch(`/import/${begun.import}/files/${place.id}?offset=${at}&sha256=${digest}`, {
          method: "POST", body: bytes, signal: shown.aborting.signal,
          headers: { "content-type": "application/octet-stream", "x-form-key": KEY },
        });
        const now = await read(answer);
        if (answer.ok) { at = now.received; begun.ready = now.ready; tries = 0; shown.say(`${size(at)} of ${size(file.size)}`, false); continue; }
        if (answer.status === 409 && now.received !== undefined && tries < 5) { at = now.received; tries++; continue; }
        if (answer.status === 507) { await halt(shown, sentence(now.problem)); continue; }
        if (answer.status !== 503 && answer.status < 500) { refuse(shown, answer.status, now); return false; }
      } catch (error) {
        if (shown.halted) continue;
        if (error.name === "NotReadableError" || error.name === "NotFoundError") { shown.say("The file changed or is gone on your machine: choose it again."); shown.stop.hidden = true; return false; }
      }
      shown.say(`The connection broke at ${size(at)}; trying again.`, tries === 0);
      await pause(WAITS[Math.min(tries++, WAITS.length - 1)]);
    }
    shown.bar.value = file.size;
    shown.stop.hidden = shown.on.hidden = true;
    shown.say("All of it was sent.");
    return true;
  };

  const halt = async (shown, words) => {
    shown.halted = true;
    shown.say(words);
    shown.stop.hidden = true; shown.on.hidden = false;
    await new Promise(go => { shown.on.onclick = go; });
    shown.halted = false; shown.aborting = new AbortController();
    shown.stop.hidden = false; shown.on.hidden = true;
    shown.say("Sending");
  };
  const read = async answer => answer.headers.get("content-type")?.startsWith("application/json") ? answer.json() : {};
  const sentence = words => words ? `${words[0].toUpperCase()}${words.slice(1)}.` : "The desk refused it.";
  const refuse = (shown, status, now) => {
    shown.say(now.problem ? sentence(now.problem) : status === 403 ? "You are not signed in any more: sign in and choose the file again; it goes on where it stopped." : "The desk refused it: reload the page and choose the file again.");
    shown.stop.hidden = true;
  };
}
