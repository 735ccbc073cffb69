/**
 * What a person does in a browser from the address that `connect --consent` shows: reads the page, goes on to the
 * platform's and decides there.
 *
 * @returns the page the browser ends on.
 */
export async function consentInBrowser(start: URL, decision: "agree" | "decline" = "agree"): Promise<string> {
  await (await fetch(start)).text();
  const left = await fetch(start, { method: "POST" });
  const cookie = left.headers
    .getSetCookie()
    .map((line) => line.slice(0, line.indexOf(";")))
    .join("; ");
  const page = new URL((left.headers.get("refresh") ?? "").replace("0; url=", ""));
  if (decision === "decline") page.searchParams.set("sim_decision", "decline");
  const decided = await fetch(page, { redirect: "manual" });
  const back = await fetch(decided.headers.get("location") ?? "", { headers: { cookie } });
  return back.text();
}
