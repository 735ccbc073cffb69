import { authorizing } from "./authorizing.ts";
import { authorization, session } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(authorizing, [
  {
    does: "asks for what its form does not have",
    how: authorization({ asks: ["account", "password"] }),
    turnsRed: ["is asked for by fields of the connect form only"],
  },
  {
    does: "lets what is granted be answered beside the consent",
    how: authorization({ takes: ["accessToken"] }),
    turnsRed: ["takes beside it what else may be answered, all of it optional credentials of the connect form"],
  },
  {
    does: "sends the merchant off without state and answers",
    how: authorization({ consentUrl: () => new URL("https://toy.example/consent") }),
    turnsRed: ["comes back with our state, and connects", "is not asked for where an answer is missing"],
  },
  {
    does: "does not tell when the consent ends",
    how: session((whole) => ({ check: async (call) => ({ ...(await whole.check(call)), renewBy: null }) })),
    turnsRed: ["lasts as long as the channel's own books say, and the merchant is told until when"],
  },
  {
    does: "takes any code, and none",
    how: (adapter, toy) =>
      authorization({
        exchange: async () => ({
          credentials: { accessToken: toy.token, webhookSecret: toy.secret },
          settings: { account: "toy" },
        }),
      })(adapter, toy),
    turnsRed: [
      "is refused when its code was forged",
      "is refused when its code was used before",
      "is refused when the merchant declined",
      "is refused when nothing of it came back",
    ],
  },
]);
