/**
 * The users that a visitor can act as, and their trackers: the team of the project Website, and users of GitHub's
 * payloads. The service account, which seeds the demo and replays payloads, is not one of them.
 */
import type { Ref } from '../protocol/entities.ts';
import type { Person } from './page/person.ts';
import { project, verbs } from './page/project.ts';

export const serviceAccount = 'demo-service';

export const team: readonly Person[] = [
  {
    id: 'ada',
    name: 'Ada',
    group: 'team',
    about: 'Follows the project Website',
    follows: [{ to: `project:${project.id}`, actorOnly: false }],
  },
  {
    id: 'grace',
    name: 'Grace',
    group: 'team',
    about: 'Follows the project Website',
    follows: [{ to: `project:${project.id}`, actorOnly: false }],
  },
  {
    id: 'katherine',
    name: 'Katherine',
    group: 'team',
    about: 'Follows one person, Ada',
    follows: [{ to: 'user:ada' }],
  },
  {
    id: 'alan',
    name: 'Alan',
    group: 'team',
    about: 'Follows comments on any issue',
    follows: [{ to: { type: 'issue' }, verbs: [verbs.commented], actorOnly: false }],
  },
];

/** Long ago, so that replayed actions are unread as well. Fixed, so that seeding is idempotent. */
const since = '1970-01-01T00:00:00.000Z';

export const githubUsers: readonly Person[] = [
  {
    id: 'octocat',
    name: 'octocat',
    image: 'https://avatars.githubusercontent.com/u/583231?v=4',
    group: 'github',
    about: 'Follows one person, Codertocat',
    follows: [{ to: 'user:Codertocat', since }],
  },
  {
    id: 'hacktocat',
    name: 'hacktocat',
    image: 'https://avatars.githubusercontent.com/u/39652351?v=4',
    group: 'github',
    about: 'Follows one repository, Codertocat/Hello-World',
    follows: [{ to: 'repository:Codertocat/Hello-World', actorOnly: false, since }],
  },
  {
    id: 'monalisa',
    name: 'monalisa',
    image: 'https://avatars.githubusercontent.com/u/2874987?v=4',
    group: 'github',
    about: 'Follows every repository: replay a git history of your own',
    follows: [{ to: { type: 'repository' }, actorOnly: false, since }],
  },
  {
    id: 'rachmari',
    name: 'rachmari',
    image: 'https://avatars.githubusercontent.com/u/9831992?v=4',
    group: 'github',
    about: 'Follows releases and packages, wherever they are published',
    follows: [{ to: [{ type: 'release' }, { type: 'package' }], actorOnly: false, since }],
  },
  {
    id: 'wolfy1339',
    name: 'wolfy1339',
    image: 'https://avatars.githubusercontent.com/u/4595477?v=4',
    group: 'github',
    about: 'Follows issues and pull requests, but only some of what happens to them',
    follows: [
      { to: { type: 'issue' }, verbs: ['opened issue', 'commented on issue'], actorOnly: false, since },
      {
        to: { type: 'pull_request' },
        verbs: ['opened pull request', 'merged pull request', 'closed pull request', 'reviewed pull request'],
        actorOnly: false,
        since,
      },
    ],
  },
  {
    id: 'Codertocat',
    name: 'Codertocat',
    image: 'https://avatars.githubusercontent.com/u/21031067?v=4',
    group: 'github',
    about: 'Follows friends, and what others do in Octocoders and octo-org',
    follows: [
      { to: ['user:octocat', 'user:hacktocat', 'user:monalisa', 'user:rachmari', 'user:wolfy1339'], since },
      {
        to: ['repository:octo-org/octo-repo', 'repository:Octocoders/Hello-World'],
        actorOnly: false,
        since,
      },
    ],
  },
];

export const users: readonly Person[] = [...team, ...githubUsers];

/** The user's ref in an action. */
export function userRef({ id, name, image }: Person): Ref {
  return { type: 'user', id, name, ...(image !== undefined && { image }) };
}
