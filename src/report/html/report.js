// Filters, sorts and opens what stands in the page already. Without it the page reads the same.
const table = document.getElementById("matrix");
document.documentElement.classList.add("js");
if (table) start();

function start() {
  const bodies = [...table.tBodies];
  const size = bodies[0].rows.length;
  const tools = document.querySelector(".tools");
  const input = document.getElementById("filter");
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");
  const only = document.getElementById("problems-only");
  const chips = [...tools.querySelectorAll(".chips button")];
  const rows = bodies.flatMap((body) => [...body.rows]).map((row, order) => {
    const cells = [...row.cells].slice(0, 6).map((cell) => cell.textContent);
    const { a, s } = row.dataset;
    return { row, order, cells, text: cells.join(" ").toLowerCase(), auth: a, worst: s, problem: "p" in row.dataset, hidden: false };
  });
  let sorted = rows;
  tools.hidden = false;

  const pressed = (key) => new Set(chips.filter((c) => c.dataset[key] && isOn(c)).map((c) => c.dataset[key]));
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";

  function filter() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const auth = pressed("auth");
    const worst = pressed("worst");
    const problems = isOn(only);
    let shown = 0;
    for (const one of sorted) {
      const fits =
        (!auth.size || auth.has(one.auth)) &&
        (!worst.size || worst.has(one.worst)) &&
        (!problems || one.problem) &&
        words.every((word) => one.text.includes(word));
      if (fits) shown += 1;
      if (one.hidden === fits) {
        one.hidden = !fits;
        one.row.hidden = !fits;
      }
    }
    measure();
    count.value = shown === rows.length ? "" : `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
    nothing.hidden = shown > 0;
  }

  let due = 0;
  const soon = () => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(filter);
  };
  const reset = () => {
    input.value = "";
    chips.forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    filter();
  };
  input.addEventListener("input", soon);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(!isOn(chip)));
      soon();
    });
  }
  document.getElementById("reset").addEventListener("click", () => {
    reset();
    input.focus();
  });

  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "/" && plain && !typing) {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === "Escape" && event.target === input) {
      reset();
    }
  });

  // Sorting: up, down, and back to the order of the inventory. Findings begin with the worst.
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const heads = [...table.tHead.rows[0].cells].slice(0, 6);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const first = column === 5 ? "descending" : "ascending";
      const second = column === 5 ? "ascending" : "descending";
      const now = head.getAttribute("aria-sort");
      const next = now === first ? second : now === second ? null : first;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (next) head.setAttribute("aria-sort", next);
      sort(column, next);
    });
  });

  function sort(column, direction) {
    const sign = direction === "descending" ? -1 : 1;
    const by = column === 5 ? (a, b) => a.worst - b.worst : (a, b) => collator.compare(a.cells[column], b.cells[column]);
    sorted = direction ? [...rows].sort((a, b) => sign * by(a, b) || a.order - b.order) : rows;
    bodies.forEach((body, nth) => body.append(...sorted.slice(nth * size, (nth + 1) * size).map((one) => one.row)));
    measure();
  }

  // The browser lays out only the bodies near the screen; of the others it has to be told how long they are.
  function measure() {
    if (bodies.length === 1) return;
    bodies.forEach((body, nth) => {
      const shown = sorted.slice(nth * size, (nth + 1) * size).filter((one) => !one.hidden).length;
      body.hidden = shown === 0;
      body.style.containIntrinsicSize = `${shown * 68}px`;
    });
  }
  measure();

  // A click anywhere on a row unfolds it, unless it was to select text or to follow a link.
  table.addEventListener("click", (event) => {
    if (event.target.closest("a, button, summary, details > div, thead") || !getSelection().isCollapsed) return;
    const details = event.target.closest("tbody tr")?.querySelector("details");
    if (details) details.open = !details.open;
  });

  // What an address points at is shown, whatever hides it.
  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let above = target.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
    if (target.matches("#matrix tbody tr")) {
      if (target.hidden) reset();
      target.querySelector("details").open = true;
    }
    target.scrollIntoView();
  }
  addEventListener("hashchange", follow);
  if (location.hash) follow();
}

// Paper has nothing to unfold.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((one) => (one.open = true));
});
addEventListener("afterprint", () => folded.forEach((one) => (one.open = false)));
