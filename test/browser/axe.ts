/** What axe-core finds wrong with a page, shadow roots included. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

interface Violation {
  id: string;
  help: string;
  nodes: Array<{ target: unknown }>;
}

let source: string | undefined;

/** One line for each rule that the page breaks, naming the elements; animations are left out, whose colours pass. */
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
