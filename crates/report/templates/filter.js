"use strict";
// The page is whole without this: the filter is shown only where it can work.
(() => {
  const form = document.getElementById("filter");
  if (form) {
    const search = document.getElementById("search");
    const severity = document.getElementById("severity");
    const group = document.getElementById("group");
    const count = document.getElementById("count");
    const nothing = document.getElementById("nothing");
    const rows = [...document.querySelectorAll("#findings-table tbody tr")];
    const texts = rows.map((row) => row.textContent.toLowerCase().replace(/\s+/g, " "));
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, number) => {
        const matches =
          (!severity.value || row.dataset.severity === severity.value) &&
          (!group.value || row.dataset.group === group.value) &&
          words.every((word) => texts[number].includes(word));
        row.hidden = !matches;
        shown += matches ? 1 : 0;
      });
      nothing.hidden = shown > 0;
      const noun = rows.length === 1 ? "finding" : "findings";
      count.textContent =
        shown === rows.length ? `${shown} ${noun} shown` : `${shown} of ${rows.length} ${noun} shown`;
    };
    form.addEventListener("input", apply);
    // The fields are empty only after the event.
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    // A browser may have kept what was typed before the page was loaded again.
    apply();
  }
  // On paper nothing can be unfolded.
  const folded = new Set();
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) {
      folded.add(details);
      details.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    folded.clear();
  });
})();
