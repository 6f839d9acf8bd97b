import type { CSSProperties, ReactNode } from 'react';

/** An inline style, so that it works without a style sheet. */
const visuallyHiddenStyle: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
};

/** For screen readers only. */
export function VisuallyHidden({ children }: { children: ReactNode }): ReactNode {
  return (
    <span className="hubbub-inbox__hidden" style={visuallyHiddenStyle}>
      {children}
    </span>
  );
}

/** A polite live region. It must be in the document before its text changes. */
export function LiveRegion({ text }: { text: string }): ReactNode {
  return (
    <p
      className="hubbub-inbox__announcer hubbub-inbox__hidden"
      style={visuallyHiddenStyle}
      aria-live="polite"
    >
      {text}
    </p>
  );
}
