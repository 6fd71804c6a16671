// What one document shows now, as rows of a tree; the live page is read and never changed.
// A row is [parent, text] or [parent, tag, attributes, form]; numbers of live elements stand in `at` and in addresses.
({ frame, most }) => {
  const rows = [], elements = [], owners = [], forms = new Map(), numbered = new Map();
  const clean = /^(on.*|href|target|style|hidden|form|formaction|formmethod|action|method|src|srcdoc|value|checked|disabled|readonly|maxlength|open|aria-controls|data-(bs-)?target|data-at|data-leads|data-hides|data-method|data-tag|data-whole)$/;
  const pointing = /^(id|for|headers|aria-labelledby|aria-describedby)$/;
  const gone = /^(script|style|template|noscript|head|link|meta|base|title|canvas|object|embed|video|audio|map)$/;
  const buttons = /^(submit|image|reset|button)$/;
  let size = 0;
  const emit = (row, owner) => {
    size += 20 + (row.length === 2 ? row[1].length : JSON.stringify(row[2]).length);
    if (size > most) throw new Error("too much");
    if (owner) owners.push([row, owner]);
    return rows.push(row) - 1;
  };
  const known = new Map();
  const leads = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, "action").get;
  const owned = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, "elements").get;
  const formed = (form, found) => {
    // A form without a method may be one that a script sends; one that says get puts what is typed into an address.
    found.method = (form.getAttribute("method") || "").trim().toLowerCase() === "get" ? "get" : "post";
    found["data-method"] = (form.getAttribute("method") || "get").trim().toLowerCase();
    if (form.hasAttribute("action")) found["data-leads"] = leads.call(form);
    const hides = [...owned.call(form)].filter((item) => item.type === "hidden" && item.name && !item.matches(":disabled"));
    if (hides.length) found["data-hides"] = JSON.stringify(hides.map((item) => [item.name, item.value.slice(0, 200)]));
    return found;
  };
  const nameOf = (form) => known.get(form) ?? known.set(form, known.size).get(form);
  const number = (element) => `${frame}.${elements.push(element) - 1}`;
  const once = (key, element) => {
    if (!numbered.has(key)) numbered.set(key, number(element));
    return numbered.get(key);
  };
  const copied = (element) => {
    const found = {};
    for (const { name, value } of element.attributes)
      if (!clean.test(name))
        found[name] = pointing.test(name) && frame ? value.replace(/\S+/g, (id) => `f${frame}-${id}`) : value;
    return found;
  };
  const boxed = (element) => {
    if (element.checkVisibility()) return true;
    return getComputedStyle(element).display === "contents";
  };
  const shows = (element) => {
    const style = getComputedStyle(element);
    return style.visibility === "visible" && style.opacity !== "0";
  };
  const reachable = (element) => {
    if (!boxed(element) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right + scrollX > 0 && box.bottom + scrollY > 0;
  };
  const inside = (element) => {
    if (element.shadowRoot) return element.shadowRoot.childNodes;
    const given = element.localName === "slot" ? element.assignedNodes({ flatten: true }) : [];
    return given.length ? given : element.childNodes;
  };
  const words = (element) => (element.innerText || element.value || "").trim();
  const acts = (element) => {
    if (/^(label|option|body|html|form|fieldset|table)$/.test(element.localName)) return false;
    if (element.querySelector("input,select,textarea,button,a,[role=tab],[role=button],[role=menuitem]")) return false;
    if (element.localName === "summary" || element.hasAttribute("onclick")) return true;
    if (/^(button|tab|menuitem|link)$/.test(element.getAttribute("role") || "")) return true;
    const above = element.parentElement;
    return getComputedStyle(element).cursor === "pointer" && !(above && getComputedStyle(above).cursor === "pointer");
  };
  const children = (element, at, seen) => {
    for (const child of inside(element)) {
      if (child.nodeType === 3 && seen) emit([at, child.data]);
      else if (child.nodeType === 1) walk(child, at, seen);
    }
  };
  const named = (element) => {
    const label = element.getAttribute("aria-label");
    return { ...(label ? { "aria-label": label } : {}), ...(element.title ? { title: element.title } : {}) };
  };
  const press = (element, parent, kind, owner) => {
    // What acts by script alone is a link and a button in one: which of the two it is to a person cannot be told.
    // A button that is off may be switched on by what is typed; whether it can be pressed is seen when it is.
    const sends = kind === "submit" && element.form;
    // Only what says the same, sends the same and leads to the same place is one button shown twice.
    const own = ["formaction", "formmethod", "formenctype", "formtarget", "onclick"].map((name) => element.getAttribute(name));
    const told = JSON.stringify([words(element), element.name, element.value, ...own]);
    const alike = sends && element.form.hasAttribute("action") ? told : null;
    const at = alike === null ? number(element) : once(`${nameOf(element.form)} ${alike}`, element);
    const link = sends || kind === "reset" ? parent : emit([parent, "a", { href: `click:${at}` }, -1]);
    const attributes = { ...named(element), type: kind === "reset" ? "reset" : "submit", formaction: `click:${at}`, "data-tag": element.localName };
    if (element.name) attributes.name = element.name;
    if (sends && element.hasAttribute("formaction")) attributes["data-leads"] = element.formAction;
    if (sends && element.hasAttribute("formmethod")) attributes.formmethod = element.formMethod;
    if (element.localName === "input") {
      emit([link, "input", { ...attributes, value: element.value || element.alt || "Submit" }, -1], owner);
    } else {
      children(element, emit([link, "button", { ...attributes, value: element.value || "" }, -1], owner), true);
    }
  };
  const link = (element, parent) => {
    const bare = (address) => address.split("#")[0];
    const leads = /^https?:/.test(element.href) && bare(element.href) !== bare(location.href);
    if (leads) {
      const at = once(element.href, element);
      children(element, emit([parent, "a", { ...copied(element), href: element.href, "data-at": at }, -1]), true);
      return;
    }
    const fragment = /^https?:.*#.+/.test(element.href) && !element.hasAttribute("onclick");
    const at = fragment ? once(`${element.href} ${words(element)}`, element) : number(element);
    const outer = emit([parent, "a", { ...copied(element), href: `click:${at}` }, -1]);
    const attributes = { ...named(element), type: "submit", formaction: `click:${at}`, "data-tag": "a" };
    children(element, emit([outer, "button", attributes, -1], element.closest("form")), true);
  };
  const areas = (image, parent) => {
    // An area has no box that could be clicked; the address behind it is what a click would go to.
    const map = [...document.getElementsByTagName("map")].find((item) => `#${item.name}` === image.useMap);
    for (const area of map ? map.areas : [])
      if (/^https?:/.test(area.href)) emit([parent, "a", { ...copied(area), href: area.href }, -1]);
  };
  const control = (element, parent) => {
    const owner = element.form;
    const tag = element.localName, kind = tag === "input" || tag === "button" ? element.type : tag;
    if (kind === "hidden" || (kind !== "file" && !reachable(element) && !/^(checkbox|radio)$/.test(kind))) return;
    if (!boxed(element)) return;
    if (buttons.test(kind)) return press(element, parent, kind, owner);
    const attributes = { ...copied(element), "data-at": number(element) };
    if (element.matches(":disabled")) attributes.disabled = "";
    if (tag === "select" && element.hasAttribute("onchange")) attributes.onchange = element.getAttribute("onchange");
    if (element.readOnly) attributes.readonly = "";
    if (element.maxLength >= 0) attributes.maxlength = String(element.maxLength);
    if (tag === "input") {
      attributes.type = kind;
      attributes.value = element.value;
      if (element.checked) attributes.checked = "";
    }
    const at = emit([parent, tag, attributes, -1], owner);
    if (tag === "textarea") emit([at, element.value]);
    if (tag === "select")
      for (const option of element.options) {
        const chosen = option.selected ? { selected: "" } : {}, off = option.disabled ? { disabled: "" } : {};
        emit([emit([at, "option", { value: option.value, ...chosen, ...off }, -1]), option.text]);
      }
  };
  const walk = (element, parent, seen) => {
    const tag = element.localName;
    if (gone.test(tag) || (tag !== "slot" && !boxed(element) && !/^(frame|frameset)$/.test(tag))) return;
    if (/^(input|select|textarea|button)$/.test(tag)) return control(element, parent);
    seen = shows(element);
    if (/^(iframe|frame)$/.test(tag)) {
      emit([parent, "div", { "data-at": number(element) }, -1]);
      return;
    }
    if (tag === "svg") {
      const said = element.getAttribute("aria-label") || (element.querySelector("title") || {}).textContent;
      if (said) emit([parent, "img", { alt: said }, -1]);
      return;
    }
    if (tag === "img" && element.useMap && seen && reachable(element)) areas(element, parent);
    if (tag === "a" && element.href) return link(element, parent);
    const attributes = copied(element);
    if (tag === "dialog") attributes.open = "";
    if (tag === "form") formed(element, attributes);
    const at = emit([parent, tag, attributes, -1]);
    if (tag === "form") forms.set(element, at);
    if (seen && acts(element)) return press(element, at, "button", element.closest("form"));
    children(element, at, seen);
  };
  try {
    if (!frame && document.title) emit([emit([-1, "title", {}, -1]), document.title]);
    walk(document.body || document.documentElement, -1, true);
    for (const [row, form] of owners) {
      if (!forms.has(form)) forms.set(form, emit([-1, "form", formed(form, {}), -1]));
      row[3] = forms.get(form);
    }
  } catch (problem) {
    if (problem.message !== "too much") throw problem;
    return { rows: "", elements: [] };
  }
  return { rows: JSON.stringify(rows), elements };
}
