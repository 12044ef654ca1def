// A picture that tells the kernel what of it was clicked; its markup is the package's own, with all texts escaped.
export default {
  render({ model, el }) {
    const redraw = () => { el.innerHTML = model.get("state").html ?? ""; };
    el.classList.add("edges-nb-picture");
    el.addEventListener("click", (event) => {
      const picked = event.target.closest?.("[data-pick]");
      if (picked) model.send({ pick: picked.dataset.pick });
    });
    return following(model, el, redraw);
  },
};
