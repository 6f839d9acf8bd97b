/** A bare Socket.IO server: each connection joins its user's room, and nothing else. It emits on command. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { measureMemory } from '../heap.ts';
import { onCommand, reply } from '../messages.ts';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  void socket.join(`user:${String(socket.handshake.auth.user)}`);
});

/** Each user gets an item with an id of its own, as from the hub. */
function emitToEach(users: readonly string[], action: string, text: string): void {
  const push: { item: object } = JSON.parse(text);
  for (const user of users) {
    const item = { ...push.item, id: `${action}:${user}` };
    io.to(`user:${user}`).emit('feed:item', { ...push, item });
  }
}

http.listen(0, '127.0.0.1', () => {
  reply({ kind: 'ready', url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
});

onCommand((command) => {
  if (command.kind === 'emit') {
    emitToEach(command.users, command.action, command.push);
    reply({ kind: 'emitted' });
  }
  if (command.kind === 'memory') reply({ kind: 'memory', ...measureMemory() });
  if (command.kind === 'stop') process.exit(0);
});
