import type { Redis } from 'ioredis';
import { turnKey } from './keys.ts';

const turnScript = `
redis.call('DEL', KEYS[1] .. ':none')
if redis.call('SET', KEYS[1], '1', 'PX', ARGV[1], 'NX') then return 1 end
return 0
`;

interface Scripts {
  hubbubTurn(turn: string, ms: number): Promise<number>;
}

/** True for one of all processes that ask for the same work within `ms`. */
export function turnsOf(redis: Redis): (work: string, ms: number) => Promise<boolean> {
  redis.defineCommand('hubbubTurn', { numberOfKeys: 1, lua: turnScript });
  const scripts = redis as Redis & Scripts;
  return async (work, ms) => (await scripts.hubbubTurn(turnKey(work), ms)) === 1;
}
