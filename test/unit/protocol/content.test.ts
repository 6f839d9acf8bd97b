import { describe, expect, it } from 'vitest';
import { actionInput } from '../../../protocol/schemas/action.ts';
import { parse } from '../../../protocol/schemas/parse.ts';

const opened = { actor: 'user:ada', verb: 'opened' };
const parsed = (input: object) => {
  const result = parse(actionInput, { ...opened, ...input });
  if (!result.ok) throw new Error(JSON.stringify(result.fields));
  return result.value;
};
const fields = (input: object) => {
  const result = parse(actionInput, { ...opened, ...input });
  return result.ok ? [] : result.fields.map(({ path, message }) => `${path} ${message}`);
};
const button = (more: object = {}) => ({ id: 'yes', label: 'Yes', ...more });

describe('the content of an action', () => {
  it('has a body, a link and buttons, which are not data', () => {
    const content = {
      body: 'Two\n\tlines',
      url: '/issues/7',
      buttons: [button({ style: 'primary' }), button({ id: 'open', url: 'https://elsewhere.example/' })],
    };
    expect(parsed(content)).toMatchObject({ ...content, data: {} });
  });

  it('is absent if it is empty', () => {
    for (const empty of [{}, { body: '', buttons: [] }, { body: null, url: null, buttons: null }]) {
      const action = parsed(empty);
      for (const name of ['body', 'url', 'buttons']) expect(action).not.toHaveProperty(name);
    }
    expect(parsed({ buttons: [button({ url: null, style: null })] }).buttons).toEqual([button()]);
  });

  it('stays data in an explicit `data` object', () => {
    const data = { body: 7, url: 'x:', buttons: 'none' };
    const action = parsed({ data, body: 'shown' });
    expect(action).toMatchObject({ data, body: 'shown' });
    expect(action).not.toHaveProperty('url');
  });

  it.each<[string, object, string]>([
    ['a body that is no text', { body: 7 }, 'body must be a string'],
    ['a body that is too long', { body: 'x'.repeat(1_001) }, 'body at most 1000 characters'],
    ['control characters', { body: 'a\u0000b' }, 'body must not contain control characters'],
    ['half a character', { body: '\ud800' }, 'body must be well-formed text'],
    ['a script', { url: 'javascript:alert(1)' }, 'url must be relative, or http or https'],
    ['no buttons', { buttons: 'yes' }, 'buttons must be a list of buttons'],
    ['four buttons', { buttons: ['a', 'b', 'c', 'd'].map((id) => button({ id })) }, 'buttons at most 3'],
    ['repeated ids', { buttons: [button(), button()] }, 'buttons[1].id must be unique'],
    ['a button without a label', { buttons: [{ id: 'yes' }] }, 'buttons[0].label must be a string'],
    ['an empty id', { buttons: [button({ id: '' })] }, 'buttons[0].id must not be empty'],
    [
      'an unknown style',
      { buttons: [button({ style: 'big' })] },
      'buttons[0].style must be primary or danger',
    ],
  ])('is refused with its path: %s', (_, input, expected) => {
    expect(fields(input)).toEqual([expected]);
  });

  it('is refused with unknown fields of a button', () => {
    expect(fields({ buttons: [button({ onclick: 'x' })] })).toHaveLength(1);
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://elsewhere.example/x',
    'mailto:ada@example.com',
    'https://',
    '',
  ])('leads to no address such as %j', (url) => {
    expect(fields({ url })).not.toEqual([]);
    expect(fields({ buttons: [button({ url })] })).not.toEqual([]);
  });

  it.each(['/a', 'a/b', '?q', '#x', '//host/path', 'http://a.example', 'HTTPS://a.example/'])(
    'leads to pages such as %j',
    (url) => {
      expect(parsed({ url, buttons: [button({ url })] })).toMatchObject({ url, buttons: [{ url }] });
    },
  );
});
