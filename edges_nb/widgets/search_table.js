// The page's side of a table whose rows stay in the kernel: it draws the window that it is sent, and tells what was
// clicked. Everything shown is set as text, so that nothing of it can run.
const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function download(text, name) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

function headings(state, send) {
  const cells = state.columns.map((column) => {
    const sorted = state.sort?.[0] === column.name;
    const attrs = { scope: "col", "aria-sort": sorted ? (state.sort[1] ? "descending" : "ascending") : "none" };
    const arrow = make("span", { textContent: sorted ? (state.sort[1] ? "▼" : "▲") : "", attrs: { "aria-hidden": "true" } });
    const sort = make("button", { type: "button", attrs: { "data-focus": `sort ${column.name}` } }, column.title, arrow);
    const cell = make("th", { className: column.kind, attrs }, sort);
    cell.onclick = () => send({ what: "sort", column: column.name });
    return cell;
  });
  if (!state.selectable) return make("tr", {}, ...cells);
  const all = make("input", {
    type: "checkbox",
    checked: state.rows.length > 0 && state.selected.length === state.rows.length,
    attrs: { "aria-label": "Select the rows of this page", "data-focus": "page" },
  });
  all.onchange = () => send({ what: "select", keys: state.rows.map((row) => row.key), on: all.checked });
  return make("tr", {}, make("th", { scope: "col", className: "tick" }, all), ...cells);
}

function cellOf(column, text, head, address) {
  const attrs = column.kind === "number" ? {} : { title: text };
  const cell = make(head ? "th" : "td", { className: column.kind, attrs });
  if (head) cell.scope = "row";
  if (column.kind !== "uid" || !text) {
    cell.textContent = text;
    if (address && text) {
      const there = { href: address, target: "_blank", rel: "noopener", textContent: "↗", className: "there" };
      const link = make("a", { ...there, attrs: { "aria-label": `${text} on Edges`, title: address, tabindex: "-1" } });
      link.onclick = (event) => event.stopPropagation();
      cell.append(" ", link);
    }
    return cell;
  }
  const copy = make("button", { type: "button", textContent: "copy", className: "copy", attrs: { "aria-label": `Copy ${text}`, title: `Copy ${text}`, tabindex: "-1" } });
  copy.onclick = (event) => {
    event.stopPropagation();
    navigator.clipboard?.writeText(text);
  };
  cell.append(make("code", { textContent: text.length > 13 ? `${text.slice(0, 8)}…` : text }), copy);
  return cell;
}

function bodyRow(state, row, place, send) {
  const chosen = state.selected.includes(row.key);
  const line = make("tr", { className: `${chosen ? "selected" : ""}${row.marked ? " marked" : ""}`, attrs: { "data-key": row.key } });
  if (state.selectable) {
    const tick = make("input", { type: "checkbox", checked: chosen, attrs: { "aria-label": `Select ${row.label}`, "data-focus": `row ${row.key}` } });
    tick.onclick = (event) => event.stopPropagation();
    tick.onchange = () => send({ what: "select", keys: [row.key], on: tick.checked });
    line.append(make("td", { className: "tick" }, tick));
    line.setAttribute("aria-selected", String(chosen));
    line.onclick = (event) => {
      if (event.shiftKey && state.anchor != null) {
        const [from, to] = [state.anchor, place].sort((a, b) => a - b);
        send({ what: "select", keys: state.rows.slice(from, to + 1).map((each) => each.key), on: true });
      } else {
        const adding = event.ctrlKey || event.metaKey;
        send({ what: "select", keys: [row.key], on: !(adding && chosen), alone: !adding });
      }
      state.anchor = place;
    };
  }
  line.append(...state.columns.map((column, at) => cellOf(column, row.cells[at], at === 0, row.links[column.name])));
  return line;
}

function columnChooser(state, send) {
  const boxes = state.all_columns.map(({ name, title }) => {
    const box = make("input", { type: "checkbox", checked: !state.hidden.includes(name), attrs: { "data-focus": `column ${name}` } });
    box.onchange = () => send({ what: "column", column: name, on: box.checked });
    return make("label", {}, box, ` ${title}`);
  });
  const chooser = make("details", { className: "columns", open: state.choosing }, make("summary", { textContent: "Columns" }), make("div", {}, ...boxes));
  chooser.ontoggle = () => { state.keep.choosing = chooser.open; };
  return chooser;
}

function paging(state, send) {
  const { start, length, fitting, total } = state;
  const end = Math.min(start + length, fitting);
  const of = fitting === total ? count(total, "row") : `${fitting.toLocaleString("en")} of ${count(total, "row")}`;
  const told = fitting ? `Rows ${(start + 1).toLocaleString("en")} to ${end.toLocaleString("en")} of ${of}` : `None of ${count(total, "row")}`;
  const go = (title, at, off) => {
    const button = make("button", { type: "button", textContent: title, disabled: off, attrs: { "data-focus": title } });
    button.onclick = () => send({ what: "page", start: at });
    return button;
  };
  const sizes = make("select", { attrs: { "aria-label": "Rows on a page", "data-focus": "length" } });
  for (const size of [10, 25, 50, 100]) sizes.append(make("option", { value: String(size), textContent: `${size} a page`, selected: size === length }));
  sizes.onchange = () => send({ what: "length", length: Number(sizes.value) });
  return [
    make("span", { textContent: told, className: "info", attrs: { role: "status" } }),
    go("Previous", Math.max(0, start - length), start === 0),
    go("Next", start + length, end >= fitting),
    sizes,
  ];
}

function selecting(state, send) {
  if (!state.selectable) return [];
  const act = (title, message, off = false) => {
    const button = make("button", { type: "button", textContent: title, disabled: off, attrs: { "data-focus": title.split(" ")[0] } });
    button.onclick = () => send(message);
    return button;
  };
  const several = count(state.chosen || state.fitting, "row");
  return [
    state.chosen ? make("span", { textContent: `${state.chosen.toLocaleString("en")} selected` }) : null,
    act(`Select all ${state.fitting.toLocaleString("en")}`, { what: "select_all" }, state.chosen === state.fitting),
    state.chosen ? act("Clear selection", { what: "clear" }) : null,
    act(`Copy ${several} as CSV`, { what: "csv", how: "copy" }, !state.fitting),
    act(`Save ${several} as CSV`, { what: "csv", how: "save" }, !state.fitting),
  ].filter(Boolean);
}

function searchField(state, send) {
  if (!state.searchable) return null;
  const field = make("input", { type: "search", value: state.search, attrs: { "data-focus": "search" } });
  field.onchange = () => send({ what: "search", text: field.value });
  return make("label", {}, "Search all rows: ", field);
}

function draw(model, el, keep) {
  const state = { ...model.get("state"), keep, choosing: keep.choosing, get anchor() { return keep.anchor; }, set anchor(place) { keep.anchor = place; } };
  const send = (message) => model.send(message);
  const lines = state.rows.map((row, place) => bodyRow(state, row, place, send));
  const last = state.rows.findLastIndex((row) => state.selected.includes(row.key));
  const editor = state.editor ? editorOf(state.editor, keep, send) : null;
  // Below the row it is about, as wide as what is in sight; above all rows where that row is on another page.
  const line = editor ? make("tr", { className: "edit" }, make("td", { colSpan: state.columns.length + 1 }, editor)) : null;
  if (line) lines.splice(last + 1, 0, line);
  const body = make("tbody", {}, ...lines);
  if (!state.rows.length) body.append(make("tr", {}, make("td", { colSpan: state.columns.length + 1, textContent: state.empty })));
  const table = make("table", {}, make("caption", { textContent: state.caption }), make("thead", {}, headings(state, send)), body);
  const scroll = make("div", { className: "scroll", tabIndex: 0, attrs: { role: "group", "aria-label": state.caption } }, table);
  redrawn(el,
    make("div", { className: "bar" }, searchField(state, send), ...selecting(state, send), columnChooser(state, send)),
    scroll,
    make("div", { className: "bar" }, ...paging(state, send)),
  );
}

// Arrows move between the boxes of the rows, as in a list.
function arrows(event, el) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const boxes = [...el.querySelectorAll('tbody .tick input')];
  const place = boxes.indexOf(document.activeElement);
  if (!step || place < 0) return;
  event.preventDefault();
  boxes[Math.max(0, Math.min(boxes.length - 1, place + step))].focus();
}

export default {
  render({ model, el }) {
    const keep = { anchor: null, choosing: false, typed: {}, id: `edit-${Math.random().toString(36).slice(2)}` };
    el.classList.add("edges-nb-table");
    keepKeys(el);
    el.addEventListener("keydown", (event) => arrows(event, el));
    model.on("msg:custom", ({ csv, how, name }) => {
      if (csv == null) return;
      if (how === "copy") navigator.clipboard?.writeText(csv);
      else download(csv, name);
    });
    return following(model, el, () => draw(model, el, keep));
  },
};
