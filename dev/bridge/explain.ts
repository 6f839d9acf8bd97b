/** explain: returns PostgreSQL's plan instead of MongoDB's. It names the indexes and the sorts. */
import { deserialize } from 'bson';
import type { Command } from './command.ts';
import { Code, MongoError } from './errors.ts';
import type { Context, Handler } from './handler.ts';
import { reply } from './handler.ts';
import { elements, findElement, readString, subdocument } from './raw-bson.ts';

/** The explainable commands, with DocumentDB's query of each. */
const QUERIES = new Map([
  ['find', 'find'],
  ['aggregate', 'pipeline'],
  ['count', 'count'],
  ['distinct', 'distinct'],
]);

export const explain: Handler = (command, context) => {
  const field = findElement(command.body, 'explain');
  const inner = field && subdocument(command.body, field);
  const first = inner && elements(inner).next().value;
  if (!inner || !first) throw new MongoError(Code.TypeMismatch, 'explain needs a command');
  const verbosity = findElement(command.body, 'verbosity');
  const analyze = verbosity !== undefined && readString(command.body, verbosity) !== 'queryPlanner';
  const collection = readString(inner, first) ?? '';
  return explainCommand({ ...command, name: first.name, collection, body: inner }, analyze, context);
};

export async function explainCommand(command: Command, analyze: boolean, context: Context): Promise<Buffer> {
  const query = QUERIES.get(command.name);
  if (!query) throw new MongoError(Code.CommandNotSupported, `explain of ${command.name} is not supported`);
  const text = `EXPLAIN (FORMAT JSON, ANALYZE ${analyze}, VERBOSE, BUFFERS ${analyze}, TIMING ${analyze})
    SELECT document FROM documentdb_api_catalog.bson_aggregation_${query}($1, $2)`;
  const [plan] = await context.connection.query(text, [command.db, command.body]);
  const [winningPlan] = typeof plan === 'string' ? JSON.parse(plan) : [plan].flat();
  return reply({
    explainVersion: '1',
    queryPlanner: {
      namespace: `${command.db}.${command.collection}`,
      winningPlan: winningPlan?.Plan ?? winningPlan,
    },
    ...(analyze ? { executionStats: { executionTimeMillis: winningPlan?.['Execution Time'] ?? 0 } } : {}),
    command: deserialize(command.body),
  });
}
