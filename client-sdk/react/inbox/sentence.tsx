import type { ReactNode } from 'react';
import { piecesOf } from '../../ui/sentence.ts';
import type { SentenceProps } from './parts.ts';

/** The action's text, with what it names set apart. Text only: nothing in it is taken for markup. */
export function Sentence({ action }: SentenceProps): ReactNode {
  let from = 0;
  return (
    <span className="hubbub-inbox__sentence" dir="auto">
      {piecesOf(action).map(({ text, role }) => {
        const place = from;
        from += text.length;
        if (role === undefined) return text;
        return (
          <bdi key={place} className={`hubbub-inbox__name hubbub-inbox__name--${role}`}>
            {text}
          </bdi>
        );
      })}
    </span>
  );
}
