import type { ClientRequest, IncomingMessage } from "node:http";
import https from "node:https";

declare module "node:http" {
  interface Agent {
    /** How Node's `http.request` hands a request to its agent; not in the typings. */
    addRequest(request: ClientRequest, options: object): void;
  }
}

/**
 * The agent of one request. The package takes no signal, and it waits for ever for an answer that was cut off; an agent
 * is the one thing of ours that sees the request. Connections stay those of `inner`.
 */
export class CallAgent extends https.Agent {
  readonly #inner: https.Agent;
  readonly #signal: AbortSignal;
  readonly #failure = Promise.withResolvers<never>();

  constructor(inner: https.Agent, signal: AbortSignal) {
    super();
    this.#inner = inner;
    this.#signal = signal;
    // Whoever no longer waits for the call has nobody to tell.
    this.failed.catch(() => {});
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** Rejects when the signal aborts, and when the answer ends before it is whole. */
  get failed(): Promise<never> {
    return this.#failure.promise;
  }

  override addRequest(request: ClientRequest, options: object): void {
    this.#signal.addEventListener("abort", () => request.destroy(), { once: true });
    request.once("response", (answer) => this.#watch(answer));
    this.#inner.addRequest(request, options);
  }

  readonly #abort = () => this.#failure.reject(this.#signal.reason);

  #watch(answer: IncomingMessage): void {
    answer.once("close", () => {
      if (!answer.complete)
        this.#failure.reject(Object.assign(new Error("the answer was cut off"), { code: "cut_answer" }));
    });
  }
}
