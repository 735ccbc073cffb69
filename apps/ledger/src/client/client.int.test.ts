import { once } from "node:events";
import http from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { createLedgerClient } from "./index.ts";

/** Something that answers every call with 200 and this. */
async function answering(body: unknown): Promise<string> {
  const server = http.createServer((_, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

it.each([
  { body: { status: "ok" }, misfits: "position: Invalid input" },
  { body: [], misfits: "its answer: Invalid input" },
])("says what in an answer of $body is not a ledger's, and that repeating won't help", async ({ body, misfits }) => {
  const url = await answering(body);
  const client = createLedgerClient({ url, token: "a-token-of-somebody-hunter2" });
  const error = await client.position().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "LedgerError", code: "not_a_ledger", status: 200, isRetryable: false });
  expect(String(error)).toContain(`${url} does not answer like a Lastunit ledger: ${misfits}`);
  expect(String(error)).not.toContain("hunter2");
});

it("names the first few of what does not fit", async () => {
  const url = await answering({ events: Array.from({ length: 1_000 }, () => ({})), next: 7 });
  const client = createLedgerClient({ url, token: "a-token" });
  const error = await client.events(0, {}).catch((thrown: unknown) => thrown);
  expect(String(error).match(/Invalid input/g)).toHaveLength(3);
});
