"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const text = document.getElementById("text");
  const tier = document.getElementById("tier");
  const subsystem = document.getElementById("subsystem");
  const count = document.getElementById("count");
  const behind = document.getElementById("behind");
  const everything = document.getElementById("everything");
  const LIMIT = 50;
  const rows = all("#hook-table tbody tr").map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    tier: row.dataset.tier,
    subsystem: row.dataset.subsystem,
    blockers: row.dataset.blockers.split(" "),
  }));
  let blocker = null;
  let limited = true;

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of rows) {
      const fits =
        (!tier.value || one.tier === tier.value) &&
        (!subsystem.value || one.subsystem === subsystem.value) &&
        (blocker === null || one.blockers.includes(blocker.id)) &&
        words.every((word) => one.text.includes(word));
      one.row.hidden = !fits || (limited && shown >= LIMIT);
      shown += fits;
    }
    const cut = limited && shown > LIMIT;
    count.value = `${shown} of ${rows.length} hooks${cut ? `, the first ${LIMIT} shown` : ""}`;
    everything.hidden = !cut;
    behind.hidden = blocker === null;
    behind.querySelector("b").textContent = blocker === null ? "" : blocker.name;
  };

  // Roles that a browser drops when a narrow screen turns cells into blocks.
  const roles = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
  for (const part of all("table, thead, tbody, tr, td, th")) {
    part.setAttribute("role", roles[part.tagName] || (part.scope === "col" ? "columnheader" : "rowheader"));
  }

  for (const table of all("table[data-rows]")) {
    const more = all("tr.more", table);
    if (!more.length) continue;
    const button = document.createElement("button");
    button.type = "button";
    const set = (open) => {
      for (const row of more) row.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? "Show fewer" : `Show all ${table.dataset.rows}`;
    };
    button.addEventListener("click", () => set(more[0].hidden));
    set(false);
    table.after(button);
  }

  for (const button of all("button.show")) {
    button.addEventListener("click", () => {
      const name = button.closest("tr").querySelector("th").textContent;
      blocker = { id: button.dataset.blocker, name };
      text.value = tier.value = subsystem.value = "";
      filter();
      document.getElementById("hooks").scrollIntoView();
      text.focus({ preventScroll: true });
    });
  }

  const form = document.querySelector("form.filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    blocker = null;
    setTimeout(filter);
  });
  everything.addEventListener("click", () => {
    limited = false;
    filter();
    text.focus();
  });
  for (const control of [text, tier, subsystem]) control.addEventListener("input", filter);
  filter();
})();
