// JupyterLab listens before the page does: without this mark, an arrow in a table moves to another cell of the
// notebook, and D pressed twice deletes the cell. Its shortcuts look at what has the focus, so that is marked.
const mark = (event) => {
  if (event.target.closest?.(".edges-nb-panel .dt-container")) {
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  }
};

export default {
  initialize() {
    window.addEventListener("focusin", mark, true);
    return () => window.removeEventListener("focusin", mark, true);
  },
};
