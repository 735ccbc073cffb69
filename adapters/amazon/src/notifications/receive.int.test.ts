import { once } from "node:events";
import http from "node:http";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { callWithin } from "@lastunit/adapter-contract/conformance";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { channelErrorOf, connect, SETTINGS } from "../testing/harness.ts";
import { createQueueReader } from "./receive.ts";

const server = buildApp({ logger: false });
let sqs: SQSClient;
let address: string;

beforeAll(async () => {
  address = await server.listen({ host: "127.0.0.1", port: 0 });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  sqs = new SQSClient({ endpoint: address, region: "us-east-1", credentials, useQueueUrlAsEndpoint: false });
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  sqs.destroy();
  await server.close();
});

/** A fresh queue, and a session that reads it. */
async function openQueue(name: string, VisibilityTimeout = "30") {
  const { QueueUrl = "" } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout } }),
  );
  const { session } = connect({ endpoint: new URL(address), settings: { sqsQueueUrl: QueueUrl } });
  const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  return { session, send, url: QueueUrl };
}

/** What `check` does of the queue. */
async function probe(queue: { readonly sqsQueueUrl?: string }): Promise<void> {
  const { credentials, outbound } = connect({ endpoint: new URL(address) });
  const reader = createQueueReader({ credentials, outbound, settings: { ...SETTINGS, ...queue } });
  try {
    await reader.probe(callWithin());
  } finally {
    reader.close();
  }
}

const pascal = JSON.stringify({
  NotificationType: "ORDER_CHANGE",
  Payload: {},
  NotificationMetadata: { NotificationId: "id-1" },
});
const camel = JSON.stringify({
  notificationType: "FEED_PROCESSING_FINISHED",
  payload: {},
  notificationMetadata: { notificationId: "id-2" },
});

describe("receive", () => {
  it.each([
    ["pascal", pascal, { deliveryId: "id-1", topic: "ORDER_CHANGE" }],
    ["camel", camel, { deliveryId: "id-2", topic: "FEED_PROCESSING_FINISHED" }],
    ["strange", "no JSON", { deliveryId: expect.stringMatching(/^sqs:.+/), topic: "unknown" }],
  ])("names a delivery by its notification id, and keeps its bytes: %s", async (name, body, expected) => {
    const { session, send } = await openQueue(name);
    await send(body);
    const [received] = await session.receive!(1, callWithin());
    expect(received?.delivery).toMatchObject(expected);
    expect(Buffer.from(received!.delivery.body).toString()).toBe(body);
    await session.close();
  });

  it.each(["0", "43200"])(
    "gives a message again a minute later until it is acknowledged, though the queue itself says %s seconds",
    async (seconds) => {
      const { session, send } = await openQueue(`acknowledged-${seconds}`, seconds);
      const receive = () => session.receive!(0, callWithin());
      await send(pascal);
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
      const [first] = await receive();
      vi.setSystemTime(Date.now() + 59_000);
      expect(await receive()).toEqual([]);
      vi.setSystemTime(Date.now() + 2_000);
      const [again] = await receive();
      expect(again?.delivery.deliveryId).toBe(first?.delivery.deliveryId);
      await again!.acknowledge();
      vi.setSystemTime(Date.now() + 61_000);
      expect(await receive()).toEqual([]);
      await session.close();
    },
  );

  it("names a notification that Amazon sends twice by the same id, in whatever order", async () => {
    const { session, send } = await openQueue("twice");
    for (const body of [pascal, camel, pascal]) await send(body);
    const ids: string[] = [];
    await vi.waitFor(
      async () => {
        for (const received of await session.receive!(1, callWithin())) {
          ids.push(received.delivery.deliveryId);
          await received.acknowledge();
        }
        expect(ids.toSorted()).toEqual(["id-1", "id-1", "id-2"]);
      },
      { timeout: 10_000 },
    );
    await session.close();
  });

  it("can be proven without hiding a message, and without a queue there is nothing to prove", async () => {
    const { QueueUrl: sqsQueueUrl = "" } = await sqs.send(
      new CreateQueueCommand({ QueueName: "probed", Attributes: { VisibilityTimeout: "60" } }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: sqsQueueUrl, MessageBody: pascal }));
    await probe({ sqsQueueUrl });
    const { session } = connect({ endpoint: new URL(address), settings: { sqsQueueUrl } });
    expect(await session.receive!(0, callWithin())).toHaveLength(1);
    expect(await channelErrorOf(probe({ sqsQueueUrl: `${sqsQueueUrl}-gone` }))).toMatchObject({ failure: "rejected" });
    await expect(probe({})).resolves.toBeUndefined();
    await session.close();
  });

  it("takes at most ten messages at once", async () => {
    const { session, send } = await openQueue("many");
    for (let count = 0; count < 12; count += 1) await send(pascal);
    const received = await session.receive!(1, callWithin());
    expect(received.length).toBeGreaterThan(1);
    expect(received.length).toBeLessThanOrEqual(10);
    await session.close();
  });

  it("stops waiting when the call is aborted", async () => {
    const { session } = await openQueue("waiting");
    const started = performance.now();
    const error = await channelErrorOf(session.receive!(10, callWithin(200)));
    expect(error).toMatchObject({ failure: "unavailable", code: "timeout" });
    expect(performance.now() - started).toBeLessThan(5_000);
    await session.close();
  });

  it("calls a queue that does not exist rejected", async () => {
    const { session, url } = await openQueue("known");
    await session.close();
    const lost = connect({ endpoint: new URL(address), settings: { sqsQueueUrl: `${url}-gone` } }).session;
    expect(await channelErrorOf(lost.receive!(0, callWithin()))).toMatchObject({ failure: "rejected" });
    await lost.close();
  });

  it("never calls a queue on loopback in production, and never without the merchant's own AWS keys", async () => {
    const loopback = connect({ settings: { sqsQueueUrl: "http://127.0.0.1:1/000000000000/orders" } }).session;
    expect(await channelErrorOf(loopback.receive!(0, callWithin()))).toMatchObject({ code: "bad_queue_url" });
    const sqsQueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/orders";
    const keyless = connect({ settings: { sqsQueueUrl } }).session;
    const error = await channelErrorOf(keyless.receive!(0, callWithin()));
    expect(error).toMatchObject({ failure: "rejected", code: "aws_keys_missing" });
  });

  it.each([
    [403, "AccessDeniedException", "rejected"],
    [400, "AccessDenied", "rejected"],
    [429, "ThrottlingException", "rate_limited"],
    [503, "ServiceUnavailable", "unavailable"],
  ])(
    "takes AWS's %s %s for %s: its keys never stop a channel that Amazon itself lets in",
    async (status, type, failure) => {
      const refusing = http.createServer((_request, response) => {
        response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
        response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message: "refused" }));
      });
      await once(refusing.listen(0, "127.0.0.1"), "listening");
      const at = refusing.address();
      const port = typeof at === "object" ? at?.port : undefined;
      const endpoint = new URL(`http://127.0.0.1:${port}`);
      const { session } = connect({ endpoint, settings: { sqsQueueUrl: `${endpoint.origin}/000000000000/orders` } });
      expect(await channelErrorOf(session.receive!(0, callWithin()))).toMatchObject({ failure, httpStatus: status });
      await session.close();
      refusing.close();
    },
  );

  it("has nothing to receive without a queue", async () => {
    expect(await connect().session.receive!(10, callWithin())).toEqual([]);
  });
});
