import net from "node:net";
import https from "node:https";
import type { Logger } from "@lastunit/config";
import type { ChannelKind } from "./kinds.ts";

/** The longest any call to a channel may take, from the first byte sent to the last one read. */
export const CALL_DEADLINE_MS = 15_000;

/**
 * The one place every outside call passes: deadline, tracing and, in development, the simulator's address.
 * The real path goes through the same hooks as the simulated one, so that the simulator tests the code that ships
 * (docs/adr/0005).
 */
export interface Outbound {
  /** Where the kind's calls go instead of its own host; undefined in production. Always loopback. */
  endpoint(kind: ChannelKind): URL | undefined;
  /** `fetch` for clients that take one. Adds the deadline; sends the call to the simulator with the true host in `x-sim-host`. */
  fetch(kind: ChannelKind): typeof globalThis.fetch;
  /** The address to call instead of `url`, and the headers to add, for clients with interceptors. */
  rewrite(kind: ChannelKind, url: URL): { readonly url: URL; readonly headers: { readonly [name: string]: string } };
  /** An agent for clients that fix `https://host:443` in code; undefined in production, where the client's own will do. */
  agent(kind: ChannelKind): https.Agent | undefined;
}

/** Makes the process's outbound door. `endpoints` comes from `CHANNEL_ENDPOINTS` (development only, loopback only). */
export function createOutbound(options: {
  readonly endpoints: { readonly [kind in ChannelKind]?: URL | undefined };
  readonly log: Logger;
}): Outbound {
  const agents = new Map<ChannelKind, https.Agent>();
  const endpoint = (kind: ChannelKind) => options.endpoints[kind];

  function rewrite(kind: ChannelKind, url: URL) {
    const base = endpoint(kind);
    if (!base) return { url, headers: {} };
    return { url: new URL(url.pathname + url.search, base), headers: { "x-sim-host": url.host } };
  }

  return {
    endpoint,
    rewrite,
    fetch: (kind) => async (input, init) => {
      const request = new Request(input, init);
      const target = rewrite(kind, new URL(request.url));
      const headers = new Headers(request.headers);
      for (const [name, value] of Object.entries(target.headers)) headers.set(name, value);
      const deadline = AbortSignal.timeout(CALL_DEADLINE_MS);
      const started = performance.now();
      const response = await fetch(target.url, {
        method: request.method,
        headers,
        // The bytes, not a stream: a stream would be sent chunked, which some gateways refuse.
        body: request.body === null ? null : await request.arrayBuffer(),
        redirect: request.redirect,
        signal: AbortSignal.any([deadline, request.signal]),
      });
      options.log.trace(
        {
          kind,
          method: request.method,
          path: target.url.pathname,
          status: response.status,
          ms: performance.now() - started,
        },
        "called channel",
      );
      return response;
    },
    agent(kind) {
      const base = endpoint(kind);
      if (!base) return undefined;
      const known = agents.get(kind);
      if (known) return known;
      const made = new LoopbackAgent(base);
      agents.set(kind, made);
      return made;
    },
  };
}

/** Plain TCP to the simulator under a client that believes it speaks TLS to the channel; the Host header stays true. */
class LoopbackAgent extends https.Agent {
  readonly #to: { host: string; port: number };

  constructor(to: URL) {
    super({ keepAlive: true });
    this.#to = { host: to.hostname, port: Number(to.port) };
  }

  override createConnection() {
    return net.connect(this.#to);
  }
}
