import mongoose from 'mongoose';
import { expect } from 'vitest';
import type { Event } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { TestHub } from './hub.ts';
import type { Claims } from './tokens.ts';

/** A hub whose event log can be read. Each test uses its own user. */
export class RecordedHub {
  readonly hub: TestHub;
  user = '';
  readonly #records: string[];
  readonly #database: mongoose.Connection;
  #users = 0;

  private constructor(hub: TestHub, lines: string[], database: mongoose.Connection) {
    this.hub = hub;
    this.#records = lines;
    this.#database = database;
  }

  static async start(): Promise<RecordedHub> {
    const lines: string[] = [];
    // Other log lines of the gateway are not about events.
    const settings = { LOG_LEVEL: 'fatal' };
    const eventRecords = { write: (line: string) => lines.push(line) };
    const hub = await TestHub.start({ workers: 0, settings, eventRecords });
    const database = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
    return new RecordedHub(hub, lines, database);
  }

  nextUser(): void {
    this.#users += 1;
    this.user = `user-${this.#users}`;
    this.#records.length = 0;
  }

  /** The user's events in the database. */
  stored = () => this.#database.collection('events').find({ user: this.user }).toArray();

  /** The events recorded since the test started. */
  records = () => this.#records.map((line) => JSON.parse(line) as Record<string, unknown>);

  async close(): Promise<void> {
    await this.#database.close();
    await this.hub.close();
  }
}

/** A way to create events as the test's user. */
export interface EventTransport {
  create(input: unknown, claims?: Claims): Promise<Event>;
  refused(input: unknown, claims?: Claims): Promise<Pick<Problem, 'code' | 'fields'>>;
  /** The request facts that the event log records for it. */
  request: { method: string; path: string; agent: string | null };
}

export const eventTransports = (hubOf: () => RecordedHub): Array<[string, EventTransport]> => [
  [
    'over HTTP',
    {
      async create(input, claims) {
        const { hub, user } = hubOf();
        const response = await (await hub.api(user, claims)).post<Event>('/v1/events', input);
        expect(response.status).toBe(201);
        return response.body;
      },
      async refused(input, claims) {
        const { hub, user } = hubOf();
        return (await (await hub.api(user, claims)).post<Problem>('/v1/events', input)).body;
      },
      request: { method: 'POST', path: '/v1/events', agent: 'node' },
    },
  ],
  [
    'over a socket',
    {
      async create(input, claims) {
        const { hub, user } = hubOf();
        return (await hub.socket(user, claims)).get<Event>('event', input);
      },
      async refused(input, claims) {
        const { hub, user } = hubOf();
        const response = await (await hub.socket(user, claims)).request('event', input);
        if (response.ok) throw new Error('it was accepted');
        return response.error;
      },
      request: { method: 'SOCKET', path: 'event', agent: null },
    },
  ],
];
