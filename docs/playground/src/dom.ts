/**
 * Makes and finds elements. Texts become text nodes, never markup: what a module contains is shown, not interpreted.
 */

type AttributeValue = string | number | boolean | undefined | ((event: never) => void);

/** Attributes by their HTML names; `onclick` and the like take functions; `true` is an empty attribute. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

export type Child = Node | string;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value as EventListener);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/** @throws {Error} when the page has no such element: its template and its code do not fit */
export function byId<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

/** Sets or removes an attribute. */
export function setAttribute(target: Element, name: string, value: string | undefined): void {
  if (value === undefined) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Sets a text when it differs, so that a live region does not speak twice. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Fills `parent` anew. What had the focus is given it again: elements are the same when their `data-key` is.
 */
export function replaceKeepingFocus(parent: HTMLElement, ...children: readonly Child[]): void {
  const focused = parent.contains(document.activeElement) ? document.activeElement?.getAttribute('data-key') : null;
  const { scrollTop } = parent;
  parent.replaceChildren(...children);
  parent.scrollTop = scrollTop;
  if (focused === null || focused === undefined) return;
  for (const candidate of parent.querySelectorAll<HTMLElement>('[data-key]')) {
    if (candidate.dataset.key === focused) candidate.focus();
  }
}

/** A table with a caption for those who hear the page, and headers of its columns. */
export function valueTable(
  caption: string,
  columns: readonly string[],
  rows: readonly HTMLTableRowElement[],
): HTMLTableElement {
  return element(
    'table',
    { class: 'values' },
    element('caption', { class: 'visually-hidden' }, caption),
    element('thead', {}, element('tr', {}, ...columns.map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, ...rows),
  );
}

export function emptyNote(text: string): HTMLElement {
  return element('p', { class: 'empty' }, text);
}
