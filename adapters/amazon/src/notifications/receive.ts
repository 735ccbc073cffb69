import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient, type Message } from "@aws-sdk/client-sqs";
import { CALL_DEADLINE_MS, ChannelError, type CallContext, type ReceivedDelivery } from "@lastunit/adapter-contract";
import { z } from "zod";
import type { AmazonConnection } from "../connection.ts";
import { noAnswer, parseJson } from "../errors.ts";
import { Envelope } from "./envelope.ts";
import { queueAddress, type QueueAddress } from "./queue-address.ts";

/** The most SQS gives and waits (AWS docs: ReceiveMessage). */
const MOST_MESSAGES = 10;
const LONGEST_WAIT_SECONDS = 20;
/**
 * How long what was received is hidden, whatever the merchant's queue is set to: long enough to be stored and
 * acknowledged, and when that fails it is heard again soon. Heard twice it is the same delivery.
 */
const HIDDEN_SECONDS = 60;

type QueueOwner = Pick<AmazonConnection, "credentials" | "outbound" | "settings">;

export interface QueueReader {
  /** Proves that the queue can be read, and hides nothing in it meanwhile. */
  probe(call: CallContext): Promise<void>;
  receive(waitSeconds: number, call: CallContext): Promise<readonly ReceivedDelivery[]>;
  close(): void;
}

/** Reads the merchant's notification queue; without one there is nothing to receive. */
export function createQueueReader(connection: QueueOwner): QueueReader {
  let client: SQSClient | undefined;

  function clientFor(address: QueueAddress): SQSClient {
    client ??= new SQSClient({
      region: address.region,
      endpoint: address.endpoint,
      useQueueUrlAsEndpoint: false,
      credentials: () => awsKeys(connection),
      // The caller repeats; what it waits for must end with its own signal.
      maxAttempts: 1,
    });
    return client;
  }

  function queue(): { readonly sqs: SQSClient; readonly address: QueueAddress } | undefined {
    const { sqsQueueUrl } = connection.settings;
    if (sqsQueueUrl === undefined) return undefined;
    const address = queueAddress(sqsQueueUrl, connection.outbound);
    return { sqs: clientFor(address), address };
  }

  return {
    async probe({ signal }) {
      const found = queue();
      if (!found) return;
      const { sqs, address } = found;
      const command = new ReceiveMessageCommand({ QueueUrl: address.url, VisibilityTimeout: 0, WaitTimeSeconds: 0 });
      await answered(signal, () => sqs.send(command, { abortSignal: signal }));
    },
    async receive(waitSeconds, { signal }) {
      const found = queue();
      if (!found) return [];
      const { sqs, address } = found;
      const command = new ReceiveMessageCommand({
        QueueUrl: address.url,
        MaxNumberOfMessages: MOST_MESSAGES,
        VisibilityTimeout: HIDDEN_SECONDS,
        WaitTimeSeconds: Math.min(waitSeconds, LONGEST_WAIT_SECONDS),
      });
      const { Messages = [] } = await answered(signal, () => sqs.send(command, { abortSignal: signal }));
      const receivedAt = new Date().toISOString();
      return Messages.map((message) => receivedFrom(message, sqs, address, receivedAt));
    },
    close: () => client?.destroy(),
  };
}

/** The newest stored keys. The simulator's queue takes any; AWS's own default keys are the operator's, not this merchant's. */
async function awsKeys({ credentials, outbound }: QueueOwner) {
  const { awsAccessKeyId, awsSecretAccessKey } = await credentials.read();
  if (awsAccessKeyId !== undefined && awsSecretAccessKey !== undefined) {
    return { accessKeyId: awsAccessKeyId, secretAccessKey: awsSecretAccessKey };
  }
  if (outbound.endpoint("amazon")) return { accessKeyId: "simulated", secretAccessKey: "simulated" };
  throw new ChannelError("rejected", "reading the SQS queue needs AWS keys: give the channel both", {
    code: "aws_keys_missing",
  });
}

function receivedFrom(message: Message, sqs: SQSClient, address: QueueAddress, receivedAt: string): ReceivedDelivery {
  const body = message.Body ?? "";
  const envelope = Envelope.safeParse(parseJson(body)).data;
  return {
    delivery: {
      // What is no notification is stored too: left in the queue it would come back for ever.
      deliveryId: envelope?.id ?? `sqs:${message.MessageId ?? ""}`,
      topic: envelope?.type ?? "unknown",
      headers: {},
      body: Buffer.from(body),
      receivedAt,
    },
    async acknowledge() {
      const signal = AbortSignal.timeout(CALL_DEADLINE_MS);
      const command = new DeleteMessageCommand({ QueueUrl: address.url, ReceiptHandle: message.ReceiptHandle });
      await answered(signal, () => sqs.send(command, { abortSignal: signal }));
    },
  };
}

async function answered<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toChannelError(error, signal);
  }
}

const Refusal = z.object({ name: z.string(), $metadata: z.object({ httpStatusCode: z.number() }) });

function toChannelError(thrown: unknown, signal: AbortSignal): ChannelError {
  const refusal = Refusal.safeParse(thrown).data;
  if (!refusal || thrown instanceof ChannelError) return noAnswer(thrown, signal);
  const { name: code, $metadata } = refusal;
  const httpStatus = $metadata.httpStatusCode;
  const message = `the SQS queue answered ${code} (${httpStatus})`;
  return new ChannelError(failureOf(code, httpStatus), message, { code, httpStatus });
}

/** Never `unauthorized`: AWS keys that are refused do not stop a channel that Amazon itself lets in, and orders are polled. */
function failureOf(code: string, status: number): ChannelError["failure"] {
  if (status === 429 || /Throttl/.test(code)) return "rate_limited";
  return status >= 400 && status < 500 ? "rejected" : "unavailable";
}
