// @ts-check

/** @param {string} id @returns {any} the element, whatever it is */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Makes an element. Text only: nothing a channel or merchant wrote is ever read as HTML.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {(Node | string)[]} children
 * @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * A table cell.
 * @param {string | number | Node[]} content
 * @param {string} [className]
 */
export function cell(content, className = "") {
  return make("td", { className }, ...(Array.isArray(content) ? content : [String(content)]));
}

/** @param {Node[]} cells */
export const row = (cells) => make("tr", {}, ...cells);

/**
 * The pairs of a `<dl>`.
 * @param {any[][]} known name and value each
 * @returns {HTMLElement[]}
 */
export function facts(known) {
  return known.flatMap(([name, value]) => [
    make("dt", {}, name),
    make("dd", {}, value instanceof Node ? value : String(value)),
  ]);
}

/** @param {string} time ISO 8601 @returns {string} as is usual where the page is read */
export const timeOf = (time) => new Date(time).toLocaleString();

/** @param {number} share of 1, to four places @returns {number} without what binary fractions add: 0.07 is 7 % */
export const percentOf = (share) => Number((share * 100).toFixed(2));

/** @type {WeakMap<Element, string>} */
const shown = new WeakMap();

/**
 * Shows data in an element, and leaves it alone while the data stays the same: whoever reads, selects or has tabbed to
 * something in there is not thrown out by a refresh.
 * @param {Element} element
 * @param {unknown} data
 * @param {() => Node[]} draw
 */
export function show(element, data, draw) {
  const text = JSON.stringify(data);
  if (shown.get(element) === text) return;
  shown.set(element, text);
  element.replaceChildren(...draw());
}

/** Says something in an element; what is said already is not said again to who listens. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Says in the page's status line how it is, or in red what went wrong. @param {string} text @param {boolean} [isProblem] */
export function tellStatus(text, isProblem = false) {
  say(byId("status"), text);
  byId("status").classList.toggle("problem", isProblem);
}

/** @param {unknown} error */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));
