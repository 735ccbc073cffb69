const OURS = "http://gateway.invalid";

/**
 * A path of ours to go on to; anything else becomes `/`. Read as browsers read it: they take `/\host`, `/<tab>/host` and
 * `/.//host` for another site's address.
 */
export function localPath(text: string): string {
  const url = URL.parse(text, OURS);
  if (url?.origin !== OURS || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search;
}
