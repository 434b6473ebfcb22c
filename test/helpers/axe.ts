import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds serious or critical in a page as it is shown now: the rule and the elements, one line each. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run({ resultTypes: ["violations"] })');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** How many pixels of a page lie beyond its right edge, where only sideways scrolling leads. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const edges = [...document.querySelectorAll('body, main, [role=dialog]')];
    return Math.max(0, ...edges.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth));
  });
