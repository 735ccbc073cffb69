import { ChannelError } from "../errors.ts";
import type { UpdateOutcome } from "../inventory.ts";
import { failing } from "./failing.ts";
import { connection, failingAs, session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(failing, [
  {
    does: "calls everything that fails unavailable",
    how: failingAs("unavailable"),
    turnsRed: [
      "says rate_limited when the channel throttles, and nothing is written",
      "says how long to wait where the channel does",
      "says unauthorized when the merchant has taken the access away",
    ],
  },
  {
    does: "calls everything that fails a failure for good",
    how: failingAs("rejected"),
    turnsRed: [
      "calls a 503 with an HTML page unavailable, when it writes and when it reads",
      "calls an answer cut in the middle of its JSON unavailable, when it writes and when it reads",
      "calls a connection reset unavailable, when it writes and when it reads",
    ],
  },
  {
    does: "goes on calling after a throttle answer",
    how: session((whole) => ({
      async pushInventory(updates, call) {
        const results = [];
        for (const one of updates) {
          const own = { ...call, idempotencyKey: `${call.idempotencyKey}${one.listing.sku}` };
          results.push(await whole.pushInventory([one], own).catch(() => []));
        }
        return results.flat();
      },
    })),
    turnsRed: ["makes no further call of a push once the channel has throttled it"],
  },
  {
    does: "calls all of a push throttled, whatever was written",
    how: session((whole) => ({
      async pushInventory(updates, call) {
        let isThrottled = false;
        const outcomes: UpdateOutcome[] = [];
        for (const one of updates) {
          const own = { ...call, idempotencyKey: `${call.idempotencyKey}${one.listing.sku}` };
          outcomes.push(
            ...(await whole.pushInventory([one], own).catch(() => {
              isThrottled = true;
              return [];
            })),
          );
        }
        return isThrottled ? updates.map(() => ({ status: "throttled", retryAfterMs: undefined })) : outcomes;
      },
    })),
    turnsRed: ["says truly of each listing whether it was written when the channel throttles in the middle of a push"],
  },
  {
    does: "ignores its deadline",
    how: session((whole) => {
      const patient = { signal: new AbortController().signal };
      return {
        pushInventory: (updates, call) => whole.pushInventory(updates, { ...call, ...patient }),
        readInventory: (listings, call) => whole.readInventory(listings, { ...call, ...patient }),
      };
    }),
    turnsRed: [
      "makes no call whose deadline has passed before it began",
      "ends a write whose deadline has passed",
      "ends a read whose deadline has passed",
    ],
  },
  {
    does: "renews the token in every call",
    how: connection(({ credentials }) => ({
      credentials: {
        read: () => credentials.read(),
        async renew(renew) {
          // As if the newest stored value were not read again under the lock.
          const stale = await credentials.read();
          return await credentials.renew(async () => ({ ...Object(await renew(stale)), nonce: Math.random() }));
        },
      },
    })),
    turnsRed: [
      "renews an expired token once, also when many calls find it expired at the same time",
      "renews an expired token once, also when two processes find it expired at the same time",
    ],
  },
  {
    does: "never renews its token",
    how: connection(({ credentials }) => ({
      credentials: { ...credentials, read: () => credentials.read(), renew: () => credentials.read() },
    })),
    turnsRed: ["writes with a renewed token what it could not write with an expired one"],
  },
  {
    does: "prints its token in an error",
    how: (adapter) => ({
      ...adapter,
      open(given) {
        const whole = adapter.open(given);
        return {
          ...whole,
          pushInventory: (updates, call) =>
            whole.pushInventory(updates, call).catch(async () => {
              const stored = JSON.stringify(await given.credentials.read());
              throw new ChannelError("unavailable", `refused: ${stored}`, { code: "failed" });
            }),
        };
      },
    }),
    turnsRed: ["shows no secret in any error it throws"],
  },
]);
