/** A user that the visitor can act as, as the demo's server sends it to the page. Pure, without the DOM. */
import type { TrackInput } from '@hubbub/client';

export interface Person {
  id: string;
  name: string;
  /** Default: the initials. */
  image?: string;
  /** `team`: a member of the project's team; `github`: a user of GitHub's payloads. */
  group: 'team' | 'github';
  /** A short description of what the user follows. */
  about: string;
  follows: TrackInput[];
}
