/** What the document says of the socket events, which OpenAPI has no words for. */
import type { ClientEvent, ServerToClientEvents } from '../../protocol/sockets.ts';

/** Payload, what comes back, and what it does. */
const clientEvents: Record<ClientEvent, [payload: string, data: string, does: string]> = {
  log: [
    '`ActionInput` or a list of them',
    '`{ ids }`',
    'Logs an action or a batch; with `{ wait: true }` as second argument answers `{ ids, results }`.',
  ],
  track: ['as the HTTP body', '`{ trackers }`', 'Follows, for oneself; for `user` with the service scope.'],
  untrack: ['as the HTTP body', '`{ trackers }`', 'Stops following.'],
  'feed:list': ['as the query of the feed', 'as the HTTP answer', 'A page of the feed.'],
  'feed:changes': ['`{ position }`', 'as the HTTP answer', 'What changed since.'],
  'feed:read': ['as the HTTP body', '`{ changed, counts, position }`', 'Marks items read.'],
  'feed:unread': ['as the HTTP body', '`{ changed, counts, position }`', 'Marks items unread.'],
  'feed:seen': ['as the HTTP body', '`{ changed, counts, position }`', 'Marks items seen.'],
  watch: [
    '`{ object, verbs?, actorOnly?, since?, limit?, position? }`',
    '`{ watch, items, position }`',
    'Actions about an object, now and live, without a stored tracker.',
  ],
  unwatch: ['`{ watch }`', '`{}`', 'Ends a watch.'],
  event: ['as the HTTP body', 'the event', 'Creates an event.'],
  auth: ['`{ token }`', '`{ expiresAt }`', 'Renews the token.'],
};

const serverEvents: Record<keyof ServerToClientEvents, [payload: string, says: string]> = {
  'feed:item': ['`{ item, position }`', 'A new or changed item, to upsert by `item.id`.'],
  'feed:removed': ['`{ ids, position }`', 'Items left the feed.'],
  'feed:marked': ['`{ ids?, all?, until?, unread?, seen?, position }`', 'Marks made elsewhere.'],
  'feed:counts': ['`Counts & { position }`', 'The counts changed.'],
  'feed:stale': ['`{}`', 'Pushes may have been lost: ask `feed:changes` from the last position.'],
  'feed:reset': ['`{}`', 'More changed than is worth pushing: reload.'],
  'watch:action': ['`{ watch, action }`', 'An action about a watched object happened or changed.'],
  'watch:removed': ['`{ watch, ids }`', 'Actions about a watched object went.'],
  'session:expired': ['`{}`', 'The token ran out; the connection ends.'],
};

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

export const socketTable = `## Sockets

Socket.IO, namespace \`/\`, path \`/socket.io\`, the token in the handshake's \`auth.token\`. Every event takes one payload and an
acknowledgement: \`{ ok: true, data }\` or \`{ ok: false, error: { code, message, retryable, fields? } }\`. A connected user gets
pushes for its own feed without asking.

${table(
  ['client to server', 'payload', 'data', ''],
  Object.entries(clientEvents).map(([name, cells]) => [`\`${name}\``, ...cells]),
)}

${table(
  ['server to client', 'payload', ''],
  Object.entries(serverEvents).map(([name, cells]) => [`\`${name}\``, ...cells]),
)}`;
