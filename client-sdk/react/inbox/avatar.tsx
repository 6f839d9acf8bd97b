import { type CSSProperties, type ReactNode, useState } from 'react';
import { hueOf, hues, initials } from '../../ui/face.ts';
import { safeLink } from '../../ui/link.ts';
import type { AvatarProps } from './parts.ts';

/** A picture; initials in a colour of their own until it is there, or where there is none. */
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
