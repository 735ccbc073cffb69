import { once } from "node:events";
import net from "node:net";

/**
 * Makes sure the ports can be listened on, before anything is started; 0 stands for any free one.
 *
 * @param ports by the variable that chooses them.
 * @throws naming every one that can't, and the mend.
 */
export async function requireFreePorts(host: string, ports: { readonly [variable: string]: number }): Promise<void> {
  const problems: string[] = [];
  const probes: net.Server[] = [];
  for (const [variable, port] of Object.entries(ports)) {
    // All stay open until the last was tried: two variables may name the same port.
    const probe = net.createServer();
    probes.push(probe);
    try {
      await once(probe.listen(port, host), "listening");
    } catch (error) {
      problems.push(explain(error, { host, port, variable }));
    }
  }
  for (const probe of probes) probe.close();
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function explain(error: unknown, { host, port, variable }: { host: string; port: number; variable: string }): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} is in use: stop what listens there, or choose another with ${variable}.`;
    case "EACCES":
      return `Port ${port} may not be listened on by this user: choose one above 1023 with ${variable}.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is no address of this machine: set HOST to one that is, or to 0.0.0.0 for all.`;
    default:
      return `Port ${port} of ${host} can't be listened on: ${String(error)}`;
  }
}
