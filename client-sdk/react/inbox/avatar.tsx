import { type CSSProperties, type ReactNode, useState } from 'react';
import { hueOf, hues, initials } from '../../ui/avatar.ts';
import { safeLink } from '../../ui/link.ts';
import type { AvatarProps } from './parts.ts';

/** A picture. Until it is loaded, or if there is none: coloured initials. */
export function Avatar({ actor }: AvatarProps): ReactNode {
  const [loaded, setLoaded] = useState<string | null>(null);
  const name = actor?.name || actor?.id || '?';
  const source = safeLink(actor?.image);
  const degrees = (hueOf(actor?.id ?? name) * 360) / hues;
  const style: CSSProperties & Record<`--${string}`, string> = { '--hubbub-hue': String(degrees) };
  return (
    <span className="hubbub-inbox__avatar" style={style} aria-hidden="true">
      {initials(name)}
      {source !== undefined && (
        <img
          className={`hubbub-inbox__picture${loaded === source ? '' : ' hubbub-inbox__picture--loading'}`}
          src={source}
          alt=""
          decoding="async"
          loading="lazy"
          referrerPolicy="no-referrer"
          onLoad={() => setLoaded(source)}
        />
      )}
    </span>
  );
}
