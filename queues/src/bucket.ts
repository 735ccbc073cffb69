import type { PaceLimit } from "./pace-settings.ts";

/** `push` and `prompt` take turns; `background` waits until neither wants anything. */
export type Urgency = "push" | "prompt" | "background";

/** The room left of one of a channel's limits. */
export interface Bucket {
  /** The most that can ever be taken at once. */
  readonly capacity: number;
  /** Whether one made in its place would hold as much: it is full, or what was spent of it is known elsewhere. */
  readonly isForgettable: boolean;
  /**
   * Takes that much as soon as it is there; who asked first goes first, `background` last.
   * @throws when the bucket was closed.
   */
  take(amount: number, urgency: Urgency): Promise<void>;
  /** Puts back what was not used. */
  give(amount: number): void;
  /** The channel sees less room than we do: it counts calls we know nothing of (another app of the merchant's). */
  lowerTo(remaining: number): Promise<void>;
  setLimit(limit: PaceLimit): void;
  close(): Promise<void>;
}
