import { ChannelError, type Outbound } from "@lastunit/adapter-contract";

export interface QueueAddress {
  readonly url: string;
  /** Where calls go: the origin of `url`. */
  readonly endpoint: string;
  readonly region: string;
  readonly arn: string;
  /** Of a simulated Amazon rather than of AWS. */
  readonly isLoopback: boolean;
}

/** A standard queue: the name of a FIFO queue ends in `.fifo`, and Amazon does not send to one. */
export const QUEUE_URL_SHAPE = "https://sqs.<region>.amazonaws.com/<account>/<name>, a standard queue";
const LOOPBACK_SHAPE = "http://127.0.0.1:<port>/000000000000/<name> while Amazon is simulated";

const AWS_HOST = /^sqs\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/;
const LOOPBACK_HOST = /^(?:sqs\.(?<region>[a-z0-9-]+)\.localhost|localhost|127\.0\.0\.1)$/;
const QUEUE_PATH = /^\/(?<account>\d{12})\/(?<name>[A-Za-z0-9_-]{1,80})$/;

/**
 * A merchant tells the address and we call it from inside our network, so it may be nothing but an SQS queue, of AWS or
 * on loopback, where a simulated Amazon has its own. Undefined when it is neither.
 */
export function parseQueueUrl(text: string): QueueAddress | undefined {
  const url = URL.parse(text);
  const path = QUEUE_PATH.exec(url?.pathname ?? "")?.groups;
  if (!url || !path || !isBare(url, text)) return undefined;
  const isLoopback = LOOPBACK_HOST.test(url.hostname);
  const host = (isLoopback ? LOOPBACK_HOST : AWS_HOST).exec(url.hostname);
  if (!host || !(isLoopback ? url.protocol === "http:" : isPlainHttps(url))) return undefined;
  const region = host.groups?.["region"] ?? "us-east-1";
  return {
    url: text,
    // Not every resolver knows that names under `localhost` are this machine.
    endpoint: isLoopback ? `http://127.0.0.1:${url.port}` : url.origin,
    region,
    arn: `arn:aws:sqs:${region}:${path["account"]}:${path["name"]}`,
    isLoopback,
  };
}

/**
 * The queue to call: one of AWS, but while Amazon is simulated, and only then, one on loopback.
 *
 * @throws {ChannelError} `rejected`
 */
export function queueAddress(text: string, outbound: Pick<Outbound, "endpoint">): QueueAddress {
  const isSimulated = outbound.endpoint("amazon") !== undefined;
  const address = parseQueueUrl(text);
  if (address?.isLoopback === isSimulated) return address;
  const shape = isSimulated ? LOOPBACK_SHAPE : QUEUE_URL_SHAPE;
  throw new ChannelError("rejected", `the SQS queue URL must look like ${shape}`, { code: "bad_queue_url" });
}

/** No user, query or fragment. */
function isBare(url: URL, text: string): boolean {
  return url.username === "" && url.password === "" && !/[?#@]/.test(text);
}

function isPlainHttps({ protocol, port }: URL): boolean {
  return protocol === "https:" && port === "";
}
