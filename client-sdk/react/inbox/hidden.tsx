import type { CSSProperties, ReactNode, RefObject } from 'react';

/** With the style in place, so that it is out of sight without a style sheet as well. */
const unseen: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
};

/** For screen readers only. */
export function Hidden({ children }: { children: ReactNode }): ReactNode {
  return <span style={unseen}>{children}</span>;
}

/** Says politely what changes in it, wherever the focus is. It has to be there before it has anything to say. */
export function LiveRegion({
  region,
  text,
}: {
  region: RefObject<HTMLDivElement | null>;
  text: string;
}): ReactNode {
  return (
    <div ref={region} className="hubbub-inbox__announcer" style={unseen} role="status" aria-live="polite">
      {text}
    </div>
  );
}
