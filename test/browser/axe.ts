/** The violations that axe-core finds in a page, including shadow roots. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

interface Violation {
  id: string;
  help: string;
  nodes: Array<{ target: unknown }>;
}

let source: string | undefined;

/** One line per violated rule, with the elements. Animated elements are excluded, because their colours are temporary. */
export async function violationsIn(page: Page): Promise<string[]> {
  source ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(source);
  const violations: Violation[] = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.map(({ target }) => JSON.stringify(target)).join(', ');
    return `${id}: ${help} (${where})`;
  });
}
