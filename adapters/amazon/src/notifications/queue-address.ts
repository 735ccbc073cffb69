import { ChannelError, type Outbound } from "@lastunit/adapter-contract";

export interface QueueAddress {
  readonly url: string;
  /** Where calls go: the origin of `url`. */
  readonly endpoint: string;
  readonly region: string;
  readonly arn: string;
}

const AWS_HOST = /^sqs\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/;
const LOOPBACK_HOST = /^(?:sqs\.(?<region>[a-z0-9-]+)\.localhost|localhost|127\.0\.0\.1)$/;
const QUEUE_PATH = /^\/(?<account>\d{12})\/(?<name>[A-Za-z0-9_-]{1,80})$/;

/**
 * A merchant tells the address and we call it from inside our network, so it may be nothing but an SQS queue:
 * `https://sqs.<region>.amazonaws.com/<account>/<name>`. While Amazon is simulated, and only then, it must be on
 * loopback instead.
 *
 * @throws {ChannelError} `rejected`
 */
export function queueAddress(text: string, outbound: Pick<Outbound, "endpoint">): QueueAddress {
  const url = URL.parse(text);
  const isSimulated = outbound.endpoint("amazon") !== undefined;
  const path = QUEUE_PATH.exec(url?.pathname ?? "")?.groups;
  const host = (isSimulated ? LOOPBACK_HOST : AWS_HOST).exec(url?.hostname ?? "");
  if (!url || !path || !host || !isBare(url, text) || !(isSimulated || isPlainHttps(url))) {
    throw new ChannelError("rejected", `the SQS queue URL must look like ${example(isSimulated)}`, {
      code: "bad_queue_url",
    });
  }
  const region = host.groups?.["region"] ?? "us-east-1";
  return {
    url: text,
    // Not every resolver knows that names under `localhost` are this machine.
    endpoint: isSimulated ? `${url.protocol}//127.0.0.1:${url.port}` : url.origin,
    region,
    arn: `arn:aws:sqs:${region}:${path["account"]}:${path["name"]}`,
  };
}

/** No user, query or fragment. */
function isBare(url: URL, text: string): boolean {
  return url.username === "" && url.password === "" && !/[?#@]/.test(text);
}

function isPlainHttps({ protocol, port }: URL): boolean {
  return protocol === "https:" && port === "";
}

function example(isSimulated: boolean): string {
  return isSimulated
    ? "http://127.0.0.1:<port>/000000000000/<name> while Amazon is simulated"
    : "https://sqs.<region>.amazonaws.com/<account>/<name>";
}
