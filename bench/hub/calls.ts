/** Counts the commands that this process sends to Redis and MongoDB. A script of Redis is one command. */
import { tracingChannel } from 'node:diagnostics_channel';
import mongoose from 'mongoose';
import type { CallCounts } from '../messages.ts';

export class CallCounter {
  readonly #counts: CallCounts = { redis: {}, mongodb: {} };

  /** The connection to MongoDB must be open, with `monitorCommands=true` in its address. */
  start(): void {
    const count = (database: keyof CallCounts, name: string) => {
      this.#counts[database][name] = (this.#counts[database][name] ?? 0) + 1;
    };
    // ioredis traces commands in this channel.
    tracingChannel<unknown, { command?: string }>('ioredis:command').start.subscribe((message) => {
      count('redis', commandOf(message));
    });
    for (const connection of mongoose.connections) {
      // Before a connection opens, it has no client.
      if (connection.readyState !== mongoose.ConnectionStates.connected) continue;
      connection.getClient().on('commandStarted', ({ commandName }) => count('mongodb', commandName));
    }
  }

  get counts(): CallCounts {
    return this.#counts;
  }
}

const commandOf = (message: unknown): string =>
  typeof message === 'object' && message !== null && 'command' in message
    ? String(message.command)
    : 'unknown';
