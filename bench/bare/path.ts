/**
 * The bare path: a socket, one insert of an action, one of its items, one publish, and another socket, without a hub. Two of these
 * processes run, like a gateway and a worker. The sender connects to one, the receiver to the other. The documents and their
 * indexes are those of the hub. The two inserts follow each other, so that no item exists without its action.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { Server } from 'socket.io';
import { z } from 'zod';
import { createIdGenerator } from '../../infra/ids.ts';
import type { ActionDoc } from '../../infra/mongo/actions/document.ts';
import type { ItemDoc } from '../../infra/mongo/items/document.ts';
import { onCommand, reply } from '../messages.ts';
import { BARE_ACTIONS, BARE_ITEMS, documentsOf, type SentAction } from './documents.ts';

const CHANNEL = 'bench:bare';

const pushSchema = z.object({ to: z.array(z.string()), action: z.unknown() });

const mongo = await new mongoose.mongo.MongoClient(process.env.MONGODB_URI ?? '').connect();
const actions = mongo.db().collection<ActionDoc>(BARE_ACTIONS);
const items = mongo.db().collection<ItemDoc>(BARE_ITEMS);
const publisher = new Redis(process.env.REDIS_URL ?? '');
const subscriber = publisher.duplicate();
const newId = createIdGenerator();

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });

io.on('connection', (socket) => {
  void socket.join(`user:${String(socket.handshake.auth.user)}`);
  socket.on(
    'log',
    async (sent: SentAction, ack: (response: { ok: true; data: { ids: string[] } }) => void) => {
      const { action, docs } = documentsOf(newId(), sent);
      await actions.insertOne(action);
      if (docs[0] !== undefined && docs.length === 1) await items.insertOne(docs[0]);
      else await items.insertMany(docs, { ordered: false });
      await publisher.publish(CHANNEL, JSON.stringify({ to: sent.to, action: sent }));
      ack({ ok: true, data: { ids: [action._id] } });
    },
  );
});

subscriber.on('message', (_channel, text) => {
  const { to, action } = pushSchema.parse(JSON.parse(text));
  for (const user of to) io.local.to(`user:${user}`).emit('feed:item', { item: { action } });
});
await subscriber.subscribe(CHANNEL);

http.listen(0, '127.0.0.1', () => {
  reply({ kind: 'ready', url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
});

onCommand(({ kind }) => {
  if (kind === 'stop') process.exit(0);
});
