// Search over pages and API reference. The index is a script rather than a document to fetch, so that pages opened from a disk search too.
(() => {
  const box = document.getElementById("search");
  const found = document.getElementById("found");
  const root = box.dataset.root;
  const most = 20;
  let chosen = -1;

  const loaded = () =>
    window.searchIndex
      ? Promise.resolve(window.searchIndex)
      : new Promise((resolve, reject) => {
          const script = document.createElement("script");
          script.src = root + "content/search-index.js";
          script.onload = () => resolve(window.searchIndex);
          script.onerror = reject;
          document.head.append(script);
        });

  // Every word must occur: in a title it counts most, then in a heading, then in the text.
  const score = (entry, words) => {
    let total = 0;
    for (const word of words) {
      const title = entry.title.toLowerCase();
      const heading = entry.headings.find((h) => h.toLowerCase().includes(word));
      if (title.split(/[^a-z0-9]+/).includes(word)) total += 12;
      else if (title.includes(word)) total += 8;
      else if (heading) total += 6;
      else if (entry.content.toLowerCase().includes(word)) total += 2;
      else return 0;
    }
    return total + (entry.type === "content" ? 3 : 0);
  };

  // A heading that holds the first word is where the page opens.
  const address = (entry, words) => {
    const heading = entry.headings.slice(1).find((h) => h.toLowerCase().includes(words[0]));
    return root + entry.uri + (heading ? "#" + heading.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") : "");
  };

  const excerpt = (entry, words) => {
    const text = entry.content.replace(/\s+/g, " ");
    const at = Math.max(0, text.toLowerCase().indexOf(words[0]) - 40);
    return (at > 0 ? "… " : "") + text.slice(at, at + 120);
  };

  const show = (index) => {
    const words = box.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    chosen = -1;
    const hits =
      words.length === 0
        ? []
        : index
            .map((entry) => ({ entry, score: score(entry, words) }))
            .filter((hit) => hit.score > 0)
            .sort((a, b) => b.score - a.score || a.entry.title.length - b.entry.title.length)
            .slice(0, most);

    found.replaceChildren(
      ...hits.map(({ entry }) => {
        const link = document.createElement("a");
        const title = document.createElement("strong");
        const text = document.createElement("span");
        link.href = address(entry, words);
        title.textContent = entry.title;
        text.textContent = excerpt(entry, words);
        link.append(title, text);
        return link;
      })
    );
    if (words.length > 0 && hits.length === 0) found.textContent = "Nothing found.";
    found.hidden = words.length === 0;
  };

  const choose = (step) => {
    const links = found.querySelectorAll("a");
    if (links.length === 0) return;
    chosen = (chosen + step + links.length) % links.length;
    links.forEach((link, i) => link.classList.toggle("chosen", i === chosen));
    links[chosen].scrollIntoView({ block: "nearest" });
  };

  box.addEventListener("input", () => loaded().then(show, () => (found.textContent = "The index is missing.")));
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(1);
    else if (event.key === "ArrowUp") choose(-1);
    else if (event.key === "Enter") (found.querySelector("a.chosen") ?? found.querySelector("a"))?.click();
    else if (event.key === "Escape") found.hidden = true;
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) {
      box.focus();
      event.preventDefault();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("header")) found.hidden = true;
  });

  // A page may be opened with a question: index.html?q=evidence.
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    box.value = asked;
    loaded().then(show);
  }
})();
