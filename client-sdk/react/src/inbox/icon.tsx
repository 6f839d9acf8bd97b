import { icons } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';

/** With a size and colours of its own, so that it works without a style sheet. */
export function Icon({ name }: { name: keyof typeof icons }): ReactNode {
  return (
    <svg
      className="hubbub-inbox__icon"
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      aria-hidden="true"
    >
      <path d={icons[name]} />
    </svg>
  );
}
