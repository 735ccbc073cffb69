const LONGEST = 500;

/** Words of eBay's, as they may go into an error or a log line. */
export function shortened(words: string): string {
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}…` : words;
}
