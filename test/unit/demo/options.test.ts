import { expect, it } from 'vitest';
import { OptionError, readOptions } from '../../../demo/options.ts';

it('the demo reads the given options', () => {
  expect(readOptions(['--git', '/tmp/x', '--limit', '10', '--rate', '2.5', '--space', 'try'], {})).toEqual({
    git: '/tmp/x',
    limit: 10,
    rate: 2.5,
    space: 'try',
    url: 'http://127.0.0.1:3000',
    help: false,
  });
  expect(readOptions([], { PORT: '4000' }).url).toBe('http://127.0.0.1:4000');
});

it.each([
  [['--limit', '0'], /^--limit must be a whole number above 0, not 0$/],
  [['--limit', 'ten'], /--limit/],
  [['--rate', '-1'], /--rate|ambiguous/],
  [['--rate', 'fast'], /^--rate must be a number of actions per second above 0, not fast$/],
  [['--url', 'localhost'], /^--url must be an address/],
  [['--url', 'ftp://x'], /^--url must be an address/],
  [['--space', 'Über'], /^--space must be/],
  [['--nonsense'], /^Unknown option '--nonsense'/],
  [['extra'], /^Unexpected argument 'extra'/],
])('the demo refuses %j with one line', (args, message) => {
  expect(() => readOptions(args, {})).toThrow(OptionError);
  expect(() => readOptions(args, {})).toThrow(message);
  try {
    readOptions(args, {});
  } catch (error) {
    expect(String(error)).not.toContain('\n');
  }
});

it('the demo refuses a space together with a token, which contains its own', () => {
  expect(() => readOptions(['--space', 'try'], { HUBBUB_TOKEN: 'x' })).toThrow(/--space has no effect/);
});
