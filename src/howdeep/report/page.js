// Tables sort by a click on a heading, or by its key; code is copied by a button; print shows what
// is folded. Nothing else.
"use strict";
const number = (text) => {
  const plain = text.replace(/\u2212/g, "-").replace(/,/g, "").trim();
  return /^[-+]?(\d|\.\d)/.test(plain) ? parseFloat(plain) : NaN;
};
const worth = (row, key) => {
  const cell = [...row.cells].find((one) => one.dataset.key === key);
  if (!cell) return null;
  const text = cell.textContent.trim();
  if (cell.dataset.value !== undefined) return parseFloat(cell.dataset.value);
  if (!text) return null;
  const found = number(text);
  return Number.isNaN(found) ? text : found;
};
const before = (a, b) => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return a.localeCompare(b, "en", { numeric: true });
};
const sorted = (rows, key, way) => {
  if (!way) return rows;
  const each = rows.map((row) => [row, worth(row, key)]);
  const known = each.filter(([, value]) => value !== null);
  const rest = each.filter(([, value]) => value === null); // always last
  known.sort((one, other) => way * before(one[1], other[1]));
  return [...known, ...rest].map(([row]) => row);
};
for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  if (rows.length < 3) continue;
  table.classList.add("ready");
  const heads = [...table.tHead.rows[0].cells];
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = "sort by this column";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      const next = { ascending: "descending", descending: null }[was];
      const to = next === undefined ? "ascending" : next;
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      if (to) head.setAttribute("aria-sort", to);
      const way = { ascending: 1, descending: -1 }[to] || 0;
      body.append(...sorted(rows, head.dataset.key, way));
    });
  }
}
const copied = async (code) => {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    const range = document.createRange(); // where the browser keeps the clipboard from files
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand("copy");
  }
};
for (const code of document.querySelectorAll("pre.program > code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy the code";
  button.setAttribute("aria-live", "polite");
  code.parentElement.before(button);
  button.addEventListener("click", async () => {
    button.textContent = (await copied(code)) ? "Copied" : "Selected: press Ctrl+C";
    setTimeout(() => (button.textContent = "Copy the code"), 2000);
  });
}
const folded = () => [...document.querySelectorAll("details:not([open])")];
let opened = [];
addEventListener("beforeprint", () => {
  opened = folded();
  opened.forEach((one) => (one.open = true));
});
addEventListener("afterprint", () => {
  opened.forEach((one) => (one.open = false));
  opened = [];
});
