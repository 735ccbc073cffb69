import fc from "fast-check";

/** What happens to one of a world's listings; `at` picks it, and what of it, by remainder. */
export type Step = { readonly at: number } & (
  | { readonly do: "stock"; readonly change: number }
  /** A buyer on the channel; the order is heard later, in any order. */
  | { readonly do: "buy"; readonly quantity: number }
  /** Whether units of a cancelled order come back where the channel does not say. */
  | { readonly do: "cancel"; readonly comesBack: boolean }
  | { readonly do: "hear" }
  | { readonly do: "follow" }
  | { readonly do: "claim" }
  /** The claims of a worker that hangs run out; it may go on afterwards. */
  | { readonly do: "expire" }
  /** The call reaches the channel, or is lost on its way, and its answer is kept for the settlement. */
  | { readonly do: "send"; readonly lost: "nothing" | "call" | "answer" }
  | { readonly do: "settle" }
  /** A limit turned the call away. */
  | { readonly do: "release" }
  /** Where the channel applies later what it accepted. */
  | { readonly do: "apply" }
  | { readonly do: "readBack" }
  /** The channel tells that the number may have moved, which it has not. */
  | { readonly do: "doubt" }
  /** The number moves, by the merchant's hand or the channel's own, of which the channel tells: as a doubt, or that it shows none. */
  | { readonly do: "edit"; readonly quantity: number; readonly isDoubt: boolean }
  /** A complete poll of the orders, and the letting go of what it does not explain. */
  | { readonly do: "poll" }
);

const at = fc.nat(11);
const lost = fc.oneof(
  { weight: 6, arbitrary: fc.constant("nothing" as const) },
  { weight: 1, arbitrary: fc.constantFrom("call" as const, "answer" as const) },
);
/** The sales, pushes and news of every day. */
export const often = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant("stock"), at, change: fc.integer({ min: -4, max: 5 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("buy"), at, quantity: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("hear"), at }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("follow"), at }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("claim"), at }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("send"), at, lost }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("settle"), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release"), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("apply"), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("readBack"), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("doubt"), at }) },
] satisfies readonly { weight: number; arbitrary: fc.Arbitrary<Step> }[];
/** What spoils them. */
export const rarely = [
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel"), at, comesBack: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("expire"), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("edit"), at, quantity: fc.nat(25), isDoubt: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("poll"), at }) },
] satisfies readonly { weight: number; arbitrary: fc.Arbitrary<Step> }[];
/** Some of these, one after the other. */
export const history = (...steps: readonly { weight: number; arbitrary: fc.Arbitrary<Step> }[]) =>
  fc.array(fc.oneof(...steps), { minLength: 20, maxLength: 80, size: "max" });

/** Too rare to wait for: a worker hangs with its claim and writes its older, lower number after another's newer one. */
export const hung: Step[] = [
  { do: "stock", at: 0, change: -4 },
  { do: "follow", at: 0 },
  { do: "claim", at: 0 },
  { do: "expire", at: 0 },
  { do: "stock", at: 0, change: -4 },
  { do: "follow", at: 0 },
  // What is shown is unknown now: the first push is told it.
  ...[1, 2].flatMap((): Step[] => [
    { do: "claim", at: 0 },
    { do: "send", at: 1, lost: "nothing" },
    { do: "settle", at: 0 },
  ]),
  { do: "send", at: 0, lost: "nothing" },
  { do: "settle", at: 0 },
];

/** What a merchant's hand puts on and a buyer takes off is the number that was believed. */
export const undidEachOther: Step[] = [
  { do: "edit", at: 0, quantity: 21, isDoubt: true },
  { do: "buy", at: 0, quantity: 1 },
  { do: "readBack", at: 0 },
];

/** Too rare as well: one of two listings is found to miss what it sold, and what is heard next is what the other one sold. */
export const twinHeardFirst: Step[] = [
  { do: "stock", at: 0, change: 1 },
  { do: "follow", at: 0 },
  { do: "buy", at: 0, quantity: 2 },
  { do: "claim", at: 0 },
  { do: "send", at: 0, lost: "nothing" },
  { do: "settle", at: 0 },
  { do: "buy", at: 1, quantity: 3 },
  { do: "hear", at: 1 },
  { do: "follow", at: 0 },
];
