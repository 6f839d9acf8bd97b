/** The page's icons, in the text colour. */

const paths = {
  circle: ['M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15Z'],
  check: ['M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15Z', 'm8.8 12.2 2.2 2.2 4.2-4.6'],
  comment: ['M5 6.5h14v9.5h-7.5L8 19v-3H5Z'],
  bin: ['M5.5 7.5h13', 'M9.5 7.5V5.5h5v2', 'M7 7.5l.8 11.5h8.4l.8-11.5', 'M10.4 10.8v5', 'M13.6 10.8v5'],
  sun: [
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z',
    'M12 3v1.8M12 19.2V21M3 12h1.8M19.2 12H21M5.6 5.6l1.3 1.3M17.1 17.1l1.3 1.3M5.6 18.4l1.3-1.3M17.1 6.9l1.3-1.3',
  ],
  moon: ['M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z'],
  auto: ['M12 4.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15Z', 'M12 4.5a7.5 7.5 0 0 1 0 15Z'],
} as const;

const namespace = 'http://www.w3.org/2000/svg';

export function icon(name: keyof typeof paths): SVGSVGElement {
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  for (const d of paths[name]) {
    const path = document.createElementNS(namespace, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
