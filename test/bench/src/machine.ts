import os from "node:os";
import pg from "pg";

/** Where a benchmark ran. */
export async function machineFacts(databaseUrl: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const shown = async (setting: string) =>
      (await client.query<Record<string, string>>(`show ${setting}`)).rows[0]?.[setting] ?? "?";
    const durable = ["fsync", "synchronous_commit", "full_page_writes"];
    const settings: Record<string, string> = {};
    for (const name of [...durable, "wal_sync_method", "shared_buffers", "server_version"]) {
      settings[name] = await shown(name);
    }
    const lax = durable.filter((name) => settings[name] !== "on");
    if (lax.length > 0) throw new Error(`durability is off (${lax.join(", ")}): these numbers would mean nothing`);
    return {
      cpu: `${os.availableParallelism()} × ${os.cpus()[0]?.model.trim() ?? "?"}`,
      memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
      os: `${os.type()} ${os.release()}`,
      node: process.version,
      ...settings,
    };
  } finally {
    await client.end();
  }
}
