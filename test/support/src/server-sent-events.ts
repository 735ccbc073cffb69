/** A server-sent event that has an id and data of one line each, as the ledger's have. */
export interface ServerSentEvent {
  readonly id: string;
  readonly data: string;
}

/** The events of a stream as they come, until it ends; comments are passed over. */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      if (!block.startsWith(":")) yield { id: fieldOf(block, "id"), data: fieldOf(block, "data") };
    }
  }
}

function fieldOf(block: string, name: string): string {
  const start = `${name}: `;
  const line = block.split("\n").find((one) => one.startsWith(start));
  if (line === undefined) throw new SyntaxError(`a server-sent event without ${name}: ${block}`);
  return line.slice(start.length);
}
