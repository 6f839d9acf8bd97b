/** A process that runs one attack, named by its first argument, until it is killed. It reads its target from standard input. */
import { json } from 'node:stream/consumers';
import { attacks, type Target } from './attacks.ts';

const attack = attacks.get(process.argv[2] ?? '');
if (!attack) throw new Error('there is no such attack');
const target = (await json(process.stdin)) as Target;
for (const index of target.tokens.keys()) attack(target, index);
setInterval(() => undefined, 1_000);
