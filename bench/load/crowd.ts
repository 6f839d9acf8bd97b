/**
 * A process that holds many connections: idle ones, which only stay, and others that know a position of their feed and,
 * when told, lose their connections all at once, come back and ask what they missed.
 */
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'socket.io-client';
import { connect, HubClient } from '../client.ts';
import { onQuestion, tell } from '../messages.ts';

/** Handshakes under way while the crowd gathers. */
const BATCH_SIZE = 50;
const ANSWER_MS = 30_000;
/** As often a client that is refused because too many come at once tries again. */
const ATTEMPTS = 20;
const BACKOFF_MS = 250;

interface Settings {
  url: string;
  secret: string;
  space: string;
  idle: number;
  resuming: number;
}

interface Member {
  user: string;
  address: string;
  socket: Socket;
  position: string;
}

// It stands for machines elsewhere: where cores are few, the hub and the databases go first.
setPriority(constants.priority.PRIORITY_LOW);

const settings = JSON.parse(process.env.BENCH_CROWD ?? '{}') as Settings;
const hub = new HubClient(settings.url, settings.secret, settings.space);

/** Each client has an address of its own, as clients of the internet have. */
const addressOf = (n: number): string => `10.1.${n >> 8}.${n & 255}`;

async function open(n: number, kind: string): Promise<Member> {
  const user = `${kind}-${n}`;
  const address = addressOf(n);
  const token = await hub.token(user);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { user, address, socket: await connect(settings.url, { token }, address), position: '' };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(BACKOFF_MS * (1 + Math.random()));
    }
  }
}

async function gather(count: number, kind: string): Promise<Member[]> {
  const members: Member[] = [];
  for (let start = 0; start < count; start += BATCH_SIZE) {
    const size = Math.min(BATCH_SIZE, count - start);
    members.push(
      ...(await Promise.all(Array.from({ length: size }, (_, index) => open(start + index, kind)))),
    );
  }
  return members;
}

interface Answer {
  ok: boolean;
  data?: { position: string };
}

async function call(socket: Socket, event: string, payload: object): Promise<string> {
  const answer: Answer = await socket.timeout(ANSWER_MS).emitWithAck(event, payload);
  if (!answer.ok || !answer.data) throw new Error(`${event} was refused`);
  return answer.data.position;
}

async function resume(members: Member[]): Promise<{ seconds: number; failed: number }> {
  for (const { socket } of members) socket.disconnect();
  const started = performance.now();
  let failed = 0;
  await Promise.all(
    members.map(async (member, n) => {
      try {
        member.socket = (await open(n, 'resuming')).socket;
        member.position = await call(member.socket, 'feed:changes', { position: member.position });
      } catch {
        failed += 1;
      }
    }),
  );
  return { seconds: (performance.now() - started) / 1_000, failed };
}

const idle = await gather(settings.idle, 'idle');
const resuming = await gather(settings.resuming, 'resuming');
for (const member of resuming) member.position = await call(member.socket, 'feed:list', { limit: 1 });

onQuestion((question) => {
  if (question.kind === 'stop') process.exit(0);
  if (question.kind === 'resume') void resume(resuming).then((found) => tell({ kind: 'resumed', ...found }));
});
for (const { socket, user } of idle) {
  socket.on('disconnect', (reason) =>
    process.stderr.write(`crowd: ${user} lost its connection: ${reason}\n`),
  );
}
tell({ kind: 'ready', url: null });
