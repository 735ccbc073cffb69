import { given } from "./case.ts";
import { receiving } from "./receiving.ts";
import { webhooks } from "./testing/breaks.ts";
import { turnsRedFor } from "./testing/turns-red.ts";

turnsRedFor(receiving, [
  {
    does: "verifies nothing",
    how: webhooks(async ({ headers }) => ({ deliveryId: headers["toy-id"] ?? "", topic: "toy" })),
    turnsRed: [
      "verifies a genuine delivery and refuses it with one byte altered",
      "refuses a delivery without its headers",
      "refuses a delivery signed with another channel's secret",
    ],
  },
  {
    does: "names each delivery anew and accepts old ones",
    how: (adapter, toy) =>
      webhooks(async (request, channel) => {
        const sentAt = Number(request.headers["toy-sent-at"]);
        await adapter.webhooks?.verify(request, channel, sentAt);
        return { deliveryId: String(Math.random()), topic: "toy" };
      })(adapter, toy),
    turnsRed: [
      "gives a redelivery the delivery id of the first",
      "makes a replay of yesterday's delivery harmless: refused as stale, or known by its delivery id",
    ],
  },
  {
    does: "knows one secret only",
    how: (adapter, toy) =>
      webhooks(async (request, channel, now) => {
        const { earlierWebhookSecret: _earlier, ...stored } = Object(await channel.credentials.read());
        const box = { ...channel.credentials, read: async () => stored };
        return await given(adapter.webhooks).verify(request, { ...channel, credentials: box }, now);
      })(adapter, toy),
    turnsRed: ["verifies deliveries signed with the old key and with the new one while the channel changes it"],
  },
]);
