import { subscribing } from "./subscribing.ts";
import { session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(subscribing, [
  {
    does: "says that it mended what stood",
    how: session((whole) => ({
      subscribe: async (url, call) => [...((await whole.subscribe?.(url, call)) ?? []), "mended"],
    })),
    turnsRed: ["finds nothing to mend right after it has subscribed"],
  },
  {
    does: "subscribes once and never looks again",
    how: session((whole) => {
      let isSubscribed = false;
      return {
        async subscribe(url, call) {
          if (isSubscribed) return [];
          isSubscribed = true;
          return (await whole.subscribe?.(url, call)) ?? [];
        },
      };
    }),
    turnsRed: ["mends what was switched off, says so, and hears of orders again"],
  },
  {
    does: "remembers in memory what it has subscribed",
    how: session((whole) => {
      let isSubscribed = false;
      return {
        async subscribe(url, call) {
          const mended = (await whole.subscribe?.(url, call)) ?? [];
          const isNew = !isSubscribed;
          isSubscribed = true;
          return isNew ? ["It is subscribed now."] : mended;
        },
      };
    }),
    turnsRed: ["is mended by another process as well, which knows of the first only what the channel tells"],
  },
]);
