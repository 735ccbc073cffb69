import fs from "node:fs";
import { messageOf, readEnvironment } from "@lastunit/config";
import type { FaultScript, SimulatedAccount, SimulatedKind, Simulators } from "@lastunit/simulators";
import { InvalidArgumentError, Option, type Command } from "commander";
import { untilAskedToStop } from "../start/shutdown.ts";

interface SimulateOptions {
  readonly channel?: SimulatedKind;
  readonly port?: number;
  readonly scaleLimits: number;
  readonly faults?: string;
}

const MAX_PORT = 65_535;
/** The same ids and credentials every time, so that they can be written into a test. */
const SEED = 1;
const ACCOUNT = "acme";
const listings = [
  { sku: "MUG-BLUE", title: "Mug, blue", quantity: 5, price: 12.5, barcode: "4006381333931" },
  { sku: "MUG-RED", title: "Mug, red", quantity: 1, price: 12.5, barcode: "4006381333948" },
  { sku: "TEE/M #1", title: "T-shirt, M", quantity: 20, price: 19.9, barcode: "4006381333955" },
];

export function simulateCommand(program: Command): void {
  program
    .command("simulate")
    .description("run simulated channels on this machine, for your own integration tests")
    .addOption(
      new Option("--channel <kind>", "this one alone instead of all").choices(["shopify", "amazon", "ebay", "walmart"]),
    )
    .addOption(
      new Option("--port <number>", "where to listen; several channels take this port and those that follow").argParser(
        portOf,
      ),
    )
    .addOption(
      new Option("--scale-limits <factor>", "multiply every rate limit; 1 is the channel's own")
        .argParser(factorOf)
        .default(1),
    )
    .option("--faults <file>", "a JSON file of failures that wait to happen (docs/simulators.md)")
    .action(async (options: SimulateOptions) => {
      const asked = untilAskedToStop();
      // Loaded when asked for: the simulators would make every other command slow to start.
      const { readFaultScript, simulatedKinds, startSimulators } = await import("@lastunit/simulators");
      const { adapterOf } = await import("@lastunit/adapters");
      const kinds = options.channel === undefined ? simulatedKinds : [options.channel];
      const faults = options.faults === undefined ? {} : readFaults(options.faults, kinds, readFaultScript);
      const { scaleLimits } = options;
      const simulators = await startSimulators({
        kinds,
        ports: portsOf(kinds, options),
        scaleLimits,
        faults,
        seed: SEED,
      });
      try {
        const accounts = await Promise.all(
          kinds.map((kind) => simulators[kind].addAccount({ account: ACCOUNT, listings })),
        );
        const asks = (kind: SimulatedKind) => adapterOf(kind).fields.map(({ name }) => name);
        const opened = kinds.map((kind, index) => connectFields(accounts[index], asks(kind)));
        process.stdout.write(greeting(kinds, simulators, opened));
        await asked;
      } finally {
        await simulators.stop();
      }
    });
}

function portsOf(
  kinds: readonly SimulatedKind[],
  { port }: SimulateOptions,
): { readonly [kind in SimulatedKind]?: number | undefined } {
  if (port === undefined) return readEnvironment(process.env, "all").SIMULATOR_PORTS;
  if (port + kinds.length - 1 > MAX_PORT) {
    throw new Error(
      `${kinds.length} channels need the ports ${port} to ${port + kinds.length - 1}; the last is ${MAX_PORT}.`,
    );
  }
  return Object.fromEntries(kinds.map((kind, index) => [kind, port + index]));
}

function readFaults(file: string, kinds: readonly SimulatedKind[], read: (text: string) => FaultScript): FaultScript {
  if (!fs.existsSync(file)) throw new Error(`There is no file ${file}.`);
  const script = readNamed(file, read);
  const idle = Object.keys(script).filter((kind) => !kinds.some((started) => started === kind));
  if (idle.length === 0) return script;
  throw new Error(`${file} has faults of ${idle.join(" and ")}, which --channel leaves out.`);
}

function readNamed(file: string, read: (text: string) => FaultScript): FaultScript {
  try {
    return read(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} can't be used:\n${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** What `lastunit connect` asks for; what else the account knows is learned when it is connected. */
function connectFields(account: SimulatedAccount | undefined, asks: readonly string[]): object {
  const known = Object.entries({ ...account?.credentials, ...account?.settings });
  return Object.fromEntries(known.filter(([name]) => asks.includes(name)));
}

function greeting(kinds: readonly SimulatedKind[], simulators: Simulators, opened: readonly object[]): string {
  const endpoints = Object.fromEntries(kinds.map((kind) => [kind, simulators[kind].url]));
  const blocks = kinds.flatMap((kind, index) => {
    const { url } = simulators[kind];
    const waiting = simulators[kind].faults().length;
    return [
      `${kind} at ${url}`,
      `  account ${ACCOUNT} sells ${listings.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(", ")}`,
      `  connect it with ${JSON.stringify(opened[index])}`,
      ...(waiting > 0 ? [`  ${waiting} scripted ${waiting === 1 ? "fault waits" : "faults wait"}`] : []),
      "",
    ];
  });
  return [
    ...blocks,
    "Send Lastunit's calls there instead of to the real channels:",
    `  CHANNEL_ENDPOINTS='${JSON.stringify(endpoints)}' npm start`,
    "",
    "Orders, faults and histories: under /_sim/ of each address (docs/simulators.md). Ctrl-C stops them.",
    "",
  ].join("\n");
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= MAX_PORT) return port;
  throw new InvalidArgumentError(`It must be a port number from 1 to ${MAX_PORT}.`);
}

function factorOf(text: string): number {
  const factor = Number(text);
  if (text.trim() !== "" && Number.isFinite(factor) && factor > 0) return factor;
  throw new InvalidArgumentError("It must be a number above 0, such as 10 for ten times the real limits.");
}
