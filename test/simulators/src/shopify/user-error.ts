/** An entry of a mutation's `userErrors`; the path leads to the wrong input, indexes as text. */
export interface UserError {
  readonly code: string;
  readonly field: readonly string[] | null;
  readonly message: string;
}
