import { once } from "node:events";
import net from "node:net";

/**
 * One keep-alive HTTP/1.1 connection with one request at a time, and as little work as can be: on a small machine the
 * load generator shares the cores with what it measures. Understands answers with a Content-Length.
 */
export class Connection {
  readonly #socket: net.Socket;
  #answer = "";
  #bodyEnd = -1;
  #done: ((status: number) => void) | undefined;
  #failed: ((reason: Error) => void) | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    // One character a byte, so that lengths are bytes.
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#read(text));
    this.#socket.on("error", (error) => this.#failed?.(error));
    this.#socket.on("close", () => this.#failed?.(new Error("the server closed the connection")));
  }

  /** Resolves when the server can be sent to. */
  static async open(url: URL): Promise<Connection> {
    const socket = net.connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    const connection = new Connection(socket);
    await once(socket, "connect");
    return connection;
  }

  /** Sends a whole request and resolves with the answer's status. */
  send(request: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#answer += text;
    if (this.#bodyEnd < 0) {
      const headEnd = this.#answer.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#answer.slice(0, headEnd))?.[1];
      if (length === undefined) throw new Error(`an answer without Content-Length:\n${this.#answer}`);
      this.#bodyEnd = headEnd + 4 + Number(length);
    }
    if (this.#answer.length < this.#bodyEnd) return;
    const status = Number(this.#answer.slice(9, 12));
    this.#answer = "";
    this.#bodyEnd = -1;
    this.#done?.(status);
  }
}
