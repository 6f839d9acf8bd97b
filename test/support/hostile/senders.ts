/** Sends hostile inputs over HTTP, sockets and TCP, and judges the responses. A response after the deadline counts as a hang. */
import { type Agent, type IncomingMessage, request } from 'node:http';
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

export async function sendHttp(url: string, agent: Agent, input: HttpInput, token: string): Promise<Verdict> {
  const { method, path, body, headers } = input;
  const { hostname, port } = new URL(url);
  try {
    const sent = request({
      agent,
      hostname,
      port,
      method,
      path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-length': body.length }),
        ...headers,
      },
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    sent.end(body ?? undefined);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve);
      sent.once('error', reject);
    });
    const text = await textOf(response);
    const type = response.headers['content-type'] ?? '';
    return verdictOnResponse(
      { status: response.statusCode ?? 0, type, text, isHead: method === 'HEAD' },
      input.field,
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return hang('gets no answer');
    // The gateway may close the connection on invalid HTTP, and on a body that it does not read.
    return UNKNOWN;
  }
}

const PROBE = '4299["unwatch",{"watch":"none"}]';

/** Sends an event, then a probe, which gets a response unless the connection closed. */
export async function sendEvent(client: RawClient, input: SocketInput): Promise<Verdict> {
  await client.connect();
  for (const packet of input.packets) client.send(packet);
  const ack = input.isAcknowledged ? await client.waitForPacket('430[') : null;
  client.send(PROBE);
  const after = client.isOpen ? await client.waitForPacket('4399[') : null;
  if (ack === null || (after === null && client.isOpen)) return UNKNOWN;
  return verdictOnAck((JSON.parse(ack.slice(3)) as unknown[])[0], input.field);
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

export async function sendPolling(
  url: string,
  input: Polling,
  handshake: string,
  isAuthenticated: boolean,
): Promise<Verdict> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const path = `${url}/socket.io/?EIO=4&transport=polling`;
  const opened = await (await fetch(path, { signal })).text();
  const session = `${path}&sid=${(JSON.parse(opened.slice(1)) as { sid: string }).sid}`;
  if (isAuthenticated) {
    await fetch(session, { method: 'POST', body: handshake, signal });
    await (await fetch(session, { signal })).text();
  }
  const { method, query, headers, body } = input;
  const hasBody = method !== 'OPTIONS';
  const reply = await fetch(session + query, {
    method,
    headers,
    signal,
    ...(hasBody && { body: body && new Uint8Array(body) }),
  });
  const text = await reply.text();
  await (await fetch(session, { method: 'POST', body: '1', signal })).text();
  const fault = reply.status >= 500 ? `has the response ${reply.status}: ${text}` : null;
  return { outcome: 'unknown', fault };
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
