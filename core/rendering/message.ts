/** A sentence in ICU MessageFormat, parsed and checked. */
import {
  type MessageFormatElement,
  type NumberElement,
  parse,
  TYPE,
} from '@formatjs/icu-messageformat-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { asError } from '../errors.ts';
import type { Message, MessageValues } from '../settings.ts';

/** By name: whether the argument is a number. */
const isNumber: Readonly<Record<keyof MessageValues, boolean>> = {
  actor: false,
  targets: false,
  related: false,
  verb: false,
  count: true,
  actorCount: true,
  targetCount: true,
  relatedCount: true,
};

const formats = new Map<TYPE, string>([
  [TYPE.number, 'a number'],
  [TYPE.date, 'a date'],
  [TYPE.time, 'a time'],
  [TYPE.plural, 'a plural'],
]);

/** The named ones. Others are skeletons: `::compact-short`. */
const numberFormats = IntlMessageFormat.formats.number;

/** Says what is wrong and at which character, counted from 1. */
export class MessageError extends Error {}

/**
 * Returns the sentence of a language.
 * @throws MessageError
 */
export function parseMessage(source: string, language: string): Message {
  const elements = parseElements(source);
  checkArguments(elements, language);
  if (source.trim() === '') throw new MessageError('must not be blank');
  const message = new IntlMessageFormat(elements, language);
  return { format: (values) => String(message.format({ ...values })) };
}

function parseElements(source: string): MessageFormatElement[] {
  try {
    // Texts are never interpreted as HTML, so "<" is a character like any other.
    return parse(source, { ignoreTag: true, captureLocation: true });
  } catch (error) {
    const { message } = asError(error);
    const problem = message.toLowerCase().replaceAll('_', ' ');
    throw new MessageError(`is not ICU MessageFormat at character ${characterOf(error)}: ${problem}`);
  }
}

const characterOf = (error: unknown): number => {
  const isLocated = typeof error === 'object' && error !== null && 'location' in error;
  return startOf(isLocated ? error.location : undefined);
};

function startOf(location: unknown): number {
  if (typeof location !== 'object' || location === null || !('start' in location)) return 1;
  const { start } = location;
  if (typeof start !== 'object' || start === null || !('offset' in start)) return 1;
  return Number(start.offset) + 1;
}

function checkArguments(elements: readonly MessageFormatElement[], language: string): void {
  for (const element of elements) {
    if (element.type === TYPE.literal || element.type === TYPE.pound || element.type === TYPE.tag) continue;
    const at = `at character ${startOf(element.location)}`;
    const { value: name } = element;
    if (!isArgument(name)) {
      const known = Object.keys(isNumber).join(', ');
      throw new MessageError(`has an unknown argument ${at}: ${name}; known are ${known}`);
    }
    const format = formats.get(element.type);
    const isTime = element.type === TYPE.date || element.type === TYPE.time;
    if (format !== undefined && (isTime || !isNumber[name])) {
      throw new MessageError(`formats ${name} as ${format} ${at}, which it is not`);
    }
    if (element.type === TYPE.number) checkNumber(element, language, at);
    if (element.type !== TYPE.select && element.type !== TYPE.plural) continue;
    for (const option of Object.values(element.options)) checkArguments(option.value, language);
  }
}

/** Unknown formats of numbers would be ignored, or fail whenever the text is rendered. */
function checkNumber(element: NumberElement, language: string, at: string): void {
  const { value: name, style } = element;
  const isKnown = typeof style === 'string' ? Object.hasOwn(numberFormats, style) : !isEmptySkeleton(style);
  try {
    if (!isKnown) throw new MessageError('the format is unknown');
    new IntlMessageFormat([element], language).format({ [name]: 1 });
  } catch (error) {
    throw new MessageError(`cannot format ${name} ${at}: ${asError(error).message}`);
  }
}

const isEmptySkeleton = (style: NumberElement['style']): boolean =>
  typeof style === 'object' && style !== null && Object.keys(style.parsedOptions).length === 0;

const isArgument = (name: string): name is keyof MessageValues => Object.hasOwn(isNumber, name);
