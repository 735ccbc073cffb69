import { describe, expect, it } from "vitest";
import { queueAddress } from "./queue-address.ts";

const production = { endpoint: () => undefined };
const simulated = { endpoint: () => new URL("http://127.0.0.1:5002") };
const good = "https://sqs.eu-west-1.amazonaws.com/123456789012/lastunit-orders";
const local = "http://127.0.0.1:4566/000000000000/orders";

describe("queueAddress", () => {
  it("takes an SQS queue and knows its region and ARN", () => {
    expect(queueAddress(good, production)).toEqual({
      url: good,
      endpoint: "https://sqs.eu-west-1.amazonaws.com",
      region: "eu-west-1",
      arn: "arn:aws:sqs:eu-west-1:123456789012:lastunit-orders",
      isLoopback: false,
    });
  });

  it.each([
    "http://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    "https://sqs.eu-west-1.amazonaws.com:8443/123456789012/orders",
    "https://sqs.eu-west-1.amazonaws.com.evil.example/123456789012/orders",
    "https://evil.example/sqs.eu-west-1.amazonaws.com/123456789012/orders",
    "https://evilsqs.eu-west-1.amazonaws.com/123456789012/orders",
    "https://user:pass@sqs.eu-west-1.amazonaws.com/123456789012/orders",
    "https://sqs.eu-west-1.amazonaws.com@evil.example/123456789012/orders",
    "https://s3.eu-west-1.amazonaws.com/123456789012/orders",
    "https://sqs.eu-west-1.amazonaws.com/123456789012/orders?Action=DeleteQueue",
    "https://sqs.eu-west-1.amazonaws.com/orders",
    "https://169.254.169.254/123456789012/orders",
    "http://localhost:4566/000000000000/orders",
    "ftp://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    local,
    "not a url",
  ])("refuses %s in production", (text) => {
    expect(() => queueAddress(text, production)).toThrow(expect.objectContaining({ failure: "rejected" }));
  });

  it.each([local, "http://sqs.us-east-1.localhost:4566/000000000000/orders"])(
    "takes %s while Amazon is simulated, and calls it on loopback",
    (text) => {
      expect(queueAddress(text, simulated)).toMatchObject({
        url: text,
        endpoint: "http://127.0.0.1:4566",
        region: "us-east-1",
      });
    },
  );

  it.each([good, "http://10.0.0.8:4566/000000000000/orders", "http://localhost.evil.example/000000000000/orders"])(
    "refuses %s while Amazon is simulated",
    (text) => {
      expect(() => queueAddress(text, simulated)).toThrow(expect.objectContaining({ failure: "rejected" }));
    },
  );
});
