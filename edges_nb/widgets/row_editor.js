// The fields below a selected row: each is sent when it is left, and what is wrong with it stands beside it.
function editField(field, keep, send) {
  const id = `${keep.id}-${field.name}`;
  const common = { id, disabled: field.disabled, attrs: { "data-focus": `edit ${field.name}`, "aria-invalid": String(Boolean(field.error)) } };
  if (field.error) common.attrs["aria-describedby"] = `${id}-error`;
  const give = (value) => { delete keep.typed[field.name]; send({ what: "edit", field: field.name, value }); };
  const make_input = {
    choice: () => {
      const list = make("select", common, ...field.choices.map(({ value, label }) => make("option", { value, textContent: label, selected: value === field.value })));
      list.onchange = () => give(list.value);
      return [list];
    },
    lines: () => {
      const text = make("textarea", { ...common, value: field.value, rows: 2, placeholder: field.now });
      text.onchange = () => give(text.value);
      return [text];
    },
    text: () => {
      const text = make("input", { ...common, type: "text", value: field.value, placeholder: field.now });
      text.onchange = () => give(text.value);
      return [text];
    },
    find: () => {
      const typed = keep.typed[field.name];
      const text = make("input", { ...common, type: "search", value: typed ?? field.value, placeholder: field.now });
      text.oninput = () => {
        keep.typed[field.name] = text.value;
        if (text.value) send({ what: "find", field: field.name, text: text.value });
        else give("");
      };
      const offers = typed ? field.choices : [];
      return [text, make("span", { className: "offers" }, ...offers.map(({ value, label }) => {
        const offer = make("button", { type: "button", textContent: label, attrs: { "data-focus": `offer ${value}` } });
        offer.onclick = () => give(value);
        return offer;
      }), typed && !offers.length ? "Nobody is called so." : "")];
    },
  }[field.kind];
  const error = field.error ? make("span", { id: `${id}-error`, className: "error", textContent: field.error, attrs: { role: "alert" } }) : null;
  return make("div", { className: field.kind }, make("label", { htmlFor: id, textContent: field.title }), ...make_input(), error);
}

function editorOf(editor, keep, send) {
  return make("div", { className: "editor", attrs: { role: "group", "aria-label": editor.title } },
    make("b", { textContent: editor.title }), make("div", { className: "fields" }, ...editor.fields.map((field) => editField(field, keep, send))));
}

