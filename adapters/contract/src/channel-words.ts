import { z } from "zod";

/** As much as people read of an error. */
const LONGEST = 500;

/**
 * A channel's own words, read so that an error or outcome may quote them: without a token or secret, should they name one,
 * and not at any length.
 *
 * @param secrets finds all of the channel's tokens and secrets in a text.
 */
export function channelWords(secrets: RegExp) {
  return z.string().transform((words) => {
    const safe = words.replaceAll(secrets, "[secret]");
    return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
  });
}
