/* Shows of the index only the records with the words asked for. The pages read without it. */
"use strict";
const form = document.querySelector(".filter");
if (form) {
  const field = form.querySelector("input");
  const told = form.querySelector("[role=status]");
  const flat = (text) => text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase();
  const rows = [...document.querySelectorAll(".index tbody tr")].map((row) => [row, flat(row.textContent)]);
  const show = () => {
    const wanted = flat(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !wanted.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    told.textContent = wanted.length ? `${shown} of ${rows.length} records` : "";
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("input", show);
}
