/** Documents the socket events, which OpenAPI cannot describe, as Markdown tables. */
import type { ClientEvent, ServerToClientEvents } from '../../protocol/sockets.ts';

/** Payload, response data, and effect of each event. */
const clientEvents: Record<ClientEvent, [payload: string, data: string, does: string]> = {
  log: [
    '`ActionInput` or a list of them',
    '`{ ids }`',
    'Logs an action or a batch. With `{ wait: true }` as second argument, returns `{ ids, results }`.',
  ],
  track: [
    'as the HTTP body',
    '`{ trackers }`',
    'Follows objects for yourself, or for `user` with the service scope.',
  ],
  untrack: ['as the HTTP body', '`{ trackers }`', 'Stops following.'],
  'feed:list': ['as the query of the feed', 'as the HTTP response', 'Returns a page of the feed.'],
  'feed:changes': ['`{ position }`', 'as the HTTP response', 'Returns the changes since the position.'],
  'feed:read': ['as the HTTP body', '`{ changed, counts, position }`', 'Marks items read.'],
  'feed:unread': ['as the HTTP body', '`{ changed, counts, position }`', 'Marks items unread.'],
  'feed:seen': ['as the HTTP body', '`{ changed, counts, position }`', 'Marks items seen.'],
  watch: [
    '`{ object, verbs?, actorOnly?, since?, limit?, position? }`',
    '`{ watch, items, position }`',
    'Returns the actions of an object and pushes new ones, without a stored tracker.',
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
  'feed:stale': ['`{}`', 'Pushes may have been lost: call `feed:changes` with the last position.'],
  'feed:reset': ['`{}`', 'Too many changes to push: reload.'],
  'watch:action': ['`{ watch, action }`', 'An action about a watched object happened or changed.'],
  'watch:removed': ['`{ watch, ids }`', 'Actions about a watched object were removed.'],
  'session:expired': ['`{}`', 'The token expired; the connection closes.'],
};

const table = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

export const socketTable = `## Sockets

Socket.IO, namespace \`/\`, path \`/socket.io\`, the token in the handshake's \`auth.token\`. Every event takes one payload and an
acknowledgement: \`{ ok: true, data }\` or \`{ ok: false, error: { code, message, retryable, fields? } }\`. A connected user gets
pushes for its own feed automatically.

${table(
  ['client to server', 'payload', 'data', ''],
  Object.entries(clientEvents).map(([name, cells]) => [`\`${name}\``, ...cells]),
)}

${table(
  ['server to client', 'payload', ''],
  Object.entries(serverEvents).map(([name, cells]) => [`\`${name}\``, ...cells]),
)}`;
