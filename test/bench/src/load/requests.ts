import type { Body, Load } from "./load.ts";

const LOCATION = "WH1";

/** Returns a function that writes the n-th request of a load, whole. */
export function requestWriter({ url, headers, body }: Load): (n: number) => string {
  const { host } = new URL(url);
  const fixed = Object.entries({ host, "content-type": "application/json", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const head = `POST ${body.kind === "reserve" ? "/v1/reservations" : "/v1/events"} HTTP/1.1\r\n${fixed}`;
  const write = bodyWriter(body);
  return (n) => {
    const text = write(n);
    return `${head}content-length: ${text.length}\r\n\r\n${text}`;
  };
}

function bodyWriter(body: Body): (n: number) => string {
  const skuOf = (n: number) => body.skus[shuffled(n, body.skus.length)];
  if (body.kind === "reserve") {
    return (n) =>
      `{"reservation_id":"${body.run}-${n}","lines":[{"sku":"${skuOf(n)}","location_id":"${LOCATION}","quantity":1}],"ttl_seconds":3600}`;
  }
  const timestamp = new Date().toISOString();
  return (n) => {
    const events = Array.from({ length: body.batch }, (_, index) => {
      const one = n * body.batch + index;
      return `{"event_id":"bench:${body.run}:order:${one}:line:1:sale","event_type":"inventory.sale","sku":"${skuOf(one)}","location_id":"${LOCATION}","quantity":1,"order_id":"${one}","source":"bench","timestamp":"${timestamp}"}`;
    });
    return `{"events":[${events.join(",")}]}`;
  };
}

/**
 * Spreads neighbours: n times a prime that does not divide the length, modulo the length, so that n from 0 to length - 1
 * make each of these numbers once. (No length below 62 million is a multiple of both primes.)
 */
export function shuffled(n: number, length: number): number {
  const prime = length % 7_919 === 0 ? 7_907 : 7_919;
  return ((n % length) * prime) % length;
}
