/** The objects of GitHub's payloads as refs. */
import type { Ref } from '../../protocol/entities.ts';
import { refOf } from '../display.ts';
import { type Payload, part, text } from './payload.ts';

export function userRef(user: Payload | undefined): Ref | undefined {
  const login = text(user, 'login');
  if (login === undefined) return undefined;
  return refOf('user', login, {
    name: login,
    url: text(user, 'html_url'),
    image: text(user, 'avatar_url'),
  });
}

export function repositoryRef(repository: Payload | undefined): Ref | undefined {
  const id = text(repository, 'full_name', 'name');
  if (id === undefined) return undefined;
  return refOf('repository', id, {
    name: id,
    url: text(repository, 'html_url'),
    image: text(part(repository, 'owner'), 'avatar_url'),
  });
}

export function organizationRef(organization: Payload | undefined): Ref | undefined {
  const login = text(organization, 'login');
  if (login === undefined) return undefined;
  return refOf('organization', login, {
    name: login,
    url: `https://github.com/${login}`,
    image: text(organization, 'avatar_url'),
  });
}

/** The id by which an object inside a repository (or, without one, an organization) is told from others'. */
export function idWithin(payload: Payload, id: string): string {
  const home =
    text(part(payload, 'repository'), 'full_name') ??
    text(part(payload, 'organization'), 'login') ??
    'github';
  return `${home}/${id}`;
}

/** The address of a page of the payload's repository. */
export function urlWithin(payload: Payload, path: string): string | undefined {
  const home = text(part(payload, 'repository'), 'html_url');
  return home === undefined ? undefined : `${home}/${path}`;
}

export function commitRef(payload: Payload, sha: string | undefined): Ref | undefined {
  if (sha === undefined) return undefined;
  return refOf('commit', idWithin(payload, sha), {
    name: sha.slice(0, 7),
    url: urlWithin(payload, `commit/${sha}`),
  });
}

/** A branch or a tag, by a name such as `refs/heads/main`. */
export function gitRef(payload: Payload, name: string | undefined, kind?: string): Ref | undefined {
  if (name === undefined) return undefined;
  const short = name.replace(/^refs\/(heads|tags)\//, '');
  const type = kind ?? (name.startsWith('refs/tags/') ? 'tag' : 'branch');
  return refOf(type, idWithin(payload, short), { name: short, url: urlWithin(payload, `tree/${short}`) });
}
