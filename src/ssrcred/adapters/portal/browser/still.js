// Resolves once a document has not changed for so many milliseconds: "leaving" where it is about to refresh itself.
(ms) => new Promise((done) => {
  let timer = setTimeout(end, ms);
  const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(end, ms); });
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  function end() {
    watch.disconnect();
    const meta = document.querySelector("meta[http-equiv=refresh i]");
    done(meta && parseFloat(meta.content) <= 5 && /url/i.test(meta.content) ? "leaving" : "still");
  }
})
