/** Somebody whom a visitor can be, as the demo's server tells the page. Pure, and without the DOM. */
import type { TrackInput } from '@hubbub/client';

export interface Person {
  id: string;
  name: string;
  /** Without one the initials are shown. */
  image?: string;
  /** Whose history they are part of: the project's, or GitHub's payloads. */
  group: 'team' | 'github';
  /** What makes this one's inbox different, in a few words. */
  about: string;
  follows: TrackInput[];
}
