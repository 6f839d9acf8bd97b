import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../config/settings.ts';

describe('a sentence', () => {
  it.each([
    [
      { de: { x: '{actor' } },
      'messages.de["x"] is not ICU MessageFormat at character 1: expect argument closing brace',
    ],
    [
      { de: { x: 'a {count, plural, one {b}}' } },
      'messages.de["x"] is not ICU MessageFormat at character 26: missing other clause',
    ],
    [
      { 'de-AT': { 'x y': 'ab {who}' } },
      'messages.de-AT["x y"] has an unknown argument at character 4: who; known are actor, targets, related, verb, count, actorCount, targetCount, relatedCount',
    ],
    [
      { de: { x: '{count, plural, other {{who}}}' } },
      'messages.de["x"] has an unknown argument at character 24: who',
    ],
    [
      { de: { x: '{actor, number}' } },
      'messages.de["x"] formats actor as a number at character 1, which it is not',
    ],
    [{ de: { x: ' ' } }, 'messages.de["x"] must not be blank'],
    [{ de: { x: 'a {}' } }, 'messages.de["x"] is not ICU MessageFormat at character 3: empty argument'],
    [
      { de: { x: '{actor, select, a {b}}' } },
      'messages.de["x"] is not ICU MessageFormat at character 22: missing other clause',
    ],
    [{ de: { x: '{__proto__}' } }, 'messages.de["x"] has an unknown argument at character 1: __proto__'],
    [
      { de: { x: '{count, number, nosuch}' } },
      'messages.de["x"] cannot format count at character 1: the format is unknown',
    ],
    [
      { de: { x: '{count, number, ::nosuch}' } },
      'messages.de["x"] cannot format count at character 1: the format is unknown',
    ],
    [{ de: { x: '{count, number, currency}' } }, 'messages.de["x"] cannot format count at character 1'],
    [
      { de: { x: '{count, plural, other {{count, number, ::currency/EU}}}' } },
      'messages.de["x"] cannot format count at character 24',
    ],
    [
      { de: { x: '{count, date}' } },
      'messages.de["x"] formats count as a date at character 1, which it is not',
    ],
    [{ de: { x: 7 } }, 'must be a sentence'],
    [{ de: 'x' }, 'must be an object of sentences by verb'],
    [{ tlh: { x: 'x' } }, 'must be a language tag that Node knows'],
    [{ 'de-AT': {}, 'de-at': {} }, 'is the same language as another key: de-AT'],
  ])('that is wrong stops the start: %j', (wrong, message) => {
    expect(() => readSettings({ messages: wrong })).toThrow(message);
  });
});

describe('the default language', () => {
  it('must be one that Node knows', () => {
    expect(() => readSettings({ locale: 'tlh' })).toThrow('HUBBUB_CONFIG locale must be a language tag');
    expect(() => readSettings({ locale: '!' })).toThrow('HUBBUB_CONFIG locale must be a language tag');
  });
});
