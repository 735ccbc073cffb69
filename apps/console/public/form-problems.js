// @ts-check
import { ApiProblem } from "./api.js";
import { make, wordsOf } from "./dom.js";

/** Takes away what was said of a form's last try. @param {HTMLElement} form @param {HTMLElement} below where the rest is said */
export function forgetProblems(form, below) {
  below.replaceChildren();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const line of form.querySelectorAll("p.problem")) line.toggleAttribute("hidden", true);
}

/**
 * Says why a form's try did not work: beside the field where it names one that has a line for it, else below the form.
 * @param {HTMLElement} form
 * @param {HTMLElement} below
 * @param {unknown} error
 * @param {(field: string) => string | undefined} idOf the input that an API's field is filled in by
 */
export function tellProblems(form, below, error, idOf) {
  const { errors = [], problems = [] } = error instanceof ApiProblem ? error.body : {};
  const elsewhere = errors.filter(
    (/** @type {{ field: string, message: string }} */ { field, message }) => !mark(idOf(field), message),
  );
  const lines = [...problems, ...elsewhere.map((/** @type {any} */ one) => `${one.field}: ${one.message}`)].filter(
    (line) => line !== wordsOf(error),
  );
  const list = lines.length > 0 ? [make("ul", {}, ...lines.map((line) => make("li", {}, line)))] : [];
  below.replaceChildren(make("p", {}, wordsOf(error)), ...list);
  /** @type {HTMLElement} */ (form.querySelector("[aria-invalid]") ?? below).focus();
}

/** @param {string | undefined} id @param {string} message @returns {boolean} whether there is a line for it */
function mark(id, message) {
  const line = document.getElementById(`${id}-problem`);
  if (id === undefined || !line) return false;
  line.textContent = message;
  line.hidden = false;
  document.getElementById(id)?.setAttribute("aria-invalid", "true");
  return true;
}
