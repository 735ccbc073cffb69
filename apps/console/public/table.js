// @ts-check
import { cell, make, row, show } from "./dom.js";

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {string} [className] of its heading and its cells
 * @property {(one: any) => string | number | Node[]} content
 * @property {(one: any) => boolean} [isBad] whether a cell is shown in red
 */

/**
 * A table that is scrolled by itself where the page is too narrow for it.
 *
 * @param {HTMLElement} place where it is put
 * @param {Column[]} columns
 */
export function makeTable(place, columns) {
  const headings = columns.map(({ title, className = "" }) => make("th", { scope: "col", className }, title));
  const body = make("tbody");
  place.append(make("table", {}, make("thead", {}, row(headings)), body));

  /** @param {any} one */
  const rowOf = (one) =>
    row(
      columns.map(({ className = "", content, isBad }) =>
        cell(content(one), isBad?.(one) ? `${className} bad` : className),
      ),
    );
  return {
    /** Shows these, one a row; rows that say the same already are left alone. @param {any[]} all */
    show: (all) => show(body, all, () => all.map(rowOf)),
    /** Shows these in place of what there is. @param {any[]} all */
    replace: (all) => body.replaceChildren(...all.map(rowOf)),
    /** @param {any[]} more */
    add: (more) => body.append(...more.map(rowOf)),
    isEmpty: () => body.childElementCount === 0,
  };
}
