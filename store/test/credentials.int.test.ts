import { createLogger } from "@lastunit/config";
import { createPool } from "@lastunit/config/postgres";
import { until } from "@lastunit/test-support";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { createCredentialBox, saveCredentials } from "../src/index.ts";
import { connect, useSharedStore, vault } from "./fixtures.ts";

const its = useSharedStore();

const Credentials = z.strictObject({ secret: z.string(), token: z.object({ value: z.string(), uses: z.int() }) });
const first = { secret: "s3cret", token: { value: "t-1", uses: 0 } };

async function box() {
  const channel = await connect(its.pool);
  await saveCredentials(its.pool, vault, channel, first);
  return { channel, credentials: createCredentialBox(its.pool, vault, channel, (stored) => Credentials.parse(stored)) };
}

/** As little as a pool can wait for queries: those that wait for nobody must be answered, on a busy machine too. */
const HURRIED_MS = 2_000;

/** A renewal under way, which ends when the test says so. */
async function beginRenewal(credentials: Awaited<ReturnType<typeof box>>["credentials"]) {
  const asked = Promise.withResolvers<void>();
  const granted = Promise.withResolvers<void>();
  const renewed = credentials.renew(async (current) => {
    asked.resolve();
    await granted.promise;
    return { ...current, token: { value: "of the old secret", uses: 1 } };
  });
  await asked.promise;
  return {
    end: async () => {
      granted.resolve();
      await renewed;
    },
  };
}

describe("credentials", () => {
  it("come back as they were saved, and are nowhere in clear", async () => {
    const { credentials } = await box();
    expect(await credentials.read()).toEqual(first);
    const { rows } = await its.pool.query<{ text: string }>("select ciphertext as text from channel_credential");
    for (const { text } of rows) expect(text).not.toMatch(/s3cret|t-1/);
  });

  it("do not open when a row is moved to another channel", async () => {
    const one = await box();
    const other = await box();
    await its.pool.query(
      `update channel_credential c set ciphertext = o.ciphertext from channel_credential o
       where c.channel_id = $1 and o.channel_id = $2 and o.field = c.field`,
      [one.channel.channelId, other.channel.channelId],
    );
    await expect(one.credentials.read()).rejects.toMatchObject({ code: "wrong_key" });
  });

  it("that are replaced while they are renewed stay the new ones", async () => {
    const { channel, credentials } = await box();
    const renewal = await beginRenewal(credentials);
    const replaced = saveCredentials(its.pool, vault, channel, { ...first, secret: "new" });
    await until("the replacement waits", async () => {
      const { rows } = await its.pool.query("select from pg_locks where locktype = 'advisory' and not granted");
      return rows.length > 0;
    });
    await renewal.end();
    await replaced;
    expect(await credentials.read()).toEqual({ ...first, secret: "new" });
  });

  it("wait for a renewal longer than a pool waits for a query", async () => {
    const { channel, credentials } = await box();
    const { connectionString = "" } = its.pool.options;
    const log = createLogger({ name: "test", level: "silent" });
    const hurried = createPool({ connectionString, name: "hurried", queryTimeoutMs: HURRIED_MS, log });
    onTestFinished(() => hurried.end());
    const renewal = await beginRenewal(credentials);
    const replaced = saveCredentials(hurried, vault, channel, { ...first, secret: "new" });
    replaced.catch(() => undefined);
    await until("the replacement has waited for longer", async () => {
      const { rows } = await its.pool.query(
        `select from pg_stat_activity
         where application_name = 'hurried' and wait_event_type = 'Lock'
           and query_start < clock_timestamp() - make_interval(secs => $1)`,
        [(HURRIED_MS + 500) / 1_000],
      );
      return rows.length > 0;
    });
    await renewal.end();
    await replaced;
    expect(await credentials.read()).toEqual({ ...first, secret: "new" });
  });

  it("are replaced as a whole: a field that is gone is gone", async () => {
    const { channel, credentials } = await box();
    await saveCredentials(its.pool, vault, channel, { secret: "only" });
    await expect(credentials.read()).rejects.toThrow(/token/);
  });

  it("are renewed by one process at a time, each starting from what the one before stored", async () => {
    const { channel, credentials } = await box();
    const another = createCredentialBox(its.pool, vault, channel, (stored) => Credentials.parse(stored));
    const seen: number[] = [];
    let atOnce = 0;
    const renew = async (current: z.infer<typeof Credentials>) => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      seen.push(current.token.uses);
      await its.pool.query("select 1");
      atOnce -= 1;
      return { ...current, token: { value: "t", uses: current.token.uses + 1 } };
    };
    await Promise.all([credentials.renew(renew), another.renew(renew), credentials.renew(renew)]);
    expect(seen).toEqual([0, 1, 2]);
    expect((await another.read()).token.uses).toBe(3);
  });

  it("stay as they were when a renewal fails", async () => {
    const { credentials } = await box();
    const failing = credentials.renew(() => Promise.reject(new Error("the platform is away")));
    await expect(failing).rejects.toThrow("the platform is away");
    expect(await credentials.read()).toEqual(first);
  });

  it("are named missing when there are none", async () => {
    const channel = await connect(its.pool);
    const credentials = createCredentialBox(its.pool, vault, channel, (stored) => Credentials.parse(stored));
    await expect(credentials.read()).rejects.toMatchObject({ code: "credentials_missing" });
  });
});
