import { markFeed } from '../../core/feed/write/mark.ts';
import { snoozeItems } from '../../core/feed/write/snooze.ts';
import { markInput, snoozeInput, unsnoozeInput } from '../../protocol/schemas/calls.ts';
import { markResponse } from '../../protocol/schemas/responses.ts';
import { markCost } from '../limits/costs.ts';
import { own } from './access.ts';
import { subject } from './examples.ts';
import { defineOperation, withTag } from './operation.ts';
import { userParameter } from './path-parameters.ts';

/** What the operations share. They are applied before the response, so `wait` has no effect. */
const common = {
  method: 'post',
  cost: markCost,
  access: own('feed'),
  parameters: userParameter,
  wait: true,
  responses: { 200: { description: 'The number of changed items.', schema: markResponse } },
} as const;

const response = '`{ changed, counts, position }`';
const withPosition = 'With `position`, items that changed after it stay as they are.';

/** A time that is in the future whenever the tests run. The hub refuses one more than a year ahead. */
const soon = (): string => new Date(Date.now() + 86_400_000).toISOString();

export const itemStateOperations = withTag('Feeds', [
  defineOperation({
    ...common,
    path: '/v1/users/:id/feed/archive',
    id: 'archiveItems',
    summary: 'Archive items',
    description: `Needs exactly one of \`ids\`, \`all\` and \`until\`. Archives items in any state with \`ids\`, otherwise those in the inbox, and marks them read and seen. ${withPosition}`,
    body: markInput,
    example: { body: { ids: [subject.item] } },
    socket: {
      event: 'feed:archive',
      describes: ['as the HTTP body', response, 'Archives items and marks them read and seen.'],
    },
    run: ({ services, principal, origin }, { user, body: input }) =>
      markFeed(services.deps, principal, { user, mark: 'archive', input, origin }),
  }),
  defineOperation({
    ...common,
    path: '/v1/users/:id/feed/unarchive',
    id: 'unarchiveItems',
    summary: 'Return archived items to the inbox',
    description: `Needs exactly one of \`ids\`, \`all\` and \`until\`, which select archived items. Their marks stay. ${withPosition}`,
    body: markInput,
    example: { body: { ids: [subject.item] } },
    socket: {
      event: 'feed:unarchive',
      describes: ['as the HTTP body', response, 'Returns archived items to the inbox.'],
    },
    run: ({ services, principal, origin }, { user, body: input }) =>
      markFeed(services.deps, principal, { user, mark: 'unarchive', input, origin }),
  }),
  defineOperation({
    ...common,
    path: '/v1/users/:id/feed/snooze',
    id: 'snoozeItems',
    summary: 'Snooze items until a time',
    description: `The items leave the inbox. At \`until\`, at most a year ahead, they return to it: unread, unseen, and with that time as \`at\`. ${withPosition}`,
    body: snoozeInput,
    example: { body: { ids: [subject.item], until: soon() } },
    socket: {
      event: 'feed:snooze',
      describes: ['as the HTTP body', response, 'Takes items out of the inbox until a time.'],
    },
    run: ({ services, principal, origin }, { user, body: input }) =>
      snoozeItems(services.deps, principal, { user, input, origin }),
  }),
  defineOperation({
    ...common,
    path: '/v1/users/:id/feed/unsnooze',
    id: 'unsnoozeItems',
    summary: 'Return snoozed items to the inbox',
    description: `The items return to their places, and their marks stay. ${withPosition}`,
    body: unsnoozeInput,
    example: { body: { ids: [subject.item] } },
    socket: {
      event: 'feed:unsnooze',
      describes: ['as the HTTP body', response, 'Returns snoozed items to the inbox.'],
    },
    run: ({ services, principal, origin }, { user, body: input }) =>
      markFeed(services.deps, principal, { user, mark: 'unsnooze', input, origin }),
  }),
]);
