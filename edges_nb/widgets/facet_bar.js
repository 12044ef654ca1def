// The page's side of the filters by values: a button for each facet, and below it the list of the one that is open.
function facetButton(facet, keep, redraw) {
  const open = keep.open === facet.name;
  const attrs = { "aria-expanded": String(open), "data-focus": `facet ${facet.name}` };
  const button = make("button", { type: "button", className: facet.told ? "set" : "", attrs }, `${facet.title}: `,
    make("b", { textContent: facet.told || "all" }), make("span", { textContent: open ? " ▴" : " ▾", attrs: { "aria-hidden": "true" } }));
  button.onclick = () => { keep.open = open ? null : facet.name; redraw(); };
  return button;
}

function tick(label, checked, focus, changed) {
  const box = make("input", { type: "checkbox", checked, attrs: { "data-focus": focus } });
  box.onchange = () => changed(box.checked);
  return make("label", {}, box, ` ${label}`);
}

function openList(facet, keep, send) {
  const find = make("input", { type: "search", value: keep.find[facet.name] ?? facet.find, placeholder: "type to find", attrs: { "aria-label": `Find ${facet.title}`, "data-focus": "find" } });
  find.oninput = () => {
    keep.find[facet.name] = find.value;
    clearTimeout(keep.timer);
    keep.timer = setTimeout(() => send({ what: "find", facet: facet.name, text: find.value }), 150);
  };
  const all = make("button", { type: "button", textContent: "All", disabled: !facet.told, attrs: { "data-focus": "all" } });
  all.onclick = () => send({ what: "all", facet: facet.name });
  const not = tick("all but the ticked", facet.negated, "not", (on) => send({ what: "negate", facet: facet.name, on }));
  const boxes = facet.choices.map(({ value, label, count, named }) =>
    tick(`${label} (${count.toLocaleString("en")})`, named, `value ${value}`, (on) => send({ what: "tick", facet: facet.name, value, on })));
  const more = facet.more ? make("p", { textContent: `${facet.more.toLocaleString("en")} more: type to find them.` }) : null;
  const empty = boxes.length ? null : make("p", { textContent: "Nothing is called so." });
  return make("div", { className: "facet", attrs: { role: "group", "aria-label": facet.title } },
    make("div", { className: "bar" }, find, not, all), make("div", { className: "values" }, ...boxes), more, empty);
}

export default {
  render({ model, el }) {
    const keep = { open: null, find: {}, timer: 0 };
    el.classList.add("edges-nb-table", "edges-nb-facets");
    keepKeys(el);
    const send = (message) => model.send(message);
    const redraw = () => {
      const facets = model.get("state").facets ?? [];
      const top = el.querySelector(".values")?.scrollTop ?? 0;
      const open = facets.find((facet) => facet.name === keep.open);
      redrawn(el, make("div", { className: "bar" }, ...facets.map((facet) => facetButton(facet, keep, redraw))),
        ...(open ? [openList(open, keep, send)] : []));
      if (open) el.querySelector(".values").scrollTop = top;
    };
    el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !keep.open) return;
      const mark = `facet ${keep.open}`;
      keep.open = null;
      redraw();
      [...el.querySelectorAll("button")].find((each) => each.dataset.focus === mark)?.focus();
    });
    return following(model, el, redraw);
  },
};
