import { describe, expect, it } from 'vitest';
import { linkOf, safeLink } from '../../../client-sdk/inbox/engine/link.ts';
import type { Action, DeletedRef, Ref } from '../../../protocol/entities.ts';
import { item } from '../client-sdk-client/factory.ts';

describe('an address', () => {
  it.each([
    'https://example.com/a?b#c',
    'http://example.com',
    '/a/b',
    'a',
    '#part',
    '?page=2',
    '//example.com/x',
  ])('%s is a safe link', (address) => expect(safeLink(address)).toBe(address));

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://example.com/1',
    'file:///etc/passwd',
    'mailto:ada@example.com',
    'https://',
    '',
    undefined,
  ])('%j is no safe link', (address) => expect(safeLink(address)).toBeUndefined());
});

describe('an action', () => {
  const ref = (id: string, url?: string): Ref => ({ type: 'thing', id, url });
  const deletedRef = (id: string, url: string): DeletedRef => ({
    ...ref(id, url),
    deleted: true,
    description: id,
    serialization: null,
  });
  const action = (changes: Partial<Action>): Action => ({ ...item('a').action, ...changes });

  it('leads to the first of its targets, related and actor that has a safe address', () => {
    const actor = ref('ada', '/ada');
    const related = [ref('r', '/r')];
    expect(linkOf(action({ actor, related, targets: [ref('x'), ref('t', '/t')] }))).toBe('/t');
    expect(linkOf(action({ actor, related, targets: [ref('t', 'javascript:alert(1)')] }))).toBe('/r');
    expect(linkOf(action({ actor, related: [], targets: [] }))).toBe('/ada');
    expect(linkOf(action({ actor: null, related: [], targets: [ref('t')] }))).toBeUndefined();
  });

  it('does not lead to deleted objects', () => {
    expect(linkOf(action({ actor: null, targets: [deletedRef('t', '/t')], related: [ref('r', '/r')] }))).toBe(
      '/r',
    );
    expect(linkOf(action({ actor: deletedRef('ada', '/ada'), targets: [] }))).toBeUndefined();
  });
});
