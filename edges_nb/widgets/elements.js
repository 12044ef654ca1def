// What the page's parts have in common. Everything shown is set as text, so that nothing of it can run.
const make = (name, props = {}, ...children) => {
  const element = Object.assign(document.createElement(name), props);
  for (const [key, value] of Object.entries(props.attrs ?? {})) element.setAttribute(key, value);
  element.append(...children.filter((child) => child != null));
  return element;
};

// Puts other content into a part and keeps the focus where it was, by its mark `data-focus`.
function redrawn(el, ...children) {
  const focused = el.contains(document.activeElement) ? document.activeElement : null;
  const [mark, caret] = [focused?.dataset.focus, focused?.selectionStart];
  el.replaceChildren(...children);
  const again = mark && [...el.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === mark);
  again?.focus();
  if (again && caret != null) again.setSelectionRange(caret, caret);
}

// JupyterLab's shortcuts look at what has the focus: without this mark, an arrow here moves to another cell of the
// notebook, and D pressed twice deletes the cell.
function keepKeys(el) {
  el.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
}

