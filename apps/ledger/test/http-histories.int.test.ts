import { until } from "@lastunit/test-support";
import fc from "fast-check";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stock, type LogEvent } from "../src/http/schemas.ts";
import type { RecordEvent } from "../src/domain/commands.ts";
import { useService } from "./fixtures.ts";
import { answerOf, history, places, reservationIds, type Batch } from "./histories.ts";
import * as rules from "./rules.ts";
import { histories, seed } from "./seed.ts";
import { connectTo, logAfter } from "./service.ts";
import type { Command } from "./specification.ts";
import { StockModel } from "./stock-model.ts";
import * as tell from "./told.ts";

const its = useService();

/** Past the service: reservations can't be listed over HTTP. */
let connection: pg.Client;

beforeAll(async () => {
  connection = await connectTo(its.databaseUrl);
});
afterAll(async () => {
  await connection.end();
});

/** Histories that go on side by side, each on SKUs and ids of its own, so that they share the ledger's batches. */
const AT_ONCE = 100;
const SHORT_RUN = 150;
const LONG_RUN_MS = 3_600_000;
const RUN_MS = 20_000;
/** A failure is shrunk for so long at least. */
const SHRINK_MS = 60_000;
/** Last in every history: held for the shortest time there is, and left to expire. */
const leftToExpire = tell.reserve("left", [tell.line(1)], { ttlMs: 1_000 });

let played = 0;

/** A history told over HTTP by a client of its own, and beside it to the model. */
class Player {
  readonly model = new StockModel();
  readonly told: { readonly command: Command; readonly answer: string; readonly expected: string }[] = [];
  /** Keeps what this history names apart from what others name. */
  readonly #prefix: string;

  constructor() {
    played += 1;
    this.#prefix = `h${played}:`;
  }

  async play(batches: readonly Batch[]): Promise<void> {
    for (const { commands } of batches) {
      // The service's own clock expires reservations.
      for (const together of requestsOf(commands.filter((command) => command.type !== "Expire"))) {
        await this.#send(together);
      }
    }
    await this.#send([leftToExpire]);
  }

  /** Lets the reservation expire for the model, too. @returns the ids of the events that the service made of it. */
  timePassed(): string[] {
    const answer = this.model.expire(tell.expire(leftToExpire.reservationId), leftToExpire.ttlMs);
    return answer === "done" ? [`reservation:${leftToExpire.reservationId}:line:1:release`] : [];
  }

  /** The part of the log that this history made, in its own names. */
  logOf(whole: readonly LogEvent[]): rules.Fact[] {
    const own = (text: string) => text.replace(this.#prefix, "");
    return whole
      .filter((event) => event.sku.startsWith(this.#prefix))
      .map((event) => ({
        position: event.position,
        eventId: own(own(event.event_id)),
        eventType: event.event_type,
        sku: own(event.sku),
        locationId: event.location_id,
        toLocationId: event.to_location_id,
        onHandChange: event.on_hand_change,
        reservedChange: event.reserved_change,
        reservationId: event.reservation_id === null ? null : own(event.reservation_id),
        balance: { onHand: event.on_hand, reserved: event.reserved },
        toBalance:
          event.to_on_hand === null || event.to_reserved === null
            ? null
            : { onHand: event.to_on_hand, reserved: event.to_reserved },
      }));
  }

  /** Each command with what was answered and the events the log has of it. */
  stepsIn(log: readonly rules.Fact[]): rules.Step[] {
    return this.told.map(({ command, expected }) => ({
      command,
      answer: expected,
      events: eventsOf(command, expected, log),
    }));
  }

  /** Balances by place, as the service tells them. */
  async stock(): Promise<Map<string, { readonly onHand: number; readonly reserved: number }>> {
    const query = [...new Set(places.map((place) => `sku=${this.#prefix}${place.sku}`))].join("&");
    const { body } = await its.ask("GET", `/v1/stock?${query}`);
    const { stock: all } = stock.parse(body);
    return new Map(
      all.flatMap(({ sku, locations }) =>
        locations.map((one) => [
          `${sku.replace(this.#prefix, "")} ${one.location_id}`,
          { onHand: one.on_hand, reserved: one.reserved },
        ]),
      ),
    );
  }

  /** How the reservations stand, by id. */
  async states(): Promise<Map<string, string>> {
    const { rows } = await connection.query<{ reservation_id: string; state: string }>(
      "select reservation_id, state from reservation where starts_with(reservation_id, $1)",
      [this.#prefix],
    );
    return new Map(rows.map((row) => [row.reservation_id.replace(this.#prefix, ""), row.state]));
  }

  async #send(commands: readonly Command[]): Promise<void> {
    const answers = await this.#ask(commands);
    for (const [index, command] of commands.entries()) {
      const answer = answers[index] ?? "no answer";
      this.told.push({ command, answer, expected: answerOf(this.model, command, 0) });
    }
  }

  async #ask(commands: readonly Command[]): Promise<string[]> {
    const [first] = commands;
    switch (first?.type) {
      case "RecordEvent": {
        const events = commands.filter((command) => command.type === "RecordEvent").map((one) => this.#eventOf(one));
        const { body } = await its.ask("POST", "/v1/events", { events });
        return body.results.map((result: { status: string; code?: string }) => result.code ?? result.status);
      }
      case "Reserve": {
        const { status, body } = await its.ask("POST", "/v1/reservations", {
          reservation_id: this.#prefix + first.reservationId,
          lines: first.lines.map((one) => ({
            sku: this.#prefix + one.sku,
            location_id: one.locationId,
            quantity: one.quantity,
          })),
          ttl_seconds: first.ttlMs / 1_000,
          order_id: first.orderId,
          source: first.source,
        });
        return [status === 201 ? "done" : status === 200 ? "repeated" : body.code];
      }
      case "Commit":
      case "Release": {
        const path = `/v1/reservations/${this.#prefix}${first.reservationId}`;
        const { status, body } =
          first.type === "Commit"
            ? await its.ask("POST", `${path}/commit`, { order_id: first.orderId })
            : await its.ask("DELETE", path);
        return [status === 200 ? "done or repeated" : body.code];
      }
      case "Expire":
      case undefined:
        throw new Error("nothing to ask for");
    }
  }

  #eventOf(command: RecordEvent): Record<string, unknown> {
    const told = {
      event_id: this.#prefix + command.eventId,
      event_type: command.eventType,
      sku: this.#prefix + command.sku,
      location_id: command.locationId,
      to_location_id: command.toLocationId ?? undefined,
      quantity: command.quantity ?? undefined,
      set_on_hand: command.setOnHand ?? undefined,
      reservation_id: command.reservationId === null ? undefined : this.#prefix + command.reservationId,
      order_id: command.orderId,
      reason: command.reason,
      source: command.source,
      timestamp: new Date(command.occurredAt).toISOString(),
      policy: command.policy,
    };
    return told;
  }
}

/** Told events that follow each other go in one request, everything else in one each. */
function requestsOf(commands: readonly Command[]): Command[][] {
  const requests: Command[][] = [];
  for (const command of commands) {
    const last = requests.at(-1);
    if (command.type === "RecordEvent" && last?.[0]?.type === "RecordEvent") last.push(command);
    else requests.push([command]);
  }
  return requests;
}

/** What an accepted command left in the log. */
function eventsOf(command: Command, answer: string, log: readonly rules.Fact[]): rules.Fact[] {
  if (answer !== "done" && answer !== "recorded") return [];
  if (command.type === "RecordEvent") {
    return log.filter(
      ({ eventId }) => eventId === command.eventId || eventId.includes(`:sold-elsewhere:${command.eventId}:`),
    );
  }
  const end = { Reserve: "reserve", Commit: "sale", Release: "release", Expire: "release" }[command.type];
  const ids = new RegExp(`^reservation:${command.reservationId}:line:\\d+:${end}$`);
  return log.filter(({ eventId }) => ids.test(eventId));
}

/** Over HTTP a repeated end of a reservation is answered as the first. */
function asAnsweredOverHttp({ command, expected }: { readonly command: Command; readonly expected: string }): string {
  const isEnd = command.type === "Commit" || command.type === "Release";
  return isEnd && (expected === "done" || expected === "repeated") ? "done or repeated" : expected;
}

const endOfLog = async (): Promise<number> => (await its.ask("GET", "/health/ready")).body.position;

describe("whatever is told over HTTP, by clients side by side", { timeout: LONG_RUN_MS }, () => {
  it("is answered as by the model, and stock, reservations and log are as the rules say", async () => {
    const runs = fc.array(history, { minLength: 1, maxLength: AT_ONCE, size: "max" });
    const property = fc.asyncProperty(runs, async (all) => {
      const start = await endOfLog();
      const players = all.map(() => new Player());
      await Promise.all(players.map((player, index) => player.play(all[index] ?? [])));
      await until("what was left to expire is released", async () => {
        const { rowCount } = await connection.query(
          "select from reservation where state = 'held' and reservation_id ~ '^h[0-9]+:left$'",
        );
        return rowCount === 0;
      });

      const whole = await logAfter(its.url, start);
      expect(whole.map((event) => event.position)).toEqual(whole.map((_, index) => start + index + 1));
      for (const player of players) {
        const expired = player.timePassed();
        expect(player.told.map((one) => one.answer)).toEqual(player.told.map(asAnsweredOverHttp));
        const log = player.logOf(whole);
        const [balances, states] = await Promise.all([player.stock(), player.states()]);
        for (const place of places) {
          const name = `${place.sku} ${place.locationId}`;
          const balance = balances.get(name) ?? { onHand: 0, reserved: 0 };
          expect(balance).toEqual({ onHand: player.model.onHand(name), reserved: player.model.reserved(name) });
          expect(balance).toEqual(rules.foldOf(log, place));
        }
        for (const id of [...reservationIds, leftToExpire.reservationId]) {
          expect(states.get(id)).toBe(player.model.stateOf(id));
        }
        rules.expectBalancesFollow(log);
        rules.expectReservedNeverBelowZero(log);
        rules.expectEachIdOnce(log);
        rules.expectTransfersConserveUnits(log);
        rules.expectReservationsEndOnce(log);
        const steps = player.stepsIn(log);
        rules.expectGrantsLeaveNoneBelowZero(steps);
        rules.expectEventsOfAccepted(steps);
        const unasked = log.filter((event) => !steps.some((step) => step.events.includes(event)));
        expect(unasked.map((event) => event.eventId)).toEqual(expired);
      }
    });
    // Each run waits for the second in which reservations expire, so runs are few and wide. How wide is drawn, so it takes
    // several rounds until as many were played as are wanted.
    const wanted = histories(SHORT_RUN);
    let left = wanted;
    for (let round = 0; left > 0; round += 1) {
      const numRuns = Math.ceil(left / AT_ONCE);
      const interruptAfterTimeLimit = numRuns * RUN_MS + SHRINK_MS;
      await fc.assert(property, { seed: seed + round, numRuns, interruptAfterTimeLimit, markInterruptAsFailure: true });
      left = wanted - played;
    }
    expect((await its.ask("POST", "/v1/audit")).body.mismatches).toEqual([]);
  });
});
