import type { DeletedRef, ObjectsAnswer, Ref, RefInput } from '../../../protocol/entities.ts';
import type { HttpClient, SignalOptions } from './http-client.ts';

/** The displays of objects, as `hub.objects`. */
export class HubObjects {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  /**
   * Sets how up to 1,000 objects are displayed, users included: in every response and push, also in actions that were logged
   * before. `name`, `url` and `image` replace the whole display of an object. A ref without them removes the registration, and
   * the object is displayed as it was logged. Deleted objects stay tombstones.
   */
  put(objects: readonly RefInput[], { signal }: SignalOptions = {}): Promise<ObjectsAnswer> {
    return this.#http.send({ method: 'PUT', path: '/v1/objects', body: { objects }, signal });
  }

  /**
   * Returns the registered display of an object, or its tombstone. Rejects with the code `not_found` if the object is neither
   * registered nor deleted.
   */
  get(object: RefInput, { signal }: SignalOptions = {}): Promise<Ref | DeletedRef> {
    return this.#http.send({ method: 'GET', path: `/v1/objects/${refSegment(object)}`, signal });
  }
}

/** A ref as a part of a path. */
export const refSegment = (ref: RefInput): string =>
  encodeURIComponent(typeof ref === 'string' ? ref : `${ref.type}:${ref.id}`);
