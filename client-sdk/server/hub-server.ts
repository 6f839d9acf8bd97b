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
} from '../../protocol/entities.ts';
import { HttpCalls } from './calls.ts';
import { encodeFacts, type RequestFacts } from './request-facts.ts';
import { ServiceToken, Signer, type SignerOptions, type TokenOptions } from './tokens.ts';

export interface HubServerOptions extends SignerOptions {
  /** Where the hub is, e.g. `https://hub.example.com`. */
  url: string;
  /** Who this backend is to the hub; idempotency keys of two names never meet. Default: `service`. */
  name?: string;
}

export interface SignalOptions {
  /** Gives up: the call rejects with the signal's reason. The hub may have carried it out all the same. */
  signal?: AbortSignal;
}

export interface WaitOptions extends SignalOptions {
  /** Answer when feeds are up to date. Default false. */
  wait?: boolean;
}

export interface LogOptions extends WaitOptions {
  /**
   * Idempotency key of the one action, or of the batch as a whole; the latter of printable Latin-1 characters. Default: the
   * action's own, or a new one for each call.
   */
  key?: string;
}

export interface EventOptions extends SignalOptions {
  /** Idempotency key, of printable Latin-1 characters. Default: a new one for each call. */
  key?: string;
  /** The request of the user that the event is about, for the hub's record of events. */
  request?: RequestFacts;
}

/**
 * Connects a backend to the hub, with all rights. Calls that may succeed later are retried with the same idempotency key, so
 * nothing happens twice: for about three seconds, or as the hub says (`retryAfterMs`) while that is 30 s or less in all. Every promise
 * rejects with a `HubError`, or with the reason of its signal.
 */
export class HubServer {
  readonly #calls: HttpCalls;
  readonly #signer: Signer;

  constructor(calls: HttpCalls, signer: Signer) {
    this.#calls = calls;
    this.#signer = signer;
  }

  /** Logs one action or a batch of up to 500, accepted or refused whole. */
  log(
    input: ActionInput | readonly ActionInput[],
    { wait, key, signal }: LogOptions = {},
  ): Promise<LogAnswer> {
    const call = { method: 'POST', path: '/v1/actions', wait, signal } as const;
    if (Array.isArray(input))
      return this.#calls.send({ ...call, body: { actions: input }, key: key ?? randomUUID() });
    // With the action, not in a header: that could not hold every key.
    const action = input as ActionInput;
    return this.#calls.send({ ...call, body: { ...action, key: key ?? action.key ?? randomUUID() } });
  }

  /** Lets a user follow objects or classes. */
  track(user: string, input: TrackInput, { wait, signal }: WaitOptions = {}): Promise<TrackersAnswer> {
    return this.#calls.send({
      method: 'POST',
      path: `/v1/users/${part(user)}/track`,
      body: input,
      wait,
      signal,
    });
  }

  /** Answers what is left of the trackers named. */
  untrack(user: string, input: UntrackInput, { wait, signal }: WaitOptions = {}): Promise<TrackersAnswer> {
    return this.#calls.send({
      method: 'POST',
      path: `/v1/users/${part(user)}/untrack`,
      body: input,
      wait,
      signal,
    });
  }

  /**
   * Says that the application deleted the object, for good. Answers what is left of it. It is called its name where no
   * description is given.
   */
  deleteObject(
    object: RefInput,
    input: DeletionInput = {},
    { wait, signal }: WaitOptions = {},
  ): Promise<DeletedRef> {
    const named = typeof object === 'string' ? {} : { description: object.name };
    const ref = typeof object === 'string' ? object : `${object.type}:${object.id}`;
    const path = `/v1/objects/${part(ref)}/deleted`;
    return this.#calls.send({ method: 'POST', path, body: { ...named, ...input }, wait, signal });
  }

  /** Takes an action back, out of feeds and counts, too. Answers the id of the stored action that went. */
  recall(action: string, { wait, signal }: WaitOptions = {}): Promise<{ id: string }> {
    return this.#calls.send({ method: 'DELETE', path: `/v1/actions/${part(action)}`, wait, signal });
  }

  /** Creates an event, of nobody where no user is named. */
  event(input: EventInput, { key = randomUUID(), request, signal }: EventOptions = {}): Promise<Event> {
    const headers = request && { 'hubbub-request': encodeFacts(request) };
    return this.#calls.send({ method: 'POST', path: '/v1/events', body: input, key, headers, signal });
  }

  /** Accepted actions that no worker could handle, newest first: a page. */
  deadLetters({ limit, cursor }: DeadLettersQuery = {}): Promise<Page<DeadLetter>> {
    const query = new URLSearchParams({
      ...(limit !== undefined && { limit: String(limit) }),
      ...(cursor !== undefined && { cursor }),
    });
    return this.#calls.send({ method: 'GET', path: `/v1/dead-letters?${query}` });
  }

  /** Has the actions of a dead letter accepted once more, under their ids. Repeating the call changes nothing. */
  retryDeadLetter(id: string): Promise<{ ids: string[] }> {
    return this.#calls.send({ method: 'POST', path: `/v1/dead-letters/${part(id)}/retry` });
  }

  /** Discards a dead letter and its actions. */
  discardDeadLetter(id: string): Promise<{ id: string }> {
    return this.#calls.send({ method: 'DELETE', path: `/v1/dead-letters/${part(id)}` });
  }

  /** A token for a user's page or device. */
  tokenFor(user: string, options: TokenOptions = {}): Promise<string> {
    return this.#signer.sign(user, options);
  }
}

const part = encodeURIComponent;

/** Connects nothing by itself. @throws TypeError where the address or the secret is missing or cannot be one */
export function createHubServer({ url, name = 'service', ...signing }: HubServerOptions): HubServer {
  const signer = new Signer(signing, Date.now);
  const token = new ServiceToken(signer, name, Date.now);
  return new HubServer(new HttpCalls(url, () => token.get()), signer);
}
