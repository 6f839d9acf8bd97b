/** Documents the socket events, which OpenAPI cannot describe, as Markdown tables. */
import type { ServerToClientEvents } from '../../protocol/sockets.ts';
import { operations } from '../operations/operations.ts';
import { socketEvents } from '../operations/socket-events.ts';

/** Payload, response data, and effect of each event. */
const clientEvents = [...operations.flatMap(({ socket }) => socket ?? []), ...socketEvents];

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
acknowledgement: \`{ ok: true, data }\` or \`{ ok: false, error: { code, message, retryable, fields?, pressed? } }\`. A connected user gets
pushes for its own feed automatically.

${table(
  ['client to server', 'payload', 'data', ''],
  clientEvents.map(({ event, describes }) => [`\`${event}\``, ...describes]),
)}

${table(
  ['server to client', 'payload', ''],
  Object.entries(serverEvents).map(([name, cells]) => [`\`${name}\``, ...cells]),
)}`;
