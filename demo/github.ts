/**
 * Converts GitHub's webhook payloads to actions. The sender is the actor, event and action give the verb, an issue, a
 * pull request, a release … is the target, and the repository is related. The payloads are the examples of the package
 * `@octokit/webhooks-examples`, contributed by GitHub's users.
 */
import { createRequire } from 'node:module';
import type { ActionInput, Ref } from '../protocol/entities.ts';
import { oneLine } from './display.ts';
import { getObject, getObjects, getText, isPayload, type Payload } from './github/payload.ts';
import { organizationRef, repositoryRef, userRef } from './github/ref.ts';
import { targetsOf } from './github/target.ts';
import { verbOf } from './github/verb.ts';

export interface Example {
  event: string;
  payload: Payload;
}

/** Why a payload cannot be converted. */
export interface Skipped {
  skipped: string;
}

const maxExcerptLength = 280;

/** Reads the package's examples, in an order that spreads each kind of event evenly. */
export function readExamples(): Example[] {
  const events: unknown = createRequire(import.meta.url)(
    '@octokit/webhooks-examples/api.github.com/index.json',
  );
  if (!Array.isArray(events)) throw new Error('@octokit/webhooks-examples does not contain a list');
  return events
    .filter(isPayload)
    .flatMap((event) => {
      const examples = getObjects(event, 'examples');
      return examples.map((payload, index) => ({
        event: getText(event, 'name') ?? 'unknown',
        payload,
        sortOrder: (index + 0.5) / examples.length,
      }));
    })
    .sort((a, b) => a.sortOrder - b.sortOrder || (a.event < b.event ? -1 : 1))
    .map(({ event, payload }) => ({ event, payload }));
}

/** Converts the examples to actions, without the skipped ones. */
export function githubActions(examples: Example[] = readExamples()): ActionInput[] {
  return examples.map(toAction).filter((action): action is ActionInput => !('skipped' in action));
}

export function toAction({ event, payload }: Example): ActionInput | Skipped {
  const actor = userRef(getObject(payload, 'sender'));
  if (actor === undefined) return { skipped: 'it has no sender: nobody did it' };
  const targets = targetsOf(event, payload);
  const excerpt = excerptOf(payload);
  return {
    actor,
    verb: verbOf(event, payload),
    targets,
    related: relatedOf(event, payload, targets),
    data: { event },
    ...(excerpt !== undefined && { body: excerpt }),
  };
}

/** The repository, or the organization in its place, without refs that are targets already. */
function relatedOf(event: string, payload: Payload, targets: Ref[]): Ref[] {
  const refs = [
    repositoryRef(getObject(payload, 'repository')) ?? organizationRef(getObject(payload, 'organization')),
    ...(event === 'fork' ? [repositoryRef(getObject(payload, 'forkee'))] : []),
    ...['repositories', 'repositories_added', 'repositories_removed'].flatMap((key) =>
      getObjects(payload, key).map(repositoryRef),
    ),
  ];
  const seenRefs = new Set(targets.map(refKey));
  return refs.filter((ref): ref is Ref => {
    if (ref === undefined || seenRefs.has(refKey(ref))) return false;
    seenRefs.add(refKey(ref));
    return true;
  });
}

function refKey(ref: Ref): string {
  return `${ref.type}:${ref.id}`;
}

/** An excerpt of the payload's text, if it has one. */
function excerptOf(payload: Payload): string | undefined {
  const body =
    getText(getObject(payload, 'comment'), 'body') ??
    getText(getObject(payload, 'review'), 'body') ??
    getText(getObject(payload, 'head_commit'), 'message') ??
    getText(getObject(payload, 'release'), 'body') ??
    getText(getObject(payload, 'discussion'), 'body') ??
    getText(getObject(payload, 'issue'), 'body') ??
    getText(getObject(payload, 'pull_request'), 'body');
  return body === undefined ? undefined : oneLine(body, maxExcerptLength);
}
