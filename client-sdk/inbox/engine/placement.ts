/** Pixels between the panel and the bell, and between the panel and the window's edges if there is room. */
const margin = 8;
/** With less room below the bell, the panel opens upwards if there is more room. */
const minHeightBelow = 360;
/** A panel that is shorter leaves the window. */
const minHeight = 160;

/**
 * Places the panel below the bell, or above it if there is more room; aligned to its edge, and within the window. Does
 * nothing if a style sheet of the page positions the panel.
 */
export function placePanel(panel: HTMLElement, bell: Element): void {
  const { style } = panel;
  if (getComputedStyle(panel).position !== 'fixed') return;
  const { innerHeight: height } = window;
  const width = document.documentElement.clientWidth;
  const { top, bottom, left, right } = bell.getBoundingClientRect();
  const [above, below] = [top - 2 * margin, height - bottom - 2 * margin];
  const opensUpwards = below < minHeightBelow && above > below;
  const room = Math.max(minHeight, Math.min(height - 2 * margin, opensUpwards ? above : below));
  style.setProperty('--_room', `${room}px`);
  style.top = opensUpwards
    ? 'auto'
    : `${Math.max(margin, Math.min(bottom + margin, height - minHeight - margin))}px`;
  style.bottom = opensUpwards ? `${height - top + margin}px` : 'auto';
  const panelWidth = panel.offsetWidth;
  const preferredLeft = left + right > width ? right - panelWidth : left;
  const lastLeft = width - panelWidth - margin;
  // A style sheet makes the panel as wide as a narrow window.
  style.left = lastLeft < margin ? '0' : `${Math.max(margin, Math.min(preferredLeft, lastLeft))}px`;
  style.right = 'auto';
}
