import { describe, expect, it } from 'vitest';
import { SettingsHandlers } from '../../../core/handlers/handlers.ts';
import type { StoredAction } from '../../../core/model/entities.ts';
import { asMillis, asPosition } from '../../../core/model/units.ts';
import { presentAction } from '../../../core/rendering/present.ts';
import { defaultSettings } from '../../../core/settings.ts';
import { fromLiveDoc, toLiveDoc } from '../../../infra/mongo/actions/document.ts';
import type { Ref } from '../../../protocol/entities.ts';

const handlers = new SettingsHandlers(defaultSettings, () => undefined);
const action = (more: Partial<StoredAction> = {}): StoredAction => ({
  id: 'a1',
  actor: null,
  verb: 'asked',
  targets: [],
  related: [],
  level: 30,
  data: { body: 1, url: 2 },
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
  version: 1,
  ...more,
});
const stored = (more?: Partial<StoredAction>) => toLiveDoc(action(more), asPosition(1));
const presented = (more?: Partial<StoredAction>) => presentAction(fromLiveDoc(stored(more)), { handlers });
const content = {
  body: 'Really?',
  url: '/1',
  buttons: [
    { id: 'yes', label: 'Yes', style: 'primary' as const },
    { id: 'open', label: 'Open', url: '/1' },
  ],
};

describe('a stored action', () => {
  it('takes no space for a body, a link and buttons that it does not have', () => {
    for (const unset of [{}, { body: undefined, url: undefined, buttons: undefined }])
      expect(Object.keys(stored(unset))).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(body|url|buttons)$/)]),
      );
  });

  it('of an older version shows the defaults', () => {
    expect(presented()).toMatchObject({ body: '', url: null, buttons: [], data: { body: 1, url: 2 } });
  });

  it('shows what it was logged with', () => {
    expect(fromLiveDoc(stored(content))).toEqual(action(content));
    expect(presented(content)).toMatchObject(content);
  });
});

describe('the link of an action without one', () => {
  const ref = (id: string, url?: string): Ref => ({ type: 'issue', id, ...(url && { url }) });
  const gone = { deleted: true as const, description: 'gone', serialization: null };

  it.each<[string, StoredAction['targets'], StoredAction['related'], string | null]>([
    ['its first target', [ref('1', '/1'), ref('2', '/2')], [ref('3', '/3')], '/1'],
    ['its first related object', [ref('1')], [ref('3', '/3'), ref('4', '/4')], '/3'],
    ['nothing', [ref('1'), ref('2', '/2')], [ref('3')], null],
    ['no deleted object', [{ ...ref('1', '/1'), ...gone }], [ref('3', '/3')], '/3'],
  ])('is that of %s', (_, targets, related, url) => {
    expect(presented({ targets, related }).url).toBe(url);
  });
});
