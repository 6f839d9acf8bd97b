/** Who can be signed in, who is, and what they follow. The address names the person, so that two tabs can be two. */
import type { ClassRef, RefInput, TrackInput } from '@hubbub/client';
import type { Person } from './backend.ts';
import { byId, make } from './dom.ts';

export function personInAddress(people: readonly Person[]): Person | undefined {
  const wanted = new URLSearchParams(location.hash.slice(1)).get('as');
  return people.find(({ id }) => id === wanted) ?? people[0];
}

export function offer(people: readonly Person[]): void {
  const select = byId('person', HTMLSelectElement);
  select.append(...people.map(({ id, name }) => make('option', { value: id, text: name })));
  select.addEventListener('change', () => {
    location.hash = `as=${encodeURIComponent(select.value)}`;
  });
}

export function showPerson(person: Person): void {
  byId('person', HTMLSelectElement).value = person.id;
  byId('about', HTMLElement).textContent = person.about;
  byId('compose-as', HTMLElement).textContent = person.name;
  byId('follows', HTMLElement).replaceChildren(...person.follows.flatMap(followElements));
}

function followElements({ to, verbs, actorOnly = true }: TrackInput): HTMLElement[] {
  return (Array.isArray(to) ? to : [to]).map((tracked) => {
    const { type, id } = partsOf(tracked);
    const what = id === undefined ? `every ${readable(type)}` : id;
    const how = actorOnly ? 'what it does' : 'whatever happens to it';
    return make('li', {}, [
      make('span', { class: 'type', text: readable(type) }),
      make('span', { class: 'what', text: what }),
      make('span', { class: 'how', text: verbs?.length ? verbs.join(', ') : how }),
    ]);
  });
}

function partsOf(tracked: RefInput | ClassRef): { type: string; id?: string } {
  if (typeof tracked !== 'string') return tracked;
  const colon = tracked.indexOf(':');
  return colon < 0 ? { type: tracked } : { type: tracked.slice(0, colon), id: tracked.slice(colon + 1) };
}

function readable(type: string): string {
  return type.replaceAll('_', ' ');
}
