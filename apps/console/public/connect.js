// @ts-check
import { ApiProblem, call, get, whoAmI } from "./api.js";
import { byId, make, wordsOf } from "./dom.js";
import { forgetProblems, tellProblems } from "./form-problems.js";
import { oneAtATime } from "./one-at-a-time.js";
import { untilAnswered } from "./until-answered.js";

const ASK_EVERY_MS = 2_000;

const form = byId("connect");
const query = new URLSearchParams(location.search);

/** @type {any[]} */
let platforms = [];
/** What was typed so far, by field name: it stays when the platform or the way is changed. @type {Map<string, string>} */
const typed = new Map();
/** Where the channel's units are kept on the platform, when it asks which is which. @type {any[]} */
let places = [];
/** The channel that is connected again; null: a new one. @type {any} */
let again = null;

const platform = () => platforms.find(({ kind }) => kind === byId("platform").value);
const overConsent = () => platform().consent_asks !== null && byId("by-consent").checked;

/** The fields to fill in: over the consent page what it needs beforehand, what it can't grant, and the settings. */
function fields() {
  const { fields: all, consent_asks: asks, consent_takes: takes } = platform();
  if (!overConsent()) return all;
  return all
    .map((/** @type {any} */ field) => ({ ...field, required: asks.includes(field.name) }))
    .filter((/** @type {any} */ { name, part, required }) => required || part === "settings" || takes.includes(name));
}

/** What a channel that is connected again has there; credentials are never shown. @param {string} name */
const known = (name) => again?.settings[name] ?? "";

/** @param {any} field */
function fieldBox({ name, label, help, sensitive, required }) {
  const id = `field-${name}`;
  const input = make("input", {
    id,
    name,
    type: sensitive ? "password" : "text",
    autocomplete: sensitive ? "new-password" : "off",
    spellcheck: false,
    required,
    value: typed.get(name) ?? known(name),
  });
  input.setAttribute("aria-describedby", `${id}-help ${id}-problem`);
  input.addEventListener("input", () => typed.set(name, input.value));
  return make(
    "div",
    { className: "field" },
    make("label", { htmlFor: id }, required ? label : `${label} (optional)`),
    input,
    make("p", { id: `${id}-help`, className: "hint" }, help),
    make("p", { id: `${id}-problem`, className: "problem", hidden: true }),
  );
}

function draw() {
  const { title, consent_asks: asks } = platform();
  byId("way").hidden = asks === null;
  byId("by-consent-label").textContent = `Grant access on ${title}'s own page`;
  byId("fields").replaceChildren(...fields().map(fieldBox));
  byId("submit").textContent = overConsent() ? `Go to ${title}` : again ? "Connect again" : "Connect";
  askForPlaces([]);
  forget();
}

/** Asks which ledger location feeds which place on the platform. @param {any[]} asked */
function askForPlaces(asked) {
  places = asked;
  byId("places").hidden = asked.length === 0;
  const boxes = asked.map(({ external_location_id, name }, index) => {
    const id = `place-${index}`;
    const input = make("input", { id, name: external_location_id, autocomplete: "off", spellcheck: false });
    return make("div", { className: "field" }, make("label", { htmlFor: id }, name || external_location_id), input);
  });
  byId("place-fields").replaceChildren(...boxes);
}

function chosenPlaces() {
  return places.flatMap(({ external_location_id }, index) => {
    const location_id = byId(`place-${index}`).value.trim();
    return location_id === "" ? [] : [{ location_id, external_location_id }];
  });
}

const forget = () => forgetProblems(form, byId("problems"));

/** Says why it did not work, or asks what must be said first. @param {unknown} error */
function tell(error) {
  if (error instanceof ApiProblem && error.code === "locations_required") return tellPlaces(error.body.locations);
  tellProblems(form, byId("problems"), error, idOf);
}

/** @param {string} field */
function idOf(field) {
  if (field !== "default_location_id") return `field-${field.split(".").at(-1)}`;
  byId("location-field").hidden = false;
  return "location";
}

/** @param {any[]} asked */
function tellPlaces(asked) {
  askForPlaces(asked);
  byId("location-field").hidden = false;
  byId("place-0").focus();
}

/** Does it once at a time, and says so. @param {string} words @param {() => Promise<void>} work */
async function busy(words, work) {
  forget();
  byId("submit").disabled = true;
  byId("status").textContent = words;
  try {
    await work();
  } catch (error) {
    byId("status").textContent = "";
    tell(error);
  }
  byId("submit").disabled = false;
}

function request() {
  const parts = { credentials: /** @type {any} */ ({}), settings: /** @type {any} */ ({}) };
  for (const { name, part } of fields()) {
    const value = byId(`field-${name}`).value.trim();
    if (value !== "" || known(name) !== "") parts[/** @type {"credentials" | "settings"} */ (part)][name] = value;
  }
  const channel = again ? { channel_id: again.channel_id } : {};
  return { kind: platform().kind, ...channel, ...parts, ...feeding() };
}

/** What was said of locations; what was not stays as it is. */
function feeding() {
  const byDefault = byId("location").value.trim();
  return {
    ...(byDefault === "" ? {} : { default_location_id: byDefault }),
    ...(places.length > 0 ? { locations: chosenPlaces() } : {}),
  };
}

const open = (/** @type {string} */ channelId) => location.assign(`/channel?id=${encodeURIComponent(channelId)}`);

async function submit() {
  const told = { body: request(), merchant: again ? again.merchant_id : byId("merchant").value.trim() };
  if (overConsent()) {
    await busy("Beginning …", async () => location.assign((await call("POST", "/v1/consents", told)).url));
    return;
  }
  await busy("Connecting: proving the credentials and importing listings …", async () =>
    open((await call("POST", "/v1/channels", told)).channel_id),
  );
}

/** @param {any} consent */
const titleOf = (consent) => platforms.find(({ kind }) => kind === consent.kind).title;

/** @type {Parameters<typeof untilAnswered>[1]} */
const meanwhile = {
  tell: (news) => {
    byId("status").textContent =
      "error" in news ? wordsOf(news.error) : `Waiting for ${titleOf(news.consent)}'s answer …`;
  },
  pause: () => new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS)),
};

/** Back from the consent page: waits until it is answered, and connects. @param {string} consentId */
async function finish(consentId) {
  const path = `/v1/consents/${encodeURIComponent(consentId)}`;
  const consent = await untilAnswered(() => get(path), meanwhile);
  const title = titleOf(consent);
  byId("begin-again").href = `/connect?kind=${encodeURIComponent(consent.kind)}`;
  if (consent.status === "refused") throw new Error(`${title} is not connected: ${consent.reason}`);
  const told = { body: feeding(), merchant: consent.merchant_id };
  byId("submit").textContent = "Finish connecting";
  await busy(`${title} grants access. Connecting and importing listings …`, async () =>
    open((await call("POST", `${path}/finish`, told)).channel_id),
  );
}

/** @param {string} consentId */
async function attempt(consentId) {
  byId("submit").disabled = true;
  try {
    await finish(consentId);
  } catch (error) {
    byId("status").textContent = "";
    byId("submit").hidden = true;
    tell(error);
    byId("again").hidden = false;
  }
}

/** Says what an empty location stands for. @param {string} help */
function explainLocation(help) {
  byId("location-help").textContent = `Where the channel's orders take their units from. ${help}`;
}

/** @param {string} channelId */
async function beginAgain(channelId) {
  again = await get(`/v1/channels/${encodeURIComponent(channelId)}`);
  byId("title").textContent = `Connect ${again.channel_key} again`;
  byId("status").textContent =
    "With new credentials of the same account, all of them. They are tried before anything is kept; what else is left as it is stays, and what is emptied is taken away.";
  byId("platform").disabled = true;
  explainLocation(`Now ${again.default_location_id}; it stays when left empty.`);
}

async function start() {
  const merchant = await whoAmI();
  platforms = (await get("/v1/platforms")).platforms;
  const consentId = query.get("consent");
  byId("asked").hidden = consentId !== null;
  byId("asked").disabled = consentId !== null;
  form.hidden = false;
  const go = oneAtATime(() => (consentId === null ? submit() : attempt(consentId)));
  form.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    void go();
  });
  if (consentId !== null) {
    // It was said when the consent was begun, unless that does not fit.
    byId("location-field").hidden = true;
    explainLocation("The one it was begun with when left empty.");
    return go();
  }

  const channelId = query.get("again");
  if (channelId !== null) await beginAgain(channelId);
  byId("merchant-field").hidden = merchant !== null || again !== null;
  byId("merchant").required = merchant === null && again === null;
  byId("platform").append(...platforms.map(({ kind, title }) => make("option", { value: kind }, title)));
  const wanted = platforms.find(({ kind }) => kind === (again ? again.kind : query.get("kind")));
  if (wanted) byId("platform").value = wanted.kind;
  for (const id of ["platform", "by-consent", "by-fields"]) byId(id).addEventListener("change", draw);
  draw();
}

start().catch((error) => {
  byId("status").textContent = wordsOf(error);
});
