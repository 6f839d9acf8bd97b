/** Lifecycle: resources are held while the element is connected, and released when it is removed. */
import { Server, type Socket } from 'socket.io';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { focused, isHidden, items, panel } from '../inbox-suite/fixture.ts';
import { useFixture } from '../inbox-suite/use-fixture.ts';

const fixture = useFixture('element');
let gateway: Server;
const sockets: Socket[] = [];
beforeAll(() => {
  gateway = new Server(fixture.server);
  gateway.on('connection', (socket) => {
    sockets.push(socket);
    const counts = { unread: 0, unseen: 0, capped: false };
    socket.on('feed:list', (_query, response) =>
      response({ ok: true, data: { items: [], nextCursor: null, counts, position: '1' } }),
    );
  });
});
afterAll(() => gateway.close());

const inPage = { attributes: 'layout="page"' };

describe('a hub from the page', () => {
  it('has listeners while the element is in the page, and is never closed', async () => {
    const page = await fixture.page(inPage);
    await page.evaluate('hub.close = () => { throw new Error("closed") }');
    await until(async () => (await page.evaluate('feed.listeners')) === 1);
    await page.evaluate('inbox.remove()');
    await until(async () => (await page.evaluate('feed.listeners')) === 0);
    await page.evaluate('feed.show(range(3)); document.body.append(inbox)');
    await until(async () => (await page.evaluate('feed.listeners')) === 1);
    await until(async () => (await items(page).count()) === 3);
  });

  it('leaves the focus when the element returns, if it was closed outside the page', async () => {
    const page = await fixture.page({ attributes: 'open', before: '<input id="other">' });
    await panel(page).waitFor();
    await page.evaluate('inbox.remove(); inbox.open = false; inbox.updateComplete');
    await page.evaluate('document.querySelector("main").append(inbox); inbox.updateComplete');
    // The focus would return in the next task.
    await page.evaluate('new Promise((done) => setTimeout(done))');
    expect(await focused(page)).toBe('');
  });

  it('stays when the element is moved, with its items', async () => {
    const page = await fixture.page({ before: '<div id="other"></div>', attributes: 'open' });
    await page.evaluate('feed.show(range(3))');
    await until(async () => (await items(page).count()) === 3);
    await page.evaluate(`(() => {
      const subscribe = feed.subscribe.bind(feed);
      window.subscribed = 0;
      feed.subscribe = (listener) => { window.subscribed += 1; return subscribe(listener); };
      document.querySelector('#other').append(inbox);
    })()`);
    await page.locator('#other .hubbub-inbox__panel').waitFor();
    await until(async () => (await items(page).count()) === 3);
    expect(await page.evaluate('[subscribed, feed.listeners, inbox.open]')).toEqual([0, 1, true]);
    await page.keyboard.press('Escape');
    await isHidden(panel(page));
  });
});

describe('the element', () => {
  it('applies properties from before its definition', async () => {
    const page = await fixture.page(inPage);
    await page.evaluate(`(() => {
      // Created in a document without custom elements: it is upgraded when it is inserted.
      const early = document.implementation.createHTMLDocument().createElement('hubbub-inbox');
      early.hub = hub;
      early.layout = 'page';
      early.labels = { title: 'Early' };
      feed.show(range(2));
      inbox.replaceWith(early);
    })()`);
    await page.getByText('Early').waitFor();
    await until(async () => (await items(page).count()) === 2);
  });

  it('reflects whether it is open', async () => {
    const page = await fixture.page();
    await page.locator('.hubbub-inbox__bell').click();
    await panel(page).waitFor();
    expect(await page.evaluate('inbox.hasAttribute("open")')).toBe(true);
    await page.keyboard.press('Escape');
    await isHidden(panel(page));
    expect(await page.evaluate('inbox.hasAttribute("open")')).toBe(false);
  });

  it('that is moved within the page while it is open leaves the focus where it is', async () => {
    const page = await fixture.page({
      attributes: 'open',
      after: '<label>Name <input id="name"></label><div id="other"></div>',
    });
    await page.evaluate('feed.show(range(3))');
    await items(page).first().waitFor();
    await page.locator('#name').focus();
    await page.evaluate("document.querySelector('#other').append(inbox)");
    await page.locator('#other .hubbub-inbox__panel').waitFor();
    await items(page).first().waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('name');
    // After closing and opening it takes the focus again.
    await page.keyboard.press('Escape');
    await isHidden(panel(page));
    await page.evaluate('inbox.open = true');
    await expect.poll(() => focused(page)).toBe('panel');
  });

  it('uses the language of the nearest ancestor, or the browser’s if that is invalid', async () => {
    const page = await fixture.page({ html: 'lang="fr"', ...inPage });
    const time = page.locator('time').first();
    await page.evaluate('feed.show([feedItem(1)])');
    await until(async () => /^il y a /.test((await time.textContent()) ?? ''));
    await page.evaluate("document.documentElement.lang = 'not_a_language'; inbox.requestUpdate()");
    await until(async () => / ago$/.test((await time.textContent()) ?? ''));
  });

  it('is defined once, however often it is imported', async () => {
    const page = await fixture.page(inPage);
    await page.evaluate("import('/page.js?again').catch(() => document.body.append('failed'))");
    expect(await page.evaluate("customElements.get('hubbub-inbox') === inbox.constructor")).toBe(true);
    expect(await page.getByText('failed').count()).toBe(0);
  });

  it('leaves no listeners, observers or timers behind', async () => {
    const page = await fixture.page({ attributes: 'open' });
    await page.clock.install();
    await page.evaluate('feed.show(range(50)); feed.push(feedItem(99))');
    await items(page).first().waitFor();
    await page.evaluate(`(() => {
      window.before = inbox;
      inbox.remove();
      window.updates = 0;
      const requestUpdate = inbox.requestUpdate.bind(inbox);
      inbox.requestUpdate = (...some) => { window.updates += 1; requestUpdate(...some); };
    })()`);
    await page.evaluate('inbox.updateComplete');
    await page.clock.runFor(3_600_000);
    await page.evaluate(`(() => {
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('resize'));
      document.dispatchEvent(new Event('scroll'));
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
      document.body.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
      feed.push(feedItem(100));
    })()`);
    expect(await page.evaluate('[updates, inbox.open]')).toEqual([0, true]);
  });
});

describe('a hub of its own', () => {
  it('is connected by url and token, and closed when the element is removed', async () => {
    const page = await fixture.page();
    sockets.length = 0;
    await page.evaluate(`(() => {
      const own = document.createElement('hubbub-inbox');
      const attributes = { layout: 'page', url: '${fixture.url}', token: 'secret', locale: 'de' };
      for (const [name, value] of Object.entries(attributes)) own.setAttribute(name, value);
      inbox.replaceWith(own);
    })()`);
    await page.getByText('Noch nichts da').waitFor();
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.handshake.auth).toMatchObject({ token: 'secret', locale: 'de' });
    await page.evaluate("document.body.append(document.querySelector('hubbub-inbox'))");
    await page.getByText('Noch nichts da').waitFor();
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.connected).toBe(true);
    await page.evaluate("document.querySelector('hubbub-inbox').remove()");
    await until(() => sockets[0]?.connected === false);
  });

  it('is not connected before both are set', async () => {
    const page = await fixture.page(inPage);
    sockets.length = 0;
    for (const interaction of [
      'hub = undefined',
      'url = undefined',
      "token = 'early'",
      'token = undefined',
      "url = '/'",
    ]) {
      await page.evaluate(`inbox.${interaction}; inbox.updateComplete`);
    }
    await page.evaluate(`inbox.url = '${fixture.url}'; inbox.token = 'late'`);
    await until(() => sockets.length > 0);
    expect(sockets.map(({ handshake }) => handshake.auth.token)).toEqual(['late']);
  });

  it('is replaced with a new token, or by a hub from the page', async () => {
    const page = await fixture.page(inPage);
    sockets.length = 0;
    await page.evaluate(`inbox.hub = null; inbox.url = '${fixture.url}'; inbox.token = async () => 'first'`);
    await until(() => sockets.length === 1);
    await page.evaluate("inbox.token = 'second'");
    await until(() => sockets.length === 2 && sockets[0]?.connected === false);
    expect(sockets.map(({ handshake }) => handshake.auth.token)).toEqual(['first', 'second']);
    await page.evaluate('feed.show(range(2)); inbox.hub = hub');
    await until(async () => (await items(page).count()) === 2);
    await until(() => sockets[1]?.connected === false);
  });

  it('with an invalid address is reported in the console', async () => {
    const page = await fixture.page(inPage);
    const expectedErrors: string[] = [];
    page.on('console', (message) => expectedErrors.push(message.text()));
    await page.evaluate("inbox.hub = null; inbox.url = 'hub.example.com'; inbox.token = 'token'");
    await until(
      () => expectedErrors.some((text) => text.includes('url must be an address')),
      'the error is logged',
    );
    await page.evaluate("inbox.locale = 'de'; inbox.updateComplete");
    expect(expectedErrors).toHaveLength(1);
    expect(fixture.consoleErrors.splice(0)).toEqual(expectedErrors);
  });
});
