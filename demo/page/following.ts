/** What a user of the demo can follow, and whether they do. Pure. */
import type { Tracker, TrackInput } from '@hubbub/client';
import type { Person } from './person.ts';
import { project, verbs } from './project.ts';

export interface Followable {
  name: string;
  input: TrackInput;
}

/** The project, the other team members, and for the team every comment on any issue. */
export function followable(person: Person, people: readonly Person[]): Followable[] {
  const others = people.filter(({ id, group }) => group === 'team' && id !== person.id);
  return [
    { name: project.name, input: { to: `project:${project.id}`, actorOnly: false } },
    ...others.map(({ id, name }) => ({ name, input: { to: `user:${id}` } })),
    // Some GitHub users follow issues with other options, and there is one tracker per user and object.
    ...(person.group === 'team'
      ? [
          {
            name: 'All comments',
            input: { to: { type: 'issue' }, verbs: [verbs.commented], actorOnly: false },
          },
        ]
      : []),
  ];
}

export function isTracked({ to }: TrackInput, trackers: readonly Tracker[]): boolean {
  return trackers.some(({ tracked }) => keyOf(tracked) === keyOf(to));
}

function keyOf(tracked: TrackInput['to'] | Tracker['tracked']): string {
  if (typeof tracked === 'string') return tracked;
  if (Array.isArray(tracked)) return tracked.map(keyOf).join(' ');
  return 'id' in tracked ? `${tracked.type}:${tracked.id}` : tracked.type;
}
