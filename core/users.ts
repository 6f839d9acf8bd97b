import type { Ref } from '../protocol/entities.ts';
import { invalid } from './errors.ts';
import type { Settings } from './settings.ts';

/**
 * The id of a user that a call names by its id or its ref. Text that begins with the user type and a colon is a ref.
 * @throws HubError invalid_input where it is a ref of another type, or of no user
 */
export function userIdOf(user: string | Ref, settings: Pick<Settings, 'userType'>, path: string): string {
  if (typeof user !== 'string') {
    if (user.type === settings.userType) return user.id;
    throw invalid([{ path, message: `must be a user: a ref of the type ${settings.userType}, or an id` }]);
  }
  const prefix = `${settings.userType}:`;
  const id = user.startsWith(prefix) ? user.slice(prefix.length) : user;
  if (id.length >= 1 && id.length <= MOST_ID) return id;
  throw invalid([{ path, message: `must be a user: an id of 1 to ${MOST_ID} characters` }]);
}

const MOST_ID = 255;
