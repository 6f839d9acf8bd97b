import { avatarOf } from '@hubbub/inbox/engine';
import { type CSSProperties, type ReactNode, useState } from 'react';
import type { AvatarProps } from './parts.ts';

/** A picture. Until it is loaded, or if there is none: coloured initials. */
export function Avatar({ actor }: AvatarProps): ReactNode {
  const [failed, setFailed] = useState<string>();
  const { initials, hue, picture } = avatarOf(actor);
  const style: CSSProperties & Record<`--${string}`, string> = { '--_hue': String(hue) };
  return (
    <span className="hubbub-inbox__avatar" style={style} aria-hidden="true">
      {initials}
      {picture !== undefined && (
        <img
          className="hubbub-inbox__picture"
          src={picture}
          alt=""
          decoding="async"
          referrerPolicy="no-referrer"
          hidden={failed === picture}
          onError={() => setFailed(picture)}
        />
      )}
    </span>
  );
}
