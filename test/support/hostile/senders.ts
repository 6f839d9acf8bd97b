/** Sends hostile inputs over HTTP, sockets and TCP, and judges the responses. A response after the deadline counts as a hang. */
import { type Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect, Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { until } from '../until.ts';
import type { Frames, Polling } from './frame-inputs.ts';
import type { HttpInput } from './http-inputs.ts';
import type { RawClient } from './raw-client.ts';
import type { SocketInput } from './socket-inputs.ts';
import { type Verdict, verdictOnAck, verdictOnResponse } from './verdicts.ts';

/** Deadline of one input, long enough for a slow and busy machine. */
export const DEADLINE_MS = 60_000;

const UNKNOWN: Verdict = { outcome: 'unknown', fault: null };
const hang = (what: string): Verdict => ({ outcome: 'unknown', fault: `${what} in ${DEADLINE_MS} ms` });

/** Sends a request and reads the whole response. Rejects when the connection closes before that, and after the deadline. */
async function exchange(
  url: string,
  options: RequestOptions,
  body?: Buffer | string | null,
): Promise<{ status: number; type: string; text: string }> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, signal: AbortSignal.timeout(DEADLINE_MS), ...options });
  sent.end(body ?? undefined);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  const text = await textOf(response);
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text };
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

export async function sendHttp(url: string, agent: Agent, input: HttpInput, token: string): Promise<Verdict> {
  const { method, path, body } = input;
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body && { 'content-length': body.length }),
    ...input.headers,
  };
  try {
    const response = await exchange(url, { agent, method, path, headers }, body);
    return verdictOnResponse({ ...response, isHead: method === 'HEAD' }, input.field);
  } catch (error) {
    if (isTimeout(error)) return hang('gets no response');
    // The gateway may close the connection on invalid HTTP, and on a body that it does not read.
    return UNKNOWN;
  }
}

const PROBE = '4299["unwatch",{"watch":"none"}]';
/** Inputs that await no response use smaller ids. Theirs may come late, and must not be taken for another input's. */
let nextAckId = 1_000;

/** Sends an event, then a probe, which gets a response unless the connection closed. */
export async function sendEvent(client: RawClient, input: SocketInput): Promise<Verdict> {
  await client.connect();
  const id = nextAckId++;
  for (const packet of input.packets) {
    client.send(typeof packet === 'string' ? packet.replace(/^42#/, `42${id}`) : packet);
  }
  const response = `43${id}[`;
  const ack = input.isAcknowledged ? await client.waitForPacket(response) : null;
  client.send(PROBE);
  const after = client.isOpen ? await client.waitForPacket('4399[') : null;
  if (ack === null || (after === null && client.isOpen)) return UNKNOWN;
  return verdictOnAck((JSON.parse(ack.slice(response.length - 1)) as unknown[])[0], input.field);
}

/** Sends frames on an authenticated or unauthenticated session. Afterwards the session must work or be closed. */
export async function sendFrames(
  client: RawClient,
  { packets, as }: Frames,
  isAuthenticated: boolean,
): Promise<Verdict> {
  await (isAuthenticated ? client.connect() : client.open());
  const { webSocket } = client;
  for (const packet of packets) {
    const bytes = Buffer.from(packet);
    const sent = () => undefined;
    if (as === 'frames') client.send(packet);
    else if (as === 'text') webSocket.send(bytes, { binary: false }, sent);
    else if (as === 'pings') webSocket.ping(bytes.subarray(0, 125), true, sent);
    else if (as === 'fragments') {
      webSocket.send(bytes.subarray(0, 3), { fin: false, binary: false }, sent);
      webSocket.send(bytes.subarray(3), { fin: true, binary: false }, sent);
    } else writeToStream(webSocket, bytes);
  }
  if (as === 'bytes') {
    // The gateway may wait for the rest of a frame, so end the stream.
    endStream(webSocket);
    await until(() => !client.isOpen, 'the connection is closed', DEADLINE_MS);
  } else if (isAuthenticated) {
    client.send(PROBE);
    await client.waitForPacket('4399[');
  } else {
    client.send(client.handshake);
    // If one of the packets was a handshake, a second one closes the connection.
    await client.waitForPacket('40', '44');
    await client.close();
  }
  return UNKNOWN;
}

/**
 * Opens a session, sends the input on it, and closes it. Each request has its own connection: the gateway may close one that
 * is kept alive at any time, and a request that was just written to it would fail.
 */
export async function sendPolling(
  url: string,
  input: Polling,
  handshake: string,
  isAuthenticated: boolean,
): Promise<Verdict> {
  const send = (path: string, options: RequestOptions = {}, body?: Buffer | string | null) =>
    exchange(url, { path, agent: false, ...options }, body);
  const path = '/socket.io/?EIO=4&transport=polling';
  const opened = await send(path);
  const session = `${path}&sid=${(JSON.parse(opened.text.slice(1)) as { sid: string }).sid}`;
  if (isAuthenticated) {
    await send(session, { method: 'POST' }, handshake);
    await send(session);
  }
  const { method, query, headers, body } = input;
  let verdict = UNKNOWN;
  try {
    const { status, text } = await send(
      session + query,
      { method, headers },
      method === 'OPTIONS' ? null : body,
    );
    if (status >= 500) verdict = { outcome: 'unknown', fault: `has the response ${status}: ${text}` };
  } catch (error) {
    if (isTimeout(error)) return hang('gets no response');
    // The gateway may close the connection instead of reading a body.
  }
  await send(session, { method: 'POST' }, '1');
  return verdict;
}

/** Writes bytes, ends the stream, and waits until the gateway closes the connection. */
export async function sendBytes(url: string, bytes: Buffer): Promise<Verdict> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  let reply = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => {
    reply += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('end', () => socket.end());
  socket.end(bytes);
  try {
    await until(() => isClosed, 'the connection is closed', DEADLINE_MS);
  } catch {
    return hang('keeps its connection');
  } finally {
    socket.destroy();
  }
  const failed = /^HTTP\/1\.1 5\d\d.*/m.exec(reply);
  return { outcome: 'unknown', fault: failed ? `has the response ${failed[0]}` : null };
}

function streamOf(webSocket: object): Socket | null {
  const socket: unknown = Reflect.get(webSocket, '_socket');
  return socket instanceof Socket ? socket : null;
}
const writeToStream = (webSocket: object, bytes: Buffer) => void streamOf(webSocket)?.write(bytes);
const endStream = (webSocket: object) => void streamOf(webSocket)?.end();
