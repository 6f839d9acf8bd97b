/** Creates subjects for calls, each with its own user, object and so on. */
import mongoose from 'mongoose';
import { itemId, trackerId } from '../../../core/model/keys.ts';
import { asMillis } from '../../../core/model/units.ts';
import { presentTrackerId } from '../../../core/rendering/present.ts';
import { MongoSpaces } from '../../../infra/mongo/spaces.ts';
import type { LogAnswer } from '../../../protocol/entities.ts';
import { subject } from '../../../server/operations/examples.ts';
import type { Api, ApiResponse } from '../http.ts';
import type { TestHub } from '../hub.ts';
import type { Subject } from './access.ts';

/** Part of everything that is stored about a subject, and of no request about it. */
export const SECRET_TEXT = 'for the eyes of its user';

const subjectOf = (user: string, object: string, action: string, letter: string): Subject => ({
  user,
  object,
  action,
  item: itemId(action, user),
  tracker: presentTrackerId(trackerId(user, object)),
  letter,
});

let absentCount = 0;

/** A new subject that never existed, of a new user or of this one. */
export function absent(user?: string): Subject {
  absentCount += 1;
  const id = `01ARZ3NDEKTSV4RRFFQ6${String(absentCount).padStart(6, '0')}`;
  return subjectOf(user ?? `nobody-${absentCount}`, `project:none-${absentCount}`, id, `none-${absentCount}`);
}

/** Creates subjects in the default space. */
export class SubjectFactory {
  readonly #service: Api;
  readonly #connection: mongoose.Connection;
  readonly #spaces: MongoSpaces;
  #count = 0;

  private constructor(service: Api, connection: mongoose.Connection, uri: string) {
    this.#service = service;
    this.#connection = connection;
    this.#spaces = new MongoSpaces(connection, uri);
  }

  static async of(hub: TestHub): Promise<SubjectFactory> {
    const { mongodbUri } = hub.services.config;
    const connection = await mongoose.createConnection(mongodbUri).asPromise();
    return new SubjectFactory(await hub.service(), connection, mongodbUri);
  }

  /** Creates a subject that exists. */
  async present(): Promise<Subject> {
    this.#count += 1;
    const [user, object, letter] = [`ada-${this.#count}`, `project:p${this.#count}`, `letter-${this.#count}`];
    const [type, id] = object.split(':');
    const objectRef = { type, id, name: SECRET_TEXT };
    const post = (path: string, body: unknown) => this.#expectOk(this.#service.post(path, body));
    await post(`/v1/users/${user}/track?wait=1`, { to: objectRef, actorOnly: false });
    // Others may name the object, and see how it is displayed.
    await this.#expectOk(this.#service.put('/v1/objects', { objects: [{ type, id, name: 'Registered' }] }));
    const action = {
      actor: 'user:bob',
      verb: 'closed',
      targets: objectRef,
      groupingDelay: -1,
      note: SECRET_TEXT,
      buttons: [{ id: subject.button, label: 'Accept' }],
    };
    const result = await this.#expectOk(this.#service.post<LogAnswer>('/v1/actions?wait=1', action));
    await post('/v1/events', { name: 'UserLoggedIn', user, note: SECRET_TEXT, related: objectRef });
    const { deadLetters } = await this.#spaces.writer('default');
    await deadLetters.put({
      id: letter,
      entry: '1.1-0',
      at: asMillis(0),
      reason: SECRET_TEXT,
      attempts: 8,
      actions: [],
      ids: [],
    });
    return subjectOf(user, object, result.ids[0] ?? '', letter);
  }

  /** Creates a subject and deletes it. */
  async deleted(): Promise<Subject> {
    const subject = await this.present();
    const { user, object, action, letter } = subject;
    await this.#expectOk(this.#service.send('DELETE', `/v1/actions/${action}?wait=1`));
    await this.#expectOk(this.#service.send('DELETE', `/v1/dead-letters/${letter}`));
    for (const each of [object, `user:${user}`])
      await this.#expectOk(this.#service.post(`/v1/objects/${each}/deleted?wait=1`, { actions: 'delete' }));
    return subject;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #expectOk<T>(request: Promise<ApiResponse<T>>): Promise<T> {
    const { status, body } = await request;
    if (status >= 300) throw new Error(`cannot create the subject: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
