// @ts-check

/** The gateway said no, or could not be reached (status 0); `body` is its problem document. */
export class ApiProblem extends Error {
  /** @param {number} status @param {any} body */
  constructor(status, body) {
    super(body?.detail ?? `The answer was ${status}.`);
    this.status = status;
    /** @type {string} */
    this.code = body?.code ?? "unknown";
    this.body = body ?? {};
  }
}

/**
 * Calls the merchants' API with the browser's session; who has none (any more) is sent to the login.
 * @param {string} method
 * @param {string} path
 * @param {{ body?: unknown, merchant?: string }} [told] `merchant`: whom an operator acts for.
 */
export async function call(method, path, { body, merchant } = {}) {
  const response = await fetch(path, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(merchant ? { "lastunit-merchant": merchant } : {}),
    },
    body: body === undefined ? null : JSON.stringify(body),
  }).catch(() => {
    throw new ApiProblem(0, { code: "unreachable", detail: "Lastunit does not answer. Try again in a moment." });
  });
  if (response.status === 401)
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiProblem(response.status, answer);
  return answer;
}

/** @param {string} path */
export const get = (path) => call("GET", path);

/** Asks whose session this is, and shows only an operator what is of several merchants. @returns {Promise<string | null>} null: an operator */
export async function whoAmI() {
  const { merchant_id } = await get("/v1/token");
  for (const link of document.querySelectorAll(".operator")) link.toggleAttribute("hidden", merchant_id !== null);
  document.body.classList.toggle("one-merchant", merchant_id !== null);
  return merchant_id;
}
