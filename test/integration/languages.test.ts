/** Texts in the reader's language: which one a call, a header and a handshake choose, and what the configuration says. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { FeedChanges, FeedPage, RenderedAction } from '../../protocol/entities.ts';
import { logAndWait } from '../support/feeds.ts';
import { TestHub } from '../support/hub.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({
    hub: {
      messages: {
        de: { did: '{actor} hat {targets} erledigt{relatedCount, plural, =0 {} other { ({related})}}' },
        ja: { did: '{actor}が{targets}を終えました' },
      },
    },
  });
});
afterAll(() => hub.close());

const targets = ['a', 'b', 'c', 'd'].map((name) => ({ type: 'issue', id: name, name }));
const texts = {
  en: 'somebody did a, b and 2 others',
  de: 'somebody hat a, b und 2 weitere erledigt',
  ja: 'somebodyがa、b、他2件を終えました',
};

describe('the language', () => {
  const textOf = ({ items }: FeedPage) => items[0]?.action.text;

  test('is that of the query, else of the header, else the default', async () => {
    await logAndWait(hub, 'ada', 1, { targets });
    const get = async (query: string, languages?: string) => {
      const headers = {
        authorization: `Bearer ${await tokenFor('ada')}`,
        ...(languages && { 'accept-language': languages }),
      };
      const response = await fetch(`${hub.url}/v1/users/ada/feed${query}`, { headers });
      return textOf((await response.json()) as FeedPage);
    };
    expect(await get('')).toBe(texts.en);
    expect(await get('', 'de-AT,de;q=0.9,en;q=0.8')).toBe(texts.de);
    expect(await get('', 'ja')).toBe(texts.ja);
    expect(await get('?locale=ja', 'de')).toBe(texts.ja);
    // Never half translated: French has no sentence, so lists are English, too.
    expect(await get('?locale=fr', 'de')).toBe(texts.en);
    const socket = await hub.socket('ada');
    expect(textOf(await socket.get<FeedPage>('feed:list', { locale: 'de' }))).toBe(texts.de);
  });

  test('of changes is that of the request', async () => {
    const api = await hub.service();
    const { position } = (await api.get<FeedPage>('/v1/users/eve/feed')).body;
    await logAndWait(hub, 'eve', 1, { targets });
    const path = `/v1/users/eve/feed/changes?position=${position}`;
    for (const locale of ['de', 'ja', 'fr'] as const) {
      const { items } = (await api.get<FeedChanges>(`${path}&locale=${locale}`)).body;
      expect(items.map(({ action }) => action.text)).toEqual([locale === 'fr' ? texts.en : texts[locale]]);
    }
    const socket = await hub.socket('eve');
    const changes = await socket.get<FeedChanges>('feed:changes', { position, locale: 'de' });
    expect(changes.items[0]?.action.text).toBe(texts.de);
  });

  test('of a feed with a sentence for only some verbs is one in each text, in lists, pushes and refs without names', async () => {
    const socket = await TestSocket.connect(hub.url, await tokenFor('fay'), { locale: 'de-AT' });
    onTestFinished(() => socket.close());
    const unnamed = [...targets.slice(0, 3), { type: 'issue', id: '7' }, { type: 'issue', id: '8' }];
    await logAndWait(hub, 'fay', 1, { targets, verb: 'moved', related: ['project:p1'] });
    await logAndWait(hub, 'fay', 1, { targets: unnamed, verb: 'did', related: ['project:p1'] });
    const expected = [
      'somebody hat a, b und 3 weitere erledigt (project p1)',
      'somebody moved a, b and 2 others in project p1',
    ];
    const { items } = await socket.get<FeedPage>('feed:list');
    expect(items.map(({ action }) => action.text)).toEqual(expected);
    const pushed = await until(() => socket.items.length === 2 && socket.items);
    expect(pushed.map(({ item }) => item.action.text).toSorted()).toEqual(expected.toSorted());
  });

  test('of pushes is that of each handshake', async () => {
    const token = await tokenFor('bob');
    const sockets = await Promise.all(
      ['de', 'ja', 'fr', undefined].map((locale) => TestSocket.connect(hub.url, token, { locale })),
    );
    onTestFinished(() => {
      for (const socket of sockets) socket.close();
    });
    await logAndWait(hub, 'bob', 1, { targets });
    const pushed = await Promise.all(sockets.map((socket) => until(() => socket.items[0])));
    expect(pushed.map(({ item }) => item.action.text)).toEqual([texts.de, texts.ja, texts.en, texts.en]);
  });

  test('of rendered times is that of the text next to them', async () => {
    const [id] = await logAndWait(hub, 'cleo', 1, { targets, verb: 'did' });
    const [other] = await logAndWait(hub, 'cleo', 1, { targets, verb: 'moved' });
    const api = await hub.service();
    const body = { ids: [id, other], locale: 'de' };
    const rendered = (await api.post<RenderedAction[]>('/v1/actions/render', body)).body;
    expect(rendered.map(({ text }) => text)).toEqual([texts.de, 'somebody moved a, b and 2 others']);
    const german = new Intl.RelativeTimeFormat('de', { numeric: 'auto' });
    const isGerman = rendered.map(
      ({ time }) => time.startsWith('vor ') || time === german.format(0, 'second'),
    );
    expect(isGerman).toEqual([true, false]);
  });
});
