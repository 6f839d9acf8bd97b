/** Converts the objects of GitHub's payloads to refs. */
import type { Ref } from '../../protocol/entities.ts';
import { refOf } from '../display.ts';
import { getObject, getText, type Payload } from './payload.ts';

export function userRef(user: Payload | undefined): Ref | undefined {
  const login = getText(user, 'login');
  if (login === undefined) return undefined;
  return refOf('user', login, {
    name: login,
    url: getText(user, 'html_url'),
    image: getText(user, 'avatar_url'),
  });
}

export function repositoryRef(repository: Payload | undefined): Ref | undefined {
  const id = getText(repository, 'full_name', 'name');
  if (id === undefined) return undefined;
  return refOf('repository', id, {
    name: id,
    url: getText(repository, 'html_url'),
    image: getText(getObject(repository, 'owner'), 'avatar_url'),
  });
}

export function organizationRef(organization: Payload | undefined): Ref | undefined {
  const login = getText(organization, 'login');
  if (login === undefined) return undefined;
  return refOf('organization', login, {
    name: login,
    url: `https://github.com/${login}`,
    image: getText(organization, 'avatar_url'),
  });
}

/** An id that is unique across repositories: prefixed with the repository, or otherwise the organization. */
export function idWithin(payload: Payload, id: string): string {
  const home =
    getText(getObject(payload, 'repository'), 'full_name') ??
    getText(getObject(payload, 'organization'), 'login') ??
    'github';
  return `${home}/${id}`;
}

/** The URL of a page of the payload's repository. */
export function urlWithin(payload: Payload, path: string): string | undefined {
  const home = getText(getObject(payload, 'repository'), 'html_url');
  return home === undefined ? undefined : `${home}/${path}`;
}

export function commitRef(payload: Payload, sha: string | undefined): Ref | undefined {
  if (sha === undefined) return undefined;
  return refOf('commit', idWithin(payload, sha), {
    name: sha.slice(0, 7),
    url: urlWithin(payload, `commit/${sha}`),
  });
}

/** A branch or tag, from a name such as `refs/heads/main`. */
export function gitRef(payload: Payload, name: string | undefined, kind?: string): Ref | undefined {
  if (name === undefined) return undefined;
  const short = name.replace(/^refs\/(heads|tags)\//, '');
  const type = kind ?? (name.startsWith('refs/tags/') ? 'tag' : 'branch');
  return refOf(type, idWithin(payload, short), { name: short, url: urlWithin(payload, `tree/${short}`) });
}
