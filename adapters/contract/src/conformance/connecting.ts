import { describe, expect, it } from "vitest";
import { callWithin, useHarness, type MakeHarness } from "./harness.ts";

export function connecting(make: MakeHarness): void {
  describe("connecting", () => {
    const harness = useHarness(make);

    it("proves the connection and names the account", async () => {
      const report = await harness().session.check(callWithin());
      expect(report).toEqual({ ok: true, account: harness().account, problems: [] });
    });

    it("makes a short account name that fits into event ids", () => {
      expect(harness().adapter.accountOf(harness().settings)).toMatch(/^[a-z0-9-]{1,40}$/);
    });

    it("keeps each field it needs in the part its connect form names", async () => {
      const { adapter, settings, credentials } = harness();
      const stored = { credentials: Object.keys(await credentials.read()), settings: Object.keys(settings) };
      for (const part of ["credentials", "settings"] as const) {
        const needed = adapter.fields.filter((field) => field.required && field.part === part);
        expect(stored[part]).toEqual(expect.arrayContaining(needed.map(({ name }) => name)));
      }
    });
  });
}

export function connectingWithTooLittle(make: MakeHarness): void {
  describe("connecting with too little granted", () => {
    const harness = useHarness(make, { restricted: true });

    it("names what is missing", async () => {
      const { ok, problems } = await harness().session.check(callWithin());
      expect(ok).toBe(false);
      expect(problems).not.toEqual([]);
    });
  });
}
