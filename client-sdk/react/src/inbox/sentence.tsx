import { splitSentence } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import type { SentenceProps } from './parts.ts';

/** The action's text with its names highlighted. Text only: it is never interpreted as HTML. */
export function Sentence({ action, linkTabIndex }: SentenceProps): ReactNode {
  let offset = 0;
  return (
    <span className="hubbub-inbox__sentence" dir="auto">
      {splitSentence(action).map(({ text, role, link }) => {
        const start = offset;
        offset += text.length;
        if (role === undefined) return text;
        const className = `hubbub-inbox__name hubbub-inbox__name--${role}`;
        return link === undefined || linkTabIndex === undefined ? (
          <bdi key={start} className={className}>
            {text}
          </bdi>
        ) : (
          <a key={start} className={className} href={link} tabIndex={linkTabIndex} dir="auto">
            {text}
          </a>
        );
      })}
    </span>
  );
}
