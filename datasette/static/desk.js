// Enhancements only; every page reads and works without this file.
document.querySelectorAll("[data-end]").forEach(e => { e.scrollLeft = e.scrollWidth; });  // newest days first in view

// Printing needs script; the browser's own menu does the same.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Tick everything on a page at once.
for (const all of document.querySelectorAll("[data-tick-all]")) {
  const boxes = all.closest("form").querySelectorAll(".hit input[type=checkbox]");
  const words = all.querySelector("span");
  const tell = () => {
    const ticked = [...boxes].filter(box => box.checked).length;
    words.textContent = ticked ? `${ticked} selected` : "All on this page";
    all.querySelector("input").checked = ticked > 0 && ticked === boxes.length;
  };
  all.hidden = false;
  all.querySelector("input").addEventListener("change", e => { boxes.forEach(box => { box.checked = e.target.checked; }); tell(); });
  boxes.forEach(box => box.addEventListener("change", tell));
  tell();
}

// Follow a job; the page is asked for again when it has ended. A desk that is busy or restarting for a moment is asked again.
const job = document.getElementById("job");
if (job?.querySelector("progress")) {
  const ask = async () => {
    try {
      const answer = await fetch(job.dataset.job, { headers: { accept: "application/json" } });
      if (answer.redirected) return { state: "signed out" };
      return answer.ok ? await answer.json() : { state: answer.status < 500 ? "not here" : "busy" };
    } catch { return { state: "busy" }; }
  };
  const look = async () => {
    const now = await ask();
    if (now.state === "not here") return;
    if (now.state === "busy") { setTimeout(look, 3000); return; }
    if (now.state !== "queued" && now.state !== "running") { location.reload(); return; }
    const bar = job.querySelector("progress");
    if (now.total) { bar.max = now.total; bar.value = now.done; }
    job.querySelector("p").textContent = now.text;
    setTimeout(look, 700);
  };
  setTimeout(look, 700);
}

// Keep a letter while it is typed. Without this file it is kept when the letter is shown.
for (const form of document.querySelectorAll("form[data-keep]")) {
  const told = form.querySelector("[data-kept]"), seen = form.elements.draft_seen;
  let waiting = 0, asking = false, changed = false, over = false;
  const keep = async leaving => {
    if (!changed || over || (asking && !leaving)) return;
    changed = false;
    asking = true;
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body, keepalive: leaving });
      const now = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
      over = answer.status === 409;
      if (answer.ok) seen.value = now.kept;
      told.textContent = answer.ok ? now.told : `Not kept: ${now.problem ?? "show the letter to keep it"}.`;
    } catch { changed = true; told.textContent = "Not kept: the desk does not answer."; }
    asking = false;
  };
  form.addEventListener("input", () => { changed = true; clearTimeout(waiting); waiting = setTimeout(() => keep(false), 1500); });
  form.addEventListener("submit", () => { over = true; });
  addEventListener("pagehide", () => keep(true));
}
