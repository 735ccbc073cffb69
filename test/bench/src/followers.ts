/** Where a log is followed. */
interface Source {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface FollowedEvent {
  readonly position: number | string;
  readonly recorded_at: string;
}

const PAGE = 1_000;

/** Reads so many events from the log's beginning, page by page. @throws when one is missing or out of order. */
export async function readPages({ url, headers }: Source, events: number): Promise<void> {
  let after = 0;
  while (after < events) {
    const response = await fetch(`${url}/v1/events?after=${after}&limit=${PAGE}`, { headers });
    if (!response.ok) throw new Error(`the log was answered ${response.status}: ${await response.text()}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is read of it is checked below
    const page = (await response.json()) as { readonly events: readonly FollowedEvent[] };
    for (const event of page.events) after = next(after, event);
  }
}

/**
 * Reads so many events after a position from a live stream, and how old each was when it came: from the clock at which
 * its batch was decided, so that the commit is within.
 */
export async function followLive(
  { url, headers }: Source,
  after: number,
  events: number,
): Promise<{ readonly delaysMs: readonly number[] }> {
  const left = new AbortController();
  const response = await fetch(`${url}/v1/events?after=${after}`, {
    headers: { ...headers, accept: "text/event-stream" },
    signal: left.signal,
  });
  if (!response.ok || !response.body) throw new Error(`the stream was answered ${response.status}`);
  const delaysMs: number[] = [];
  let [text, position] = ["", after];
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const now = performance.timeOrigin + performance.now();
    const blocks = (text + chunk).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data === undefined) continue;
      const event: FollowedEvent = JSON.parse(data);
      position = next(position, event);
      delaysMs.push(now - Date.parse(event.recorded_at));
    }
    if (delaysMs.length >= events) break;
  }
  left.abort();
  return { delaysMs };
}

function next(after: number, event: FollowedEvent): number {
  const position = Number(event.position);
  if (position !== after + 1) throw new Error(`after position ${after} came ${position}`);
  return position;
}
