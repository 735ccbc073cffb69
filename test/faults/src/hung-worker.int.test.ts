import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startNight, type Night } from "./night.ts";

const SKU = "BOOT-42";
const STANDING_STILL = fileURLToPath(new URL("./standing-still.ts", import.meta.url));

let night: Night;
beforeAll(async () => {
  night = await startNight("redis", [SKU]);
});
afterAll(() => night?.stop());

it("a worker that stood still past its claim writes its older number over no newer one, and gives the claim up", async () => {
  const { deployment, store } = night;
  const { simulator, account, channelId } = night.shop("ebay");
  const listing = async () => {
    const { rows } = await store.query<{ shown: number | null; isClaimed: boolean }>(
      `select shown_quantity as shown, push_lease is not null as "isClaimed" from sync_state where channel_id = $1`,
      [channelId],
    );
    return rows[0];
  };
  const written = () =>
    simulator.history(account).flatMap((event) => (event.type === "quantity_written" ? [event.to] : []));
  const before = written().length;

  await deployment.part("worker").stop();
  await deployment.startWith({ NODE_OPTIONS: `--import=${STANDING_STILL}` }, "worker");
  const hung = deployment.part("worker");
  await night.sellAtTill(SKU);
  await deployment.until("it stands still with its claim", () => hung.output().includes("\nstands still\n"));
  expect(await listing()).toEqual({ shown: 60, isClaimed: true });

  await night.sellAtTill(SKU);
  await deployment.start("worker");
  await night.converged();
  await deployment.until("another's push is settled", async () => (await listing())?.shown === 58);

  hung.resume();
  const gaveUp = () => hung.output().includes('"code":"too_late"');
  await deployment.until("it gave its claim up, or wrote", () => gaveUp() || written().length > before + 1);
  await hung.kill();
  expect(written().slice(before)).toEqual([58]);
  expect(gaveUp()).toBe(true);
  expect(await listing()).toEqual({ shown: 58, isClaimed: false });
}, 300_000);
