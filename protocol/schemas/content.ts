/** What an entry shows besides its sentence: an excerpt, a link and buttons. */
import { z } from 'zod';
import type { Button } from '../entities.ts';
import { limits } from '../limits.ts';
import { singleLine } from './refs.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: it rejects control characters, except tabs and line breaks
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** Plain text. It may have several lines. */
export const bodyText = z
  .string('must be a string')
  .max(limits.body, `at most ${limits.body} characters`)
  .refine((text) => !controlCharacters.test(text), 'must not contain control characters')
  .refine((text) => text.isWellFormed(), 'must be well-formed text');

const BASE = 'https://relative.invalid';

/** Parses as browsers do, so that tabs or capital letters cannot disguise `javascript:`. */
function leadsToPage(address: string): boolean {
  if (!URL.canParse(address, BASE)) return false;
  const { protocol } = new URL(address, BASE);
  return protocol === 'http:' || protocol === 'https:';
}

/** An address for a link. */
export const link = singleLine(1, limits.url).refine(leadsToPage, 'must be relative, or http or https');

export const buttonId = singleLine(1, limits.buttonId);

const button: z.ZodType<Button> = z
  .strictObject(
    {
      id: buttonId,
      label: singleLine(1, limits.buttonLabel),
      url: link.nullish(),
      style: z.enum(['primary', 'danger'], 'must be primary or danger').nullish(),
    },
    'must be a button: { id, label, url?, style? }',
  )
  .transform(({ id, label, url, style }) => ({ id, label, ...(url && { url }), ...(style && { style }) }));

export const buttons = z
  .array(button, 'must be a list of buttons')
  .max(limits.buttons, `at most ${limits.buttons}`)
  .superRefine((list, ctx) => {
    for (const [index, { id }] of list.entries()) {
      if (list.findIndex((each) => each.id === id) === index) continue;
      ctx.addIssue({ code: 'custom', path: [index, 'id'], message: 'must be unique', input: id });
    }
  });
