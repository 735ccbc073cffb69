import { expect, it } from "vitest";
import { beat, isBeating } from "../src/index.ts";
import { useSharedStore } from "./fixtures.ts";

const its = useSharedStore();

it("a part is beating from its first beat until 15 seconds after its last, each part for itself", async () => {
  expect(await isBeating(its.pool, "hub")).toBe(false);
  await beat(its.pool, "hub");
  await beat(its.pool, "hub");
  expect(await isBeating(its.pool, "hub")).toBe(true);
  expect(await isBeating(its.pool, "worker")).toBe(false);
  await its.pool.query("update heartbeat set beat_at = now() - interval '16 seconds'");
  expect(await isBeating(its.pool, "hub")).toBe(false);
});

it("beats of another machine say nothing of this one", async () => {
  await its.pool.query("insert into heartbeat (part, host, beat_at) values ('worker', 'elsewhere', now())");
  expect(await isBeating(its.pool, "worker")).toBe(false);
});
