/**
 * The payloads that GitHub sends to webhooks, as actions: the sender did, what event and action say, to an
 * issue, a pull request, a release …, in relation to the repository. The payloads are the examples of the
 * package `@octokit/webhooks-examples`, contributed by GitHub's users.
 */
import { createRequire } from 'node:module';
import type { ActionInput, Ref } from '../protocol/entities.ts';
import { oneLine } from './display.ts';
import { isPayload, type Payload, part, parts, text } from './github/payload.ts';
import { organizationRef, repositoryRef, userRef } from './github/ref.ts';
import { targetsOf } from './github/target.ts';
import { verbOf } from './github/verb.ts';

export interface Example {
  event: string;
  payload: Payload;
}

/** Why a payload is no action. */
export interface Skipped {
  skipped: string;
}

const longestExcerpt = 280;

/** Reads the package's examples, in an order in which every kind of event is spread evenly over the whole. */
export function readExamples(): Example[] {
  const events: unknown = createRequire(import.meta.url)(
    '@octokit/webhooks-examples/api.github.com/index.json',
  );
  if (!Array.isArray(events)) throw new Error('The examples of GitHub are not a list');
  return events
    .filter(isPayload)
    .flatMap((event) => {
      const examples = parts(event, 'examples');
      return examples.map((payload, index) => ({
        event: text(event, 'name') ?? 'unknown',
        payload,
        place: (index + 0.5) / examples.length,
      }));
    })
    .sort((a, b) => a.place - b.place || (a.event < b.event ? -1 : 1))
    .map(({ event, payload }) => ({ event, payload }));
}

/** The examples as actions, without those that are none. */
export function githubActions(examples: Example[] = readExamples()): ActionInput[] {
  return examples.map(toAction).filter((action): action is ActionInput => !('skipped' in action));
}

export function toAction({ event, payload }: Example): ActionInput | Skipped {
  const actor = userRef(part(payload, 'sender'));
  if (actor === undefined) return { skipped: 'it has no sender: nobody did it' };
  const targets = targetsOf(event, payload);
  const excerpt = excerptOf(payload);
  return {
    actor,
    verb: verbOf(event, payload),
    targets,
    related: relatedOf(event, payload, targets),
    data: { event, ...(excerpt === undefined ? {} : { excerpt }) },
  };
}

/** The repository, or what stands in for it; never what is a target already. */
function relatedOf(event: string, payload: Payload, targets: Ref[]): Ref[] {
  const refs = [
    repositoryRef(part(payload, 'repository')) ?? organizationRef(part(payload, 'organization')),
    ...(event === 'fork' ? [repositoryRef(part(payload, 'forkee'))] : []),
    ...['repositories', 'repositories_added', 'repositories_removed'].flatMap((key) =>
      parts(payload, key).map(repositoryRef),
    ),
  ];
  const taken = new Set(targets.map(nameOf));
  return refs.filter((ref): ref is Ref => {
    if (ref === undefined || taken.has(nameOf(ref))) return false;
    taken.add(nameOf(ref));
    return true;
  });
}

function nameOf(ref: Ref): string {
  return `${ref.type}:${ref.id}`;
}

/** What was written, where something was. */
function excerptOf(payload: Payload): string | undefined {
  const body =
    text(part(payload, 'comment'), 'body') ??
    text(part(payload, 'review'), 'body') ??
    text(part(payload, 'head_commit'), 'message') ??
    text(part(payload, 'release'), 'body') ??
    text(part(payload, 'discussion'), 'body') ??
    text(part(payload, 'issue'), 'body') ??
    text(part(payload, 'pull_request'), 'body');
  return body === undefined ? undefined : oneLine(body, longestExcerpt);
}
