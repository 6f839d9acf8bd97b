import {
  countsAnswer,
  feedChangesAnswer,
  feedPageAnswer,
  markAnswer,
} from '../../protocol/schemas/answers.ts';
import { changesQuery, feedQuery, markInput } from '../../protocol/schemas/calls.ts';
import { call, catchUp, firstPage, marking } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

const marks = [
  { mark: 'read', effect: 'Read implies seen.' },
  { mark: 'unread', effect: 'What was seen stays seen.' },
  { mark: 'seen', effect: 'Seen does not imply read.' },
] as const;

export const feedOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/users/:id/feed',
    id: 'listFeed',
    cost: firstPage(2),
    tag: 'Feeds',
    summary: 'A feed, newest first',
    description: "Needs the scope `feed` for one's own feed, else `service`.",
    query: feedQuery,
    answers: { 200: { description: 'A page of the feed.', schema: feedPageAnswer } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/feed/changes',
    id: 'feedChanges',
    cost: catchUp(3),
    tag: 'Feeds',
    summary: 'What changed in the unfiltered feed since a position',
    description: 'At most 500 entries, then `more: true`. May repeat items; never misses one.',
    query: changesQuery,
    answers: { 200: { description: 'The changes.', schema: feedChangesAnswer } },
  },
  {
    method: 'get',
    path: '/v1/users/:id/feed/counts',
    id: 'feedCounts',
    cost: call(1),
    tag: 'Feeds',
    summary: 'How many items are unread and unseen',
    answers: { 200: { description: 'The counts.', schema: countsAnswer } },
  },
  ...marks.map(
    ({ mark, effect }): Operation => ({
      method: 'post',
      path: `/v1/users/:id/feed/${mark}`,
      id: `mark${mark[0]?.toUpperCase()}${mark.slice(1)}`,
      cost: marking,
      tag: 'Feeds',
      summary: `Mark items ${mark}`,
      description: `Exactly one of \`ids\`, \`all\` and \`until\`. With \`position\`, items changed after it stay untouched. ${effect}`,
      body: markInput,
      wait: true,
      answers: { 200: { description: 'How many items changed.', schema: markAnswer } },
    }),
  ),
];
