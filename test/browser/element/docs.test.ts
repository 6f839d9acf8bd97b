/** Runs every snippet of docs/inbox.md unchanged, with the markup before it and the styles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { items } from '../inbox-suite/fixture.ts';
import { useFixture } from '../inbox-suite/use-fixture.ts';

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docs/inbox.md'), 'utf8');
const snippets = [...text.matchAll(/```(html|js|css)\n([\s\S]*?)```/g)].map(([, kind, code]) => ({
  kind: kind ?? '',
  code: code ?? '',
}));
const scripts = snippets.flatMap(({ kind, code }, index) => {
  const markup = snippets.slice(0, index).findLast((other) => other.kind === 'html');
  return kind === 'js' ? [{ code, markup: markup?.code ?? '' }] : [];
});

const fixture = useFixture('element');

/** The snippet for a page, connected to the fixture's hub. */
async function bundled(code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root },
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [
      {
        name: 'sdk',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^@hubbub\// }, ({ path }) => ({ path, namespace: 'sdk' }));
          onLoad({ filter: /./, namespace: 'sdk' }, ({ path }) => ({
            contents: path.endsWith('inbox')
              ? 'export const { addLabels, english } = window;'
              : 'export const connect = () => window.hub;',
          }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

describe('a snippet of docs/inbox.md', () => {
  it.each(scripts.map(({ code, markup }, index) => [index, code, markup] as const))(
    'runs: %i',
    async (_index, code, markup) => {
      const page = await fixture.page({ script: await bundled(code), element: markup });
      await page.evaluate('feed.show([feedItem(2), feedItem(1, { unread: false })])');
      await until(() => page.evaluate('window.snippetDone === true'));
    },
  );

  it('replaces the action of a click', async () => {
    const code = scripts.find((script) => script.code.includes('preventDefault'))?.code ?? '';
    const page = await fixture.page({ script: await bundled(code), attributes: 'open' });
    await page.evaluate('feed.show(range(3))');
    await until(() => page.evaluate('window.snippetDone === true'));
    await items(page).nth(1).click();
    await until(async () => (await page.evaluate('inbox.open')) === false);
    expect(await page.evaluate('[location.hash, feed.requests.at(-1)]')).toEqual(['#issue-1', 'markRead i1']);
  });

  it('replaces some labels and keeps the others of the language', async () => {
    const code = scripts.find((script) => script.code.includes('labels ='))?.code ?? '';
    const page = await fixture.page({ script: await bundled(code) });
    await until(() => page.evaluate('window.snippetDone === true'));
    await page.getByRole('button', { name: 'Mitteilungen' }).click();
    await page.getByRole('button', { name: 'Alle gelesen' }).waitFor();
  });

  it('adds a language', async () => {
    const code = scripts.find((script) => script.code.includes('addLabels('))?.code ?? '';
    const page = await fixture.page({ script: await bundled(code), html: 'lang="sv"' });
    await until(() => page.evaluate('window.snippetDone === true'));
    await page.evaluate('feed.show([])');
    await page.getByRole('button', { name: 'Aviseringar' }).click();
    await page.getByRole('button', { name: 'Stäng' }).waitFor();
  });

  it('themes it', async () => {
    const css = snippets.find(({ kind }) => kind === 'css')?.code ?? '';
    const page = await fixture.page({ css, attributes: 'layout="page"' });
    await page.evaluate('feed.show(range(3))');
    await items(page).first().waitFor();
    const style = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(inbox.shadowRoot.querySelector('${selector}')).${property}`);
    expect(await style('h2', 'textTransform')).toBe('uppercase');
    expect(await style('.hubbub-inbox__item--unread', 'borderInlineStartWidth')).toBe('3px');
    expect(await style('.hubbub-inbox__dot', 'backgroundColor')).toBe('rgb(15, 118, 110)');
    expect(await style('.hubbub-inbox', 'borderRadius')).toBe('6px');
  });
});

it('docs/inbox.md names every custom property, part, slot and attribute, and no others', async () => {
  const page = await fixture.page({ attributes: 'open' });
  const source = ['element/panel.ts', 'element/item.ts', 'element/rows.ts', 'element/inbox.ts', 'inbox.css']
    .map((file) => readFileSync(join(root, 'client-sdk/inbox', file), 'utf8'))
    .join('\n');
  const all = (from: string, pattern: RegExp) => new Set([...from.matchAll(pattern)].map(([, name]) => name));
  expect(all(text, /`?(--hubbub-[a-z-]+)/g)).toEqual(all(source, /var\(\s*(--hubbub-[a-z-]+)/g));
  expect(all(text, /slot="([a-z]+)"/g)).toEqual(all(source, /<slot name="([a-z]+)"/g));
  const parts = [...source.matchAll(/part(?:="([a-z -]+)"|(?:=\$\{|: )[^}']*?'([a-z -]+)' : '([a-z -]+)')/g)]
    .flatMap(([, ...found]) => found)
    .flatMap((names) => names?.split(' ') ?? []);
  // The parts of an item depend on its state.
  await page.evaluate(
    `feed.show([feedItem(2, { level: 40, buttons: ['primary', 'danger'].map((id) => ({ id, label: id, style: id })), pressed: { button: 'danger', at: '' } }), feedItem(1, { level: 50 })])`,
  );
  await until(async () => (await items(page).count()) === 2);
  parts.push(...((await page.evaluate(`$$('[part]').flatMap((it) => [...it.part])`)) as string[]));
  const section = text.slice(text.indexOf('\nParts: '), text.indexOf('The panel stays in the window'));
  expect([...all(section, /`([a-z-]+)`/g)].sort()).toEqual([...new Set(parts)].sort());
  const attributes = (await page.evaluate('inbox.constructor.observedAttributes')) as string[];
  const documented = [...text.matchAll(/^\| `([a-z]+)` \| yes \|/gm)].map(([, name]) => name);
  expect(documented.sort()).toEqual(attributes.sort());
});
