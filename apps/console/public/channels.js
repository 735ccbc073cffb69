// @ts-check
import { make } from "./dom.js";

/** A month, so that whoever must act has the time to. */
const RENEW_SOON_MS = 30 * 24 * 3_600_000;

/** A channel's status in words. @param {any} channel @returns {HTMLElement} */
export function statusOf({ status, status_reason: reason, channel_id: id }) {
  if (status === "active") return make("span", { className: "good" }, "active");
  if (status !== "needs_reconnect")
    return make("span", { className: "quiet" }, reason ? `${status}: ${reason}` : status);
  const words = `not connected${reason ? `: ${reason}` : ""} `;
  return make("span", { className: "bad" }, words, againLink(id, "Connect it again"));
}

/** Leads to where a channel is given new credentials. @param {string} id @param {string} words */
export const againLink = (id, words) => make("a", { href: `/connect?again=${encodeURIComponent(id)}` }, words);

/** What is wrong with a channel, and what must be renewed soon; one line each. @param {any} channel @returns {HTMLElement[]} */
export function warningsOf({ problems, renew_by: renewal }) {
  const isSoon = renewal !== null && Date.parse(renewal.at) - Date.now() < RENEW_SOON_MS;
  const due = isSoon ? [renewalOf(renewal)] : [];
  return [...problems, ...due].map((line) => make("div", { className: "problem" }, line));
}

/** `what` is a sentence. @param {{ at: string, what: string }} renewal */
export function renewalOf({ at, what }) {
  return `Renew by ${new Date(at).toLocaleDateString()}: ${what}`;
}
