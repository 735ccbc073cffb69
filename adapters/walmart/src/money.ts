import { ChannelError, type Money } from "@lastunit/adapter-contract";

/**
 * An amount as Walmart takes it. JSON has no decimals: two places survive a double, and more Walmart does not take.
 * @throws {ChannelError} `rejected` for another currency or a finer amount.
 */
export function amountOf({ amount, currency }: Money): { readonly currency: "USD"; readonly amount: number } {
  if (currency !== "USD") throw wrong("wrong_currency", `Walmart US takes prices in USD, not in ${currency}`);
  if (!/^\d{1,7}(\.\d{1,2})?$/.test(amount)) throw wrong("wrong_amount", `${amount} is no price in dollars and cents`);
  return { currency, amount: Number(amount) };
}

function wrong(code: string, message: string): ChannelError {
  return new ChannelError("rejected", message, { code });
}
