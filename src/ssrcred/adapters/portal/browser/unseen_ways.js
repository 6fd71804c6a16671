// Takes from a page what the browser tells no gate of: calls, and pages that it would fetch before they are chosen.
delete window.SharedWorker;
delete window.WebTransport;
delete window.RTCPeerConnection;
delete window.webkitRTCPeerConnection;
{
  const { remove, attachShadow } = Element.prototype;
  const drop = (node) => {
    if (node.localName === "script" && /^\s*speculationrules/i.test(node.type)) remove.call(node);
  };
  const watch = (root) => new MutationObserver((all) => {
    for (const { target, addedNodes } of all) {
      drop(target);
      for (const node of addedNodes) {
        drop(node);
        if (node.querySelectorAll) node.querySelectorAll("script").forEach(drop);
      }
    }
  }).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["type"] });
  watch(document);
  Element.prototype.attachShadow = function (...given) {
    const root = attachShadow.apply(this, given);
    watch(root);
    return root;
  };
}
