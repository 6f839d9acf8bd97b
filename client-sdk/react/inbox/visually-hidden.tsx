import type { CSSProperties, ReactNode, RefObject } from 'react';

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
  return <span style={visuallyHiddenStyle}>{children}</span>;
}

/** A polite live region. It must be in the document before its text changes. */
export function LiveRegion({
  region,
  text,
}: {
  region: RefObject<HTMLDivElement | null>;
  text: string;
}): ReactNode {
  return (
    <div
      ref={region}
      className="hubbub-inbox__announcer"
      style={visuallyHiddenStyle}
      role="status"
      aria-live="polite"
    >
      {text}
    </div>
  );
}
