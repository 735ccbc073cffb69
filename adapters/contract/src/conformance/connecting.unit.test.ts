import { connecting } from "./connecting.ts";
import { session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(connecting, [
  {
    does: "calls a dead connection good",
    how: session(() => ({ check: async () => ({ ok: true, account: "toy", problems: [], renewBy: null }) })),
    turnsRed: ["does not call a connection good whose access was taken away"],
  },
  {
    does: "keeps quiet about a missing permission",
    how: session((whole) => ({
      check: async (call) => ({ ...(await whole.check(call)), problems: ["Something is missing."] }),
    })),
    turnsRed: ["names exactly what the merchant has not granted"],
  },
  {
    does: "calls every account by the name of the platform",
    how: session((whole) => ({
      check: async (call) => ({ ...(await whole.check(call)), account: "The toy channel" }),
    })),
    turnsRed: ["proves the connection and names the account"],
  },
  {
    does: "names a time and nothing to do",
    how: session((whole) => ({
      async check(call) {
        const report = await whole.check(call);
        return { ...report, renewBy: report.renewBy && { ...report.renewBy, what: "" } };
      },
    })),
    turnsRed: ["says what the merchant must do, where it names a time when the access ends"],
  },
  {
    does: "calls the account as the merchant writes it",
    how: (adapter) => ({ ...adapter, accountOf: () => "Toys: Berlin & Paris" }),
    turnsRed: ["makes a short account name that fits into event ids"],
  },
  {
    does: "asks for the token among what is kept in clear",
    how: (adapter) => ({ ...adapter, fields: adapter.fields.map((field) => ({ ...field, part: "settings" })) }),
    turnsRed: ["keeps each field it needs in the part its connect form names"],
  },
  {
    does: "knows no location",
    how: session(() => ({ locations: async () => [] })),
    turnsRed: ["lists every location that the import names"],
  },
]);
