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

// Draws again whenever the kernel's state changes, but not while the pointer is down: a click is lost if what it is on
// is replaced between press and release. A list's own popup keeps the release to itself, so that is not waited for.
function following(model, el, draw) {
  let [pressed, late] = [false, false];
  const redraw = () => { if (pressed) late = true; else draw(); };
  const released = () => setTimeout(() => { // the click comes after the release
    pressed = false;
    if (late) draw();
    late = false;
  });
  const ends = ["pointerup", "pointercancel", "blur"];
  el.addEventListener("pointerdown", (event) => { pressed = !event.target.closest("select"); });
  for (const end of ends) window.addEventListener(end, released);
  model.on("change:state", redraw);
  draw();
  return () => {
    model.off("change:state", redraw);
    for (const end of ends) window.removeEventListener(end, released);
  };
}
