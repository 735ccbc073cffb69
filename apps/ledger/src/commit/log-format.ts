/** How events are hashed and stored, for programs that write a log of their own to measure or test with. */
export type { RecordedEvent } from "../domain/types.ts";
export { hashOf } from "./hash.ts";
export { eventRows, findRowTypes } from "./rows.ts";
