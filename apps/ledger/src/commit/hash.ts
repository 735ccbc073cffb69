import { hash } from "node:crypto";
import type { RecordedEvent } from "../domain/types.ts";
import { eventFields } from "./rows.ts";

/**
 * The hash of an event: SHA-256 over the hash before it and every field of the event. Changing, removing or inserting
 * an event breaks every hash after it.
 */
export function hashOf(previous: Uint8Array, event: Omit<RecordedEvent, "hash">): Buffer {
  const content = JSON.stringify(eventFields(event));
  return hash("sha256", Buffer.concat([previous, Buffer.from(content)]), "buffer");
}
