/** User data is shown only as text, and the element works with a strict policy. */
import { describe, expect, it } from 'vitest';
import { items, renderers } from './fixture.ts';
import { useFixture } from './use-fixture.ts';

describe.each(renderers)('%s', (renderer) => {
  const fixture = useFixture(renderer, { allowsErrors: true });

  const evil = [
    '<img src=x onerror="window.hacked = true">',
    '<script>window.hacked = true</script>',
    '"><svg onload="window.hacked = true">',
    '{{alert(1)}} &lt;b&gt; </style></template></script>',
  ];
  const addresses = [
    'javascript:window.hacked=true',
    ' jAvAsCrIpT:window.hacked=true',
    'java\nscript:window.hacked=true',
    'data:text/html,<script>window.hacked=true</script>',
    'vbscript:x',
  ];

  it('names, texts, ids and URLs create no markup and no scripts', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    const list = evil.flatMap((name, index) =>
      addresses.map((url, other) => ({
        number: index * 10 + other,
        changes: {
          actor: { type: 'user', id: name, name, url, image: url },
          targets: [{ type: 'issue', id: `${name}2`, name: `${name}2`, url }],
          related: [{ type: 'issue', id: '3', name: '3', url }],
          text: `${name} broke ${name}2 in 3`,
        },
      })),
    );
    await page.evaluate(
      `feed.show(${JSON.stringify(list)}.map(({ number, changes }) => ({ ...feedItem(number, changes), id: changes.actor.name + number })))`,
    );
    await items(page).first().waitFor();
    const texts = await page.locator('.hubbub-inbox__sentence').allTextContents();
    expect(texts[0]).toBe(`${evil[0]} broke ${evil[0]}2 in 3`);
    expect(await page.locator('.hubbub-inbox :is(img, script, a, article svg)').count()).toBe(0);
    for (const row of await items(page).all()) {
      await row.click();
      await row.click({ button: 'middle' });
    }
    expect(await page.evaluate('[window.hacked, location.hash, events[0].url]')).toEqual([
      undefined,
      '',
      undefined,
    ]);
    expect(page.context().pages()).toHaveLength(1);
    expect(fixture.consoleErrors).toEqual([]);
  });

  it('safe links and images are rendered', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate(`feed.show([feedItem(1, {
    actor: { type: 'user', id: 'ada', name: 'Ada', url: '/ada', image: '/ada.png' },
    targets: [{ type: 'issue', id: '1', name: 'Fix', url: 'https://example.com/fix' }],
    text: 'Ada closed Fix',
  })])`);
    await items(page).first().waitFor();
    const links = await page.evaluate(
      "[...$$('a')].map((link) => [link.getAttribute('href'), link.className])",
    );
    expect(links).toEqual([
      ['https://example.com/fix', 'hubbub-inbox__link'],
      ['/ada', 'hubbub-inbox__name hubbub-inbox__name--actor'],
      ['https://example.com/fix', 'hubbub-inbox__name hubbub-inbox__name--target'],
      ['https://example.com/fix', 'hubbub-inbox__when'],
    ]);
    expect(await page.locator('.hubbub-inbox img').getAttribute('src')).toBe('/ada.png');
    // The image is invalid, so its fallback is shown.
    await page.locator('.hubbub-inbox img[hidden]').waitFor({ state: 'attached' });
    expect(await page.locator('.hubbub-inbox__avatar').textContent()).toBe('AD');
  });

  it('a deleted object has its description and no link', async () => {
    const page = await fixture.page({ attributes: 'layout="page"' });
    await page.evaluate(`feed.show([feedItem(1, {
    targets: [{ type: 'issue', id: '1', name: 'Fix', url: '/fix', deleted: true, description: 'an old issue', serialization: null }],
    text: 'Ada Lovelace closed an old issue',
  })])`);
    await items(page).first().waitFor();
    expect(await page.locator('.hubbub-inbox__name').allTextContents()).toEqual([
      'Ada Lovelace',
      'an old issue',
    ]);
    expect(await page.locator('.hubbub-inbox a').count()).toBe(0);
  });

  it('a strict policy for styles, scripts and trusted types has no violations, and styles apply', async () => {
    fixture.consoleErrors.length = 0;
    const page = await fixture.page({ attributes: 'open' });
    await page.evaluate('feed.show(range(500))');
    await items(page).first().waitFor();
    await page.evaluate("$('.hubbub-inbox__items').scrollTop = 9000");
    await page.locator('.hubbub-inbox__item[aria-posinset="130"]').waitFor();
    await page.evaluate('inbox.open = false; feed.push(feedItem(900)); inbox.layout = "page"');
    await items(page).first().waitFor();
    expect(await page.evaluate('[violations.length, getComputedStyle(box).display]')).toEqual([0, 'block']);
    expect(await page.evaluate("$('.hubbub-inbox__list').style.paddingBottom")).not.toBe('0px');
    expect(fixture.consoleErrors).toEqual([]);
  });
});
