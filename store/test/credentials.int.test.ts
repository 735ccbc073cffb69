import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createCredentialBox, saveCredentials } from "../src/index.ts";
import { connect, openStore, startTestPostgres, vault, type TestPostgres } from "./fixtures.ts";

let postgres: TestPostgres;
let pool: Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  pool = await openStore(postgres);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

const Credentials = z.strictObject({ secret: z.string(), token: z.object({ value: z.string(), uses: z.int() }) });
const first = { secret: "s3cret", token: { value: "t-1", uses: 0 } };

async function box() {
  const channel = await connect(pool);
  await saveCredentials(pool, vault, channel, first);
  return { channel, credentials: createCredentialBox(pool, vault, channel, (stored) => Credentials.parse(stored)) };
}

describe("credentials", () => {
  it("come back as they were saved, and are nowhere in clear", async () => {
    const { credentials } = await box();
    expect(await credentials.read()).toEqual(first);
    const { rows } = await pool.query<{ text: string }>("select ciphertext as text from channel_credential");
    for (const { text } of rows) expect(text).not.toMatch(/s3cret|t-1/);
  });

  it("do not open when a row is moved to another channel", async () => {
    const one = await box();
    const other = await box();
    await pool.query(
      `update channel_credential c set ciphertext = o.ciphertext from channel_credential o
       where c.channel_id = $1 and o.channel_id = $2 and o.field = c.field`,
      [one.channel.channelId, other.channel.channelId],
    );
    await expect(one.credentials.read()).rejects.toMatchObject({ code: "wrong_key" });
  });

  it("are replaced as a whole: a field that is gone is gone", async () => {
    const { channel, credentials } = await box();
    await saveCredentials(pool, vault, channel, { secret: "only" });
    await expect(credentials.read()).rejects.toThrow(/token/);
  });

  it("are renewed by one process at a time, each starting from what the one before stored", async () => {
    const { channel, credentials } = await box();
    const another = createCredentialBox(pool, vault, channel, (stored) => Credentials.parse(stored));
    const seen: number[] = [];
    let atOnce = 0;
    const renew = async (current: z.infer<typeof Credentials>) => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      seen.push(current.token.uses);
      await pool.query("select 1");
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
    const channel = await connect(pool);
    const credentials = createCredentialBox(pool, vault, channel, (stored) => Credentials.parse(stored));
    await expect(credentials.read()).rejects.toMatchObject({ code: "credentials_missing" });
  });
});
