/**
 * The bare path: the cost of a socket, one insert, one publish and another socket without a hub. Two of these processes run,
 * like a gateway and a worker. The sender connects to one, the receiver to the other.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { Server } from 'socket.io';
import { onCommand, reply } from '../messages.ts';

const CHANNEL = 'bench:bare';

const mongo = await new mongoose.mongo.MongoClient(process.env.MONGODB_URI ?? '').connect();
const actions = mongo.db().collection('bare_actions');
const publisher = new Redis(process.env.REDIS_URL ?? '');
const subscriber = publisher.duplicate();

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  void socket.join(`user:${String(socket.handshake.auth.user)}`);
  socket.on('log', async (action: Record<string, unknown>, ack: (answer: { ok: true }) => void) => {
    const to = String(action.to);
    await actions.insertOne(action);
    await publisher.publish(CHANNEL, JSON.stringify({ to, action }));
    ack({ ok: true });
  });
});

subscriber.on('message', (_channel, text) => {
  const { to, action } = JSON.parse(text) as { to: string; action: unknown };
  io.local.to(`user:${to}`).emit('feed:item', { item: { action } });
});
await subscriber.subscribe(CHANNEL);

http.listen(0, '127.0.0.1', () => {
  reply({ kind: 'ready', url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
});

onCommand(({ kind }) => {
  if (kind === 'stop') process.exit(0);
});
