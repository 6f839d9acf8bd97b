import mongoose from 'mongoose';
import { expect } from 'vitest';
import type { Event } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import { TestHub } from './hub.ts';
import type { Claims } from './tokens.ts';

/** A hub whose record of events can be read, and a user of each test's own. */
export class RecordedHub {
  readonly hub: TestHub;
  user = '';
  readonly #lines: string[];
  readonly #database: mongoose.Connection;
  #users = 0;

  private constructor(hub: TestHub, lines: string[], database: mongoose.Connection) {
    this.hub = hub;
    this.#lines = lines;
    this.#database = database;
  }

  static async start(): Promise<RecordedHub> {
    const lines: string[] = [];
    // What the gateway says otherwise has nothing to do with the record of events.
    const settings = { LOG_LEVEL: 'fatal' };
    const eventRecords = { write: (line: string) => lines.push(line) };
    const hub = await TestHub.start({ workers: 0, settings, eventRecords });
    const database = await mongoose.createConnection(hub.services.config.mongodbUri).asPromise();
    return new RecordedHub(hub, lines, database);
  }

  nextUser(): void {
    this.#users += 1;
    this.user = `user-${this.#users}`;
    this.#lines.length = 0;
  }

  /** The user's events as the database has them. */
  stored = () => this.#database.collection('events').find({ user: this.user }).toArray();

  /** What was recorded since the test began. */
  records = () => this.#lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  async close(): Promise<void> {
    await this.#database.close();
    await this.hub.close();
  }
}

/** One way to create events, as the user of the test. */
export interface EventDoor {
  create(input: unknown, claims?: Claims): Promise<Event>;
  refused(input: unknown, claims?: Claims): Promise<Pick<Problem, 'code' | 'fields'>>;
  /** What the record says of requests through it. */
  request: { method: string; path: string; agent: string | null };
}

export const eventDoors = (recorded: () => RecordedHub): Array<[string, EventDoor]> => [
  [
    'over HTTP',
    {
      async create(input, claims) {
        const { hub, user } = recorded();
        const answer = await (await hub.api(user, claims)).post<Event>('/v1/events', input);
        expect(answer.status).toBe(201);
        return answer.body;
      },
      async refused(input, claims) {
        const { hub, user } = recorded();
        return (await (await hub.api(user, claims)).post<Problem>('/v1/events', input)).body;
      },
      request: { method: 'POST', path: '/v1/events', agent: 'node' },
    },
  ],
  [
    'over a socket',
    {
      async create(input, claims) {
        const { hub, user } = recorded();
        return (await hub.socket(user, claims)).get<Event>('event', input);
      },
      async refused(input, claims) {
        const { hub, user } = recorded();
        const answer = await (await hub.socket(user, claims)).ask('event', input);
        if (answer.ok) throw new Error('it was accepted');
        return answer.error;
      },
      request: { method: 'SOCKET', path: 'event', agent: null },
    },
  ],
];
