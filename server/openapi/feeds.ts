import { changesQuery, feedQuery, markInput } from '../../protocol/schemas/calls.ts';
import {
  countsResponse,
  feedChangesResponse,
  feedPageResponse,
  markResponse,
} from '../../protocol/schemas/responses.ts';
import { call, catchUp, firstPage, markCost } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

const marks = [
  { mark: 'read', effect: 'Read implies seen.' },
  { mark: 'unread', effect: 'Seen items stay seen.' },
  { mark: 'seen', effect: 'Seen does not imply read.' },
] as const;

export const feedOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/users/:id/feed',
    id: 'listFeed',
    cost: firstPage(2),
    tag: 'Feeds',
    summary: 'List a feed, newest first',
    description: 'Needs the scope `feed` for your own feed, else `service`.',
    query: feedQuery,
    responses: { 200: { description: 'A page of the feed.', schema: feedPageResponse } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/feed/changes',
    id: 'feedChanges',
    cost: catchUp(3),
    tag: 'Feeds',
    summary: 'List the changes of the unfiltered feed since a position',
    description:
      'Returns at most 500 entries, and `more: true` if there are more. May repeat items, but never misses one.',
    query: changesQuery,
    responses: { 200: { description: 'The changes.', schema: feedChangesResponse } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/feed/counts',
    id: 'feedCounts',
    cost: call(1),
    tag: 'Feeds',
    summary: 'Count unread and unseen items',
    responses: { 200: { description: 'The counts.', schema: countsResponse } },
  },
  ...marks.map(
    ({ mark, effect }): Operation => ({
      method: 'post',
      path: `/v1/users/:id/feed/${mark}`,
      id: `mark${mark[0]?.toUpperCase()}${mark.slice(1)}`,
      cost: markCost,
      tag: 'Feeds',
      summary: `Mark items ${mark}`,
      description: `Needs exactly one of \`ids\`, \`all\` and \`until\`. With \`position\`, items that changed after it are not marked. ${effect}`,
      body: markInput,
      wait: true,
      responses: { 200: { description: 'The number of changed items.', schema: markResponse } },
    }),
  ),
];
