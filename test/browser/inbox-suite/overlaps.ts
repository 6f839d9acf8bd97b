/** Finds, in a page, texts of the header that overlap or leave the window. A heading that is too narrow overflows. */
export const overlaps = `(() => {
  const parts = [...$$('h2, .hubbub-inbox__header button, .hubbub-inbox__tab'), ...(inbox.children ?? [])];
  const boxes = parts.map((part) => {
    const words = document.createRange();
    words.selectNodeContents(part);
    return [part.textContent || part.className, part.getBoundingClientRect(), words.getBoundingClientRect()];
  });
  const found = [];
  boxes.forEach(([name, ...some], index) => {
    for (const box of some) {
      if (box.left < 0 || box.right > innerWidth) found.push(name + ' leaves the window');
      for (const [other, ...others] of boxes.slice(index + 1)) {
        const meets = (each) => Math.min(box.right, each.right) - Math.max(box.left, each.left) > 0.5
          && Math.min(box.bottom, each.bottom) - Math.max(box.top, each.top) > 0.5;
        if (others.some(meets)) found.push(name + ' and ' + other);
      }
    }
  });
  return found;
})()`;
