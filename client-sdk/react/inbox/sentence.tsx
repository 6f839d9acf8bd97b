import type { ReactNode } from 'react';
import { splitSentence } from '../../ui/sentence.ts';
import type { SentenceProps } from './parts.ts';

/** The action's text with its names highlighted. Text only: it is never interpreted as HTML. */
export function Sentence({ action }: SentenceProps): ReactNode {
  let offset = 0;
  return (
    <span className="hubbub-inbox__sentence" dir="auto">
      {splitSentence(action).map(({ text, role }) => {
        const start = offset;
        offset += text.length;
        if (role === undefined) return text;
        return (
          <bdi key={start} className={`hubbub-inbox__name hubbub-inbox__name--${role}`}>
            {text}
          </bdi>
        );
      })}
    </span>
  );
}
