import { pacing } from "./pacing.ts";
import { connection, session } from "./testing/breaks.ts";
import { toyLimit } from "./testing/toy-channel.ts";
import { toyPacer } from "./testing/toy-pacer.ts";
import { turnsRedFor } from "./testing/turns-red.ts";
import { unpaced } from "./unpaced.ts";
import type { Pacer } from "../pacing.ts";

/** Spends otherwise than it should. */
const spending = (distorted: (options: Parameters<Pacer["spend"]>[2]) => Parameters<Pacer["spend"]>[2]) =>
  connection(({ pacer }) => ({
    pacer: { ...pacer, spend: (bucket, work, options) => pacer.spend(bucket, work, distorted(options)) },
  }));

turnsRedFor(pacing({ createPacer: toyPacer, scaleLimits: 1, pushes: 15 }), [
  {
    does: "paces by itself, so that nobody sees whether it is paced",
    how: connection(() => ({ pacer: toyPacer({ api: toyLimit }) })),
    turnsRed: ["is needed: the channel throttles these calls when nobody paces them"],
  },
  {
    does: "does not pace its calls",
    how: connection(() => ({ pacer: unpaced })),
    turnsRed: ["never exceeds the channel's limits, by the channel's own count"],
  },
  {
    does: "does not tell the pacer when calls come back",
    how: connection(({ pacer }) => ({ pacer: { ...pacer, observe: () => undefined } })),
    turnsRed: ["makes no further call before the time at which a throttle answer says that calls come back"],
  },
  {
    does: "lets a push go behind",
    how: spending((options) => ({ ...options, urgency: "background" })),
    turnsRed: ["lets pushes, and the reads they wait for, go before everything else"],
  },
  {
    does: "lets an import go before pushes",
    how: spending((options) => ({ ...options, urgency: "prompt" })),
    turnsRed: ["lets imports, polls and the reads nobody waits for go behind"],
  },
  {
    does: "names another limit than it spends",
    how: session((whole) => ({
      async importListings(...args) {
        const page = await whole.importListings(...args);
        return { ...page, listings: page.listings.map((listing) => ({ ...listing, pushBucket: "feeds" })) };
      },
    })),
    turnsRed: ["spends on a push no other limit than its import named for the listing"],
  },
  {
    does: "waits for its turn whatever its deadline",
    how: spending(({ signal: _signal, ...options } = {}) => options),
    turnsRed: ["gives up at the deadline while a call waits for its turn, without making it"],
  },
]);
