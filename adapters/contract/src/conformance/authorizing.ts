import { randomUUID } from "node:crypto";
import type { Authorization, ConnectAnswers } from "../authorization.ts";
import { given, without, type ConformanceGroup } from "./case.ts";
import { callWithin, type ConformanceHarness } from "./harness.ts";

const consent = without(
  ({ adapter }) => adapter.authorization,
  "the channel has no consent page: every field is typed in",
);
const refused = { name: "ChannelError", failure: "unauthorized" };

export const authorizing: ConformanceGroup = {
  about: "a merchant's consent",
  cases: [
    {
      title: "is asked for by fields of the connect form only",
      ...consent,
      async run({ adapter }, expect) {
        const fields = adapter.fields.map(({ name }) => name);
        expect(fields).toEqual(expect.arrayContaining([...given(adapter.authorization).asks]));
      },
    },
    {
      title: "comes back with our state, and connects",
      ...consent,
      async run(harness, expect) {
        const asked = ask(harness);
        const callback = await harness.consent.open(asked.page, "agree");
        expect(callback.get("state")).toBe(asked.state);
        const { credentials, settings } = await asked.exchange(callback);
        const { adapter } = harness;
        expect(adapter.credentials.safeParse(credentials).success).toBe(true);
        expect(adapter.accountOf(adapter.settings.parse(settings))).toBe(adapter.accountOf(harness.settings));
        const session = harness.openSession({ credentials, settings });
        expect((await session.check(callWithin())).ok).toBe(true);
        await session.close();
      },
    },
    {
      title: "takes beside it what else may be answered, all of it optional credentials of the connect form",
      ...consent,
      async run(harness, expect) {
        const { takes } = given(harness.adapter.authorization);
        const optional = harness.adapter.fields.filter(({ part, required }) => part === "credentials" && !required);
        expect(optional.map(({ name }) => name)).toEqual(expect.arrayContaining([...takes]));
        const beside = Object.fromEntries(takes.map((name) => [name, `given-as-${name}`]));
        const asked = ask(harness, beside);
        const { credentials } = await asked.exchange(await harness.consent.open(asked.page, "agree"));
        expect(credentials).toMatchObject(beside);
      },
    },
    {
      title: "lasts as long as the channel's own books say, and the merchant is told until when",
      skip: ({ adapter, consentLastsMs }) =>
        adapter.authorization && consentLastsMs !== undefined ? undefined : "a consent does not end by itself",
      async run(harness, expect) {
        const asked = ask(harness);
        const granted = await asked.exchange(await harness.consent.open(asked.page, "agree"));
        const session = harness.openSession(granted);
        const { renewBy } = await session.check(callWithin());
        await session.close();
        const ends = Date.now() + given(harness.consentLastsMs);
        expect(Math.abs(Date.parse(renewBy?.at ?? "") - ends)).toBeLessThan(60_000);
      },
    },
    {
      title: "is refused when its code was forged",
      ...consent,
      async run(harness, expect) {
        const asked = ask(harness);
        const callback = await harness.consent.open(asked.page, "agree");
        await expect(asked.exchange(forged(callback))).rejects.toMatchObject(refused);
      },
    },
    {
      title: "is refused when its code was used before",
      ...consent,
      async run(harness, expect) {
        const asked = ask(harness);
        const callback = await harness.consent.open(asked.page, "agree");
        await asked.exchange(callback);
        await expect(asked.exchange(callback)).rejects.toMatchObject(refused);
      },
    },
    {
      title: "is refused when the merchant declined",
      ...consent,
      async run(harness, expect) {
        const asked = ask(harness);
        const callback = await harness.consent.open(asked.page, "decline");
        await expect(asked.exchange(callback)).rejects.toMatchObject(refused);
      },
    },
    {
      title: "is refused when nothing of it came back",
      ...consent,
      async run(harness, expect) {
        await expect(ask(harness).exchange(new URLSearchParams())).rejects.toMatchObject(refused);
      },
    },
    {
      title: "is not asked for where an answer is missing",
      ...consent,
      async run(harness, expect) {
        const authorization = given(harness.adapter.authorization);
        if (authorization.asks.length === 0) return;
        const request = { state: randomUUID(), redirectUrl: harness.consent.redirectUrl };
        expect(() => authorization.consentUrl({}, request)).toThrow(
          expect.objectContaining({ name: "ChannelError", failure: "rejected" }),
        );
      },
    },
  ],
};

/** Sends a merchant off to the consent page. */
function ask(harness: ConformanceHarness, beside: ConnectAnswers = {}) {
  const authorization: Authorization<unknown, unknown> = given(harness.adapter.authorization);
  const { redirectUrl } = harness.consent;
  const answers = { ...harness.consent.answers, ...beside };
  const request = { state: randomUUID(), redirectUrl };
  return {
    state: request.state,
    page: authorization.consentUrl(answers, request),
    exchange: (callback: URLSearchParams) =>
      authorization.exchange(callback, answers, {
        ...request,
        outbound: harness.channel.outbound,
        signal: AbortSignal.timeout(15_000),
      }),
  };
}

/** The same callback with a code that the platform never gave. */
function forged(callback: URLSearchParams): URLSearchParams {
  const code = [...callback.keys()].find((name) => name.includes("code")) ?? "code";
  const altered = new URLSearchParams(callback);
  const value = callback.get(code) ?? "";
  altered.set(code, `${value.slice(0, -1)}${value.endsWith("x") ? "y" : "x"}`);
  return altered;
}
