import type { Ref } from '../../protocol/entities.ts';
import { invalid } from '../errors.ts';
import type { Settings } from '../settings.ts';

/**
 * Returns the id of a user given by id or ref. A string that starts with the user type and a colon is a ref.
 * @throws HubError invalid_input if it is a ref of another type, or the id is empty or too long
 */
export function userIdOf(user: string | Ref, settings: Pick<Settings, 'userType'>, path: string): string {
  if (typeof user !== 'string') {
    if (user.type === settings.userType) return user.id;
    throw invalid([{ path, message: `must be a user: a ref of the type ${settings.userType}, or an id` }]);
  }
  const prefix = `${settings.userType}:`;
  const id = user.startsWith(prefix) ? user.slice(prefix.length) : user;
  if (id.length >= 1 && id.length <= MAX_ID_LENGTH) return id;
  throw invalid([{ path, message: `must be a user: an id of 1 to ${MAX_ID_LENGTH} characters` }]);
}

const MAX_ID_LENGTH = 255;
