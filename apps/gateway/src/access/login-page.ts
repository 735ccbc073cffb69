import { escapeHtml, page } from "../pages.ts";

/** The page that asks for a token. `next` is a path of ours. */
export function loginPage(options: { readonly next: string; readonly wasRefused?: boolean }): string {
  const refused = options.wasRefused
    ? '<p class="problem" role="alert">This token is unknown or was revoked. Make one with <code>npx lastunit token &lt;merchant&gt;</code>.</p>'
    : "";
  return page(
    "Log in",
    `<form method="post" action="/login">
      <input type="hidden" name="next" value="${escapeHtml(options.next)}">
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
      <button>Log in</button>
    </form>
    ${refused}
    <p class="hint">A merchant's token shows that merchant; the operator's (service) token shows all, and the queues.</p>`,
  );
}
