import { randomUUID } from 'node:crypto';
import type {
  ActionInput,
  DeadLetter,
  DeadLettersQuery,
  DeletedRef,
  DeletionInput,
  Event,
  EventInput,
  LogAnswer,
  Page,
  RefInput,
  TrackersAnswer,
  TrackInput,
  UntrackInput,
} from '../../../protocol/entities.ts';
import { HttpClient, type SignalOptions } from './http-client.ts';
import { HubObjects, refSegment } from './hub-objects.ts';
import { encodeFacts, type RequestFacts } from './request-facts.ts';
import { ServiceToken, Signer, type SignerOptions, type TokenOptions } from './tokens.ts';

export interface HubServerOptions extends SignerOptions {
  /** The URL of the hub, e.g. `https://hub.example.com`. */
  url: string;
  /** The name of this backend. Idempotency keys are scoped to it. Default: `service`. */
  name?: string;
}

export interface WaitOptions extends SignalOptions {
  /** Whether to resolve only when feeds are up to date. Default false. */
  wait?: boolean;
}

export interface LogOptions extends WaitOptions {
  /**
   * The idempotency key of the single action, or of the batch as a whole. The key of a batch consists of printable
   * Latin-1 characters. Default: the action's own key, or a new one for each call.
   */
  key?: string;
}

export interface EventOptions extends SignalOptions {
  /** The idempotency key, of printable Latin-1 characters. Default: a new one for each call. */
  key?: string;
  /** The user's request that the event is about, for the hub's event record. */
  request?: RequestFacts;
}

/**
 * A backend's connection to the hub, with all rights. Retryable errors are retried with the same idempotency key, so
 * nothing happens twice. Retries take about three seconds, or as long as the hub requests (`retryAfterMs`), up to 30 s
 * in total. Every promise rejects with a `HubError`, or with the reason of its signal.
 */
export class HubServer {
  /** How objects are displayed. */
  readonly objects: HubObjects;
  readonly #http: HttpClient;
  readonly #signer: Signer;

  constructor(http: HttpClient, signer: Signer) {
    this.objects = new HubObjects(http);
    this.#http = http;
    this.#signer = signer;
  }

  /** Logs one action or a batch of up to 500. A batch is accepted or rejected as a whole. */
  log(
    input: ActionInput | readonly ActionInput[],
    { wait, key, signal }: LogOptions = {},
  ): Promise<LogAnswer> {
    const request = { method: 'POST', path: '/v1/actions', wait, signal } as const;
    if (Array.isArray(input))
      return this.#http.send({ ...request, body: { actions: input }, key: key ?? randomUUID() });
    // In the body, because a header does not allow all characters of a key.
    const action = input as ActionInput;
    return this.#http.send({ ...request, body: { ...action, key: key ?? action.key ?? randomUUID() } });
  }

  /** Tracks objects or classes for a user. */
  track(user: string, input: TrackInput, { wait, signal }: WaitOptions = {}): Promise<TrackersAnswer> {
    return this.#http.send({
      method: 'POST',
      path: `/v1/users/${encodeSegment(user)}/track`,
      body: input,
      wait,
      signal,
    });
  }

  /** Stops tracking objects or classes for a user. Returns what remains of the named trackers. */
  untrack(user: string, input: UntrackInput, { wait, signal }: WaitOptions = {}): Promise<TrackersAnswer> {
    return this.#http.send({
      method: 'POST',
      path: `/v1/users/${encodeSegment(user)}/untrack`,
      body: input,
      wait,
      signal,
    });
  }

  /**
   * Tells the hub that the application permanently deleted the object. Returns the reference that remains of it. The
   * default description is the object's name.
   */
  deleteObject(
    object: RefInput,
    input: DeletionInput = {},
    { wait, signal }: WaitOptions = {},
  ): Promise<DeletedRef> {
    const defaults = typeof object === 'string' ? {} : { description: object.name };
    const path = `/v1/objects/${refSegment(object)}/deleted`;
    return this.#http.send({ method: 'POST', path, body: { ...defaults, ...input }, wait, signal });
  }

  /**
   * Recalls an action: removes it, also from feeds and counts. Returns the id of the stored action that was removed.
   */
  recall(action: string, { wait, signal }: WaitOptions = {}): Promise<{ id: string }> {
    return this.#http.send({ method: 'DELETE', path: `/v1/actions/${encodeSegment(action)}`, wait, signal });
  }

  /** Records an event. Without `user` it belongs to no user. */
  event(input: EventInput, { key = randomUUID(), request, signal }: EventOptions = {}): Promise<Event> {
    const headers = request && { 'hubbub-request': encodeFacts(request) };
    return this.#http.send({ method: 'POST', path: '/v1/events', body: input, key, headers, signal });
  }

  /** Returns a page of dead letters: accepted actions that no worker could process, newest first. */
  deadLetters({ limit, cursor }: DeadLettersQuery = {}): Promise<Page<DeadLetter>> {
    const query = new URLSearchParams({
      ...(limit !== undefined && { limit: String(limit) }),
      ...(cursor !== undefined && { cursor }),
    });
    return this.#http.send({ method: 'GET', path: `/v1/dead-letters?${query}` });
  }

  /** Accepts the actions of a dead letter again, with the same ids. Idempotent. */
  retryDeadLetter(id: string): Promise<{ ids: string[] }> {
    return this.#http.send({ method: 'POST', path: `/v1/dead-letters/${encodeSegment(id)}/retry` });
  }

  /** Discards a dead letter and its actions. */
  discardDeadLetter(id: string): Promise<{ id: string }> {
    return this.#http.send({ method: 'DELETE', path: `/v1/dead-letters/${encodeSegment(id)}` });
  }

  /** Signs a token for a user's page or device. */
  tokenFor(user: string, options: TokenOptions = {}): Promise<string> {
    return this.#signer.sign(user, options);
  }
}

const encodeSegment = encodeURIComponent;

/** Makes no connection until the first call. @throws TypeError if the URL or the secret is missing or invalid */
export function createHubServer({ url, name = 'service', ...signerOptions }: HubServerOptions): HubServer {
  const signer = new Signer(signerOptions, Date.now);
  const token = new ServiceToken(signer, name, Date.now);
  return new HubServer(new HttpClient(url, () => token.get()), signer);
}
