import type { ReactNode } from 'react';

/** Outlines in a 24 by 24 box, in the text colour. */
const outlines = {
  bell: 'M6 9a6 6 0 0 1 12 0c0 5 2 6.5 2 7.5H4C4 15.5 6 14 6 9Zm4 10.5a2 2 0 0 0 4 0',
  close: 'M6 6l12 12M18 6L6 18',
} as const;

export function Icon({ name }: { name: keyof typeof outlines }): ReactNode {
  return (
    <svg
      className="hubbub-inbox__icon"
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={outlines[name]} />
    </svg>
  );
}
