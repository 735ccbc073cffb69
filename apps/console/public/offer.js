// @ts-check
import { ApiProblem, call } from "./api.js";
import { byId, make, percentOf, say } from "./dom.js";
import { forgetProblems, tellProblems } from "./form-problems.js";

const FIELDS = ["share", "safety_stock", "minimum", "cap"];
/** What has a line of its own for what is wrong with it. */
const TOLD = [...FIELDS, "locations", "default_location_id"];

/** The form by which what feeds a channel, and what of that it is offered, is changed. @param {string} path @param {any} channel */
export function showOffer(path, channel) {
  let known = channel;

  /** @param {any} newest */
  function fill(newest) {
    known = newest;
    const { share, ...units } = known.allocation;
    for (const [name, value] of Object.entries({ ...units, share: percentOf(share) })) {
      byId(`offer-${name}`).value = value ?? "";
    }
    byId("offer-default_location_id").value = known.default_location_id;
    byId("offer-feeds").replaceChildren(...known.locations.map(feedRow));
  }

  byId("offer-add").addEventListener("click", () => {
    const row = feedRow({ location_id: "", external_location_id: null });
    byId("offer-feeds").append(row);
    row.querySelector("input").focus();
  });
  byId("offer").addEventListener("submit", async (/** @type {Event} */ event) => {
    event.preventDefault();
    forget();
    const body = changesTo(known);
    if (Object.keys(body).length === 0) return say(byId("offer-status"), "Nothing was changed.");
    byId("offer-save").disabled = true;
    say(byId("offer-status"), "Saving …");
    try {
      fill(await call("PATCH", path, { body }));
      say(byId("offer-status"), "Saved. Its listings follow.");
    } catch (error) {
      say(byId("offer-status"), "");
      tell(error);
    }
    byId("offer-save").disabled = false;
  });
  fill(channel);
}

/** What differs from what is known: what somebody else changed meanwhile stays. @param {any} known @returns {any} */
function changesTo(known) {
  const allocation = Object.fromEntries(
    FIELDS.map((name) => [name, amountOf(name)]).filter(([name, value]) => value !== known.allocation[String(name)]),
  );
  const locations = feeds();
  const byDefault = byId("offer-default_location_id").value.trim();
  return {
    ...(Object.keys(allocation).length > 0 ? { allocation } : {}),
    ...(JSON.stringify(locations) === JSON.stringify(known.locations.map(pairOf)) ? {} : { locations }),
    ...(byDefault === known.default_location_id ? {} : { default_location_id: byDefault }),
  };
}

/** @param {string} name @returns {number | null} null: nothing was said */
function amountOf(name) {
  const text = byId(`offer-${name}`).value.trim();
  if (text === "") return null;
  return name === "share" ? Number((Number(text) / 100).toFixed(4)) : Number(text);
}

function feeds() {
  return [...byId("offer-feeds").children].flatMap((row) => {
    const [location_id = "", external_location_id = ""] = [...row.querySelectorAll("input")].map((one) =>
      one.value.trim(),
    );
    return location_id === "" ? [] : [{ location_id, external_location_id }];
  });
}

/** As it is sent. @param {any} feed */
const pairOf = ({ location_id, external_location_id }) => ({
  location_id,
  external_location_id: external_location_id ?? "",
});

/** @param {any} feed */
function feedRow({ location_id, external_location_id }) {
  const plain = { autocomplete: "off", spellcheck: false };
  const ours = make("input", { ...plain, value: location_id, ariaLabel: "Ledger location" });
  const theirs = make("input", {
    ...plain,
    value: external_location_id ?? "",
    ariaLabel: "Feeds this location of the account; empty: all of it",
    placeholder: "all of it",
  });
  theirs.setAttribute("list", "offer-places");
  const remove = make("button", { type: "button", ariaLabel: "Take this location away" }, "Remove");
  const row = make("div", { className: "feed" }, ours, " feeds ", theirs, remove);
  remove.addEventListener("click", () => row.remove());
  return row;
}

const forget = () => forgetProblems(byId("offer"), byId("offer-problems"));

/** Says what is wrong, and which locations the account has where that is it. @param {unknown} error */
function tell(error) {
  tellProblems(byId("offer"), byId("offer-problems"), error, idOf);
  const { code, locations } = error instanceof ApiProblem ? error.body : {};
  if (locations) tellPlaces(locations);
  if (code === "locations_required") byId("offer-problems").append(...locations.map(namedPlace));
}

/** @param {string} field */
function idOf(field) {
  const name = TOLD.find((one) => field.split(".").includes(one));
  return name && `offer-${name}`;
}

/** @param {any} place */
const namedPlace = ({ name, external_location_id }) => make("p", {}, `${external_location_id} (${name})`);

/** The account's locations, to choose from. @param {any[]} places */
function tellPlaces(places) {
  byId("offer-places").replaceChildren(
    ...places.map(({ external_location_id: value, name: label }) => make("option", { value, label })),
  );
}
