/** The page that asks for a token. `next` is a path of ours. */
export function loginPage(options: { readonly next: string; readonly wasRefused?: boolean }): string {
  const refused = options.wasRefused
    ? '<p class="problem" role="alert">This token is unknown or was revoked. Make one with <code>npx lastunit token &lt;merchant&gt;</code>.</p>'
    : "";
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Log in · Lastunit</title>
  <link rel="stylesheet" href="/console.css">
</head>
<body class="login">
  <main>
    <h1>Lastunit</h1>
    <form method="post" action="/login">
      <input type="hidden" name="next" value="${escapeHtml(options.next)}">
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
      <button>Log in</button>
    </form>
    ${refused}
    <p class="hint">A merchant's token shows that merchant; the operator's (service) token shows all, and the queues.</p>
  </main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
