/** Subjects for calls, each with a user, an object and so on of its own. */
import mongoose from 'mongoose';
import { itemId, trackerId } from '../../../core/keys.ts';
import { presentTrackerId } from '../../../core/present.ts';
import { MongoSpaces } from '../../../infra/mongo/spaces.ts';
import type { LogAnswer } from '../../../protocol/entities.ts';
import type { Answer, Api } from '../http.ts';
import type { TestHub } from '../hub.ts';
import type { Subject } from './access.ts';

/** In everything that is stored of a subject, and in no request about it. */
export const SECRET_TEXT = 'for the eyes of its user';

const named = (user: string, object: string, action: string, letter: string): Subject => ({
  user,
  object,
  action,
  item: itemId(action, user),
  tracker: presentTrackerId(trackerId(user, object)),
  letter,
});

let absences = 0;

/** A subject that never existed; another one each time. */
export function absent(): Subject {
  absences += 1;
  const id = `01ARZ3NDEKTSV4RRFFQ6${String(absences).padStart(6, '0')}`;
  return named(`nobody-${absences}`, `project:none-${absences}`, id, `none-${absences}`);
}

/** Makes subjects in the default space. */
export class World {
  readonly #service: Api;
  readonly #connection: mongoose.Connection;
  readonly #spaces: MongoSpaces;
  #made = 0;

  private constructor(service: Api, connection: mongoose.Connection, uri: string) {
    this.#service = service;
    this.#connection = connection;
    this.#spaces = new MongoSpaces(connection, uri);
  }

  static async of(hub: TestHub): Promise<World> {
    const { mongodbUri } = hub.services.config;
    const connection = await mongoose.createConnection(mongodbUri).asPromise();
    return new World(await hub.service(), connection, mongodbUri);
  }

  /** A subject that exists. */
  async present(): Promise<Subject> {
    this.#made += 1;
    const [user, object, letter] = [`ada-${this.#made}`, `project:p${this.#made}`, `letter-${this.#made}`];
    const [type, id] = object.split(':');
    const shown = { type, id, name: SECRET_TEXT };
    const does = (path: string, body: unknown) => this.#does(this.#service.post(path, body));
    await does(`/v1/users/${user}/track?wait=1`, { to: shown, actorOnly: false });
    const action = {
      actor: 'user:bob',
      verb: 'closed',
      targets: shown,
      groupingDelay: -1,
      note: SECRET_TEXT,
    };
    const logged = await this.#does(this.#service.post<LogAnswer>('/v1/actions?wait=1', action));
    await does('/v1/events', { name: 'UserLoggedIn', user, note: SECRET_TEXT, related: shown });
    const { deadLetters } = await this.#spaces.writer('default');
    await deadLetters.put({
      id: letter,
      entry: '1.1-0',
      at: 0,
      reason: SECRET_TEXT,
      attempts: 8,
      actions: [],
      ids: [],
    });
    return named(user, object, logged.ids[0] ?? '', letter);
  }

  /** One that existed. */
  async gone(): Promise<Subject> {
    const subject = await this.present();
    const { user, object, action, letter } = subject;
    await this.#does(this.#service.send('DELETE', `/v1/actions/${action}?wait=1`));
    await this.#does(this.#service.send('DELETE', `/v1/dead-letters/${letter}`));
    for (const each of [object, `user:${user}`])
      await this.#does(this.#service.post(`/v1/objects/${each}/deleted?wait=1`, { actions: 'delete' }));
    return subject;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #does<T>(asking: Promise<Answer<T>>): Promise<T> {
    const { status, body } = await asking;
    if (status >= 300) throw new Error(`a subject could not be made: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
