import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";

/** A real SQS on loopback, in memory. */
export interface QueueServer {
  createQueue(name: string): Promise<Queue>;
  stop(): Promise<void>;
}

export interface Queue {
  /** On loopback. */
  readonly url: string;
  readonly arn: string;
  send(body: string, signal: AbortSignal): Promise<void>;
}

export async function startQueueServer(): Promise<QueueServer> {
  // Not `startFauxqs`: it listens on every interface.
  const server = buildApp({ logger: false });
  const endpoint = await server.listen({ host: "127.0.0.1", port: 0 });
  const credentials = { accessKeyId: "simulated", secretAccessKey: "simulated" };
  const client = new SQSClient({ endpoint, region: "us-east-1", credentials });

  return {
    async createQueue(name) {
      const { QueueUrl = "" } = await client.send(new CreateQueueCommand({ QueueName: name }));
      // The answer names a host such as sqs.us-east-1.localhost, which resolves nowhere.
      const url = new URL(new URL(QueueUrl).pathname, endpoint).href;
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }),
      );
      return {
        url,
        arn: Attributes?.["QueueArn"] ?? "",
        async send(body, abortSignal) {
          await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }), { abortSignal });
        },
      };
    },
    async stop() {
      client.destroy();
      await server.close();
    },
  };
}
