import { checkSelf } from '../../core/access/principal.ts';
import { feedChanges } from '../../core/feed/read/changes.ts';
import { listFeed } from '../../core/feed/read/list.ts';
import { markFeed } from '../../core/feed/write/mark.ts';
import { pressButton } from '../../core/feed/write/press.ts';
import type { FlagMark } from '../../core/ports/feeds.ts';
import { changesQuery, feedQuery, markInput, pressInput } from '../../protocol/schemas/calls.ts';
import {
  countsResponse,
  feedChangesResponse,
  feedPageResponse,
  markResponse,
  pressResponse,
} from '../../protocol/schemas/responses.ts';
import { call, catchUp, firstPage, markCost } from '../limits/costs.ts';
import { own } from './access.ts';
import { subject } from './examples.ts';
import { defineOperation, withTag } from './operation.ts';
import { itemParameter, userParameter } from './path-parameters.ts';

const access = own('feed');

const marks: ReadonlyArray<{ mark: FlagMark; effect: string }> = [
  { mark: 'read', effect: 'Read implies seen.' },
  { mark: 'unread', effect: 'Seen items stay seen.' },
  { mark: 'seen', effect: 'Seen does not imply read.' },
];

export const feedOperations = withTag('Feeds', [
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/feed',
    id: 'listFeed',
    cost: firstPage(2),
    summary: 'List a feed, newest first',
    description:
      'Needs the scope `feed` for your own feed, else `service`. Without `state`, lists the inbox. The counts are those of the inbox.',
    access,
    parameters: userParameter,
    query: feedQuery,
    responses: { 200: { description: 'A page of the feed.', schema: feedPageResponse } },
    socket: {
      event: 'feed:list',
      payloadIsOptional: true,
      describes: ['as the query of the feed', 'as the HTTP response', 'Returns a page of the feed.'],
    },
    run: ({ services, principal }, { user, query }) => listFeed(services.deps, principal, user, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/feed/changes',
    id: 'feedChanges',
    cost: catchUp(3),
    summary: 'List the changes of the unfiltered feed since a position',
    description:
      'Covers items in every state. Returns at most 500 entries, and `more: true` if there are more. May repeat items, but never misses one.',
    access,
    parameters: userParameter,
    query: changesQuery,
    example: { query: { position: '0000000000000000' } },
    responses: { 200: { description: 'The changes.', schema: feedChangesResponse } },
    socket: {
      event: 'feed:changes',
      describes: ['`{ position }`', 'as the HTTP response', 'Returns the changes since the position.'],
    },
    run: ({ services, principal }, { user, query }) => feedChanges(services.deps, principal, user, query),
  }),
  defineOperation({
    method: 'get',
    path: '/v1/users/:id/feed/counts',
    id: 'feedCounts',
    cost: call(1),
    summary: 'Count unread and unseen items of the inbox',
    access,
    parameters: userParameter,
    responses: { 200: { description: 'The counts.', schema: countsResponse } },
    async run({ services, principal }, { user }) {
      checkSelf(principal, 'feed', user);
      const { spaces } = services.deps;
      return await spaces.reader(principal.space, principal.call?.signal).feeds.counts(user);
    },
  }),
  ...marks.map(({ mark, effect }) =>
    defineOperation({
      method: 'post',
      path: `/v1/users/:id/feed/${mark}`,
      id: `mark${mark[0]?.toUpperCase()}${mark.slice(1)}`,
      cost: markCost,
      summary: `Mark items ${mark}`,
      description: `Needs exactly one of \`ids\`, \`all\` and \`until\`. With \`position\`, items that changed after it are not marked. With \`ids\`, marks items in any state, otherwise those in the inbox. ${effect}`,
      access,
      parameters: userParameter,
      body: markInput,
      example: { body: { ids: [subject.item] } },
      // Marks are applied before the response, so `wait` has no effect.
      wait: true,
      responses: { 200: { description: 'The number of changed items.', schema: markResponse } },
      socket: {
        event: `feed:${mark}`,
        describes: ['as the HTTP body', '`{ changed, counts, position }`', `Marks items ${mark}.`],
      },
      run: ({ services, principal, origin }, { user, body: input }) =>
        markFeed(services.deps, principal, { user, mark, input, origin }),
    }),
  ),
  defineOperation({
    method: 'post',
    path: '/v1/users/:id/feed/:item/press',
    id: 'pressButton',
    cost: call(5),
    summary: 'Press a button of an item',
    description:
      "Asks the handler of the action's verb. The item is then pressed, read and seen on all devices. The first press wins: another one gets `already_pressed` with the first. A button with a `url` is a link and cannot be pressed.",
    access,
    parameters: itemParameter,
    body: pressInput,
    example: { body: { button: subject.button } },
    // A press is applied before the response, so `wait` has no effect.
    wait: true,
    responses: { 200: { description: 'The item, with its new state.', schema: pressResponse } },
    errors: ['not_found', 'already_pressed', 'unprocessable', 'press_refused'],
    socket: {
      event: 'feed:press',
      namesItem: true,
      describes: ['`{ item, button }`', 'as the HTTP response', 'Presses a button of an item.'],
    },
    run: ({ services, principal, locale }, { user, item, body: { button } }) =>
      pressButton(services.deps, principal, { user, item, button, locale }),
  }),
]);
