import { ChannelError } from "../errors.ts";
import type { ConformanceGroup } from "./case.ts";
import { importAll } from "./drivers.ts";
import { callWithin } from "./harness.ts";

export const connecting: ConformanceGroup = {
  about: "connecting",
  cases: [
    {
      title: "proves the connection and names the account",
      async run(harness, expect) {
        const { ok, account, problems } = await harness.session.check(callWithin());
        expect({ ok, account, problems }).toEqual({ ok: true, account: harness.account, problems: [] });
      },
    },
    {
      title: "says what the merchant must do, where it names a time when the access ends",
      async run(harness, expect) {
        const { renewBy } = await harness.session.check(callWithin());
        if (renewBy === null) return;
        expect(Date.parse(renewBy.at)).toBeGreaterThan(Date.now());
        expect(renewBy.what).not.toBe("");
      },
    },
    {
      title: "makes a short account name that fits into event ids",
      async run(harness, expect) {
        expect(harness.adapter.accountOf(harness.settings)).toMatch(/^[a-z0-9-]{1,40}$/);
      },
    },
    {
      title: "keeps each field it needs in the part its connect form names",
      async run({ adapter, settings, credentials }, expect) {
        const stored = { credentials: Object.keys(await credentials.read()), settings: Object.keys(settings) };
        for (const part of ["credentials", "settings"] as const) {
          const needed = adapter.fields.filter((field) => field.required && field.part === part);
          expect(stored[part]).toEqual(expect.arrayContaining(needed.map(({ name }) => name)));
        }
      },
    },
    {
      title: "lists every location that the import names",
      async run(harness, expect) {
        const { listings } = await importAll(harness);
        const named = listings.flatMap(({ externalLocationId }) => externalLocationId ?? []);
        const known = await harness.session.locations(callWithin());
        const ids = known.map(({ externalLocationId }) => externalLocationId);
        expect(ids).toEqual(expect.arrayContaining([...new Set(named)]));
        expect(known.filter(({ name }) => name === "")).toEqual([]);
      },
    },
    {
      title: "does not call a connection good whose access was taken away",
      async run(harness, expect) {
        await harness.session.check(callWithin());
        harness.revoke();
        // The first call may be what the channel answers as it revokes.
        await harness.session.locations(callWithin()).catch(() => undefined);
        const isGood = await harness.session.check(callWithin()).then(
          ({ ok }) => ok,
          (error: unknown) => !(error instanceof ChannelError && error.failure === "unauthorized"),
        );
        expect(isGood).toBe(false);
      },
    },
    {
      title: "names exactly what the merchant has not granted",
      seed: { restricted: true },
      async run(harness, expect) {
        const { ok, problems } = await harness.session.check(callWithin());
        expect(ok).toBe(false);
        expect(problems.join("\n")).toContain(harness.missing);
      },
    },
  ],
};
